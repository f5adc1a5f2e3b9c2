//! Totals over independent units, such as the revenue of a period's customers, and what moves them.
//!
//! How many units there are is chance too: a total is a compound Poisson sum, whose variance is estimated by the sum of the squares
//! of the units' values. Who is there in both of two periods makes their difference less certain here than it is.

use super::dist;
use super::finite::is_present;
use super::interval::{Interval, Sample};

/// The values of independent units, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Total {
    /// Number of units.
    pub n: f64,
    /// Sum of their values.
    pub sum: f64,
    /// Sum of the squares of their values.
    pub squares: f64,
}

impl Total {
    /// So many units of which each counts one.
    pub fn of_count(n: f64) -> Self {
        Self { n, sum: n, squares: n }
    }

    /// Both together; they must share no unit.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { n: self.n + other.n, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    /// Whether all three numbers are there.
    pub fn is_present(&self) -> bool {
        is_present(self.n) && is_present(self.sum) && is_present(self.squares)
    }

    /// Interval of the sum; `None` below two units and for missing numbers.
    ///
    /// ```
    /// use sightline::stats::total::Total;
    /// let orders = Total { n: 100.0, sum: 500.0, squares: 2_600.0 };
    /// let interval = orders.interval(0.95).unwrap();
    /// assert!((interval.high - (500.0 + 1.959964 * 2_600.0_f64.sqrt())).abs() < 1e-3);
    /// assert!(Total::default().interval(0.95).is_none());
    /// ```
    pub fn interval(&self, level: f64) -> Option<Interval> {
        if !self.is_present() || self.n < 2.0 {
            return None;
        }
        around(self.sum, self.squares, level)
    }

    /// Size, mean and variance of the units; `None` below two of them.
    pub fn sample(&self) -> Option<Sample> {
        if !self.is_present() || self.n < 2.0 {
            return None;
        }
        let mean = self.sum / self.n;
        let variance = ((self.squares - self.sum * mean) / (self.n - 1.0)).max(0.0);
        Some(Sample { n: self.n.round() as u64, mean, variance })
    }

    /// Sum of the squared distances to `centre`.
    fn around(&self, centre: f64) -> f64 {
        (self.squares - 2.0 * centre * self.sum + centre * centre * self.n).max(0.0)
    }
}

/// Interval of `after - before` of two sums, taken as of different units; `None` below two units in both together.
pub fn difference(after: Total, before: Total, level: f64) -> Option<Interval> {
    let both = after.with(before);
    if !both.is_present() || both.n < 2.0 {
        return None;
    }
    around(after.sum - before.sum, both.squares, level)
}

/// The share of `part` in `whole` with its interval by the delta method; `None` unless part and rest are positive.
///
/// `rest` is what `whole` has beside the part. A unit may have values in both: then `whole` counts it once, with the square of its sum.
pub fn share(part: Total, rest: Total, whole: Total, level: f64) -> Option<(f64, Interval)> {
    let is_usable = [part, rest, whole].iter().all(Total::is_present) && part.sum > 0.0 && rest.sum > 0.0;
    if !is_usable || whole.n < 2.0 {
        return None;
    }
    let share = part.sum / whole.sum;
    // The sum over units of the product of what each has in both.
    let product = (whole.squares - part.squares - rest.squares) / 2.0;
    let left = 1.0 - share;
    let spread = left * left * part.squares + share * share * rest.squares - 2.0 * share * left * product;
    Some((share, around(share, spread.max(0.0) / whole.sum.powi(2), level)?))
}

/// One part of a mean, and of how many units the mean is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartOfMean {
    /// The part's units.
    pub part: Total,
    /// Units of all parts together.
    pub n_all: f64,
}

/// Interval of what a part moved a mean by, mix and rate together, as [`super::decompose::ratio_change`] splits it.
///
/// `headline` is the middle of the mean before and after. `None` for missing numbers or where one side has no unit at all.
pub fn contribution(before: PartOfMean, after: PartOfMean, headline: f64, level: f64) -> Option<Interval> {
    let is_usable = |side: &PartOfMean| side.part.is_present() && side.n_all > 0.0;
    if !is_usable(&before) || !is_usable(&after) || before.part.n + after.part.n < 2.0 {
        return None;
    }
    let moved = |side: &PartOfMean| (side.part.sum - headline * side.part.n) / side.n_all;
    let variance = |side: &PartOfMean| side.part.around(headline) / side.n_all.powi(2);
    around(moved(&after) - moved(&before), variance(&before) + variance(&after), level)
}

fn around(estimate: f64, variance: f64, level: f64) -> Option<Interval> {
    let reach = dist::z_of_level(level) * variance.sqrt();
    Interval::new(estimate - reach, estimate + reach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::decompose::{Ratio, RatioPart, ratio_change};
    use crate::stats::rng::Rng;

    fn total(values: &[f64]) -> Total {
        let one = |value: &f64| Total { n: 1.0, sum: *value, squares: value * value };
        values.iter().map(one).fold(Total::default(), Total::with)
    }

    #[test]
    fn a_share_is_judged_by_what_each_unit_has_in_both_parts() {
        // Two have the same share as all have: they say nothing against it.
        let (part, rest, whole) = (total(&[1.0, 2.0]), total(&[3.0, 6.0]), total(&[4.0, 8.0]));
        let (found, interval) = share(part, rest, whole, 0.95).unwrap();
        assert_eq!((found, interval.width()), (0.25, 0.0));
        // With no unit in both the squares add up.
        let (part, rest) = (total(&[1.0, 2.0]), total(&[3.0, 6.0]));
        let (_, interval) = share(part, rest, part.with(rest), 0.95).unwrap();
        let expected = (0.75 * 0.75 * 5.0 + 0.25 * 0.25 * 45.0_f64).sqrt() / 12.0;
        assert!((interval.high - 0.25 - 1.959_963_984_540_054 * expected).abs() < 1e-12);
        assert_eq!(share(part, total(&[-1.0]), total(&[1.0, 1.0]), 0.95), None);
    }

    #[test]
    fn the_interval_of_a_total_covers_compound_poisson_sums() {
        let mut rng = Rng::new(5);
        let n_periods = 400;
        let mut n_covered = 0;
        for _ in 0..n_periods {
            let mut values = Vec::new();
            let mut clock = rng.exponential();
            // Customers arrive at a rate of 80 a period and spend 3 on average.
            while clock < 80.0 {
                values.push(3.0 * rng.exponential());
                clock += rng.exponential();
            }
            n_covered += usize::from(total(&values).interval(0.95).unwrap().contains(240.0));
        }
        let share = n_covered as f64 / f64::from(n_periods);
        assert!((0.91..=0.985).contains(&share), "{share}");
    }

    #[test]
    fn a_sample_has_the_variance_of_its_values() {
        let sample = total(&[1.0, 2.0, 4.0, 9.0]).sample().unwrap();
        assert_eq!((sample.n, sample.mean), (4, 4.0));
        assert!((sample.variance - 38.0 / 3.0).abs() < 1e-12);
        assert!(total(&[1.0]).sample().is_none());
    }

    #[test]
    fn a_share_is_of_both_together() {
        let (share, interval) =
            super::share(total(&[30.0; 10]), total(&[10.0; 30]), total(&[30.0; 10]).with(total(&[10.0; 30])), 0.95)
                .unwrap();
        assert!((share - 0.5).abs() < 1e-12);
        // (0.25 * 9,000 + 0.25 * 3,000) / 600^2, by hand.
        assert!((interval.high - share - 1.959_964 * (3_000.0_f64 / 360_000.0).sqrt()).abs() < 1e-6);
        assert!(super::share(total(&[-1.0, -2.0]), total(&[1.0]), total(&[-1.0, -2.0, 1.0]), 0.95).is_none());
    }

    #[test]
    fn a_part_of_a_mean_moves_it_by_what_the_decomposition_says() {
        let (before, after) =
            ([total(&[1.0, 2.0, 3.0]), total(&[5.0, 5.0])], [total(&[2.0, 4.0]), total(&[5.0, 6.0, 7.0])]);
        let part = |i: usize| RatioPart {
            before: Ratio { numerator: before[i].sum, denominator: before[i].n },
            after: Ratio { numerator: after[i].sum, denominator: after[i].n },
        };
        let change = ratio_change(&[part(0), part(1)]).unwrap();
        let headline = f64::midpoint(change.before, change.after);
        for i in 0..2 {
            let side = |part| PartOfMean { part, n_all: 5.0 };
            let interval = contribution(side(before[i]), side(after[i]), headline, 0.95).unwrap();
            let middle = f64::midpoint(interval.low, interval.high);
            assert!((middle - change.contributions[i].total()).abs() < 1e-12);
        }
    }

    #[test]
    fn missing_numbers_have_no_interval() {
        let hidden = Total { n: f64::NAN, sum: f64::NAN, squares: f64::NAN };
        assert!(hidden.interval(0.95).is_none() && hidden.sample().is_none());
        assert!(difference(hidden, total(&[1.0, 2.0]), 0.95).is_none());
    }
}
