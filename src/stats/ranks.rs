//! Ranks and correlations of paired values.
//!
//! A pair with a missing side is left out; ties share the mean of their ranks.

use super::dist;
use super::finite::{present_indexed, present_pairs};

/// A correlation with its test of independence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// -1 to 1.
    pub coefficient: f64,
    /// Number of complete pairs.
    pub n: usize,
    /// Two-sided p-value; `NaN` where the test is not defined.
    pub p: f64,
}

/// Ranks from 1, ties averaged; a missing value has rank `NaN` and takes no rank from others.
///
/// ```
/// use sightline::stats::ranks::ranks;
/// assert_eq!(ranks(&[30.0, 10.0, 30.0]), [2.5, 1.0, 2.5]);
/// ```
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = present_indexed(values).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut result = vec![f64::NAN; values.len()];
    let mut before = 0;
    for ties in order.chunk_by(|a, b| a.1 == b.1) {
        let shared = before as f64 + f64::midpoint(ties.len() as f64, 1.0);
        before += ties.len();
        for &(index, _) in ties {
            if let Some(rank) = result.get_mut(index) {
                *rank = shared;
            }
        }
    }
    result
}

/// Pearson's correlation; `None` below two complete pairs or if a side is constant.
///
/// The p-value is by Student's t with n - 2 degrees of freedom, `NaN` for two pairs.
pub fn pearson(xs: &[f64], ys: &[f64]) -> Option<Correlation> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = present_pairs(xs, ys).unzip();
    let coefficient = product_moment(&xs, &ys)?;
    Some(Correlation { coefficient, n: xs.len(), p: t_test(coefficient, xs.len()) })
}

/// Spearman's rank correlation with ties averaged; `None` and the p-value as for [`pearson`].
pub fn spearman(xs: &[f64], ys: &[f64]) -> Option<Correlation> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = present_pairs(xs, ys).unzip();
    pearson(&ranks(&xs), &ranks(&ys))
}

fn product_moment(xs: &[f64], ys: &[f64]) -> Option<f64> {
    let (centre_x, centre_y) = (super::finite::mean(xs)?, super::finite::mean(ys)?);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in xs.iter().map(|x| x - centre_x).zip(ys.iter().map(|y| y - centre_y)) {
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let scale = xx.sqrt() * yy.sqrt();
    (scale > 0.0).then(|| (xy / scale).clamp(-1.0, 1.0))
}

fn t_test(coefficient: f64, n: usize) -> f64 {
    let df = n as f64 - 2.0;
    // A perfect correlation divides by zero: t is infinite and p is 0.
    dist::t_two_sided_p(coefficient * (df / ((1.0 - coefficient) * (1.0 + coefficient))).sqrt(), df)
}

/// Kendall's tau-b in n log n (Knight, 1966); `None` below two complete pairs or if a side is constant.
///
/// The p-value is by the normal approximation with the variance corrected for ties (Kendall, 1970).
pub fn kendall(xs: &[f64], ys: &[f64]) -> Option<Correlation> {
    let mut pairs: Vec<(f64, f64)> = present_pairs(xs, ys).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = pairs.len() as f64;
    let all = n * (n - 1.0) / 2.0;
    let by_x = Ties::of(pairs.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len));
    let joint = Ties::of(pairs.chunk_by(|a, b| a == b).map(<[_]>::len));
    let mut by_rank: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let discordant = sort_and_count(&mut by_rank);
    let by_y = Ties::of(by_rank.chunk_by(|a, b| a == b).map(<[_]>::len));
    let scale = ((all - by_x.pairs) * (all - by_y.pairs)).sqrt();
    if pairs.len() < 2 || scale <= 0.0 {
        return None;
    }
    let score = all - by_x.pairs - by_y.pairs + joint.pairs - 2.0 * discordant;
    let untied = n * (n - 1.0) * (2.0 * n + 5.0);
    let mut variance = (untied - by_x.spread - by_y.spread) / 18.0 + 2.0 * by_x.pairs * by_y.pairs / (n * (n - 1.0));
    if n > 2.0 {
        variance += by_x.triples * by_y.triples / (9.0 * n * (n - 1.0) * (n - 2.0));
    }
    let p = dist::normal_two_sided_p(score / variance.sqrt());
    Some(Correlation { coefficient: (score / scale).clamp(-1.0, 1.0), n: pairs.len(), p })
}

/// Sums over runs of t equal values.
struct Ties {
    /// t (t - 1) / 2: tied pairs.
    pairs: f64,
    /// t (t - 1) (t - 2).
    triples: f64,
    /// t (t - 1) (2t + 5).
    spread: f64,
}

impl Ties {
    fn of(runs: impl Iterator<Item = usize>) -> Self {
        let mut sums = Self { pairs: 0.0, triples: 0.0, spread: 0.0 };
        for t in runs.map(|run| run as f64) {
            sums.pairs += t * (t - 1.0) / 2.0;
            sums.triples += t * (t - 1.0) * (t - 2.0);
            sums.spread += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        sums
    }
}

/// Sorts by merging and returns how many pairs were in strictly falling order.
fn sort_and_count(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut swaps = sort_and_count(left) + sort_and_count(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let mut waiting = left.iter().copied().peekable();
    for &value in right.iter() {
        while let Some(smaller) = waiting.next_if(|&other| other <= value) {
            merged.push(smaller);
        }
        swaps += waiting.len() as f64;
        merged.push(value);
    }
    merged.extend(waiting);
    values.copy_from_slice(&merged);
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn missing_values_take_no_rank() {
        assert_eq!(format!("{:?}", ranks(&[2.0, f64::NAN, 1.0])), "[2.0, NaN, 1.0]");
        let with_gap = spearman(&[1.0, f64::NAN, 2.0, 3.0], &[1.0, 9.0, 4.0, 9.0]).unwrap();
        assert!((with_gap.coefficient - 1.0).abs() < 1e-15);
        assert_eq!(with_gap.n, 3);
    }

    #[test]
    fn constants_have_no_correlation() {
        let (flat, line) = ([1.0; 4], [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((pearson(&flat, &line), spearman(&line, &flat), kendall(&flat, &line)), (None, None, None));
        assert_eq!(kendall(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn kendall_counts_every_pair(pairs in prop::collection::vec((0..6_i32, 0..6_i32), 2..30)) {
            let (xs, ys): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).unzip();
            let mut score = 0.0;
            for i in 0..xs.len() {
                for j in 0..i {
                    score += ((xs[i] - xs[j]) * (ys[i] - ys[j])).signum() * f64::from(u8::from(xs[i] != xs[j] && ys[i] != ys[j]));
                }
            }
            if let Some(tau) = kendall(&xs, &ys) {
                prop_assert!(tau.coefficient * score >= 0.0 && (score == 0.0) == (tau.coefficient == 0.0));
            }
        }

        #[test]
        fn rank_correlation_ignores_monotone_maps(xs in prop::collection::vec(-3.0..3.0_f64, 3..30)) {
            let ys: Vec<f64> = xs.iter().map(|x| x.exp()).collect();
            if let Some(rho) = spearman(&xs, &ys) {
                prop_assert!(rho.coefficient > 1.0 - 1e-12);
            }
        }
    }
}
