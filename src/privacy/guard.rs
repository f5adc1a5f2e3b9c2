//! The guard over an answer in groups.

use std::collections::BTreeMap;

use super::cells::{Counts, suppressed};
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
    let n_rows = table.n_rows();
    let counts = table.numbers(count).unwrap_or_else(|| vec![f64::NAN; n_rows]);
    if !counts.iter().any(|n| is_small(*n, k)) {
        return (frame.clone(), 0);
    }
    let mut indices: Vec<BTreeMap<Option<String>, usize>> = vec![BTreeMap::new(); keys.len()];
    let places: Vec<Vec<usize>> = (0..n_rows)
        .map(|row| {
            let index = |(known, key): (&mut BTreeMap<Option<String>, usize>, &&str)| {
                let next = known.len();
                *known.entry(table.text(key, row)).or_insert(next)
            };
            indices.iter_mut().zip(keys).map(index).collect()
        })
        .collect();
    let sizes: Vec<usize> = indices.iter().map(BTreeMap::len).collect();
    let n_cells: usize = sizes.iter().product();
    let hidden: Vec<bool> = if n_cells > MAX_CELLS {
        vec![true; n_rows]
    } else {
        let mut dense = vec![0_u64; n_cells];
        let at = |place: &[usize]| place.iter().zip(&sizes).fold(0, |acc, (i, size)| acc * size + i);
        for (place, n) in places.iter().zip(&counts) {
            if let Some(slot) = dense.get_mut(at(place)) {
                *slot += if n.is_finite() { *n as u64 } else { 0 };
            }
        }
        let hidden = suppressed(&Counts { sizes: sizes.clone(), counts: dense }, u64::from(k));
        places.iter().map(|place| hidden.has(&place.iter().map(|&i| Some(i)).collect::<Vec<_>>())).collect()
    };
    let blank = |column: &Column| {
        let hide = |values: &[f64]| values.iter().zip(&hidden).map(|(v, h)| if *h { f64::NAN } else { *v }).collect();
        match &column.values {
            _ if keys.contains(&column.name.as_str()) => column.clone(),
            Values::Number(v) => Column { values: Values::Number(hide(v)), ..column.clone() },
            Values::Time(v) => Column { values: Values::Time(hide(v)), ..column.clone() },
            Values::Integer(v) => {
                let cells = v.iter().zip(&hidden).map(|(v, h)| if *h { None } else { *v }).collect();
                Column { values: Values::Integer(cells), ..column.clone() }
            }
            Values::Text(_) => column.clone(),
        }
    };
    let columns = table.columns().iter().map(blank).collect();
    let guarded = Table::new(columns).unwrap_or_default();
    let frame =
        Frame { warnings: frame.warnings.clone(), sampled: frame.sampled.clone(), ..Frame::from_table(guarded) };
    (frame, hidden.iter().filter(|h| **h).count())
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
