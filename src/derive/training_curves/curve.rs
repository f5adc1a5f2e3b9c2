//! One logged curve: its positions, its smoothed and reduced forms, and the mean of several.

use std::collections::BTreeMap;

use crate::frame::Series;
use crate::stats::reduce::{Edges, columns};
use crate::stats::smooth::{Smoothing, ema};

/// Logged values of one metric in order of step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curve {
    /// Steps, strictly increasing.
    pub(super) steps: Vec<f64>,
    /// Values; `NaN` where one is missing or not finite.
    pub(super) values: Vec<f64>,
    /// Wall-clock time of each step in milliseconds; empty where the source has none.
    pub(super) times: Vec<f64>,
}

/// What the x axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Step,
    Epoch,
    Time,
}

impl Curve {
    /// Infinite values become gaps: they have no place on an axis. They are counted with the missing ones.
    pub(super) fn of(series: &Series) -> Self {
        let finite = |y: &f64| if y.is_finite() { *y } else { f64::NAN };
        Self {
            steps: series.x.to_vec(),
            values: series.y.iter().map(finite).collect(),
            times: series.times.as_ref().map(|t| t.to_vec()).unwrap_or_default(),
        }
    }

    /// Logged steps without a finite value.
    pub(super) fn n_missing(&self) -> usize {
        self.values.iter().filter(|v| v.is_nan()).count()
    }

    /// The last finite value.
    pub(super) fn last(&self) -> Option<f64> {
        self.values.iter().rev().copied().find(|v| v.is_finite())
    }

    /// Least and greatest finite value.
    pub(super) fn extent(&self) -> Option<(f64, f64)> {
        let finite = self.values.iter().copied().filter(|v| v.is_finite());
        finite.fold(None, |found: Option<(f64, f64)>, v| Some(found.map_or((v, v), |(l, h)| (l.min(v), h.max(v)))))
    }

    /// Positions on the axis, not decreasing: steps, epochs of which the training had `n_epochs`, or seconds since `start_ms`.
    ///
    /// Steps are epochs where there are no more of them than epochs; otherwise they are spread evenly over the epochs.
    /// `None` where times or the number of epochs are not known.
    pub(super) fn positions(&self, axis: Axis, n_epochs: Option<f64>, start_ms: f64) -> Option<Vec<f64>> {
        match axis {
            Axis::Step => Some(self.steps.clone()),
            Axis::Epoch => {
                let n_epochs = n_epochs.filter(|n| *n > 0.0)?;
                let (first, last) = (*self.steps.first()?, *self.steps.last()?);
                let n_steps = last - first + 1.0;
                if n_steps <= n_epochs + 1.0 {
                    return Some(self.steps.clone());
                }
                Some(self.steps.iter().map(|step| (step - first + 1.0) / n_steps * n_epochs).collect())
            }
            Axis::Time => {
                if self.times.len() != self.steps.len() {
                    return None;
                }
                let begin = if start_ms.is_finite() { start_ms } else { *self.times.first()? };
                let mut latest = f64::NEG_INFINITY;
                let second = |time: &f64| {
                    latest = latest.max((time - begin) / 1_000.0);
                    latest
                };
                Some(self.times.iter().map(second).collect())
            }
        }
    }
}

/// The mean of several curves at the steps that all have logged, with the lowest and highest value as band.
///
/// A step at which one has no finite value is a gap: a mean over the others would hide that one diverged.
pub(super) fn mean(curves: &[&Curve]) -> (Curve, Vec<f64>, Vec<f64>) {
    let mut at: BTreeMap<u64, (f64, Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for curve in curves {
        for (i, (&step, &value)) in curve.steps.iter().zip(&curve.values).enumerate() {
            let (_, values, times) = at.entry(ordered(step)).or_insert_with(|| (step, Vec::new(), Vec::new()));
            values.push(value);
            times.extend(curve.times.get(i));
        }
    }
    let (mut merged, mut low, mut high) = (Curve::default(), Vec::new(), Vec::new());
    for (step, values, times) in at.into_values().filter(|(_, values, _)| values.len() == curves.len()) {
        let n = values.len() as f64;
        let sum: f64 = values.iter().sum();
        merged.steps.push(step);
        merged.values.push(sum / n);
        if times.len() == values.len() {
            merged.times.push(times.iter().sum::<f64>() / n);
        }
        let pick =
            |f: fn(f64, f64) -> f64| if sum.is_nan() { f64::NAN } else { values.iter().copied().fold(f64::NAN, f) };
        low.push(pick(f64::min));
        high.push(pick(f64::max));
    }
    (merged, low, high)
}

/// Bits of a number in its order.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
}

/// A debiased exponential moving average; the values as they are for a share of zero.
pub(super) fn smoothed(values: &[f64], share: f64) -> Vec<f64> {
    match Smoothing::new(share).filter(|_| share > 0.0) {
        Some(smoothing) => ema(values, smoothing),
        None => values.to_vec(),
    }
}

/// Rows to draw within `n_columns` pixels: all if there are at most two a pixel, else the lowest and highest of each pixel,
/// a missing one where there is one, and the ends. No extreme is lost.
pub(super) fn kept_rows(x: &[f64], y: &[f64], n_columns: usize) -> Vec<usize> {
    let n = x.len().min(y.len());
    let (Some(&first), Some(&last)) = (x.first(), x.last()) else { return Vec::new() };
    if n <= 2 * n_columns {
        return (0..n).collect();
    }
    let edges = if first < last { Edges::by_x(x, first, last, n_columns) } else { Edges::by_row(0..n, n_columns) };
    let mut kept = vec![0, n - 1];
    for column in columns(y, &edges) {
        let rows = || (column.start..column.end.min(n)).filter_map(|row| y.get(row).map(|v| (row, *v)));
        kept.extend(rows().find(|(_, v)| *v == column.min).map(|(row, _)| row));
        kept.extend(rows().find(|(_, v)| *v == column.max).map(|(row, _)| row));
        if column.has_missing() {
            kept.extend(rows().find(|(_, v)| !v.is_finite()).map(|(row, _)| row));
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(steps: &[f64], values: &[f64]) -> Curve {
        Curve { steps: steps.to_vec(), values: values.to_vec(), times: Vec::new() }
    }

    #[test]
    fn a_lone_spike_and_a_lone_gap_are_kept() {
        let x: Vec<f64> = (0..10_000).map(f64::from).collect();
        let mut y: Vec<f64> = x.iter().map(|v| 1.0 / (1.0 + v)).collect();
        y[7_303] = 25.0;
        y[5_000] = f64::NAN;
        let kept = kept_rows(&x, &y, 300);
        assert!(kept.contains(&7_303) && kept.contains(&5_000) && kept.contains(&9_999));
        assert!(kept.len() <= 2 * 300 + 3, "{}", kept.len());
    }

    #[test]
    fn few_points_stay_raw() {
        assert_eq!(kept_rows(&[0.0, 1.0, 2.0], &[1.0, f64::NAN, 3.0], 2), [0, 1, 2]);
        assert!(kept_rows(&[], &[], 2).is_empty());
        assert_eq!(kept_rows(&[1.0; 5], &[1.0, 5.0, 0.0, 2.0, 3.0], 1), [0, 1, 2, 4]);
    }

    #[test]
    fn the_mean_is_over_steps_that_all_have_and_breaks_where_one_diverged() {
        let a = curve(&[-1.0, 0.0, 1.0, 2.0], &[9.0, 1.0, f64::NAN, 3.0]);
        let b = curve(&[0.0, 1.0, 2.0, 3.0], &[2.0, 2.0, 5.0, 6.0]);
        let (mean, low, high) = mean(&[&a, &b]);
        assert_eq!(mean.steps, [0.0, 1.0, 2.0]);
        assert_eq!(format!("{:?} {low:?} {high:?}", mean.values), "[1.5, NaN, 4.0] [1.0, NaN, 3.0] [2.0, NaN, 5.0]");
    }

    #[test]
    fn steps_become_epochs_or_seconds() {
        let mut curve = curve(&[0.0, 1.0, 2.0, 3.0], &[1.0; 4]);
        assert_eq!(curve.positions(Axis::Epoch, Some(2.0), 0.0).unwrap(), [0.5, 1.0, 1.5, 2.0]);
        assert_eq!(curve.positions(Axis::Epoch, Some(4.0), 0.0).unwrap(), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(curve.positions(Axis::Epoch, None, 0.0), None);
        assert_eq!(curve.positions(Axis::Time, None, 0.0), None);
        curve.times = vec![2_000.0, 3_000.0, 2_500.0, 9_000.0];
        assert_eq!(curve.positions(Axis::Time, None, 1_000.0).unwrap(), [1.0, 2.0, 2.0, 8.0]);
    }
}
