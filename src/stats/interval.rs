//! Confidence intervals and their tests for rates and means of independent units.
//!
//! `level` is the confidence level between 0 and 1, both excluded; anything else gives `None`, as do too few units.
//! A series of scrapes is not independent: use [`super::bootstrap`] with blocks for that.

use super::dist;
use super::finite;

/// A confidence interval; `low` <= `high`, both in the unit of the estimate; an end may be infinite, never `NaN`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The interval between two ends in either order; `None` if one is `NaN`.
    pub fn new(a: f64, b: f64) -> Option<Self> {
        (!a.is_nan() && !b.is_nan()).then(|| Self { low: a.min(b), high: a.max(b) })
    }

    /// Whether `value` lies in it, ends included; never for `NaN`.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether zero is outside, so that a difference is more than noise.
    pub fn excludes_zero(&self) -> bool {
        !self.contains(0.0)
    }

    /// `high - low`.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

/// `successes` out of `n` units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    successes: u64,
    n: u64,
}

impl Proportion {
    /// Checks the counts once; `None` if `n` is 0 or less than `successes`.
    pub fn new(successes: u64, n: u64) -> Option<Self> {
        (n > 0 && successes <= n).then_some(Self { successes, n })
    }

    /// The share, 0 to 1.
    pub fn rate(self) -> f64 {
        self.successes as f64 / self.n as f64
    }

    /// Number of successes.
    pub fn successes(self) -> u64 {
        self.successes
    }

    /// Number of units.
    pub fn n(self) -> u64 {
        self.n
    }
}

/// Wilson's score interval of a rate (1927), within 0 to 1.
///
/// ```
/// use sightline::stats::interval::{wilson, Proportion};
/// let none_of_ten = Proportion::new(0, 10).unwrap();
/// let interval = wilson(none_of_ten, 0.95).unwrap();
/// assert_eq!(interval.low, 0.0);
/// assert!((interval.high - 0.2775).abs() < 1e-4);
/// assert_eq!(wilson(none_of_ten, 1.0), None);
/// ```
pub fn wilson(proportion: Proportion, level: f64) -> Option<Interval> {
    let (p, n) = (proportion.rate(), proportion.n as f64);
    let z = dist::z_of_level(level);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At the ends the formula is exact but its rounding is not.
    let low = if proportion.successes == 0 { z * 0.0 } else { (centre - half).max(0.0) };
    let high = if proportion.successes == proportion.n { 1.0 + z * 0.0 } else { (centre + half).min(1.0) };
    Interval::new(low, high).filter(|_| finite::is_present(z))
}

/// Interval of `a - b` for two independent rates, by Newcombe's hybrid score method (1998a, method 10).
pub fn newcombe(a: Proportion, b: Proportion, level: f64) -> Option<Interval> {
    square_and_add(a, b, 0.0, level)
}

/// Distances of the two Wilson intervals, added as the sides of a triangle whose angle is the correlation.
fn square_and_add(a: Proportion, b: Proportion, correlation: f64, level: f64) -> Option<Interval> {
    let (wilson_a, wilson_b) = (wilson(a, level)?, wilson(b, level)?);
    let difference = a.rate() - b.rate();
    let side = |x: f64, y: f64| (x * x - 2.0 * correlation * x * y + y * y).max(0.0).sqrt();
    let down = side(a.rate() - wilson_a.low, wilson_b.high - b.rate());
    let up = side(wilson_a.high - a.rate(), b.rate() - wilson_b.low);
    Interval::new(difference - down, difference + up)
}

/// The four counts of two yes-or-no verdicts on the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairedCounts {
    /// Both say yes (both models are right).
    pub both: u64,
    /// Only the first does.
    pub first_only: u64,
    /// Only the second does.
    pub second_only: u64,
    /// Neither does.
    pub neither: u64,
}

impl PairedCounts {
    /// Number of rows.
    pub fn n(&self) -> u64 {
        self.both + self.first_only + self.second_only + self.neither
    }

    /// Counts the verdicts row by row; the longer slice is cut to the shorter.
    pub fn of(first: &[bool], second: &[bool]) -> Self {
        let mut counts = Self { both: 0, first_only: 0, second_only: 0, neither: 0 };
        for verdicts in first.iter().zip(second) {
            match verdicts {
                (true, true) => counts.both += 1,
                (true, false) => counts.first_only += 1,
                (false, true) => counts.second_only += 1,
                (false, false) => counts.neither += 1,
            }
        }
        counts
    }
}

/// Interval of the first rate less the second on the same rows, by Newcombe's paired score method (1998b, method 10).
///
/// The correlation of the two verdicts enters with Newcombe's continuity correction. `None` without rows.
pub fn newcombe_paired(counts: PairedCounts, level: f64) -> Option<Interval> {
    let [a, b, c, d] = [counts.both, counts.first_only, counts.second_only, counts.neither].map(|count| count as f64);
    let first = Proportion::new(counts.both + counts.first_only, counts.n())?;
    let second = Proportion::new(counts.both + counts.second_only, counts.n())?;
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    let cross = a * d - b * c;
    let corrected = if cross > 0.0 { (cross - counts.n() as f64 / 2.0).max(0.0) } else { cross };
    let correlation = if margins > 0.0 { corrected / margins.sqrt() } else { 0.0 };
    square_and_add(first, second, correlation, level)
}

/// McNemar's exact two-sided p-value from the discordant counts: binomial at one half; 1 if there are none.
pub fn mcnemar_exact_p(first_only: u64, second_only: u64) -> f64 {
    let fewer = first_only.min(second_only);
    (2.0 * dist::binomial_cdf(fewer, first_only.saturating_add(second_only), 0.5)).min(1.0)
}

/// Two-sided p-value that two independent rates are equal, by the pooled score test; `NaN` if all or none succeed.
pub fn two_rates_p(a: Proportion, b: Proportion) -> f64 {
    let (n_a, n_b) = (a.n as f64, b.n as f64);
    let pooled = (a.successes as f64 + b.successes as f64) / (n_a + n_b);
    let error = (pooled * (1.0 - pooled) * (1.0 / n_a + 1.0 / n_b)).sqrt();
    dist::normal_two_sided_p((a.rate() - b.rate()) / error)
}

/// A change relative to a base, as a share: 0.1 is 10 % more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uplift {
    /// `treated / base - 1`.
    pub estimate: f64,
    /// Its interval; never below -1.
    pub interval: Interval,
}

/// Relative uplift of `treated` over `base` for independent rates: delta method on the log ratio (Katz et al., 1978).
///
/// `None` if either has no success, since the logarithm needs both.
pub fn relative_uplift(treated: Proportion, base: Proportion, level: f64) -> Option<Uplift> {
    if treated.successes == 0 || base.successes == 0 {
        return None;
    }
    let of = |p: Proportion| 1.0 / p.successes as f64 - 1.0 / p.n as f64;
    uplift_from_log(treated.rate() / base.rate(), of(treated) + of(base), level)
}

/// Relative uplift of one mean over another: delta method on the log ratio.
///
/// `None` unless both means are positive and both samples have at least two units.
pub fn relative_uplift_of_means(treated: &Sample, base: &Sample, level: f64) -> Option<Uplift> {
    let usable = |sample: &Sample| sample.mean > 0.0 && sample.n > 1;
    if !usable(treated) || !usable(base) {
        return None;
    }
    let of = |sample: &Sample| sample.squared_error() / (sample.mean * sample.mean);
    uplift_from_log(treated.mean / base.mean, of(treated) + of(base), level)
}

fn uplift_from_log(ratio: f64, log_variance: f64, level: f64) -> Option<Uplift> {
    let reach = dist::z_of_level(level) * log_variance.max(0.0).sqrt();
    let interval = Interval::new(ratio * (-reach).exp() - 1.0, ratio * reach.exp() - 1.0)?;
    Some(Uplift { estimate: ratio - 1.0, interval })
}

/// Size, mean and variance of independent units: all that a t interval needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of units.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Their variance with divisor n - 1; 0 for a single unit.
    pub variance: f64,
}

impl Sample {
    /// Summarises the present values; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mean = finite::mean(values)?;
        Some(Self { n: finite::n_present(values) as u64, mean, variance: finite::variance(values).unwrap_or(0.0) })
    }

    /// Square of the standard error of the mean.
    fn squared_error(&self) -> f64 {
        self.variance / self.n as f64
    }
}

/// Student's t interval of a mean; `None` below two units.
pub fn mean_interval(sample: &Sample, level: f64) -> Option<Interval> {
    let df = sample.n.checked_sub(1).filter(|&df| df > 0)? as f64;
    let reach = t_of_level(level, df) * sample.squared_error().sqrt();
    Interval::new(sample.mean - reach, sample.mean + reach)
}

fn t_of_level(level: f64, df: f64) -> f64 {
    if level > 0.0 && level < 1.0 { dist::t_quantile(f64::midpoint(1.0, level), df) } else { f64::NAN }
}

/// A difference of two means with its t interval and test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanDifference {
    /// First mean less second.
    pub estimate: f64,
    /// Its interval.
    pub interval: Interval,
    /// Degrees of freedom by Welch and Satterthwaite.
    pub df: f64,
    /// Two-sided p-value.
    pub p: f64,
}

/// Welch's difference `a - b` of two means with unequal variances (1947).
///
/// `None` below two units in either, or if both variances are 0: constants have no error to measure by.
pub fn welch(a: &Sample, b: &Sample, level: f64) -> Option<MeanDifference> {
    if a.n < 2 || b.n < 2 {
        return None;
    }
    let (error_a, error_b) = (a.squared_error(), b.squared_error());
    let squared = error_a + error_b;
    let usable = squared > 0.0 && finite::is_present(squared);
    let df = squared * squared / (error_a * error_a / (a.n - 1) as f64 + error_b * error_b / (b.n - 1) as f64);
    let estimate = a.mean - b.mean;
    let reach = t_of_level(level, df) * squared.sqrt();
    let interval = Interval::new(estimate - reach, estimate + reach).filter(|_| usable)?;
    Some(MeanDifference { estimate, interval, df, p: dist::t_two_sided_p(estimate / squared.sqrt(), df) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts_that_cannot_be_are_refused() {
        assert_eq!(Proportion::new(0, 0), None);
        assert_eq!(Proportion::new(3, 2), None);
        assert_eq!(Interval::new(f64::NAN, 1.0), None);
    }

    #[test]
    fn too_little_data_has_no_interval() {
        let one = Sample::of(&[1.0]).unwrap();
        let flat = Sample::of(&[2.0, 2.0]).unwrap();
        assert_eq!(Sample::of(&[f64::NAN]), None);
        assert_eq!(mean_interval(&one, 0.95), None);
        assert_eq!(welch(&flat, &flat, 0.95), None);
        assert_eq!(relative_uplift(Proportion::new(0, 5).unwrap(), Proportion::new(1, 5).unwrap(), 0.95), None);
        assert_eq!(newcombe_paired(PairedCounts::of(&[], &[]), 0.95), None);
    }

    #[test]
    fn no_discordant_row_is_no_evidence() {
        assert_eq!(mcnemar_exact_p(0, 0), 1.0);
        assert_eq!(mcnemar_exact_p(5, 5), 1.0);
    }

    #[test]
    fn identical_verdicts_differ_by_zero_within_the_interval() {
        let verdicts = [true, true, false, true, false, false];
        let interval = newcombe_paired(PairedCounts::of(&verdicts, &verdicts), 0.95).unwrap();
        assert!(interval.contains(0.0) && (interval.low + interval.high).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn wilson_holds_its_rate_and_stays_a_rate(n in 1_u64..1_000_000, share in 0.0..=1.0_f64, level in 0.5..0.9999_f64) {
            let proportion = Proportion::new((share * n as f64) as u64, n).unwrap();
            let interval = wilson(proportion, level).unwrap();
            prop_assert!(interval.low >= 0.0 && interval.high <= 1.0 && interval.contains(proportion.rate()));
        }

        #[test]
        fn newcombe_turns_round_with_its_arguments(x in 0_u64..50, y in 0_u64..70) {
            let (a, b) = (Proportion::new(x, 50).unwrap(), Proportion::new(y, 70).unwrap());
            let (there, back) = (newcombe(a, b, 0.95).unwrap(), newcombe(b, a, 0.95).unwrap());
            prop_assert!((there.low + back.high).abs() < 1e-12 && (there.high + back.low).abs() < 1e-12);
        }
    }
}
