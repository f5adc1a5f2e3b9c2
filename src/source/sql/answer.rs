//! Rows of a statement's answer, and the frames that they become.

use crate::frame::{Column, Frame, Table, Values};
use crate::query::{Fold, GroupsQuery, RowsQuery};
use crate::source::read::{Cell, Warnings};

use super::columns::Columns;
use super::statement::rows_columns;

/// One row.
pub type Cells = Vec<Cell>;

/// What a server answered to one statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The rows, each as wide as the statement's list.
    pub rows: Vec<Cells>,
    /// Whether the server stopped before the end by a limit of its own.
    pub is_cut: bool,
}

/// The frame of groups from both statements' answers; the second is there where the query has a unit and moments.
pub fn groups_frame(query: &GroupsQuery, direct: &Answer, moments: Option<&Answer>) -> Frame {
    let mut warnings = Warnings::default();
    let limit = query.limit as usize;
    if direct.is_cut {
        warnings.add("the server left out rows beyond its own limit", 1);
    } else if direct.rows.len() > limit {
        warnings.add(format!("groups were left out beyond the limit of {limit}"), direct.rows.len() - limit);
    }
    let rows = direct.rows.get(..limit.min(direct.rows.len())).unwrap_or_default();
    let n_keys = query.keys.len();
    let key_of = |row: &Cells| row.get(..n_keys).unwrap_or_default().iter().map(Cell::text).collect::<Vec<_>>();
    let by_key: std::collections::HashMap<Vec<_>, &Cells> =
        moments.into_iter().flat_map(|m| &m.rows).map(|row| (key_of(row), row)).collect();

    let mut columns = Vec::new();
    for (at, key) in query.keys.iter().enumerate() {
        let cells = rows.iter().map(|row| row.get(at));
        let values = if key.bucket.is_some() {
            Values::Time(cells.map(|c| c.map_or(f64::NAN, number)).collect())
        } else {
            Values::text(cells.map(|c| c.and_then(Cell::text)))
        };
        columns.push(Column::new(key.name.clone(), values));
    }
    let mut at = n_keys;
    let mut direct_column = |name: &str| {
        let column = Column::new(name, Values::numbers(rows.iter().map(|row| row.get(at).map_or(f64::NAN, number))));
        at += 1;
        column
    };
    columns.push(direct_column("rows"));
    if query.unit.is_some() {
        columns.push(direct_column("units"));
    }
    let mut moment = n_keys;
    for measure in &query.measures {
        let name = measure.name.as_str();
        let mut unasked = Warnings::default();
        let told = match &measure.fold {
            Fold::Moments(column) if query.counts_present(column) => &mut unasked,
            _ => &mut warnings,
        };
        match (&measure.fold, moments) {
            (Fold::Moments(_), Some(_)) => {
                let value = |row: &Cells, offset: usize| {
                    by_key.get(&key_of(row)).and_then(|r| r.get(moment + offset)).map_or(f64::NAN, number)
                };
                columns.extend(moments_columns(
                    name,
                    rows.iter()
                        .map(|r| (r.get(n_keys).map_or(f64::NAN, number), value(r, 0), value(r, 1), value(r, 2))),
                    told,
                ));
                moment += 3;
            }
            (Fold::Moments(_), None) => {
                let (present, sum, squares) = (direct_column(name), direct_column(name), direct_column(name));
                let cell = |column: &Column, row: usize| column.values.number_at(row);
                let count = |row: &Cells| row.get(n_keys).map_or(f64::NAN, number);
                let all = rows
                    .iter()
                    .enumerate()
                    .map(|(i, row)| (count(row), cell(&present, i), cell(&sum, i), cell(&squares, i)));
                columns.extend(moments_columns(name, all, told));
            }
            _ => columns.push(direct_column(name)),
        }
    }
    let table = Table::new(columns).unwrap_or_default();
    Frame { warnings: warnings.take(), ..Frame::from_table(table) }
}

/// Sum and squares from `(rows, present, sum, squares)`; without one present value both are missing.
fn moments_columns(
    name: &str,
    groups: impl Iterator<Item = (f64, f64, f64, f64)>,
    warnings: &mut Warnings,
) -> [Column; 2] {
    let (mut sums, mut squares) = (Vec::new(), Vec::new());
    for (n_rows, present, sum, square) in groups {
        warnings.add("values were missing or no numbers", (n_rows - present).max(0.0) as usize);
        let is_there = present > 0.0;
        sums.push(if is_there { sum } else { f64::NAN });
        squares.push(if is_there { square } else { f64::NAN });
    }
    [Column::new(name, Values::numbers(sums)), Column::new(format!("{name}.squares"), Values::numbers(squares))]
}

/// The frame of rows, oldest first.
pub fn rows_frame(query: &RowsQuery, columns: &Columns, answer: &Answer) -> Frame {
    let mut warnings = Warnings::default();
    let limit = query.limit as usize;
    if answer.is_cut {
        warnings.add("the server left out rows beyond its own limit", 1);
    } else if answer.rows.len() > limit {
        warnings.add(format!("older rows were left out beyond the limit of {limit}"), 1);
    }
    let mut rows: Vec<&Cells> = answer.rows.iter().take(limit).collect();
    if query.time.is_some() {
        rows.reverse();
    }
    let column = |(at, name): (usize, String)| {
        let cells = || rows.iter().map(move |row| row.get(at));
        let kind = columns.kind(&name).unwrap_or_default();
        let values = if kind.is_time() || query.time.as_ref() == Some(&name) {
            Values::Time(cells().map(|c| c.map_or(f64::NAN, number)).collect())
        } else {
            match kind {
                super::ColumnKind::Number => Values::numbers(cells().map(|c| c.map_or(f64::NAN, number))),
                super::ColumnKind::Integer => Values::Integer(cells().map(|c| c.and_then(integer)).collect()),
                _ => Values::text(cells().map(|c| c.and_then(Cell::text))),
            }
        };
        Column::new(name, values)
    };
    let table =
        Table::new(rows_columns(columns, query).into_iter().enumerate().map(column).collect()).unwrap_or_default();
    let missing: Vec<&String> = query.columns.iter().filter(|name| columns.kind(name).is_none()).collect();
    for name in missing {
        warnings.add(format!("the table has no column {name:?}"), 1);
    }
    Frame { warnings: warnings.take(), ..Frame::from_table(table) }
}

/// A cell as a number; databases write 64-bit integers in quotes.
fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Text(text) => text.parse().unwrap_or(f64::NAN),
        other => other.number(),
    }
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Text(text) => text.parse().ok(),
        Cell::Integer(i) => Some(*i),
        _ => None,
    }
}
