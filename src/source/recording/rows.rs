//! Recorded predictions.

use super::files::prediction_files;
use super::store::{Rows, Store, TableFile};
use crate::frame::{Column, Frame, Sampled, Table, Values};
use crate::order::Order;
use crate::query::{GroupsQuery, RowsQuery};
use crate::source::read::{Condition, Warnings, grouped};
use crate::source::{Cause, Failure};

/// Answers from the recorded rows that overlap the range, sorted by time, the newest up to the limit.
///
/// # Errors
/// [`Cause::NotFound`] if no such table was recorded.
pub fn rows(store: &Store, query: &RowsQuery, conditions: &[Condition]) -> Result<Frame, Failure> {
    let files = files_of(store, &query.table)?;
    let shift = store.shift_ms();
    let range = query.range.shifted(-shift);
    let mut parts = Vec::new();
    let mut sampled = None;
    for file in files {
        let Some(Rows::Columns(table)) = store.rows(&file.file) else { continue };
        let times = query.time.as_deref().map(|time| table.numbers(time).unwrap_or_default());
        let passes = |row: usize| {
            times.as_ref().is_none_or(|times| times.get(row).is_some_and(|t| range.contains(*t)))
                && conditions.iter().all(|c| c.accepts(table.text(&c.label, row).as_deref().unwrap_or("")))
        };
        let part = table.filtered(passes);
        if part.n_rows() > 0 {
            if let Some(n) = file.kept_every.filter(|n| *n > 1) {
                sampled = Some(Sampled { how: format!("at one row in {n} of the older rows") });
            }
            parts.push(part);
        }
    }
    let table = joined(&parts);
    let times = query.time.as_deref().and_then(|time| table.numbers(time)).unwrap_or_default();
    let at = |row: &usize| times.get(*row).copied().unwrap_or(f64::NAN);
    let mut order: Vec<usize> = (0..table.n_rows()).collect();
    order.order_by(|a, b| at(a).total_cmp(&at(b)));
    let n_over = order.len().saturating_sub(query.limit as usize);
    let mut warnings = Warnings::default();
    warnings.add(format!("older rows were left out beyond the limit of {}", query.limit), n_over);
    let table = shifted(&table.taken(order.get(n_over..).unwrap_or_default()), shift as f64);
    Ok(Frame { warnings: warnings.take(), sampled, ..Frame::from_table(table) })
}

/// Groups the recorded rows.
///
/// # Errors
/// [`Cause::NotFound`] if no such table was recorded.
pub fn groups(store: &Store, query: &GroupsQuery, conditions: &[Condition]) -> Result<Frame, Failure> {
    let parts: Vec<Table> = files_of(store, &query.table)?
        .into_iter()
        .filter_map(|file| match store.rows(&file.file) {
            Some(Rows::Columns(table)) => Some(table.clone()),
            _ => None,
        })
        .collect();
    let table = shifted(&joined(&parts), store.shift_ms() as f64);
    Ok(grouped(&table, query, conditions))
}

fn files_of<'a>(store: &'a Store, table: &str) -> Result<Vec<&'a TableFile>, Failure> {
    let files = prediction_files(store, table);
    if files.is_empty() {
        return Err(Failure::new(Cause::NotFound, format!("the recording has no table {table:?}")));
    }
    Ok(files)
}

/// The rows of all parts under the columns of the first; a column of two types becomes text.
fn joined(parts: &[Table]) -> Table {
    let Some(first) = parts.first() else { return Table::default() };
    if parts.len() == 1 {
        return first.clone();
    }
    let column = |like: &Column| {
        let all_numbers = parts
            .iter()
            .all(|p| p.column(&like.name).is_none_or(|c| matches!(c.values, Values::Number(_) | Values::Time(_))));
        let cells = parts.iter().flat_map(|p| (0..p.n_rows()).map(move |row| (p, row)));
        let values = if all_numbers {
            let numbers = cells.map(|(p, row)| p.number(&like.name, row)).collect();
            if matches!(like.values, Values::Time(_)) { Values::Time(numbers) } else { Values::Number(numbers) }
        } else {
            Values::text(cells.map(|(p, row)| p.text(&like.name, row)))
        };
        Column { values, ..like.clone() }
    };
    Table::new(first.columns().iter().map(column).collect()).unwrap_or_default()
}

fn shifted(table: &Table, by_ms: f64) -> Table {
    let moved = |c: &Column| match &c.values {
        Values::Time(times) => Column { values: Values::Time(times.iter().map(|t| t + by_ms).collect()), ..c.clone() },
        _ => c.clone(),
    };
    Table::new(table.columns().iter().map(moved).collect()).unwrap_or_default()
}
