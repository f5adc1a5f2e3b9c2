//! DeLong's variance of the area under the ROC curve, its interval, and the paired comparison of two models.
//!
//! DeLong, DeLong and Clarke-Pearson, *Biometrics* 44 (1988) 837, in O(n log n) by midranks:
//! Sun and Xu, *IEEE Signal Processing Letters* 21 (2014) 1389.
//! Rows are taken as independent; rows with a non-finite score are left out.

use super::dist;
use super::interval::Interval;
use super::ranks::ranks;

/// An AUC with its interval, or the reason why it has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AucEstimate {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The interval, on the logit scale and turned back.
    pub interval: Result<Interval, NoInterval>,
    /// Positive rows used.
    pub n_positive: usize,
    /// Negative rows used.
    pub n_negative: usize,
}

/// Why an AUC, or a difference of two, has no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInterval {
    /// Every positive scores above every negative (or below): the variance is estimated as zero.
    NoMisrankedPair,
    /// Fewer than two rows of a class.
    TooFewRows,
    /// Both models rank every pair alike: their difference has no variance.
    SameRanking,
}

/// The difference of two AUCs on the same rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AucDifference {
    /// The first model's AUC.
    pub first_auc: f64,
    /// The second model's AUC.
    pub second_auc: f64,
    /// First minus second.
    pub difference: f64,
    /// The test of no difference, or why there is none.
    pub test: Result<PairedTest, NoInterval>,
    /// Rows used: those on which both models have a finite score.
    pub n: usize,
}

/// A normal test of a paired difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedTest {
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Difference by its standard error.
    pub z: f64,
    /// Two-sided p value.
    pub p: f64,
    /// The difference's interval.
    pub interval: Interval,
}

impl NoInterval {
    /// A sentence for the reader.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoMisrankedPair => "no misranked pair, so the data cannot show how uncertain this is",
            Self::TooFewRows => "fewer than two rows of a class",
            Self::SameRanking => "both models rank every pair alike",
        }
    }
}

/// The AUC of `scores` with its DeLong interval at `level` (0.95 for 95 %).
///
/// `None` unless both classes have a row with a finite score, or if `level` is not in `0.0..1.0`.
pub fn auc_estimate(scores: &[f64], labels: &[bool], level: f64) -> Option<AucEstimate> {
    let is_scored = |(score, _): &(&f64, &bool)| score.is_finite();
    let rows: Vec<(f64, bool)> =
        scores.iter().zip(labels).filter(is_scored).map(|(score, label)| (*score, *label)).collect();
    let parts = Components::new(&rows)?;
    let z = z_of(level)?;
    let (n_positive, n_negative) = (parts.positive.len(), parts.negative.len());
    let standard_error = parts.covariance(&parts).max(0.0).sqrt();
    let interval = if parts.auc <= 0.0 || parts.auc >= 1.0 {
        Err(NoInterval::NoMisrankedPair)
    } else if n_positive < 2 || n_negative < 2 {
        Err(NoInterval::TooFewRows)
    } else {
        logit_interval(parts.auc, z * standard_error).ok_or(NoInterval::NoMisrankedPair)
    };
    Some(AucEstimate { auc: parts.auc, standard_error, interval, n_positive, n_negative })
}

/// Compares two models' scores of the same rows with DeLong's paired test, interval at `level`.
///
/// Rows on which either score is not finite are left out.
/// `None` unless both classes have such a row, or if `level` is not in `0.0..1.0`.
pub fn auc_difference(first: &[f64], second: &[f64], labels: &[bool], level: f64) -> Option<AucDifference> {
    let (mut rows_a, mut rows_b) = (Vec::new(), Vec::new());
    for ((&a, &b), &label) in first.iter().zip(second).zip(labels) {
        if a.is_finite() && b.is_finite() {
            rows_a.push((a, label));
            rows_b.push((b, label));
        }
    }
    let (a, b) = (Components::new(&rows_a)?, Components::new(&rows_b)?);
    let z = z_of(level)?;
    let difference = a.auc - b.auc;
    let variance = a.covariance(&a) + b.covariance(&b) - 2.0 * a.covariance(&b);
    let test = if a.positive.len() < 2 || a.negative.len() < 2 {
        Err(NoInterval::TooFewRows)
    } else if variance <= 1e-15 {
        // Rounding leaves a few ulp where the placements agree exactly.
        Err(if difference == 0.0 { NoInterval::SameRanking } else { NoInterval::NoMisrankedPair })
    } else {
        paired_test(difference, variance.sqrt(), z)
    };
    Some(AucDifference { first_auc: a.auc, second_auc: b.auc, difference, test, n: rows_a.len() })
}

fn paired_test(difference: f64, standard_error: f64, z_level: f64) -> Result<PairedTest, NoInterval> {
    let z = difference / standard_error;
    let half = z_level * standard_error;
    let interval = Interval::new(difference - half, difference + half).ok_or(NoInterval::SameRanking)?;
    Ok(PairedTest { standard_error, z, p: dist::normal_two_sided_p(z), interval })
}

fn z_of(level: f64) -> Option<f64> {
    Some(dist::z_of_level(level)).filter(|z| z.is_finite())
}

/// The interval of `auc` with half width `half`, moved to the logit scale by the delta method.
fn logit_interval(auc: f64, half: f64) -> Option<Interval> {
    let logit = (auc / (1.0 - auc)).ln();
    let half = half / (auc * (1.0 - auc));
    let back = |x: f64| 1.0 / (1.0 + (-x).exp());
    Interval::new(back(logit - half), back(logit + half))
}

/// An AUC with its placement values: the share of the other class that each row is ranked right against.
struct Components {
    auc: f64,
    positive: Vec<f64>,
    negative: Vec<f64>,
}

impl Components {
    fn new(rows: &[(f64, bool)]) -> Option<Self> {
        let of_class = |class: bool| rows.iter().filter(|row| row.1 == class).map(|row| row.0).collect::<Vec<f64>>();
        let (positives, negatives) = (of_class(true), of_class(false));
        let (m, n) = (positives.len() as f64, negatives.len() as f64);
        if positives.is_empty() || negatives.is_empty() {
            return None;
        }
        let both: Vec<f64> = positives.iter().chain(&negatives).copied().collect();
        let overall = ranks(&both);
        let (of_positives, of_negatives) = overall.split_at(positives.len());
        let placement = |all: &[f64], own: &[f64]| -> Vec<f64> {
            all.iter().zip(ranks(own)).map(|(in_all, in_own)| in_all - in_own).collect()
        };
        let positive: Vec<f64> = placement(of_positives, &positives).iter().map(|count| count / n).collect();
        let negative = placement(of_negatives, &negatives).iter().map(|count| 1.0 - count / m).collect();
        let auc = positive.iter().sum::<f64>() / m;
        Some(Self { auc, positive, negative })
    }

    /// DeLong's covariance of two AUCs on the same rows; 0 below two rows of a class.
    fn covariance(&self, other: &Self) -> f64 {
        covariance(&self.positive, &other.positive) / self.positive.len() as f64
            + covariance(&self.negative, &other.negative) / self.negative.len() as f64
    }
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_separation_has_no_interval_and_says_why() {
        let estimate = auc_estimate(&[0.9, 0.8, 0.2, 0.1], &[true, true, false, false], 0.95).unwrap();
        assert_eq!((estimate.auc, estimate.interval), (1.0, Err(NoInterval::NoMisrankedPair)));
        assert!(NoInterval::NoMisrankedPair.reason().contains("misranked"));
    }

    #[test]
    fn the_interval_stays_within_zero_and_one() {
        let scores = [0.9, 0.8, 0.7, 0.15, 0.2, 0.1, 0.05, 0.01];
        let labels = [true, true, true, true, false, false, false, false];
        let estimate = auc_estimate(&scores, &labels, 0.99).unwrap();
        let interval = estimate.interval.unwrap();
        assert!(interval.low > 0.0 && interval.high < 1.0 && interval.contains(estimate.auc));
    }

    #[test]
    fn a_model_against_itself_has_the_same_ranking() {
        let scores = [0.9, 0.3, 0.7, 0.15, 0.2, 0.1];
        let labels = [true, true, true, false, false, false];
        let cubed: Vec<f64> = scores.iter().map(|score| score * score * score).collect();
        let itself = auc_difference(&scores, &cubed, &labels, 0.95).unwrap();
        assert_eq!((itself.difference, itself.test), (0.0, Err(NoInterval::SameRanking)));
    }

    #[test]
    fn one_class_or_a_bad_level_is_none_and_one_row_too_few() {
        assert_eq!(auc_estimate(&[0.1, f64::NAN], &[true, false], 0.95), None);
        assert_eq!(auc_estimate(&[0.1, 0.2], &[true, false], 1.0), None);
        let one = auc_estimate(&[0.5, 0.1, 0.7], &[true, false, false], 0.95).unwrap();
        assert_eq!(one.interval, Err(NoInterval::TooFewRows));
    }
}
