//! Bootstrap intervals of the distances of two windows.
//!
//! Rows are drawn within their window, once for all distances, and counted by cell: a bin, or a narrow range of values.
//!
//! A distance of samples is biased upwards, as noise can only add to it, and a resample adds its noise to that of the data.
//! Plain percentiles therefore lie too high; for a feature that has not changed they do not even hold the estimate.
//! Efron's bias-corrected percentiles (Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, section 14.3) move both
//! tails by twice the median bias in normal units, which is undefined where no replicate lies below the estimate.
//! The same move is made here on the squared distance, to which noise adds: percentiles less twice the median bias, not below zero.
//! The interval is widened to the estimate where it still misses it.

use super::finite::is_present;
use super::interval::Interval;
use super::quantile::quantile_sorted;
use super::rng::Rng;

/// Share of resamples without a value above which there is no interval.
const MAX_UNDEFINED: f64 = 0.05;

/// How a distance grows with the difference of the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// With its square, as PSI.
    Square,
    /// In proportion, as the Jensen-Shannon and the Wasserstein distance.
    Linear,
}

/// Both windows' rows by cell: the reference and the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    reference: Vec<u32>,
    current: Vec<u32>,
    n_distinct: usize,
}

impl Cells {
    /// Rows of both windows by the number of their cell, which is below `n_distinct`; others are left out.
    pub fn new(mut reference: Vec<u32>, mut current: Vec<u32>, n_distinct: usize) -> Self {
        reference.retain(|&cell| (cell as usize) < n_distinct);
        current.retain(|&cell| (cell as usize) < n_distinct);
        Self { reference, current, n_distinct }
    }

    /// The same from counts by cell.
    pub fn of_counts(reference: &[u64], current: &[u64]) -> Self {
        let rows = |counts: &[u64]| -> Vec<u32> {
            (0_u32..).zip(counts).flat_map(|(cell, &count)| std::iter::repeat_n(cell, count as usize)).collect()
        };
        Self::new(rows(reference), rows(current), reference.len().max(current.len()))
    }

    /// Draws `n_resamples` times and hands over the counts by cell, the reference's first.
    pub fn resample(&self, n_resamples: usize, seed: u64, mut take: impl FnMut(&[f64], &[f64])) {
        let mut rng = Rng::new(seed);
        let (mut old, mut new) = (vec![0.0; self.n_distinct], vec![0.0; self.n_distinct]);
        for _ in 0..n_resamples {
            draw(&self.reference, &mut old, &mut rng);
            draw(&self.current, &mut new, &mut rng);
            take(&old, &new);
        }
    }
}

fn draw(rows: &[u32], counts: &mut [f64], rng: &mut Rng) {
    counts.fill(0.0);
    for _ in rows {
        let drawn = rows.get(rng.below(rows.len())).and_then(|&cell| counts.get_mut(cell as usize));
        if let Some(count) = drawn {
            *count += 1.0;
        }
    }
}

/// The interval of a distance from its replicates, in the distance's unit; it holds `estimate` and nothing below 0.
///
/// `None` if the estimate is not finite, there are fewer than two replicates, or more than 5 % of them are not finite.
pub fn distance_interval(estimate: f64, replicates: &[f64], growth: Growth, level: f64) -> Option<Interval> {
    let squared = |distance: f64| if growth == Growth::Square { distance } else { distance * distance };
    let mut squares: Vec<f64> = replicates.iter().map(|&r| squared(r)).filter(|&s| is_present(s)).collect();
    let n_undefined = (replicates.len() - squares.len()) as f64;
    if !is_present(estimate) || squares.len() < 2 || n_undefined > MAX_UNDEFINED * replicates.len() as f64 {
        return None;
    }
    squares.sort_unstable_by(f64::total_cmp);
    let bias = quantile_sorted(&squares, 0.5)? - squared(estimate);
    let end = |tail: f64| {
        let moved = (quantile_sorted(&squares, tail)? - 2.0 * bias).max(0.0);
        Some(if growth == Growth::Square { moved } else { moved.sqrt() })
    };
    let (low, high) = (end((1.0 - level) / 2.0)?, end(f64::midpoint(1.0, level))?);
    Interval::new(low.min(estimate), high.max(estimate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_move_by_twice_the_median_bias() {
        // Median 3 for an estimate of 2: every end moves down by 2.
        let interval = distance_interval(2.0, &[1.0, 2.0, 3.0, 4.0, 5.0], Growth::Square, 0.5).unwrap();
        assert_eq!(interval, Interval { low: 0.0, high: 2.0 });
        // Squares 9, 16, 25 for an estimate of 4 have no bias.
        let plain = distance_interval(4.0, &[3.0, 4.0, 5.0], Growth::Linear, 0.9999).unwrap();
        assert!((plain.low - 3.0).abs() < 1e-3 && (plain.high - 5.0).abs() < 1e-3);
    }

    #[test]
    fn it_holds_the_estimate_even_below_all_replicates() {
        let far = distance_interval(1.0, &[7.0, 7.1, 7.2], Growth::Linear, 0.95).unwrap();
        assert_eq!(far, Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn undefined_replicates_forbid_an_interval() {
        assert_eq!(distance_interval(1.0, &[1.0, f64::NAN, 1.0], Growth::Linear, 0.95), None);
        assert_eq!(distance_interval(f64::NAN, &[1.0, 1.0], Growth::Linear, 0.95), None);
        assert_eq!(distance_interval(1.0, &[1.0], Growth::Linear, 0.95), None);
    }

    #[test]
    fn every_resample_has_as_many_rows_as_the_window() {
        let mut n = 0;
        Cells::of_counts(&[3, 0, 2], &[0, 4, 0]).resample(20, 1, |old, new| {
            n += 1;
            assert_eq!((old.iter().sum::<f64>(), old[1], new), (5.0, 0.0, &[0.0, 4.0, 0.0][..]));
        });
        assert_eq!(n, 20);
    }
}
