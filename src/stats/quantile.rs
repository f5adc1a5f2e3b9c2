//! Quantiles of rows and of cumulative histogram buckets, with intervals.

mod log_normal;

use super::dist;
use super::finite::{is_present, sorted_present};
use super::interval::Interval;
use crate::order::Order;

/// The `p`-quantile of the present values by linear interpolation (type 7 of Hyndman and Fan, 1996: numpy's default).
///
/// `None` if no value is present or `p` is outside 0 to 1.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    quantile_sorted(&sorted_present(values), p)
}

/// As [`quantile`], for values that are ascending and finite already.
pub fn quantile_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let position = p * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(position.floor() as usize)?;
    let above = *sorted.get(position.ceil() as usize)?;
    let (gap, share) = (above - below, position.fract());
    // The gap between the largest numbers overflows.
    Some(if is_present(gap) { below + gap * share } else { below * (1.0 - share) + above * share })
}

/// The middle of the present values; `None` if there are none.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Distribution-free interval of the `p`-quantile from order statistics (Conover, 1999, section 3.2).
///
/// Its confidence is at least `level`. It holds the order statistic at `p`, from which the interpolated [`quantile`] of a very small sample may lie a little off.
/// An end is infinite where the sample is too small to bound the quantile on that side.
/// `None` if no value is present, or `p` or `level` is not strictly between 0 and 1.
pub fn quantile_interval(values: &[f64], p: f64, level: f64) -> Option<Interval> {
    let is_share = |share: f64| share > 0.0 && share < 1.0;
    let sorted = sorted_present(values);
    if sorted.is_empty() || !is_share(p) || !is_share(level) {
        return None;
    }
    let n = sorted.len() as u64;
    let tail = (1.0 - level) / 2.0;
    // The number of values below the quantile is binomial: give away at most one tail on each side.
    let below = first_where(n, |k| dist::binomial_cdf(k, n, p) > tail);
    let above = first_where(n, |k| dist::binomial_sf(k, n, p) <= tail);
    let low = below.checked_sub(1).and_then(|index| sorted.get(index as usize)).copied();
    let high = sorted.get(above as usize).copied();
    Interval::new(low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY))
}

/// The first k in `0..=n` where the monotone `condition` holds; `n` if nowhere.
fn first_where(n: u64, condition: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if condition(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// One bucket of a classic Prometheus histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Upper bound, the label `le`; the last must be infinite.
    pub le: f64,
    /// Number (or rate) of observations up to `le`, those of all lower buckets included.
    pub cumulative: f64,
}

/// Cumulative buckets made ready once: sorted, merged and monotone.
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    buckets: Vec<Bucket>,
    was_repaired: bool,
}

/// Relative difference below which Prometheus takes two cumulative counts for equal (its `smallDeltaTolerance`).
const SMALL_DELTA: f64 = 1e-12;

impl Buckets {
    /// Sorts by `le`, adds up equal bounds and lifts counts that fall, as Prometheus does before every quantile.
    ///
    /// Bounds that are `NaN` are dropped. `None` without an infinite last bound or with fewer than two buckets, where Prometheus answers `NaN`.
    pub fn new(buckets: &[Bucket]) -> Option<Self> {
        let mut sorted: Vec<Bucket> = buckets.iter().copied().filter(|bucket| !bucket.le.is_nan()).collect();
        sorted.order_by(|a, b| a.le.total_cmp(&b.le));
        sorted.dedup_by(|next, kept| {
            let is_same = next.le == kept.le;
            if is_same {
                kept.cumulative += next.cumulative;
            }
            is_same
        });
        let is_closed = sorted.last().is_some_and(|bucket| bucket.le == f64::INFINITY);
        let was_repaired = make_monotone(&mut sorted);
        (is_closed && sorted.len() > 1).then_some(Self { buckets: sorted, was_repaired })
    }

    /// Whether a cumulative count fell by more than rounding, so that the quantiles are only approximate.
    pub fn was_repaired(&self) -> bool {
        self.was_repaired
    }

    /// All observations; may be a rate, and `NaN` if the count of the last bucket is.
    pub fn total(&self) -> f64 {
        self.buckets.last().map_or(f64::NAN, |bucket| bucket.cumulative)
    }

    /// The `q`-quantile as Prometheus' `histogram_quantile` for classic histograms.
    ///
    /// Interpolates linearly within the bucket; the first starts at 0 unless its bound is not positive, when that bound is the answer;
    /// a quantile beyond the last finite bound is that bound. `-inf` and `+inf` for `q` below 0 and above 1; `NaN` for no observations and for `NaN`.
    pub fn quantile(&self, q: f64) -> f64 {
        match q {
            _ if q.is_nan() => f64::NAN,
            _ if q < 0.0 => f64::NEG_INFINITY,
            _ if q > 1.0 => f64::INFINITY,
            _ if self.total() == 0.0 => f64::NAN,
            _ => self.interpolate(q).unwrap_or(f64::NAN),
        }
    }

    fn interpolate(&self, q: f64) -> Option<f64> {
        let rank = q * self.total();
        let index = self.index_of_rank(rank);
        let bucket = self.buckets.get(index)?;
        let before = index.checked_sub(1).and_then(|index| self.buckets.get(index));
        if index + 1 == self.buckets.len() {
            return before.map(|bucket| bucket.le);
        }
        if before.is_none() && bucket.le <= 0.0 {
            return Some(bucket.le);
        }
        let start = before.map_or(0.0, |bucket| bucket.le);
        let count_before = before.map_or(0.0, |bucket| bucket.cumulative);
        Some(start + (bucket.le - start) * ((rank - count_before) / (bucket.cumulative - count_before)))
    }

    /// Go's `sort.Search` over all but the last bucket, step for step, since counts that are `NaN` are not ordered.
    fn index_of_rank(&self, rank: f64) -> usize {
        let (mut low, mut high) = (0, self.buckets.len() - 1);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.buckets.get(middle).is_some_and(|bucket| bucket.cumulative >= rank) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// The bounds of the bucket that holds the `q`-quantile: all that the histogram knows about it.
    ///
    /// The first bucket starts at 0 if its bound is positive, otherwise at `-inf`; the last ends at `+inf`.
    /// `None` where [`Buckets::quantile`] is not a number or `q` is outside 0 to 1.
    pub fn bounds(&self, q: f64) -> Option<Interval> {
        let has_data = self.total() > 0.0 && is_present(self.total());
        if !has_data || !(0.0..=1.0).contains(&q) {
            return None;
        }
        let index = self.index_of_rank(q * self.total());
        let end = self.buckets.get(index)?.le;
        let before = index.checked_sub(1).and_then(|index| self.buckets.get(index));
        let start = before.map_or(if end > 0.0 { 0.0 } else { f64::NEG_INFINITY }, |bucket| bucket.le);
        Interval::new(start, end)
    }

    /// Confidence interval of the `q`-quantile, never narrower than its bucket.
    ///
    /// From the start of the bucket that holds the lower bound of the rank to the end of the one that holds the upper,
    /// the rank being `q` plus or minus z sqrt(q (1 - q) / n). `n_observations` is the number behind the buckets,
    /// which is not their total when they hold rates. `None` as for [`Buckets::bounds`], or for a level not between 0 and 1.
    pub fn interval(&self, q: f64, n_observations: f64, level: f64) -> Option<Interval> {
        let z = dist::z_of_level(level);
        let reach = z * (q * (1.0 - q) / n_observations.max(1.0)).sqrt();
        let low = self.bounds((q - reach).max(0.0))?;
        let high = self.bounds((q + reach).min(1.0))?;
        Interval::new(low.low, high.high)
    }
}

/// Exactly what Prometheus' `histogram_quantile` answers for these buckets: [`Buckets::quantile`], and `NaN` where [`Buckets::new`] refuses.
///
/// ```
/// use sightline::stats::quantile::{histogram_quantile, Bucket};
/// let bucket = |le, cumulative| Bucket { le, cumulative };
/// let seconds = [bucket(0.1, 2.0), bucket(1.0, 8.0), bucket(f64::INFINITY, 10.0)];
/// assert_eq!(histogram_quantile(0.5, &seconds), 0.55);
/// assert!(histogram_quantile(0.5, &[]).is_nan());
/// ```
pub fn histogram_quantile(q: f64, buckets: &[Bucket]) -> f64 {
    let refused = match q {
        _ if buckets.is_empty() => f64::NAN,
        _ if q < 0.0 => f64::NEG_INFINITY,
        _ if q > 1.0 => f64::INFINITY,
        _ => f64::NAN,
    };
    Buckets::new(buckets).map_or(refused, |buckets| buckets.quantile(q))
}

/// Lifts each count that falls below the one before; whether one fell by more than rounding.
fn make_monotone(buckets: &mut [Bucket]) -> bool {
    let Some(mut previous) = buckets.first().map(|bucket| bucket.cumulative) else {
        return false;
    };
    let mut was_repaired = false;
    for bucket in buckets.iter_mut().skip(1) {
        if is_almost_equal(previous, bucket.cumulative) {
            bucket.cumulative = previous;
        } else if bucket.cumulative < previous {
            bucket.cumulative = previous;
            was_repaired = true;
        } else {
            previous = bucket.cumulative;
        }
    }
    was_repaired
}

/// Prometheus' `almost.Equal` at [`SMALL_DELTA`].
fn is_almost_equal(a: f64, b: f64) -> bool {
    if a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < SMALL_DELTA * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < SMALL_DELTA
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INF: f64 = f64::INFINITY;

    fn buckets(pairs: &[(f64, f64)]) -> Option<Buckets> {
        let all: Vec<Bucket> = pairs.iter().map(|&(le, cumulative)| Bucket { le, cumulative }).collect();
        Buckets::new(&all)
    }

    #[track_caller]
    fn check(pairs: &[(f64, f64)], q: f64, expected: &str) {
        assert_eq!(format!("{:?}", buckets(pairs).unwrap().quantile(q)), expected);
    }

    #[test]
    fn quantile_interpolates_and_skips_missing() {
        assert_eq!(quantile(&[4.0, f64::NAN, 1.0, 3.0, INF], 0.25), Some(2.0));
        assert_eq!(median(&[f64::NAN]), None);
        assert_eq!(quantile(&[1.0], 1.1), None);
    }

    #[test]
    fn small_samples_do_not_bound_extreme_quantiles() {
        let interval = quantile_interval(&[1.0, 2.0, 3.0], 0.95, 0.95).unwrap();
        assert_eq!(interval.high, INF);
    }

    #[test]
    fn bucket_rules_of_prometheus() {
        let usual = [(0.1, 2.0), (1.0, 8.0), (INF, 10.0)];
        check(&usual, 0.5, "0.55");
        check(&usual, 0.95, "1.0");
        check(&usual, -0.1, "-inf");
        check(&usual, 1.1, "inf");
        check(&usual, f64::NAN, "NaN");
        check(&[(-1.0, 5.0), (INF, 6.0)], 0.5, "-1.0");
        check(&[(1.0, 0.0), (INF, 0.0)], 0.5, "NaN");
    }

    #[test]
    fn falling_counts_are_lifted_and_said() {
        let fallen = buckets(&[(1.0, 5.0), (2.0, 3.0), (INF, 10.0)]).unwrap();
        assert!(fallen.was_repaired());
        let rounded = buckets(&[(1.0, 5.0), (2.0, 5.0 - 1e-13), (INF, 10.0)]).unwrap();
        assert!(!rounded.was_repaired());
    }

    #[test]
    fn an_open_histogram_is_refused() {
        assert_eq!(buckets(&[(1.0, 5.0), (2.0, 6.0)]), None);
        assert_eq!(buckets(&[(INF, 5.0)]), None);
        assert_eq!(buckets(&[]), None);
    }

    #[test]
    fn interval_beyond_the_last_bound_is_open() {
        let usual = buckets(&[(0.1, 2.0), (1.0, 8.0), (INF, 10.0)]).unwrap();
        assert_eq!(usual.bounds(0.99), Interval::new(1.0, INF));
        assert_eq!(usual.bounds(0.1), Interval::new(0.0, 0.1));
    }

    proptest! {
        #[test]
        fn interval_holds_bucket_and_value(counts in prop::collection::vec(0.0..100.0_f64, 2..8), q in 0.0..=1.0_f64, n in 1.0..1e6_f64) {
            let mut sum = 0.0;
            let last = counts.len() - 1;
            let pairs: Vec<(f64, f64)> = counts.iter().enumerate()
                .map(|(i, count)| { sum += count; (if i == last { INF } else { (i + 1) as f64 }, sum) }).collect();
            let histogram = buckets(&pairs).unwrap();
            if let Some(bounds) = histogram.bounds(q) {
                let interval = histogram.interval(q, n, 0.95).unwrap();
                prop_assert!(interval.low <= bounds.low && interval.high >= bounds.high);
                let value = histogram.quantile(q);
                prop_assert!(value.is_nan() || bounds.contains(value));
            }
        }

        #[test]
        fn quantile_interval_holds_the_order_statistic(values in prop::collection::vec(-1e3..1e3_f64, 1..60), p in 0.01..0.99_f64) {
            let interval = quantile_interval(&values, p, 0.9).unwrap();
            let sorted = sorted_present(&values);
            let place = (p * values.len() as f64).ceil() as usize;
            prop_assert!(interval.contains(sorted[place.max(1) - 1]));
        }
    }
}
