//! Whether an effect differs between groups: Cochran's Q, the test of interaction of a subgroup analysis.
//!
//! Groups are taken as independent. An effect or variance that is missing, or a variance of zero, takes its group out of the test.

use super::dist;
use super::finite::is_present;
use super::interval::Proportion;

/// An effect measured in one group, with the variance of its estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// Square of its standard error.
    pub variance: f64,
}

/// How far effects of groups lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heterogeneity {
    /// Cochran's Q: squared distances from the pooled effect in units of their variance.
    pub statistic: f64,
    /// Groups that were tested, less one.
    pub df: f64,
    /// p value that all groups share one effect, by chi-squared.
    pub p: f64,
    /// Share of the spread that is more than sampling error, 0 to 1 (I-squared).
    pub share_between: f64,
    /// The effects' mean, each weighted by the inverse of its variance.
    pub pooled: f64,
}

/// Tests whether groups share one effect; `None` below two usable groups.
///
/// Cochran, *Biometrics* 10 (1954) 101; I-squared by Higgins and Thompson, *Statistics in Medicine* 21 (2002) 1539.
///
/// ```
/// use sightline::stats::heterogeneity::{heterogeneity, Effect};
/// let group = |estimate| Effect { estimate, variance: 0.01 };
/// let test = heterogeneity(&[group(0.1), group(0.1), group(0.4)]).unwrap();
/// assert!((test.statistic - 6.0).abs() < 1e-12 && test.df == 2.0);
/// assert_eq!(heterogeneity(&[group(0.1)]), None);
/// ```
pub fn heterogeneity(effects: &[Effect]) -> Option<Heterogeneity> {
    let usable = |e: &&Effect| is_present(e.estimate) && is_present(e.variance) && e.variance > 0.0;
    let weighted: Vec<(f64, f64)> = effects.iter().filter(usable).map(|e| (e.estimate, 1.0 / e.variance)).collect();
    if weighted.len() < 2 {
        return None;
    }
    let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let pooled = weighted.iter().map(|(estimate, weight)| estimate * weight).sum::<f64>() / total;
    let statistic: f64 = weighted.iter().map(|(estimate, weight)| weight * (estimate - pooled).powi(2)).sum();
    let df = weighted.len() as f64 - 1.0;
    let share_between = if statistic > df { (statistic - df) / statistic } else { 0.0 };
    Some(Heterogeneity { statistic, df, p: dist::chi_squared_sf(statistic, df), share_between, pooled })
}

/// The difference `treated - base` of two independent rates with its variance, unpooled.
pub fn rate_difference(treated: Proportion, base: Proportion) -> Effect {
    let of = |p: Proportion| p.rate() * (1.0 - p.rate()) / p.n() as f64;
    Effect { estimate: treated.rate() - base.rate(), variance: of(treated) + of(base) }
}

/// The logarithm of the ratio of two independent rates with its variance by the delta method (Katz et al., 1978).
///
/// `None` if either has no success, since the logarithm needs both.
pub fn log_ratio(treated: Proportion, base: Proportion) -> Option<Effect> {
    if treated.successes() == 0 || base.successes() == 0 {
        return None;
    }
    let of = |p: Proportion| 1.0 / p.successes() as f64 - 1.0 / p.n() as f64;
    Some(Effect { estimate: (treated.rate() / base.rate()).ln(), variance: of(treated) + of(base) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(successes: u64, n: u64) -> Proportion {
        Proportion::new(successes, n).unwrap()
    }

    /// Three groups as (treated, base): 60/400 to 50/410, 90/300 to 60/290, 30/150 to 31/140.
    fn groups() -> [(Proportion, Proportion); 3] {
        [(rate(60, 400), rate(50, 410)), (rate(90, 300), rate(60, 290)), (rate(30, 150), rate(31, 140))]
    }

    /// The numbers are numpy's and scipy's for the same formulas.
    #[test]
    fn q_of_differences_and_of_log_ratios_equals_an_independent_computation() {
        let differences = groups().map(|(treated, base)| rate_difference(treated, base));
        let ratios = groups().map(|(treated, base)| log_ratio(treated, base).unwrap());
        let (difference, ratio) = (heterogeneity(&differences).unwrap(), heterogeneity(&ratios).unwrap());
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        near(difference.statistic, 4.106_235_767_044_167);
        near(difference.p, 0.128_334_148_232_102_6);
        near(difference.pooled, 0.038_173_500_018_366_564);
        near(difference.share_between, 0.512_935_906_882_989_3);
        near(ratio.statistic, 3.095_419_275_568_063);
        near(ratio.p, 0.212_734_655_692_538_72);
        near(ratio.pooled, 0.226_044_651_079_240_2);
        assert_eq!(ratio.df, 2.0);
    }

    #[test]
    fn groups_that_cannot_be_weighed_are_left_out() {
        let of = |estimate, variance| Effect { estimate, variance };
        assert_eq!(heterogeneity(&[]), None);
        assert_eq!(heterogeneity(&[of(1.0, 0.0), of(2.0, f64::NAN), of(f64::NAN, 1.0), of(1.0, 1.0)]), None);
        let test = heterogeneity(&[of(1.0, 1.0), of(1.0, 2.0), of(5.0, 0.0)]).unwrap();
        assert_eq!((test.statistic, test.df, test.p, test.share_between), (0.0, 1.0, 1.0, 0.0));
        assert_eq!(log_ratio(rate(0, 5), rate(1, 5)), None);
    }
}
