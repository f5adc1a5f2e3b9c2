//! What moved a headline: the change of a sum or a ratio, split over its parts.
//!
//! The split adds up to the change of the parts that are known on both sides; a part with a missing side is named and left out.
//! It describes, it does not explain causes.

use super::finite::is_present;

/// One part of a sum before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SumPart {
    /// Its value in the earlier window.
    pub before: f64,
    /// Its value in the later window.
    pub after: f64,
}

/// The change of a sum.
#[derive(Clone, Debug, PartialEq)]
pub struct SumChange {
    /// Sum before, over the complete parts.
    pub before: f64,
    /// Sum after, over the complete parts.
    pub after: f64,
    /// Each part's `after - before`, in the order given; `NaN` for an incomplete part.
    pub contributions: Vec<f64>,
    /// Parts with a missing side.
    pub n_missing: usize,
}

/// Splits the change of a sum: the contributions add up to `after - before`.
///
/// ```
/// use sightline::stats::decompose::{sum_change, SumPart};
/// let change = sum_change(&[SumPart { before: 10.0, after: 14.0 }, SumPart { before: 5.0, after: 4.0 }]);
/// assert_eq!((change.before, change.after), (15.0, 18.0));
/// assert_eq!(change.contributions, [4.0, -1.0]);
/// ```
pub fn sum_change(parts: &[SumPart]) -> SumChange {
    let is_complete = |part: &&SumPart| is_present(part.before) && is_present(part.after);
    let complete = || parts.iter().filter(is_complete);
    let contribution = |part: &SumPart| {
        if is_complete(&part) { part.after - part.before } else { f64::NAN }
    };
    SumChange {
        before: complete().map(|part| part.before).sum(),
        after: complete().map(|part| part.after).sum(),
        contributions: parts.iter().map(contribution).collect(),
        n_missing: parts.len() - complete().count(),
    }
}

/// Numerator and denominator of one part of a ratio, such as conversions and visits of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// What is counted.
    pub numerator: f64,
    /// Out of how much; not negative.
    pub denominator: f64,
}

/// One part of a ratio before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioPart {
    /// In the earlier window.
    pub before: Ratio,
    /// In the later window.
    pub after: Ratio,
}

/// How one part moved a ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioContribution {
    /// By its share of the denominator: growth of parts that are better than average lifts the ratio.
    pub mix: f64,
    /// By its own rate.
    pub rate: f64,
}

impl RatioContribution {
    /// Both effects together.
    pub fn total(&self) -> f64 {
        self.mix + self.rate
    }
}

/// The change of a ratio.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioChange {
    /// Ratio before, over the complete parts.
    pub before: f64,
    /// Ratio after, over the complete parts.
    pub after: f64,
    /// Each part's effects, in the order given; `NaN` for an incomplete part.
    pub contributions: Vec<RatioContribution>,
    /// Parts with a missing side or a negative denominator.
    pub n_missing: usize,
}

/// Splits the change of a ratio of sums into mix and rate effects, which add up to `after - before`.
///
/// The symmetric form (Kitagawa, 1955): rates are weighed by the mean of the two shares, shares by the mean of the two rates
/// less the mean headline, so neither window is the base and nothing is left over.
/// A part that exists in one window only has no rate change: all of it is mix.
/// `None` if either window's denominators sum to 0.
///
/// ```
/// use sightline::stats::decompose::{ratio_change, Ratio, RatioPart};
/// let part = |numerator, denominator| Ratio { numerator, denominator };
/// let moved = [
///     RatioPart { before: part(50.0, 100.0), after: part(150.0, 300.0) }, // 50 % and growing
///     RatioPart { before: part(10.0, 100.0), after: part(10.0, 100.0) },
/// ];
/// let change = ratio_change(&moved).unwrap();
/// assert!((change.after - change.before - 0.1).abs() < 1e-12);
/// assert!(change.contributions.iter().all(|part| part.rate == 0.0));
/// ```
pub fn ratio_change(parts: &[RatioPart]) -> Option<RatioChange> {
    let is_usable =
        |ratio: &Ratio| is_present(ratio.numerator) && is_present(ratio.denominator) && ratio.denominator >= 0.0;
    let is_complete = |part: &&RatioPart| is_usable(&part.before) && is_usable(&part.after);
    let sum = |value: fn(&RatioPart) -> f64| parts.iter().filter(is_complete).map(value).sum::<f64>();
    let (size_before, size_after) = (sum(|part| part.before.denominator), sum(|part| part.after.denominator));
    if size_before <= 0.0 || size_after <= 0.0 {
        return None;
    }
    let before = sum(|part| part.before.numerator) / size_before;
    let after = sum(|part| part.after.numerator) / size_after;
    let headline = f64::midpoint(before, after);
    let effects = |part: &RatioPart| {
        if !is_complete(&part) {
            return RatioContribution { mix: f64::NAN, rate: f64::NAN };
        }
        let (share_before, share_after) = (part.before.denominator / size_before, part.after.denominator / size_after);
        // The part's whole effect, from which the rate effect leaves the mix: what a part counts without a denominator stays in.
        let counted = part.after.numerator / size_after - part.before.numerator / size_before;
        let total = counted - headline * (share_after - share_before);
        let rate_change =
            part.after.numerator / part.after.denominator - part.before.numerator / part.before.denominator;
        let rate = if is_present(rate_change) { f64::midpoint(share_before, share_after) * rate_change } else { 0.0 };
        RatioContribution { mix: total - rate, rate }
    };
    let contributions = parts.iter().map(effects).collect();
    Some(RatioChange {
        before,
        after,
        contributions,
        n_missing: parts.len() - parts.iter().filter(is_complete).count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(before: (f64, f64), after: (f64, f64)) -> RatioPart {
        let of = |(numerator, denominator)| Ratio { numerator, denominator };
        RatioPart { before: of(before), after: of(after) }
    }

    #[test]
    fn a_missing_side_is_named_not_zero() {
        let change = sum_change(&[SumPart { before: f64::NAN, after: 7.0 }, SumPart { before: 1.0, after: 2.0 }]);
        assert_eq!((change.before, change.after, change.n_missing), (1.0, 2.0, 1));
        assert!(change.contributions[0].is_nan());
    }

    #[test]
    fn equal_shares_leave_rates_only() {
        let change = ratio_change(&[part((10.0, 100.0), (20.0, 100.0)), part((30.0, 100.0), (30.0, 100.0))]).unwrap();
        assert!((change.contributions[0].rate - 0.05).abs() < 1e-12);
        assert!(change.contributions.iter().all(|effect| effect.mix.abs() < 1e-12));
    }

    #[test]
    fn a_new_part_is_all_mix() {
        let change = ratio_change(&[part((10.0, 100.0), (10.0, 100.0)), part((0.0, 0.0), (40.0, 100.0))]).unwrap();
        assert_eq!(change.contributions[1].rate, 0.0);
        assert!(change.contributions[1].mix > 0.0);
        assert_eq!(ratio_change(&[part((0.0, 0.0), (1.0, 2.0))]), None);
    }

    proptest! {
        #[test]
        fn effects_add_up(raw in prop::collection::vec((0.0..=1.0_f64, 0.0..1e6_f64, 0.0..=1.0_f64, 0.0..1e6_f64), 1..12)) {
            let parts: Vec<RatioPart> = raw.iter().map(|&(r0, d0, r1, d1)| part((r0 * d0, d0), (r1 * d1, d1))).collect();
            if let Some(change) = ratio_change(&parts) {
                let total: f64 = change.contributions.iter().map(RatioContribution::total).sum();
                prop_assert!((total - (change.after - change.before)).abs() < 1e-12);
            }
        }
    }
}
