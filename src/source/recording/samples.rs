//! The samples of one recorded series and what they say about a window of time.
//!
//! A recording is thinned, so its samples are further apart than Prometheus' five minutes of look-back: a value holds until the next
//! sample, but no longer than two and a half times the distance that samples have around it. What is longer is a gap.

use crate::order::Order;
use crate::source::read::Cell;

/// A value holds at least this long, as in Prometheus.
const LOOK_BACK_MS: f64 = 300_000.0;
const HOLD_SPACINGS: f64 = 2.5;
/// Distances on each side that tell the local spacing.
const NEIGHBOURS: usize = 4;

/// Samples in order of time, each time once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Milliseconds since the Unix epoch, as recorded.
    times: Vec<f64>,
    values: Vec<f64>,
    /// How long each value holds.
    holds: Vec<f64>,
    /// Counter with resets undone: what was counted since the first sample. `NaN` where the sample is none.
    counted: Vec<f64>,
}

/// What a gauge did in a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Mean of the finite samples.
    pub mean: f64,
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
}

impl Samples {
    /// From the first time and then differences; a value too many on either side is left out.
    pub fn from_deltas(deltas: &[i64], values: &[Cell]) -> Self {
        let mut at = 0_i64;
        let times = deltas.iter().map(|delta| {
            at = at.saturating_add(*delta);
            at as f64
        });
        Self::from_pairs(times.zip(values.iter().map(Cell::number)).collect())
    }

    /// From times and values in any order; of equal times the first stays.
    pub fn from_pairs(mut pairs: Vec<(f64, f64)>) -> Self {
        pairs.order_by(|a, b| a.0.total_cmp(&b.0));
        pairs.dedup_by(|later, kept| later.0 == kept.0);
        let (times, values): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let holds = holds(&times);
        let counted = counted(&values);
        Self { times, values, holds, counted }
    }

    /// Adds the samples of another file.
    pub fn merge(&mut self, other: Self) {
        if self.times.is_empty() {
            *self = other;
            return;
        }
        let mine = self.times.iter().copied().zip(self.values.iter().copied());
        *self = Self::from_pairs(mine.chain(other.times.into_iter().zip(other.values)).collect());
    }

    /// The value that stands at an instant; `None` in a gap and before the first sample.
    pub fn value_at(&self, at_ms: f64) -> Option<f64> {
        let last = self.n_until(at_ms).checked_sub(1)?;
        let age = at_ms - self.times.get(last)?;
        (age <= *self.holds.get(last)?).then(|| self.values.get(last).copied()).flatten()
    }

    /// A gauge over the window `(from, to]`: its samples there, or else the value that holds at the end.
    pub fn gauge(&self, from_ms: f64, to_ms: f64) -> Option<Extent> {
        let inside = self.values.get(self.n_until(from_ms)..self.n_until(to_ms)).unwrap_or_default();
        let finite = || inside.iter().copied().filter(|v| v.is_finite());
        let n = finite().count();
        if n == 0 {
            let value = if inside.is_empty() { self.value_at(to_ms)? } else { *inside.last()? };
            return Some(Extent { mean: value, low: value, high: value });
        }
        let mean = finite().sum::<f64>() / n as f64;
        Some(Extent {
            mean,
            low: finite().fold(f64::INFINITY, f64::min),
            high: finite().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// A counter's increase over the window `(from, to]`, resets handled.
    ///
    /// Between samples the counter is taken to grow evenly, so increases over the parts of a window add up to that over the whole.
    /// Growth across a gap counts where the gap ends. `None` where the window touches no two samples.
    pub fn increase(&self, from_ms: f64, to_ms: f64) -> Option<f64> {
        let first = self.n_until(from_ms).saturating_sub(1);
        let end = (self.n_until(to_ms) + 1).min(self.times.len());
        let mut total = None;
        for right in first + 1..end {
            let growth = self.growth_within(right, from_ms, to_ms);
            total = growth.map_or(total, |g| Some(total.unwrap_or(0.0) + g));
        }
        total
    }

    /// The part of the growth up to sample `right` that falls into the window.
    fn growth_within(&self, right: usize, from_ms: f64, to_ms: f64) -> Option<f64> {
        let left = right.checked_sub(1)?;
        let (t0, t1) = (*self.times.get(left)?, *self.times.get(right)?);
        let growth = self.counted.get(right)? - self.counted.get(left)?;
        if t1 - t0 > *self.holds.get(left)? {
            return (from_ms < t1 && t1 <= to_ms).then_some(growth);
        }
        let overlap = to_ms.min(t1) - from_ms.max(t0);
        (overlap > 0.0).then(|| growth * overlap / (t1 - t0))
    }

    /// How many samples are not after `at_ms`.
    fn n_until(&self, at_ms: f64) -> usize {
        self.times.partition_point(|t| *t <= at_ms)
    }
}

/// How long each value holds: from the upper quartile of the distances around it, since extremes of a bucket lie close together.
fn holds(times: &[f64]) -> Vec<f64> {
    let distances: Vec<f64> = times.windows(2).map(|w| w.last().unwrap_or(&0.0) - w.first().unwrap_or(&0.0)).collect();
    let hold = |at: usize| {
        let from = at.saturating_sub(NEIGHBOURS);
        let to = (at + NEIGHBOURS).min(distances.len());
        let mut near = distances.get(from..to).unwrap_or_default().to_vec();
        near.sort_unstable_by(f64::total_cmp);
        let spacing = near.get(near.len() * 3 / 4).or(near.last()).copied().unwrap_or(0.0);
        (spacing * HOLD_SPACINGS).max(LOOK_BACK_MS)
    };
    (0..times.len()).map(hold).collect()
}

/// Running total of a counter with resets undone; a sample below the one before starts from zero. Values that are no numbers are passed over.
fn counted(values: &[f64]) -> Vec<f64> {
    let (mut total, mut before) = (0.0, None);
    let count = |&value: &f64| {
        if value.is_finite() {
            total += before.map_or(0.0, |b: f64| if value < b { value } else { value - b });
            before = Some(value);
        }
        total
    };
    values.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: f64 = 60_000.0;

    fn every_ten_minutes(values: &[f64]) -> Samples {
        Samples::from_pairs(values.iter().enumerate().map(|(i, v)| (i as f64 * 10.0 * MINUTE, *v)).collect())
    }

    #[test]
    fn a_value_holds_to_the_next_sample_but_not_across_a_gap() {
        let mut pairs: Vec<(f64, f64)> = (0..6).map(|i| (f64::from(i) * 10.0 * MINUTE, f64::from(i))).collect();
        pairs.extend((60..66).map(|i| (f64::from(i) * 10.0 * MINUTE, f64::from(i))));
        let samples = Samples::from_pairs(pairs);
        assert_eq!(samples.value_at(-1.0), None);
        assert_eq!(samples.value_at(9.9 * MINUTE), Some(0.0));
        assert_eq!(samples.value_at(70.0 * MINUTE), Some(5.0));
        assert_eq!(samples.value_at(300.0 * MINUTE), None);
        assert_eq!(samples.value_at(600.0 * MINUTE), Some(60.0));
    }

    #[test]
    fn a_gauge_keeps_its_spike() {
        let samples = every_ten_minutes(&[1.0, 2.0, 480.0, 3.0]);
        let extent = samples.gauge(0.0, 30.0 * MINUTE).unwrap();
        assert_eq!((extent.low, extent.high), (2.0, 480.0));
        assert_eq!(samples.gauge(12.0 * MINUTE, 13.0 * MINUTE).map(|e| e.mean), Some(2.0));
    }

    #[test]
    fn missing_values_are_never_averaged() {
        let samples = every_ten_minutes(&[1.0, f64::NAN, 3.0, f64::NAN]);
        assert_eq!(samples.gauge(-1.0, 20.0 * MINUTE).map(|e| e.mean), Some(2.0));
        assert!(samples.gauge(20.0 * MINUTE, 30.0 * MINUTE).unwrap().mean.is_nan());
    }

    #[test]
    fn an_increase_survives_resets_and_odd_values() {
        let samples = every_ten_minutes(&[10.0, 20.0, 5.0, f64::NAN, 15.0]);
        assert_eq!(samples.increase(0.0, 40.0 * MINUTE), Some(25.0));
        assert_eq!(samples.increase(0.0, 5.0 * MINUTE), Some(5.0));
        assert_eq!(samples.increase(-20.0 * MINUTE, -10.0 * MINUTE), None);
        assert_eq!(samples.increase(90.0 * MINUTE, 100.0 * MINUTE), None);
    }

    #[test]
    fn growth_across_a_gap_counts_where_it_ends() {
        let mut pairs: Vec<(f64, f64)> = (0..6).map(|i| (f64::from(i) * 10.0 * MINUTE, 1.0)).collect();
        pairs.extend((100..106).map(|i| (f64::from(i) * 10.0 * MINUTE, 8.0)));
        let samples = Samples::from_pairs(pairs);
        assert_eq!(samples.increase(100.0 * MINUTE, 900.0 * MINUTE), None);
        assert_eq!(samples.increase(900.0 * MINUTE, 1_000.0 * MINUTE), Some(7.0));
    }

    #[test]
    fn merging_files_keeps_each_time_once() {
        let mut older = every_ten_minutes(&[1.0, 2.0]);
        older.merge(Samples::from_pairs(vec![(10.0 * MINUTE, 2.0), (20.0 * MINUTE, 3.0)]));
        assert_eq!(older, every_ten_minutes(&[1.0, 2.0, 3.0]));
    }
}
