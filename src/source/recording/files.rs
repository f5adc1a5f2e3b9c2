//! Which files answer a query.

use serde_json::Value;

use super::history::experiment_of;
use super::registry::artifact_in;
use super::store::{SeriesFile, Store, TableFile};
use super::{MANIFEST, labels};
use crate::query::{Query, Selector, TimeRange};

/// The files that are not parsed yet and without which the query cannot be answered. Some are known only once others are there.
pub fn needed(store: &Store, query: &Query) -> Vec<String> {
    answering(store, query).into_iter().filter(|file| !store.is_parsed(file)).collect()
}

/// The files that the answer is computed from, as far as they are known, whether they are parsed or not.
pub fn answering(store: &Store, query: &Query) -> Vec<String> {
    let mut files = vec![MANIFEST.to_owned()];
    if store.manifest().is_some() {
        files.extend(beside_manifest(store, query));
    }
    files
}

fn beside_manifest(store: &Store, query: &Query) -> Vec<String> {
    let tables = |table: &str, key: Option<&str>| -> Vec<String> {
        store.table_files(table, key).into_iter().map(|t| t.file.clone()).collect()
    };
    match query {
        Query::Series(q) => match &q.selector {
            Selector::Named { name, .. } => {
                let before = TimeRange { from_ms: q.range.from_ms.saturating_sub(q.step_ms), ..q.range };
                series_files(store, Some(name), before)
            }
            Selector::Expression(_) => Vec::new(),
        },
        Query::LabelValues(q) => labels::files_for_values(store, q),
        Query::LabelNames(q) => labels::files_for_names(store, q),
        Query::Runs(_) => tables("runs", None),
        Query::History(q) => {
            let runs = tables("runs", None);
            let mut files: Vec<String> = Vec::new();
            for experiment in q.runs.iter().filter_map(|run| experiment_of(store, run)) {
                files.extend(tables("history", Some(experiment)));
            }
            files.sort();
            files.dedup();
            runs.into_iter().chain(files).collect()
        }
        Query::Versions(_) => tables("versions", None),
        Query::Artifact(q) => {
            // One file after the other, until one has it: the first is small.
            let all = tables("artifacts", None);
            let has_it = |file: &&String| store.rows(file).is_some_and(|rows| artifact_in(rows, q).is_some());
            let holder = all.iter().find(has_it).or_else(|| all.iter().find(|file| !store.is_parsed(file)));
            holder.map_or_else(|| all.clone(), |file| vec![file.clone()])
        }
        Query::Rows(q) => {
            let range = q.range.shifted(-store.shift_ms());
            let overlaps =
                |t: &&TableFile| t.from.is_none_or(|f| f <= range.to_ms) && t.to.is_none_or(|to| to >= range.from_ms);
            prediction_files(store, &q.table).into_iter().filter(overlaps).map(|t| t.file.clone()).collect()
        }
        Query::Alerts(_) => tables("alerts", None),
        Query::Traces(_) => tables("traces", None),
    }
}

/// Files with series of the metric, or of any, that overlap the range.
pub fn series_files(store: &Store, name: Option<&str>, range: TimeRange) -> Vec<String> {
    overlapping(store, name, range).map(|f| f.file.clone()).collect()
}

/// The widest spacing that the metric was recorded at within the range, in milliseconds; 0 if it is not known.
pub fn spacing_ms(store: &Store, name: &str, range: TimeRange) -> i64 {
    overlapping(store, Some(name), range).map(|f| f.bucket_ms).max().unwrap_or(0)
}

fn overlapping<'a>(store: &'a Store, name: Option<&'a str>, range: TimeRange) -> impl Iterator<Item = &'a SeriesFile> {
    let range = range.shifted(-store.shift_ms());
    let files = store.manifest().into_iter().flat_map(|m| &m.series);
    files
        .filter(move |f| name.is_none_or(|name| f.names.iter().any(|n| n == name)))
        .filter(move |f| f.from <= range.to_ms && f.to >= range.from_ms)
}

/// Files of a table of predictions, by the model's name or by that of the experiment that the lab keeps them in.
pub fn prediction_files<'a>(store: &'a Store, table: &str) -> Vec<&'a TableFile> {
    let model = table.strip_suffix("-predictions").unwrap_or(table);
    let named = store.table_files("predictions", Some(table));
    if named.is_empty() { store.table_files("predictions", Some(model)) } else { named }
}

/// The text of a field; `None` if it is absent or no text.
pub fn text_of<'a>(row: &'a Value, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}
