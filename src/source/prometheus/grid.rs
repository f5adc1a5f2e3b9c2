//! The instants at which a range is asked.

use std::sync::Arc;

use super::matrix::Samples;
use crate::query::TimeRange;

/// Prometheus refuses more than 11,000 points per series, `VictoriaMetrics` 30,000; a few are kept for boundaries.
pub(super) const MAX_POINTS: i64 = 10_000;
/// The last instant of a browser's calendar.
const MAX_TIME_MS: i64 = 8_640_000_000_000_000;
/// From this many points on `VictoriaMetrics` moves the instants to multiples of the step.
const ALIGNED_FROM: i64 = 50;

/// Equidistant instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// The first instant in milliseconds.
    pub(super) first_ms: i64,
    /// Distance in milliseconds; positive.
    pub(super) step_ms: i64,
    /// Number of instants; at least one.
    pub(super) n: usize,
}

impl Grid {
    /// The instants of a query.
    ///
    /// - A step as wide as the range: one instant at the range's end, which describes all of it.
    /// - Below 50 instants: the range's start and then every step.
    /// - From 50 on: the multiples of the step within the range, so that Prometheus (which starts where it is told)
    ///   and `VictoriaMetrics` (which moves to multiples) answer alike, and so that a refresh asks for the same instants.
    pub(super) fn new(range: TimeRange, step_ms: i64) -> Self {
        let range = within_calendar(range);
        let (step_ms, width) = (step_ms.clamp(1, MAX_TIME_MS), range.width_ms());
        if step_ms >= width {
            return Self { first_ms: range.to_ms, step_ms, n: 1 };
        }
        let n = width / step_ms + 1;
        if n < ALIGNED_FROM {
            return Self { first_ms: range.from_ms, step_ms, n: n as usize };
        }
        let first_ms = multiple_from(range.from_ms, step_ms);
        Self { first_ms, step_ms, n: ((range.to_ms - first_ms) / step_ms + 1) as usize }
    }

    /// A step that keeps the range below the servers' limit: the wanted one or a multiple of it.
    pub(super) fn allowed_step(range: TimeRange, step_ms: i64) -> i64 {
        let step_ms = step_ms.clamp(1, MAX_TIME_MS);
        step_ms.saturating_mul((within_calendar(range).width_ms() / step_ms).div_euclid(MAX_POINTS) + 1)
    }

    /// Multiples of the step that cover the span: the first is not after `from_ms`, the last not before `to_ms`.
    pub(super) fn covering(from_ms: i64, to_ms: i64, step_ms: i64) -> Self {
        let step_ms = step_ms.max(1);
        let first_ms = from_ms.div_euclid(step_ms) * step_ms;
        let n = (multiple_from(to_ms, step_ms) - first_ms) / step_ms + 1;
        Self { first_ms, step_ms, n: n.max(1) as usize }
    }

    /// The same instants and one more before them.
    pub(super) fn with_one_before(self) -> Self {
        Self { first_ms: self.first_ms - self.step_ms, n: self.n + 1, ..self }
    }

    /// The instant of that number in milliseconds.
    #[allow(clippy::cast_possible_wrap)] // a few thousand instants
    pub(super) fn at(self, i: usize) -> i64 {
        self.first_ms + self.step_ms * i as i64
    }

    /// The last instant in milliseconds.
    pub(super) fn last_ms(self) -> i64 {
        self.at(self.n.saturating_sub(1))
    }

    /// All instants.
    pub(super) fn x(self) -> Arc<[f64]> {
        (0..self.n).map(|i| self.at(i) as f64).collect()
    }

    /// The instant at that time, if there is one.
    pub(super) fn index_at(self, time_ms: f64) -> Option<usize> {
        let i = ((time_ms - self.first_ms as f64) / self.step_ms as f64).round();
        let is_there = i >= 0.0 && i < self.n as f64 && (self.at(i as usize) as f64 - time_ms).abs() < 1.0;
        is_there.then_some(i as usize)
    }

    /// The number of the step, ending at an instant, within which the time lies; the begin of a step is not in it.
    /// `None` outside all steps.
    pub(super) fn step_within(self, time_ms: f64) -> Option<usize> {
        let i = ((time_ms - self.first_ms as f64) / self.step_ms as f64).ceil();
        // Minus zero is the first step.
        (i >= 0.0 && i < self.n as f64).then_some(i as usize)
    }

    /// The values on the instants, `NaN` where there is none, and how many points lay elsewhere.
    pub(super) fn placed(self, samples: &Samples) -> (Vec<f64>, u64) {
        let mut y = vec![f64::NAN; self.n];
        let (mut n_elsewhere, mut expected) = (0, 0);
        for (&time, &value) in samples.x.iter().zip(&samples.y) {
            // Nearly always the point after the last one; looking it up is for gaps.
            let is_next = expected < self.n && (self.at(expected) as f64 - time).abs() < 1.0;
            let index = if is_next { Some(expected) } else { self.index_at(time) };
            match index.and_then(|i| Some((i, y.get_mut(i)?))) {
                Some((i, cell)) => {
                    *cell = value;
                    expected = i + 1;
                }
                None => n_elsewhere += 1,
            }
        }
        (y, n_elsewhere)
    }
}

/// The range cut to the times that a browser's calendar knows, so that no sum overflows.
fn within_calendar(range: TimeRange) -> TimeRange {
    TimeRange::new(range.from_ms.clamp(-MAX_TIME_MS, MAX_TIME_MS), range.to_ms.clamp(-MAX_TIME_MS, MAX_TIME_MS))
}

/// The first multiple of the step that is not before the instant.
fn multiple_from(at_ms: i64, step_ms: i64) -> i64 {
    at_ms.div_euclid(step_ms).saturating_add(i64::from(at_ms.rem_euclid(step_ms) > 0)) * step_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_over_everything_is_one_instant_at_the_end() {
        let grid = Grid::new(TimeRange::new(1_234, 101_234), 100_000);
        assert_eq!((grid.x().to_vec(), grid.with_one_before().at(0)), (vec![101_234.0], 1_234));
    }

    #[test]
    fn few_instants_start_at_the_start_and_many_at_a_multiple() {
        assert_eq!(Grid::new(TimeRange::new(7, 107), 50).x().to_vec(), [7.0, 57.0, 107.0]);
        let grid = Grid::new(TimeRange::new(7, 1_007), 10);
        assert_eq!((grid.first_ms, grid.last_ms(), grid.n), (10, 1_000, 100));
    }

    #[test]
    fn too_many_points_take_a_coarser_step() {
        let range = TimeRange::new(0, 100_000_000);
        let step = Grid::allowed_step(range, 1_000);
        assert_eq!(step, 11_000);
        assert!(Grid::new(range, step).n <= MAX_POINTS as usize);
        assert_eq!(Grid::allowed_step(range, 15_000), 15_000);
    }

    #[test]
    fn extreme_ranges_and_steps_do_not_overflow() {
        for range in [TimeRange::new(i64::MIN, i64::MAX), TimeRange::new(i64::MAX, i64::MAX), TimeRange::new(0, 0)] {
            for step in [i64::MIN, 0, 1, 1_000, i64::MAX] {
                let grid = Grid::new(range, Grid::allowed_step(range, step)).with_one_before();
                assert!(grid.n <= MAX_POINTS as usize + 2 && grid.first_ms <= grid.last_ms());
            }
        }
    }

    #[test]
    fn points_land_on_their_instants_and_gaps_are_nan() {
        let grid = Grid { first_ms: 1_000, step_ms: 1_000, n: 4 };
        let samples = Samples { x: vec![2_000.0, 4_000.0, 4_500.0], y: vec![1.0, 2.0, 3.0], ..Samples::default() };
        assert_eq!(format!("{:?}", grid.placed(&samples)), "([NaN, 1.0, NaN, 2.0], 1)");
    }

    #[test]
    fn a_step_ends_at_its_instant() {
        let grid = Grid { first_ms: 1_000, step_ms: 1_000, n: 2 };
        let steps: Vec<_> = [0.0, 1.0, 1_000.0, 1_001.0, 2_000.0, 2_001.0].map(|t| grid.step_within(t)).to_vec();
        assert_eq!(steps, [None, Some(0), Some(0), Some(1), Some(1), None]);
    }
}
