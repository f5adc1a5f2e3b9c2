//! Permutation p values by sequential Monte Carlo.
//!
//! Besag and Clifford, *Biometrika* 78 (1991) 301: draw until enough permutations are as extreme as the data, so that an
//! unremarkable p is cheap and a small one precise.
//! Under the hypothesis the p value is never anti-conservative.

use super::rng::Rng;

/// Exceedances after which drawing stops: a relative error of about 14 %.
pub const ENOUGH_EXCEEDANCES: usize = 50;

/// A Monte Carlo p value with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermutationP {
    /// The p value, never 0.
    pub p: f64,
    /// Permutations drawn.
    pub n_drawn: usize,
    /// Those at least as extreme as the data.
    pub n_exceeding: usize,
}

/// Draws permutations with `is_as_extreme` until [`ENOUGH_EXCEEDANCES`] or `max_draws`, which is taken as at least 1.
pub fn permutation_p(max_draws: usize, seed: u64, mut is_as_extreme: impl FnMut(&mut Rng) -> bool) -> PermutationP {
    let mut rng = Rng::new(seed);
    let mut n_exceeding = 0;
    for n_drawn in 1..=max_draws.max(1) {
        n_exceeding += usize::from(is_as_extreme(&mut rng));
        if n_exceeding >= ENOUGH_EXCEEDANCES {
            return PermutationP { p: n_exceeding as f64 / n_drawn as f64, n_drawn, n_exceeding };
        }
    }
    let n_drawn = max_draws.max(1);
    PermutationP { p: (n_exceeding + 1) as f64 / (n_drawn + 1) as f64, n_drawn, n_exceeding }
}

/// Draws that keep a test over `n_rows` within some ten million steps: from 999 to 19,999.
pub fn affordable_draws(n_rows: usize) -> usize {
    (20_000_000 / n_rows.max(1)).clamp(999, 19_999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_exceeded_is_one_in_draws_plus_one() {
        assert_eq!(permutation_p(99, 1, |_| false).p, 0.01);
    }

    #[test]
    fn stops_early_when_unremarkable() {
        let drawn = permutation_p(19_999, 1, |rng| rng.bernoulli(0.5));
        assert!(drawn.n_drawn < 200 && (drawn.p - 0.5).abs() < 0.2);
    }

    #[test]
    fn draws_shrink_with_the_rows() {
        assert_eq!(affordable_draws(0), 19_999);
        assert_eq!(affordable_draws(10_000), 2_000);
        assert_eq!(affordable_draws(10_000_000), 999);
    }
}
