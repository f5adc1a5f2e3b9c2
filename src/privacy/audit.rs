//! An attacker: what can be computed from what is shown. Independent of how numbers were chosen to be hidden.
//!
//! People are parted as finely as anything that is shown parts them; every shown number is then a sum over some of these parts.

use std::collections::BTreeMap;

use super::cells::{Counts, Hidden, Place};

/// A prime below 2^61; ranks modulo it equal ranks over the rationals unless it divides a minor of these small 0-1 matrices.
const PRIME: i128 = (1 << 61) - 1;

/// Some of the parts, by number, and how many people are in them together.
pub(super) type Sum = (Vec<usize>, i64);

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Seen {
    n_parts: usize,
    shown: Vec<Sum>,
    /// More than any part can hold.
    most: i64,
}

impl Seen {
    /// `most` is more than any part can hold.
    pub(super) fn new(n_parts: usize, shown: Vec<Sum>, most: i64) -> Self {
        Self { n_parts, shown, most }
    }

    /// Whether linear algebra gives the sum of parts: it lies in the span of the shown ones.
    pub(super) fn determines(&self, parts: &[usize]) -> bool {
        let vector = |parts: &[usize]| -> Vec<i128> {
            let mut row = vec![0; self.n_parts];
            for &part in parts {
                row[part] = 1;
            }
            row
        };
        let matrix: Vec<Vec<i128>> = self.shown.iter().map(|(parts, _)| vector(parts)).collect();
        let with = [matrix.clone(), vec![vector(parts)]].concat();
        rank(matrix) == rank(with)
    }

    /// Lowest and highest whole number of each part, by propagating bounds along every shown sum until nothing changes
    /// (the shuttle algorithm, Buzzigoli and Giusti 1999).
    pub(super) fn bounds(&self) -> Vec<(i64, i64)> {
        let mut known = vec![(0, self.most); self.n_parts];
        loop {
            let before = known.clone();
            for (parts, sum) in &self.shown {
                let low: i64 = parts.iter().map(|&part| known[part].0).sum();
                let high: i64 = parts.iter().map(|&part| known[part].1).sum();
                for &part in parts {
                    let (own_low, own_high) = known[part];
                    known[part] = (own_low.max(sum - (high - own_high)), own_high.min(sum - (low - own_low)));
                }
            }
            if before == known {
                return known;
            }
        }
    }
}

fn rank(mut rows: Vec<Vec<i128>>) -> usize {
    let width = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..width {
        let Some(pivot) = (rank..rows.len()).find(|&r| rows[r][column] != 0) else { continue };
        rows.swap(rank, pivot);
        let inverse = power(rows[rank][column], PRIME - 2);
        let lead = rows[rank].clone();
        for row in rows.iter_mut().skip(rank + 1).filter(|row| row[column] != 0) {
            let factor = row[column] * inverse % PRIME;
            for (cell, lead) in row.iter_mut().zip(&lead) {
                *cell = (*cell - factor * lead % PRIME + PRIME) % PRIME;
            }
        }
        rank += 1;
    }
    rank
}

fn power(mut base: i128, mut exponent: i128) -> i128 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}

/// Cells that a place stands for, by number.
pub(super) fn cells(table: &Counts, place: &Place) -> Vec<usize> {
    let n: usize = table.sizes.iter().product();
    let holds = |cell: usize| {
        let mut rest = cell;
        table.sizes.iter().zip(place).rev().all(|(size, at)| {
            let own = rest % size;
            rest /= size;
            at.is_none_or(|at| at == own)
        })
    };
    (0..n).filter(|&cell| holds(cell)).collect()
}

/// What a reader sees of one table with all its totals.
pub(super) fn seen(table: &Counts, hidden: &Hidden) -> Seen {
    let shown = table.places().into_iter().filter(|place| !hidden.has(place));
    let sums = shown.map(|place| (cells(table, &place), table.at(&place) as i64)).collect();
    Seen::new(table.counts.len(), sums, 2 * table.counts.iter().sum::<u64>() as i64 + 10)
}

/// Lowest and highest value of a place as whole numbers, with bounds of totals narrowing those of their parts and back. Worse than
/// any attacker: it is told which hidden counts are from 1 to k-1.
pub(super) fn bounds(table: &Counts, hidden: &Hidden, place: &Place, k: u64) -> (i64, i64) {
    let places = table.places();
    // More than any total: that of all cells may be hidden itself.
    let most: i64 = 2 * table.counts.iter().map(|&c| c as i64).sum::<i64>() + 10;
    let mut known: BTreeMap<&Place, (i64, i64)> = places
        .iter()
        .map(|p| {
            let value = table.at(p) as i64;
            let is_small = value >= 1 && value < k as i64;
            let told = match (hidden.has(p), is_small) {
                (false, _) => (value, value),
                (true, true) => (1, k as i64 - 1),
                (true, false) => (0, most),
            };
            (p, told)
        })
        .collect();
    loop {
        let before = known.clone();
        for total in &places {
            for d in (0..total.len()).filter(|&d| total[d].is_none()) {
                let parts: Vec<Place> = (0..table.sizes[d])
                    .map(|i| {
                        let mut part = total.clone();
                        part[d] = Some(i);
                        part
                    })
                    .collect();
                let sum = parts.iter().map(|p| known[p]).fold((0, 0), |acc, (low, high)| (acc.0 + low, acc.1 + high));
                let whole = narrowed(known[total], sum);
                *known.get_mut(total).unwrap() = whole;
                for part in &parts {
                    let (low, high) = known[part];
                    let rest = (sum.0 - low, sum.1 - high);
                    let new = narrowed((low, high), (whole.0 - rest.1, whole.1 - rest.0));
                    *known.get_mut(part).unwrap() = new;
                }
            }
        }
        if before == known {
            return known[place];
        }
    }
}

fn narrowed((low, high): (i64, i64), (at_least, at_most): (i64, i64)) -> (i64, i64) {
    (low.max(at_least), high.min(at_most))
}
