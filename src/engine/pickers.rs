//! Values of the dimensions, for the pickers.

use std::collections::{BTreeMap, BTreeSet};

use super::Effect;
use super::cache::Cache;
use crate::derive::Answer;
use crate::protocol::{FromEngine, Show};
use crate::query::{LabelValuesQuery, Query, SourceId, TimeRange};
use crate::source::Failure;
use crate::spec::Workspace;

const DAY_MS: i64 = 86_400_000;

/// The pickers that wait for values.
#[derive(Default)]
pub(super) struct Pickers {
    open: BTreeMap<String, Vec<Query>>,
}

impl Pickers {
    /// Somebody opened a picker.
    pub(super) fn open(&mut self, dimension: String) {
        self.open.entry(dimension).or_default();
    }

    /// What the open pickers wait for.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Query> + Clone {
        self.open.values().flatten()
    }

    /// Asks every source that has the dimension; tells the values when all have answered.
    pub(super) fn derive(
        &mut self,
        workspace: &Workspace,
        show: Option<&Show>,
        cache: &Cache,
        effects: &mut Vec<Effect>,
    ) {
        let Some(show) = show else { return };
        let mut done = Vec::new();
        for (dimension, queries) in &mut self.open {
            *queries = questions(workspace, dimension, show.range);
            if let Some((values, failure)) = gathered(workspace, dimension, queries, cache) {
                let dimension = dimension.clone();
                done.push(dimension.clone());
                effects.push(Effect::Emit(FromEngine::Values { dimension, values, failure }));
            }
        }
        for dimension in done {
            self.open.remove(&dimension);
        }
    }
}

fn questions(workspace: &Workspace, dimension: &str, range: TimeRange) -> Vec<Query> {
    let Some(spec) = workspace.dimensions.iter().find(|d| d.id == dimension) else { return Vec::new() };
    let from_ms = range.from_ms.div_euclid(DAY_MS) * DAY_MS;
    let to_ms = (range.to_ms.div_euclid(DAY_MS) + 1) * DAY_MS;
    let question = |id: &SourceId| {
        let label = spec.labels.get(id).map_or(dimension, String::as_str);
        let range = TimeRange::new(from_ms, to_ms);
        (!label.is_empty())
            .then(|| Query::LabelValues(LabelValuesQuery { source: id.clone(), label: label.to_owned(), range }))
    };
    workspace.sources.iter().filter_map(|source| question(&source.id)).collect()
}

/// The union of the sources' values and the first failure; `None` while one has not answered.
///
/// Models are shown by id: those of the workspace, and whatever else the sources name.
fn gathered(
    workspace: &Workspace,
    dimension: &str,
    queries: &[Query],
    cache: &Cache,
) -> Option<(Vec<String>, Option<Failure>)> {
    let mut values = BTreeSet::new();
    let mut failure = None;
    if dimension == "model" {
        values.extend(workspace.models.iter().map(|m| m.id.clone()));
    }
    for query in queries {
        match cache.answers().get(query)? {
            Answer::Pending => return None,
            Answer::Failed(reason) => failure = failure.or_else(|| Some(reason.clone())),
            Answer::Ready(frame) => {
                let Some(table) = frame.table() else { continue };
                let named = (0..table.n_rows()).filter_map(|row| table.text("value", row));
                values.extend(named.filter(|v| !v.is_empty()).map(|v| model_id(workspace, dimension, query, v)));
            }
        }
    }
    Some((values.into_iter().collect(), failure))
}

fn model_id(workspace: &Workspace, dimension: &str, query: &Query, value: String) -> String {
    if dimension != "model" {
        return value;
    }
    let is_named = |m: &&crate::spec::ModelSpec| {
        m.identity.get(query.source()).is_some_and(|identity| {
            identity.label.as_ref() == Some(&value) || identity.registered_model.as_ref() == Some(&value)
        })
    };
    workspace.models.iter().find(is_named).map_or(value.clone(), |m| m.id.clone())
}
