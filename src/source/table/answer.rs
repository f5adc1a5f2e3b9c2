//! Frames from the rows of a file.

use std::collections::BTreeSet;

use super::parsed::Parsed;
use crate::frame::{Column, Frame, Table, Values};
use crate::order::Order;
use crate::query::{GroupsQuery, RowsQuery};
use crate::source::read::{Condition, Warnings, grouped};

/// Values of a column that a picker is given, at most.
const MOST_VALUES: usize = 1_000;

/// Groups the rows of a file.
pub fn groups(parsed: &Parsed, query: &GroupsQuery, conditions: &[Condition]) -> Frame {
    with_file_warnings(parsed, grouped(&parsed.table, query, conditions))
}

/// The rows that pass, sorted by time, the newest up to the limit; without a time the first of the file.
pub fn rows(parsed: &Parsed, query: &RowsQuery, conditions: &[Condition]) -> Frame {
    let table = &parsed.table;
    let mut warnings = Warnings::default();
    let named = query.columns.iter().chain(&query.time).chain(conditions.iter().map(|c| &c.label));
    for name in named.collect::<BTreeSet<_>>() {
        if !parsed.names.contains(name) {
            warnings.add(format!("the table has no column {name:?}"), 1);
        }
    }
    let times = query.time.as_deref().map(|time| table.numbers(time).unwrap_or_default());
    let at = |row: usize| times.as_ref().and_then(|times| times.get(row)).copied().unwrap_or(f64::NAN);
    let mut n_untimed = 0;
    let mut kept: Vec<usize> = Vec::new();
    for row in 0..table.n_rows() {
        if !conditions.iter().all(|c| c.accepts(table.text(&c.label, row).as_deref().unwrap_or(""))) {
            continue;
        }
        if times.is_some() {
            if !at(row).is_finite() {
                n_untimed += 1;
                continue;
            }
            if !query.range.contains(at(row)) {
                continue;
            }
        }
        kept.push(row);
    }
    warnings.add("rows had no readable time", n_untimed);
    let limit = query.limit as usize;
    let n_over = kept.len().saturating_sub(limit);
    if times.is_some() {
        kept.order_by(|a, b| at(*a).total_cmp(&at(*b)));
        kept.drain(..n_over);
        warnings.add(format!("older rows were left out beyond the limit of {limit}"), n_over);
    } else {
        kept.truncate(limit);
        warnings.add(format!("rows were left out beyond the limit of {limit}"), n_over);
    }
    let taken = table.taken(&kept);
    let wanted = |column: &&Column| {
        let is_time = query.time.as_ref() == Some(&column.name);
        query.columns.is_empty() || is_time || query.columns.contains(&column.name)
    };
    // A column of numbers that the question names as its time holds milliseconds.
    let timed = |column: &Column| match &column.values {
        Values::Number(cells) if query.time.as_ref() == Some(&column.name) => {
            Column { values: Values::Time(cells.clone()), ..column.clone() }
        }
        _ => column.clone(),
    };
    let columns = taken.columns().iter().filter(wanted).map(timed).collect();
    let frame = Frame::from_table(Table::new(columns).unwrap_or_default());
    with_file_warnings(parsed, Frame { warnings: warnings.take(), ..frame })
}

/// The columns of a file.
pub fn names(parsed: &Parsed) -> Frame {
    text_column("name", parsed.names.iter())
}

/// The distinct values of a column in all files that were read.
pub fn values<'a>(files: impl Iterator<Item = &'a Parsed>, column: &str) -> Frame {
    let columns = files.filter_map(|file| file.table.column(column));
    let found: BTreeSet<String> =
        columns.flat_map(|c| (0..c.values.len()).filter_map(|row| c.values.text_at(row))).collect();
    let mut warnings = Warnings::default();
    warnings
        .note(format!("values were left out beyond the first {MOST_VALUES}"), found.len().saturating_sub(MOST_VALUES));
    Frame { warnings: warnings.take(), ..text_column("value", found.iter().take(MOST_VALUES)) }
}

fn text_column<'a>(name: &str, cells: impl Iterator<Item = &'a String>) -> Frame {
    let column = Column::new(name, Values::text(cells.map(Some)));
    Frame::from_table(Table::new(vec![column]).unwrap_or_default())
}

/// What is less than perfect about the file comes before what is about the question.
fn with_file_warnings(parsed: &Parsed, mut frame: Frame) -> Frame {
    let own = std::mem::take(&mut frame.warnings);
    frame.warnings = parsed.warnings.iter().cloned().chain(own).collect();
    frame
}
