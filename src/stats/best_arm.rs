//! The probability that an arm is the best, under stated priors.
//!
//! Computed by quadrature, not by drawing, so that it does not flicker. It is not a test: watched, it crosses any bar in time.

use super::dist;
use super::pareto::Direction;

/// A beta prior over a rate; its parameters count as successes and failures seen before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaPrior {
    /// Prior successes, positive.
    pub successes: f64,
    /// Prior failures, positive.
    pub failures: f64,
}

/// The uniform prior, Beta(1, 1).
pub const UNIFORM_PRIOR: BetaPrior = BetaPrior { successes: 1.0, failures: 1.0 };

/// Slices of the quadrature; the error is of the order of its inverse square.
const N_SLICES: usize = 2_000;

/// For each arm (successes, n) the posterior probability that its rate is the best.
///
/// Arms are independent and share `prior`. The probabilities sum to 1.
/// `None` if there is no arm, a count is negative, not finite or exceeds its n, or the prior is not positive.
pub fn probability_best_rate(arms: &[(f64, f64)], prior: BetaPrior, direction: Direction) -> Option<Vec<f64>> {
    let is_sound = |&(successes, n): &(f64, f64)| n.is_finite() && successes >= 0.0 && n >= successes;
    let has_prior = prior.successes > 0.0 && prior.failures > 0.0;
    if arms.is_empty() || !has_prior || !arms.iter().all(is_sound) {
        return None;
    }
    let posterior =
        |&(successes, n): &(f64, f64)| Beta { a: prior.successes + successes, b: prior.failures + n - successes };
    let posteriors: Vec<Beta> = arms.iter().map(posterior).collect();
    let raw: Vec<f64> = (0..arms.len()).map(|arm| best(&posteriors, arm, direction)).collect();
    let total: f64 = raw.iter().sum();
    Some(raw.iter().map(|share| share / total).collect())
}

/// The probability that a mean difference (treatment minus control) is above zero, under a flat prior and the normal limit.
///
/// `NaN` if the standard error is not positive.
pub fn probability_above_zero(difference: f64, standard_error: f64) -> f64 {
    if standard_error > 0.0 { dist::normal_cdf(difference / standard_error) } else { f64::NAN }
}

#[derive(Clone, Copy)]
struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    fn cdf(self, x: f64) -> f64 {
        dist::beta_cdf(x, self.a, self.b)
    }

    /// A range that holds all but a negligible part of the mass.
    fn range(self) -> (f64, f64) {
        let n = self.a + self.b;
        let (mean, sd) = (self.a / n, (self.a * self.b / (n * n * (n + 1.0))).sqrt());
        ((mean - 12.0 * sd).max(0.0), (mean + 12.0 * sd).min(1.0))
    }
}

/// The Stieltjes sum of P(all others are worse than x) over the arm's posterior.
fn best(posteriors: &[Beta], arm: usize, direction: Direction) -> f64 {
    let Some(own) = posteriors.get(arm) else {
        return 0.0;
    };
    let (low, high) = own.range();
    let at = |slice: usize| low + (high - low) * slice as f64 / N_SLICES as f64;
    let others_worse = |x: f64| -> f64 {
        let others = posteriors.iter().enumerate().filter(|(other, _)| *other != arm);
        let worse = |beta: &Beta| match direction {
            Direction::Maximise => beta.cdf(x),
            Direction::Minimise => 1.0 - beta.cdf(x),
        };
        others.map(|(_, beta)| worse(beta)).product()
    };
    let mut below = (own.cdf(low), others_worse(low));
    let mut sum = 0.0;
    for slice in 1..=N_SLICES {
        let here = (own.cdf(at(slice)), others_worse(at(slice)));
        sum += (here.0 - below.0) * f64::midpoint(here.1, below.1);
        below = here;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_arms_share_evenly() {
        let shares = probability_best_rate(&[(5.0, 50.0); 3], UNIFORM_PRIOR, Direction::Maximise).unwrap();
        assert!(shares.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9));
    }

    #[test]
    fn two_small_arms_agree_with_the_closed_form() {
        // P(B > A) = sum over i < a_B of B(a_A + i, b_A + b_B) / ((b_B + i) B(1 + i, b_B) B(a_A, b_A)); by hand 1/6 here.
        let shares = probability_best_rate(&[(1.0, 1.0), (0.0, 1.0)], UNIFORM_PRIOR, Direction::Maximise).unwrap();
        assert!((shares[0] - 5.0 / 6.0).abs() < 1e-6, "{shares:?}");
    }

    #[test]
    fn direction_turns_the_answer() {
        let arms = [(90.0, 1_000.0), (120.0, 1_000.0)];
        let most = probability_best_rate(&arms, UNIFORM_PRIOR, Direction::Maximise).unwrap();
        let least = probability_best_rate(&arms, UNIFORM_PRIOR, Direction::Minimise).unwrap();
        assert!((most[1] - least[0]).abs() < 1e-5 && most[1] > 0.95);
    }

    #[test]
    fn unsound_counts_are_refused() {
        assert_eq!(probability_best_rate(&[(2.0, 1.0)], UNIFORM_PRIOR, Direction::Maximise), None);
        assert_eq!(probability_best_rate(&[], UNIFORM_PRIOR, Direction::Maximise), None);
        assert!(probability_above_zero(1.0, 0.0).is_nan());
    }
}
