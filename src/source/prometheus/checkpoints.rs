//! Known samples of counters and the increase between them.
//!
//! The increase over a step is the sum of the differences of consecutive samples whose later one lies in the step.
//! A sample below its predecessor is a restart and counts in full. Never extrapolated: a series counts from its first known sample.

use std::collections::BTreeMap;

use super::grid::Grid;
use super::matrix::Samples;
use crate::frame::Labels;
use crate::order::Order;

/// Samples by series (without `__name__`), in any order until they are read.
#[derive(Default)]
pub(super) struct Checkpoints(BTreeMap<Labels, Vec<(f64, f64)>>);

impl Checkpoints {
    /// Adds known samples. Values that are not finite say nothing and are left out.
    pub(super) fn add_all(&mut self, series: &[Samples]) {
        for samples in series {
            self.add(samples);
        }
    }

    fn add(&mut self, samples: &Samples) {
        let mut labels = samples.labels.clone();
        labels.remove("__name__");
        let points = samples.x.iter().copied().zip(samples.y.iter().copied()).filter(|(_, y)| y.is_finite());
        self.0.entry(labels).or_default().extend(points);
    }

    /// Each series' increase per step of the grid; `NaN` for steps without a sample.
    pub(super) fn increases(self, grid: Grid) -> impl Iterator<Item = (Labels, Vec<f64>)> {
        self.0.into_iter().map(move |(labels, points)| (labels, increase(points, grid)))
    }
}

fn increase(mut points: Vec<(f64, f64)>, grid: Grid) -> Vec<f64> {
    points.order_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup_by(|a, b| a.0 == b.0);
    let mut y = vec![f64::NAN; grid.n];
    let mut before: Option<f64> = None;
    for (time, value) in points {
        let gained = before.map_or(0.0, |before| if value < before { value } else { value - before });
        before = Some(value);
        if let Some(total) = grid.step_within(time).and_then(|step| y.get_mut(step)) {
            *total = if total.is_nan() { gained } else { *total + gained };
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRID: Grid = Grid { first_ms: 10, step_ms: 10, n: 3 };

    #[track_caller]
    fn check(points: &[(f64, f64)], expected: &str) {
        assert_eq!(format!("{:?}", increase(points.to_vec(), GRID)), expected);
    }

    #[test]
    fn restarts_count_in_full() {
        check(&[(0.0, 5.0), (10.0, 7.0), (14.0, 9.0), (16.0, 1.0), (20.0, 4.0), (30.0, 4.0)], "[2.0, 6.0, 0.0]");
    }

    #[test]
    fn a_series_counts_from_its_first_sample() {
        check(&[(14.0, 100.0), (20.0, 103.0)], "[NaN, 3.0, NaN]");
    }

    #[test]
    fn a_gap_is_counted_where_the_series_comes_back() {
        check(&[(0.0, 1.0), (5.0, 2.0), (25.0, 6.0)], "[1.0, NaN, 4.0]");
    }

    proptest! {
        #[test]
        fn steps_add_up_to_the_whole(values in prop::collection::vec(0.0..100.0_f64, 2..40)) {
            let points: Vec<_> = values.iter().enumerate().map(|(i, &v)| (i as f64, v.round())).collect();
            let whole = Grid { first_ms: 40, step_ms: 40, n: 1 };
            let parts = Grid { first_ms: 5, step_ms: 5, n: 8 };
            let sum: f64 = increase(points.clone(), parts).iter().filter(|y| !y.is_nan()).sum();
            prop_assert_eq!(sum, increase(points, whole)[0]);
        }
    }
}
