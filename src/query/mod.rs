//! What to ask, free of any backend's syntax.
//!
//! A query is a value: equal queries are asked once, and an answer belongs to its query.
//! Must not know URLs, PromQL or JSON; `source` translates.

mod groups;
mod select;
mod series;
mod tracking;

pub use groups::{Bucket, Fold, GroupKey, GroupMeasure, GroupsQuery};
pub use select::{MatchOp, Matcher, SourceId, TimeRange};
pub use series::{Aggregate, Measure, Selector, SeriesQuery};
pub use tracking::{
    AlertsQuery, ArtifactQuery, ArtifactShape, HistoryQuery, LabelNamesQuery, LabelValuesQuery, RowsQuery, RunsQuery,
    TracesQuery, VersionsQuery,
};

use serde::{Deserialize, Serialize};

/// One question to one source. The doc of each variant says what its frame holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Query {
    /// Numbers over time: one series per combination of the `by` labels (plus `le` for buckets).
    Series(SeriesQuery),
    /// Values of one label, for pickers: a table with the text column `value`.
    LabelValues(LabelValuesQuery),
    /// Label names of a metric: a table with the text column `name`.
    LabelNames(LabelNamesQuery),
    /// Experiment runs: a table, columns in [`RunsQuery`].
    Runs(RunsQuery),
    /// Logged metric histories: one series per run and key, labels `run_id` and `key`, `x` = step, `times` set.
    History(HistoryQuery),
    /// Registered model versions: a table, columns in [`VersionsQuery`].
    Versions(VersionsQuery),
    /// A JSON artifact of a run, read as one of the known shapes: a table, columns in [`ArtifactShape`].
    Artifact(ArtifactQuery),
    /// Rows of predictions within a time window: a table with the columns that the lab's or the user's table has.
    Rows(RowsQuery),
    /// Aggregates of a table's rows by group: a table, columns in [`GroupsQuery`].
    Groups(GroupsQuery),
    /// Alerts that the source itself raises now: a table, columns in [`AlertsQuery`].
    Alerts(AlertsQuery),
    /// Traces: a table, columns in [`TracesQuery`].
    Traces(TracesQuery),
}

impl Query {
    /// The source that is asked.
    pub fn source(&self) -> &SourceId {
        match self {
            Self::Series(q) => &q.source,
            Self::LabelValues(q) => &q.source,
            Self::LabelNames(q) => &q.source,
            Self::Runs(q) => &q.source,
            Self::History(q) => &q.source,
            Self::Versions(q) => &q.source,
            Self::Artifact(q) => &q.source,
            Self::Rows(q) => &q.source,
            Self::Groups(q) => &q.source,
            Self::Alerts(q) => &q.source,
            Self::Traces(q) => &q.source,
        }
    }
}
