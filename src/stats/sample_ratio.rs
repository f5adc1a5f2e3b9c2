//! Sample-ratio checks: whether the arms of an experiment received the shares they were meant to.
//!
//! One look: chi-squared at 0.001. Watched: a sequential multinomial test that is exactly valid at every look,
//! Lindon and Malek, *Advances in Neural Information Processing Systems* 35 (2022), "Anytime-Valid Inference for Multinomial Count Data".

use super::chi_squared::{ChiSquared, goodness_of_fit};
use statrs::function::gamma::ln_gamma;

/// The p value below which one look at the ratio counts as broken.
pub const ONE_LOOK_ALPHA: f64 = 0.001;

/// Concentration of the Dirichlet prior around the intended shares, the default of its authors' own implementation.
pub const DEFAULT_CONCENTRATION: f64 = 10_000.0;

/// A one-look check of the exposures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRatio {
    /// The chi-squared test against the intended shares.
    pub test: ChiSquared,
    /// Whether p is below [`ONE_LOOK_ALPHA`].
    pub is_broken: bool,
}

/// Checks exposures once against the intended shares; `None` as for [`goodness_of_fit`].
pub fn sample_ratio(exposures: &[u64], intended_shares: &[f64]) -> Option<SampleRatio> {
    let test = goodness_of_fit(exposures, intended_shares)?;
    Some(SampleRatio { test, is_broken: test.p < ONE_LOOK_ALPHA })
}

/// Always-valid p values of a watched ratio: one for each look at the running totals, never rising.
///
/// `concentration` must be fixed before the start; [`DEFAULT_CONCENTRATION`] suits ratios broken by a few per cent.
/// Looks without exposures leave p unchanged.
/// `None` if the shares are empty or not positive and finite, or a look has another number of arms.
pub fn watched_sample_ratio(looks: &[Vec<u64>], intended_shares: &[f64], concentration: f64) -> Option<Vec<f64>> {
    let total: f64 = intended_shares.iter().sum();
    let shares: Vec<f64> = intended_shares.iter().map(|share| share / total).collect();
    let is_sound = !shares.is_empty() && shares.iter().all(|share| *share > 0.0) && total.is_finite();
    if !is_sound || !concentration.is_finite() || concentration <= 0.0 {
        return None;
    }
    let mut p = 1.0_f64;
    let mut smallest = Vec::with_capacity(looks.len());
    for counts in looks {
        if counts.len() != shares.len() {
            return None;
        }
        p = p.min((-log_bayes_factor(counts, &shares, concentration)).exp());
        smallest.push(p);
    }
    Some(smallest)
}

/// Log of the Bayes factor of a Dirichlet-multinomial against the multinomial with the intended shares.
///
/// `shares` sum to 1 and are positive; the prior is Dirichlet(concentration x shares).
pub fn log_bayes_factor(counts: &[u64], shares: &[f64], concentration: f64) -> f64 {
    let n: f64 = counts.iter().map(|&count| count as f64).sum();
    let arm = |(&count, &share): (&u64, &f64)| {
        let (count, prior) = (count as f64, concentration * share);
        ln_gamma(prior + count) - ln_gamma(prior) - count * share.ln()
    };
    ln_gamma(concentration) - ln_gamma(concentration + n) + counts.iter().zip(shares).map(arm).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    fn watched(rng: &mut Rng, share: f64, n_steps: usize) -> f64 {
        let mut counts = vec![0, 0];
        let looks: Vec<Vec<u64>> = (0..n_steps)
            .map(|_| {
                counts[usize::from(rng.bernoulli(share))] += 1;
                counts.clone()
            })
            .collect();
        *watched_sample_ratio(&looks, &[1.0, 1.0], 500.0).unwrap().last().unwrap()
    }

    #[test]
    fn an_even_split_watched_at_every_step_is_rarely_called() {
        let mut rng = Rng::new(5);
        let n_called = (0..2_000).filter(|_| watched(&mut rng, 0.5, 500) <= 0.05).count();
        assert!(n_called <= 100, "{n_called} of 2,000");
    }

    #[test]
    fn a_broken_split_is_called() {
        let mut rng = Rng::new(6);
        assert!(watched(&mut rng, 0.56, 5_000) < 0.001);
        assert!(sample_ratio(&[5_600, 4_400], &[0.5, 0.5]).unwrap().is_broken);
        assert!(!sample_ratio(&[5_020, 4_980], &[0.5, 0.5]).unwrap().is_broken);
    }

    #[test]
    fn unsound_input_is_refused_and_no_exposures_say_nothing() {
        assert_eq!(watched_sample_ratio(&[vec![1]], &[0.5, 0.5], 100.0), None);
        assert_eq!(watched_sample_ratio(&[], &[0.0, 1.0], 100.0), None);
        let p = watched_sample_ratio(&[vec![0, 0]], &[0.5, 0.5], 100.0).unwrap();
        assert!((p[0] - 1.0).abs() < 1e-9);
        assert_eq!(sample_ratio(&[0, 0], &[0.5, 0.5]), None);
    }
}
