//! The names of a file's columns are data too: in a file without a header its first row stands in their place.
//!
//! Under a list of fields only names that the workspace or the question says are kept. Others give way to the column's place.

use std::collections::BTreeSet;

use super::needed::Needed;
use crate::frame::{Column, Frame, Table, Warning};
use crate::query::Query;
use crate::spec::{FieldList, MetricQuerySpec, SourceKind, Workspace};

/// The answer of a file with the names that nobody said taken away, and a note of how many those are. What other sources answer has names
/// that their schema says.
pub(super) fn unnamed(workspace: &Workspace, query: &Query, list: &FieldList, frame: Frame) -> Frame {
    let is_of_file = workspace.sources.iter().any(|s| s.id == *query.source() && s.kind == SourceKind::Table);
    let Some(table) = frame.table().filter(|_| is_of_file) else { return frame };
    let said = said(workspace, query);
    let needed = Needed::new(workspace, query);
    let is_kept = |name: &str| {
        said.contains(name) || needed.has(name) || list.mask_of(name).is_none() || list.masks.contains_key(name)
    };
    let (table, n) = match query {
        Query::LabelNames(_) => {
            let kept = table.filtered(|row| table.text("name", row).is_some_and(|name| is_kept(&name)));
            let n = table.n_rows() - kept.n_rows();
            (kept, n)
        }
        Query::Rows(_) => renamed(table, is_kept),
        _ => (table.clone(), 0),
    };
    let mut warnings: Vec<Warning> = frame.warnings.iter().map(discreet).collect();
    if n > 0 {
        warnings.push(Warning::note(
            "columns whose names the workspace does not say are called by their place: in a file without a header its first row stands there"
                .to_owned(),
            n as u64,
        ));
    }
    Frame { warnings, sampled: frame.sampled.clone(), ..Frame::from_table(table) }
}

/// A warning that quotes may quote a name.
fn discreet(warning: &Warning) -> Warning {
    Warning { is_quote: warning.is_quote || warning.text.contains('"'), ..warning.clone() }
}

/// The columns whose names are not kept are called by their place, and go where another has that name; the second value counts them.
fn renamed(table: &Table, is_kept: impl Fn(&str) -> bool) -> (Table, usize) {
    let mut n = 0;
    let mut columns: Vec<Column> = Vec::new();
    for (at, column) in table.columns().iter().enumerate() {
        if is_kept(&column.name) {
            columns.push(column.clone());
            continue;
        }
        n += 1;
        let name = format!("column {}", at + 1);
        if table.column(&name).is_none_or(|known| std::ptr::eq(known, column)) {
            columns.push(Column { name, ..column.clone() });
        }
    }
    (Table::new(columns).unwrap_or_default(), n)
}

/// The names that the question says, and those that the workspace says of the source's tables.
fn said<'a>(workspace: &'a Workspace, query: &'a Query) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    if let Query::Rows(rows) = query {
        names.extend(rows.columns.iter().map(String::as_str));
        names.extend(rows.matchers.iter().map(|matcher| matcher.label.as_str()));
    }
    for metric in &workspace.metrics {
        if let MetricQuerySpec::Table { source, time, unit, value, conditions, columns, .. } = &metric.query
            && source == query.source()
        {
            names.extend([time, unit, value].into_iter().flatten().map(String::as_str));
            names.extend(conditions.keys().chain(columns.values()).map(String::as_str));
        }
    }
    names
}
