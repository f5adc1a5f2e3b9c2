//! What each column of an answer is to its question: needed as it is, or a field that a role may not see.
//!
//! Needed are the dimensions that the workspace declares, times, the values of its metrics, and what the app itself asks on with (ids of runs,
//! states, versions, the outputs of a prediction). A column that nothing here knows is a field: what is forgotten is masked, not shown.

use std::collections::BTreeSet;

use crate::query::{ArtifactShape, Fold, GroupsQuery, Measure, Query, SourceId};
use crate::spec::{MetricQuerySpec, Workspace};

/// What a column is to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Shown as it is.
    Needed,
    /// Cells of the field.
    Field(&'a str),
    /// Values of the field that tell rows apart, each once: one that lost a part could be taken for another.
    Key(&'a str),
    /// Numbers computed from values of the field: of a group of one it is the value.
    Computed(&'a str),
    /// Label sets in their canonical form, each label a field.
    Labels,
    /// Numbers about the field that the row's column `feature` names.
    OfFeature,
}

/// A question, with the fields that it needs.
pub(super) struct Needed<'a> {
    query: &'a Query,
    names: BTreeSet<&'a str>,
}

impl<'a> Needed<'a> {
    pub(super) fn new(workspace: &'a Workspace, query: &'a Query) -> Self {
        let mut names: BTreeSet<&str> = dimensions(workspace, query.source()).collect();
        match query {
            Query::Rows(q) => names.extend(columns_of(workspace, &q.source, &q.table, q.time.as_deref())),
            Query::Groups(q) => names.extend(columns_of(workspace, &q.source, &q.table, q.time.as_deref())),
            Query::Artifact(_) => names.extend(PREDICTION),
            Query::Series(q) if q.measure == Measure::Buckets => names.extend(["le", "__name__"]),
            Query::Series(_) => names.extend(["__name__"]),
            Query::History(_) => names.extend(["run_id", "key"]),
            Query::Alerts(_) => names.extend(["alertname", "severity"]),
            _ => {}
        }
        Self { query, names }
    }

    /// Whether a field is needed; a tag is under the name that it has as a label.
    pub(super) fn has(&self, field: &str) -> bool {
        let tag = field.strip_prefix("tags.").or_else(|| field.strip_prefix("model_tags."));
        self.names.contains(field) || tag.is_some_and(|tag| self.names.contains(tag))
    }

    /// What a column of the answer's table is.
    pub(super) fn part(&self, column: &'a str) -> Part<'a> {
        let one_of = |known: &[&str]| if known.contains(&column) { Part::Needed } else { self.field(column) };
        match self.query {
            // What the values are of is the question's own label; names are of fields, not in them.
            Query::LabelValues(q) => self.or_needed(&q.label, Part::Key(&q.label)),
            Query::LabelNames(_) => Part::Needed,
            Query::Runs(_) if column.starts_with("metrics.") => Part::Needed,
            Query::Runs(_) => one_of(&["run_id", "experiment", "status", "start", "end"]),
            Query::Versions(_) => {
                one_of(&["model", "version", "run_id", "aliases", "stage", "status", "created", "updated"])
            }
            Query::Artifact(q) => match q.shape {
                ArtifactShape::Rows => self.field(column),
                ArtifactShape::Contributions => match column {
                    "feature" | "base_value" => Part::Needed,
                    "contribution" | "value" => Part::OfFeature,
                    other => self.field(other),
                },
                // Evaluations of a whole model: curves, bins, classes and the names of features.
                ArtifactShape::Confusion
                | ArtifactShape::Roc
                | ArtifactShape::PrecisionRecall
                | ArtifactShape::Calibration
                | ArtifactShape::Importance => Part::Needed,
            },
            Query::Groups(q) => self.of_groups(q, column),
            Query::Alerts(_) if column == "labels" => Part::Labels,
            Query::Alerts(_) => one_of(&["name", "state", "severity", "since", "value"]),
            Query::Traces(_) => one_of(&["trace_id", "status", "name", "time", "duration_ms"]),
            Query::Rows(_) | Query::Series(_) | Query::History(_) => self.field(column),
        }
    }

    fn of_groups(&self, query: &'a GroupsQuery, column: &'a str) -> Part<'a> {
        if let Some(key) = query.keys.iter().find(|key| key.name == column) {
            return self.or_needed(&key.column, Part::Key(&key.column));
        }
        if matches!(column, "rows" | "units") {
            return Part::Needed;
        }
        let base = column.strip_suffix(".squares").unwrap_or(column);
        match query.measures.iter().find(|measure| measure.name == column || measure.name == base).map(|m| &m.fold) {
            Some(Fold::Present(_) | Fold::Distinct(_)) => Part::Needed,
            Some(Fold::Moments(of) | Fold::Min(of) | Fold::Max(of)) => self.or_needed(of, Part::Computed(of)),
            None => self.field(column),
        }
    }

    fn field(&self, field: &'a str) -> Part<'a> {
        self.or_needed(field, Part::Field(field))
    }

    fn or_needed(&self, field: &str, part: Part<'a>) -> Part<'a> {
        if self.has(field) { Part::Needed } else { part }
    }
}

/// What a model said and what was true.
const PREDICTION: [&str; 4] = ["time", "label", "prediction", "score"];

/// The names under which a source has the dimensions.
fn dimensions<'a>(workspace: &'a Workspace, source: &SourceId) -> impl Iterator<Item = &'a str> {
    let name = |d: &'a crate::spec::DimensionSpec| d.labels.get(source).map_or(d.id.as_str(), String::as_str);
    workspace.dimensions.iter().map(name).filter(|name| !name.is_empty())
}

/// The time and value columns of the metrics that read a table; of a table that no metric reads, those of predictions.
fn columns_of<'a>(
    workspace: &'a Workspace,
    source: &SourceId,
    table: &str,
    asked_time: Option<&'a str>,
) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = asked_time.into_iter().collect();
    let mut is_read = false;
    for metric in &workspace.metrics {
        if let MetricQuerySpec::Table { source: from, table: of, time, value, .. } = &metric.query
            && from == source
            && of == table
        {
            is_read = true;
            names.extend(time.iter().chain(value).map(String::as_str));
        }
    }
    if !is_read {
        names.extend(PREDICTION);
    }
    names
}
