//! Questions for experiment runs, registries, artifacts, rows, alerts and traces.

use serde::{Deserialize, Serialize};

use super::{Matcher, SourceId, TimeRange};

/// Asks for the values of one label within a time range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LabelValuesQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Label name in the source.
    pub label: String,
    /// When, rounded by the caller so that refreshes hit the cache.
    pub range: TimeRange,
}

/// Asks which label names a metric carries, so that a filter is only added where it can hold: a table with the text column `name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LabelNamesQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Metric name.
    pub metric: String,
    /// When, rounded by the caller so that refreshes hit the cache.
    pub range: TimeRange,
}

/// Asks for the runs of experiments.
///
/// The frame is a table: text `run_id`, `name`, `experiment`, `status` (`RUNNING`, `FINISHED`, `FAILED`, ...), time `start` and `end`,
/// then number columns `metrics.<key>` and text columns `params.<key>` and `tags.<key>`, sorted by start, newest first.
/// A parameter whose values are all numbers stays text; panels parse it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunsQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Experiment names; empty asks for all.
    pub experiments: Vec<String>,
    /// At most this many runs, newest first.
    pub limit: u32,
}

/// Asks for logged metric histories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HistoryQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Run ids, sorted.
    pub runs: Vec<String>,
    /// Metric key, such as `val_loss`.
    pub key: String,
    /// `false`: the server's own sampling, at once and marked as sampled; `true`: every logged step.
    pub full: bool,
}

/// Asks for registered model versions.
///
/// The frame is a table, one row a version: text `model`, `version`, `run_id`, `aliases` (comma-separated), `stage`, `status`,
/// `description`, time `created` and `updated`, text columns `tags.<key>` (version tags) and `model_tags.<key>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionsQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Registered model names; empty asks for all.
    pub models: Vec<String>,
}

/// Asks for one JSON artifact of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ArtifactQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// The run.
    pub run_id: String,
    /// Path of the artifact in the run, such as `eval/confusion_matrix.json`.
    pub path: String,
    /// How to read it.
    pub shape: ArtifactShape,
}

/// The known shapes of JSON artifacts and the table that each becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ArtifactShape {
    /// `{"labels": [..], "matrix": [[..]]}` -> text `actual`, text `predicted`, number `count`; row-major order of the labels.
    Confusion,
    /// `{"fpr", "tpr", "thresholds", "auc"}` -> numbers `fpr`, `tpr`, `threshold`, `auc` (repeated).
    Roc,
    /// `{"precision", "recall", "thresholds", "average_precision"}` -> numbers `precision`, `recall`, `threshold`, `average_precision`.
    PrecisionRecall,
    /// `{"mean_predicted", "fraction_positive", "count"}` -> numbers of those names.
    Calibration,
    /// `{"method", "features", "importances_mean", "importances_std"}` -> text `feature`, numbers `mean`, `std`, text `method`.
    Importance,
    /// `{"features", "base_value", "rows": [{"id", "contributions", "values"}]}` -> text `id`, text `feature`, numbers `contribution`, `value`, `base_value`; long form.
    Contributions,
    /// pandas split `{"columns", "data"}` -> the columns as they are; a column named `time` is a time.
    Rows,
}

/// Asks for rows within a time window: predictions, comments, incidents, records.
///
/// The frame is the table as written, columns by name; rows sorted by time where the table has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowsQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Where the rows are: an experiment's name (`MLflow`), a table's name elsewhere.
    pub table: String,
    /// The column that says when a row happened; `None` for a table without time, and then `range` says nothing.
    pub time: Option<String>,
    /// When, both ends included.
    pub range: TimeRange,
    /// The columns wanted; none asks for all.
    pub columns: Vec<String>,
    /// Conditions on text columns.
    pub matchers: Vec<Matcher>,
    /// At most this many rows, the newest; reaching it is a warning.
    pub limit: u32,
}

/// Asks for the alerts that the source itself raises now.
///
/// The frame is a table: text `name`, `state` (`firing`, `pending`), `severity`, `summary`, `labels` (canonical), time `since`, number `value`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AlertsQuery {
    /// Whom to ask.
    pub source: SourceId,
}

/// Asks for traces within a time window.
///
/// The frame is a table: text `trace_id`, `status` (`OK`, `ERROR`), `name`, `request`, `response`, `error`, time `time`, number `duration_ms`,
/// text columns `tags.<key>`; newest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TracesQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Experiment names; empty asks for all.
    pub experiments: Vec<String>,
    /// When.
    pub range: TimeRange,
    /// Only failed ones.
    pub only_errors: bool,
    /// At most this many.
    pub limit: u32,
}
