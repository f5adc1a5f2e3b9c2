//! The guard over an answer in groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::beside::Beside;
use super::cells::{Counts, Place, suppressed_beside};
use crate::frame::{Column, Frame, Table, Values};

/// A table of more cells is not searched for ways out: all of it is hidden.
const MAX_CELLS: usize = 20_000;

/// Whether a count of people is too small to show: from 1 to `k - 1`.
pub fn is_small(n: f64, k: u32) -> bool {
    n >= 1.0 && n < f64::from(k)
}

/// The groups of a table with small counts hidden, and with them what would reveal them: every number of a hidden group is missing.
///
/// `keys` are the columns that name a group, `count` the column of people. Totals over each key are taken to be public.
/// Groups that are missing from the table count as zero. The second value says how many groups are hidden.
pub fn guarded(frame: &Frame, keys: &[&str], count: &str, k: u32) -> (Frame, usize) {
    let Some(table) = frame.table() else { return (frame.clone(), 0) };
    let Some(grid) = Grid::of(table, keys) else {
        let n_rows = table.n_rows();
        let is_any_small = table.numbers(count).is_some_and(|counts| counts.iter().any(|n| is_small(*n, k)));
        return if is_any_small { (blanked(frame, keys, |_, _| true), n_rows) } else { (frame.clone(), 0) };
    };
    let counts = grid.counts(&grid.column(table, count));
    // Small totals are hidden wherever they are asked for; all others are shown.
    let is_shown = |place: &Place| place.iter().any(Option::is_none) && counts.at(place) >= u64::from(k);
    let beside = Beside { fixed: counts.places().into_iter().filter(is_shown).collect(), ..Beside::default() };
    let hidden = suppressed_beside(&counts, u64::from(k), &beside);
    let rows: Vec<bool> = grid.rows.iter().map(|row| hidden.has(&cell(row))).collect();
    let n_hidden = rows.iter().filter(|is_hidden| **is_hidden).count();
    if n_hidden == 0 {
        return (frame.clone(), 0);
    }
    (blanked(frame, keys, |_, row| rows.get(row).copied().unwrap_or(true)), n_hidden)
}

/// The cell of a row.
pub(super) fn cell(row: &[usize]) -> Place {
    row.iter().map(|&at| Some(at)).collect()
}

/// Where the rows of a table stand in the grid of its keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grid {
    /// The values of each key, in order of their first row.
    pub(super) names: Vec<Vec<Option<String>>>,
    /// The place of each row.
    pub(super) rows: Vec<Vec<usize>>,
}

impl Grid {
    /// `None` where the grid is too large to search.
    pub(super) fn of(table: &Table, keys: &[&str]) -> Option<Self> {
        let mut known: Vec<BTreeMap<Option<String>, usize>> = vec![BTreeMap::new(); keys.len()];
        let place = |row: usize| -> Vec<usize> {
            let index = |(known, key): (&mut BTreeMap<Option<String>, usize>, &&str)| {
                let next = known.len();
                *known.entry(table.text(key, row)).or_insert(next)
            };
            known.iter_mut().zip(keys).map(index).collect()
        };
        let rows = (0..table.n_rows()).map(place).collect();
        let in_order = |known: BTreeMap<Option<String>, usize>| {
            let mut names = vec![None; known.len()];
            for (name, at) in known {
                if let Some(slot) = names.get_mut(at) {
                    *slot = name;
                }
            }
            names
        };
        let names: Vec<Vec<Option<String>>> = known.into_iter().map(in_order).collect();
        (names.iter().map(Vec::len).product::<usize>() <= MAX_CELLS).then_some(Self { names, rows })
    }

    /// A column of whole numbers by row; what is no number counts as none.
    pub(super) fn column(&self, table: &Table, column: &str) -> Vec<u64> {
        let numbers = table.numbers(column).unwrap_or_default();
        let count = |row: usize| numbers.get(row).copied().filter(|n| n.is_finite()).map_or(0, |n| n.round() as u64);
        (0..self.rows.len()).map(count).collect()
    }

    /// Counts by row as a table over the keys.
    pub(super) fn counts(&self, by_row: &[u64]) -> Counts {
        let sizes: Vec<usize> = self.names.iter().map(Vec::len).collect();
        let mut counts = vec![0_u64; sizes.iter().product()];
        for (row, n) in self.rows.iter().zip(by_row) {
            let at = row.iter().zip(&sizes).fold(0, |acc, (at, size)| acc * size + at);
            if let Some(slot) = counts.get_mut(at) {
                *slot += n;
            }
        }
        Counts { sizes, counts }
    }
}

/// The frame without the numbers that are hidden, by column and row; names of groups stay.
pub(super) fn blanked(frame: &Frame, keys: &[&str], is_hidden: impl Fn(&str, usize) -> bool) -> Frame {
    let Some(table) = frame.table() else { return frame.clone() };
    let blank = |column: &Column| {
        let is_hidden = |row: usize| is_hidden(&column.name, row);
        let hide = |values: &[f64]| -> Arc<[f64]> {
            values.iter().enumerate().map(|(row, v)| if is_hidden(row) { f64::NAN } else { *v }).collect()
        };
        let values = match &column.values {
            _ if keys.contains(&column.name.as_str()) => return column.clone(),
            Values::Number(v) => Values::Number(hide(v)),
            Values::Time(v) => Values::Time(hide(v)),
            Values::Integer(v) => {
                Values::Integer(v.iter().enumerate().map(|(row, v)| if is_hidden(row) { None } else { *v }).collect())
            }
            Values::Text(_) => return column.clone(),
        };
        Column { values, ..column.clone() }
    };
    let guarded = Table::new(table.columns().iter().map(blank).collect()).unwrap_or_default();
    Frame { warnings: frame.warnings.clone(), sampled: frame.sampled.clone(), ..Frame::from_table(guarded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_group_keeps_its_name_and_loses_its_numbers() {
        let table = Table::new(vec![
            Column::new("region", Values::text([Some("eu"), Some("us"), Some("ap")])),
            Column::new("units", Values::numbers([5.0, 40.0, 400.0])),
            Column::new("value", Values::numbers([2.0, 10.0, 90.0])),
        ])
        .unwrap();
        let (guarded, n_hidden) = guarded(&Frame::from_table(table), &["region"], "units", 11);
        let table = guarded.table().unwrap();
        assert_eq!(n_hidden, 2);
        assert_eq!(table.text("region", 0).as_deref(), Some("eu"));
        assert!(table.number("units", 0).is_nan() && table.number("value", 0).is_nan());
        assert!(table.number("value", 1).is_nan());
        assert_eq!(table.number("value", 2), 90.0);
    }

    #[test]
    fn a_total_that_is_shown_elsewhere_takes_all_groups_along() {
        let table = Table::new(vec![
            Column::new("region", Values::text([Some("eu"), Some("us")])),
            Column::new("units", Values::numbers([1.0, 11.0])),
        ])
        .unwrap();
        let (_, n_hidden) = guarded(&Frame::from_table(table), &["region"], "units", 11);
        assert_eq!(n_hidden, 2, "1 is 12 less 11");
    }

    #[test]
    fn large_groups_and_zeros_stay() {
        let table = Table::new(vec![
            Column::new("region", Values::text([Some("eu"), Some("us")])),
            Column::new("units", Values::numbers([0.0, 11.0])),
        ])
        .unwrap();
        let frame = Frame::from_table(table);
        assert_eq!(super::guarded(&frame, &["region"], "units", 11), (frame, 0));
    }
}
