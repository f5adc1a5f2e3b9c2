//! Label names and values, for pickers.

use std::collections::BTreeSet;

use super::files::series_files;
use super::store::Store;
use crate::frame::{Column, Frame, Table, Values};
use crate::query::{LabelNamesQuery, LabelValuesQuery, TimeRange};

/// Values of a label: as the manifest lists them for all of the recording, else those of the series around the end of the range.
pub fn values(store: &Store, query: &LabelValuesQuery) -> Frame {
    let found: BTreeSet<&str> = match store.manifest().and_then(|m| m.labels.as_ref()) {
        Some(listed) => listed.get(&query.label).into_iter().flatten().map(String::as_str).collect(),
        None => store.all_series().filter_map(|(labels, _)| labels.get(&query.label)).collect(),
    };
    column("value", &found)
}

/// Label names of a metric.
pub fn names(store: &Store, query: &LabelNamesQuery) -> Frame {
    let found = store.series(&query.metric).flat_map(|(labels, _)| labels.iter().map(|(name, _)| name)).collect();
    column("name", &found)
}

/// The files to gather a label's values from; none if the manifest lists labels, since it then lists them all.
pub fn files_for_values(store: &Store, query: &LabelValuesQuery) -> Vec<String> {
    if store.manifest().is_some_and(|m| m.labels.is_some()) {
        return Vec::new();
    }
    series_files(store, None, TimeRange::new(query.range.to_ms, query.range.to_ms))
}

/// One file of the metric: one that is parsed, else the last that the range touches, else the last of all.
pub fn files_for_names(store: &Store, query: &LabelNamesQuery) -> Vec<String> {
    let all = series_files(store, Some(&query.metric), TimeRange::new(i64::MIN / 2, i64::MAX / 2));
    if let Some(parsed) = all.iter().find(|file| store.is_parsed(file)) {
        return vec![parsed.clone()];
    }
    let touched = series_files(store, Some(&query.metric), query.range);
    let last = |files: Vec<String>| {
        let files = store.manifest().into_iter().flat_map(|m| &m.series).filter(move |f| files.contains(&f.file));
        files.max_by_key(|f| f.to).map(|f| f.file.clone())
    };
    last(touched).or_else(|| last(all)).into_iter().collect()
}

fn column(name: &str, found: &BTreeSet<&str>) -> Frame {
    let column = Column::new(name, Values::text(found.iter().map(Some)));
    Frame::from_table(Table::new(vec![column]).unwrap_or_default())
}
