//! The stratified bootstrap of scores that follow from counts alone.
//!
//! Drawing the rows of an actual class again with replacement draws its cells from a multinomial distribution, so that millions of
//! predictions cost no more than a few. Of several matrices each is drawn on its own, as independent samples.

use super::ConfusionMatrix;
use crate::stats::interval::Interval;
use crate::stats::quantile::quantile_sorted;
use crate::stats::rng::Rng;

/// Expected count from which a binomial is drawn as a rounded normal; its skewness is below 0.13 there.
const MIN_FOR_NORMAL: f64 = 60.0;
/// Resamples on which a score may be undefined, as a share.
const MAX_UNDEFINED: f64 = 0.05;

/// Settings of [`resampled`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// Number of resamples; default is 2,000.
    pub n_resamples: usize,
    /// Confidence level between 0 and 1, both excluded; default is 0.95.
    pub level: f64,
    /// Seed; default is 0.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self { n_resamples: 2_000, level: 0.95, seed: 0 }
    }
}

/// The percentile interval (Efron and Tibshirani, 1993) of a score of the matrices, given in the same order.
///
/// Counts are rounded to whole rows. `None` without a matrix of two rows, or where the score is undefined (`NaN`) on more than
/// 5 % of the resamples.
pub fn resampled(
    matrices: &[&ConfusionMatrix],
    settings: Resampling,
    score: impl Fn(&[ConfusionMatrix]) -> f64,
) -> Option<Interval> {
    if matrices.is_empty() || matrices.iter().any(|matrix| matrix.n() < 2.0) {
        return None;
    }
    let mut rng = Rng::new(settings.seed);
    let mut drawn: Vec<ConfusionMatrix> = matrices.iter().map(|matrix| (*matrix).clone()).collect();
    let mut scores: Vec<f64> = (0..settings.n_resamples)
        .map(|_| {
            for (drawn, matrix) in drawn.iter_mut().zip(matrices) {
                draw(matrix, drawn, &mut rng);
            }
            score(&drawn)
        })
        .filter(|score| score.is_finite())
        .collect();
    if (scores.len() as f64) < (1.0 - MAX_UNDEFINED) * settings.n_resamples as f64 || scores.len() < 2 {
        return None;
    }
    scores.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - settings.level) / 2.0;
    Some(Interval { low: quantile_sorted(&scores, tail)?, high: quantile_sorted(&scores, 1.0 - tail)? })
}

/// Each actual class drawn again with its own shares.
fn draw(matrix: &ConfusionMatrix, into: &mut ConfusionMatrix, rng: &mut Rng) {
    let n_classes = matrix.classes.len().max(1);
    for (row, drawn) in matrix.counts.chunks(n_classes).zip(into.counts.chunks_mut(n_classes)) {
        let mut rows_left = row.iter().sum::<f64>().round();
        let mut weight_left: f64 = row.iter().sum();
        for (count, drawn) in row.iter().zip(drawn) {
            let share = if weight_left > 0.0 { (count / weight_left).clamp(0.0, 1.0) } else { 0.0 };
            *drawn = binomial(rng, rows_left, share);
            rows_left -= *drawn;
            weight_left -= count;
        }
    }
}

/// A binomial number of `n` trials with probability `p`.
///
/// By inversion (Kachitvichyanukul and Schmeiser, *Communications of the ACM* 31 (1988) 216, algorithm BINV) where few successes or
/// failures are expected, else a rounded normal.
fn binomial(rng: &mut Rng, n: f64, p: f64) -> f64 {
    if n <= 0.0 || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return n;
    }
    if p > 0.5 {
        return n - binomial(rng, n, 1.0 - p);
    }
    if n * p >= MIN_FOR_NORMAL {
        let drawn = n * p + (n * p * (1.0 - p)).sqrt() * rng.normal();
        return drawn.round().clamp(0.0, n);
    }
    let odds = p / (1.0 - p);
    let mut chance = power(1.0 - p, n as u64);
    let mut left = rng.next_f64();
    let mut drawn = 0.0;
    while left > chance && drawn < n {
        left -= chance;
        drawn += 1.0;
        chance *= odds * (n - drawn + 1.0) / drawn;
    }
    drawn
}

/// `base` to a whole power by squaring: the platforms' own differ in the last bit.
fn power(base: f64, exponent: u64) -> f64 {
    let (mut result, mut square, mut left) = (1.0, base, exponent);
    while left > 0 {
        if left % 2 == 1 {
            result *= square;
        }
        square *= square;
        left /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::{self, Design, bootstrap};
    use crate::stats::interval::{Proportion, wilson};

    fn matrix(counts: &[f64]) -> ConfusionMatrix {
        ConfusionMatrix::new(vec!["0".to_owned(), "1".to_owned()], counts.to_vec()).unwrap()
    }

    #[test]
    fn a_binomial_has_its_mean_and_variance() {
        for (n, p) in [(20.0, 0.3), (400.0, 0.9), (5_000.0, 0.01), (1_000_000.0, 0.2)] {
            let mut rng = Rng::new(3);
            let drawn: Vec<f64> = (0..20_000).map(|_| binomial(&mut rng, n, p)).collect();
            let mean = drawn.iter().sum::<f64>() / 20_000.0;
            let variance = drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 20_000.0;
            let expected = n * p * (1.0 - p);
            // Five standard errors of a mean and of a variance.
            assert!((mean - n * p).abs() < 5.0 * (expected / 20_000.0).sqrt(), "{n} {p}: mean {mean}");
            assert!((variance / expected - 1.0).abs() < 0.06, "{n} {p}: variance {variance} of {expected}");
            assert!(drawn.iter().all(|d| (0.0..=n).contains(d) && d.fract() == 0.0));
        }
    }

    #[test]
    fn the_interval_of_recall_agrees_with_wilsons() {
        let found = resampled(&[&matrix(&[900.0, 20.0, 30.0, 270.0])], Resampling::default(), |m| {
            m[0].per_class()[1].scores.recall
        });
        let expected = wilson(Proportion::new(270, 300).unwrap(), 0.95).unwrap();
        let found = found.unwrap();
        assert!((found.low - expected.low).abs() < 0.006 && (found.high - expected.high).abs() < 0.006, "{found:?}");
    }

    #[test]
    fn the_interval_of_f1_agrees_with_the_bootstrap_of_rows() {
        let counts = matrix(&[60.0, 10.0, 8.0, 42.0]);
        let rows: Vec<(usize, usize)> = [((0, 0), 60), ((0, 1), 10), ((1, 0), 8), ((1, 1), 42)]
            .into_iter()
            .flat_map(|(cell, n)| std::iter::repeat_n(cell, n))
            .collect();
        let strata: Vec<u32> = rows.iter().map(|row| row.0 as u32).collect();
        let config = bootstrap::Config { method: bootstrap::Method::Percentile, ..bootstrap::Config::default() };
        let f1 = |hits: f64, predicted: f64| 2.0 * hits / (predicted + 50.0);
        let by_rows = bootstrap(Design::Strata(&strata), config, |drawn| {
            let chosen = drawn.iter().filter(|&&i| rows[i].1 == 1);
            f1(chosen.clone().filter(|&&i| rows[i].0 == 1).count() as f64, chosen.count() as f64)
        });
        let expected = by_rows.unwrap().interval.unwrap();
        let found = resampled(&[&counts], Resampling::default(), |m| m[0].per_class()[1].scores.f1).unwrap();
        assert!((found.low - expected.low).abs() < 0.012 && (found.high - expected.high).abs() < 0.012, "{found:?}");
    }

    #[test]
    fn nothing_to_draw_gives_no_interval() {
        let score = |m: &[ConfusionMatrix]| m[0].accuracy().unwrap_or(f64::NAN);
        assert!(resampled(&[&matrix(&[0.0; 4])], Resampling::default(), score).is_none());
        assert!(resampled(&[], Resampling::default(), score).is_none());
        assert!(resampled(&[&matrix(&[5.0; 4])], Resampling::default(), |_| f64::NAN).is_none());
    }
}
