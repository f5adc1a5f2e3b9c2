//! An attacker: what can be computed from what is shown. Independent of how cells were chosen to be hidden.

use std::collections::BTreeMap;

use super::cells::{Counts, Hidden, Place};

/// A prime below 2^61; ranks modulo it equal ranks over the rationals unless it divides a minor of these small 0-1 matrices.
const PRIME: i128 = (1 << 61) - 1;

/// Cells that a place stands for, by number.
fn cells(table: &Counts, place: &Place) -> Vec<usize> {
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

/// The equations that the visible places give for the hidden cells: which cells, and their sum.
fn equations(table: &Counts, hidden: &Hidden) -> (Vec<usize>, Vec<(Vec<usize>, i64)>) {
    let base: Vec<Place> = table.places().into_iter().filter(|p| p.iter().all(Option::is_some)).collect();
    let unknown: Vec<usize> = base.iter().filter(|p| hidden.has(p)).flat_map(|p| cells(table, p)).collect();
    let mut rows = Vec::new();
    for place in table.places() {
        if hidden.has(&place) {
            continue;
        }
        let below = cells(table, &place);
        let (open, shown): (Vec<usize>, Vec<usize>) = below.iter().partition(|c| unknown.contains(c));
        if !open.is_empty() {
            let sum = table.at(&place) as i64 - shown.iter().map(|&c| table.counts[c] as i64).sum::<i64>();
            rows.push((open, sum));
        }
    }
    (unknown, rows)
}

/// Whether linear algebra gives the hidden place: its sum of cells lies in the span of the equations.
pub fn is_determined(table: &Counts, hidden: &Hidden, place: &Place) -> bool {
    let (unknown, rows) = equations(table, hidden);
    let vector = |cells: &[usize]| -> Vec<i128> { unknown.iter().map(|c| i128::from(cells.contains(c))).collect() };
    let matrix: Vec<Vec<i128>> = rows.iter().map(|(cells, _)| vector(cells)).collect();
    let target = vector(&cells(table, place));
    let with = [matrix.clone(), vec![target]].concat();
    rank(matrix) == rank(with)
}

fn rank(mut rows: Vec<Vec<i128>>) -> usize {
    let width = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..width {
        let Some(pivot) = (rank..rows.len()).find(|&r| rows[r][column] != 0) else { continue };
        rows.swap(rank, pivot);
        let inverse = power(rows[rank][column], PRIME - 2);
        for r in rank + 1..rows.len() {
            let factor = rows[r][column] * inverse % PRIME;
            let pivot = rows[rank].clone();
            for (cell, lead) in rows[r].iter_mut().zip(pivot) {
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

/// Lowest and highest value of a place as integers, by propagating bounds along every line of the table until nothing changes
/// (the shuttle algorithm, Buzzigoli and Giusti 1999). Worse than any attacker: it is told which hidden counts are from 1 to k-1.
pub fn bounds(table: &Counts, hidden: &Hidden, place: &Place, k: u64) -> (i64, i64) {
    let places = table.places();
    // More than any total: that of all cells may be hidden itself.
    let most: i64 = 2 * table.counts.iter().map(|&c| c as i64).sum::<i64>() + 10;
    let mut known: BTreeMap<&Place, (i64, i64)> = places
        .iter()
        .map(|p| {
            let value = table.at(p) as i64;
            let is_small = value >= 1 && value < k as i64;
            (
                p,
                if !hidden.has(p) {
                    (value, value)
                } else if is_small {
                    (1, k as i64 - 1)
                } else {
                    (0, most)
                },
            )
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
