//! Tests for an experiment that is watched: valid at every look, however often one looks.
//!
//! Differences by the mixture sequential probability ratio test with a normal mixture:
//! Johari, Koomen, Pekelis and Walsh, *Operations Research* 70 (2022) 1806, "Always Valid Inference".
//! The mixing variance and alpha must be fixed before the start; choosing them afterwards voids the guarantee.
//! The guarantee rests on the normal limit, so that nothing is concluded in the first rows (see [`Design::min_per_arm`]).

use super::interval::Interval;

/// What must be fixed before the experiment starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// Variance of the normal mixture over the difference, in the metric's unit squared.
    ///
    /// The test is most sensitive to differences of about its square root.
    pub mixing_variance: f64,
    /// The chance to ever call a difference where there is none, between 0 and 1.
    pub alpha: f64,
    /// Rows in each arm before anything is concluded; default is 100.
    ///
    /// For rates also five successes and five failures in each arm are awaited.
    pub min_per_arm: f64,
}

/// Running totals of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArmTotals {
    /// Units (users) exposed.
    pub n: f64,
    /// Sum of the metric over them.
    pub sum: f64,
    /// Sum of its squares; equal to `sum` for a rate.
    pub sum_of_squares: f64,
    /// Whether the metric is 0 or 1.
    pub is_rate: bool,
}

/// What can be said at one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Treatment minus control; `None` before the first unit of either.
    pub difference: Option<f64>,
    /// The confidence sequence at this look, which covers the true difference at *all* looks with probability 1 - alpha;
    /// `None` while too few rows are in.
    pub interval: Option<Interval>,
    /// The always-valid p value: the smallest so far, 1 at first.
    pub p: f64,
}

/// A running mixture sequential test of one difference.
///
/// ```
/// use sightline::stats::sequential::{ArmTotals, Design, MixtureTest};
/// let design = Design::new(0.02 * 0.02, 0.05).unwrap();
/// let mut test = MixtureTest::new(design);
/// let early = test.look(&ArmTotals::rate(1.0, 20.0), &ArmTotals::rate(9.0, 20.0));
/// assert_eq!(early.interval, None);
/// let late = test.look(&ArmTotals::rate(500.0, 5_000.0), &ArmTotals::rate(650.0, 5_000.0));
/// assert!(late.interval.unwrap().excludes_zero() && test.has_called());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixtureTest {
    design: Design,
    p: f64,
}

impl Design {
    /// A design with `min_per_arm` at 100; `None` unless the variance is positive and finite and alpha between 0 and 1.
    pub fn new(mixing_variance: f64, alpha: f64) -> Option<Self> {
        let is_sound = mixing_variance.is_finite() && mixing_variance > 0.0 && alpha > 0.0 && alpha < 1.0;
        is_sound.then_some(Self { mixing_variance, alpha, min_per_arm: 100.0 })
    }
}

impl ArmTotals {
    /// Totals of a rate.
    pub fn rate(successes: f64, n: f64) -> Self {
        Self { n, sum: successes, sum_of_squares: successes, is_rate: true }
    }

    /// Totals of a metric of any unit.
    pub fn mean(n: f64, sum: f64, sum_of_squares: f64) -> Self {
        Self { n, sum, sum_of_squares, is_rate: false }
    }

    fn average(&self) -> f64 {
        self.sum / self.n
    }

    /// Variance of one unit with n - 1 (a mean) or n (a rate) in the divisor.
    fn variance(&self) -> f64 {
        let centred = (self.sum_of_squares - self.sum * self.average()).max(0.0);
        centred / if self.is_rate { self.n } else { self.n - 1.0 }
    }

    fn is_ready(&self, min_rows: f64) -> bool {
        let has_both = !self.is_rate || (self.sum >= 5.0 && self.n - self.sum >= 5.0);
        self.n >= min_rows.max(2.0) && has_both && self.sum.is_finite() && self.sum_of_squares.is_finite()
    }
}

impl MixtureTest {
    /// A test before its first look.
    pub fn new(design: Design) -> Self {
        Self { design, p: 1.0 }
    }

    /// Takes the totals so far, in the order of time, and says what they allow.
    pub fn look(&mut self, control: &ArmTotals, treatment: &ArmTotals) -> Look {
        let difference = Some(treatment.average() - control.average()).filter(|value| value.is_finite());
        let is_ready = control.is_ready(self.design.min_per_arm) && treatment.is_ready(self.design.min_per_arm);
        let interval = match difference {
            Some(difference) if is_ready => self.update(difference, control, treatment),
            _ => None,
        };
        Look { difference, interval, p: self.p }
    }

    /// Whether a difference has been called at this or an earlier look.
    pub fn has_called(&self) -> bool {
        self.p <= self.design.alpha
    }

    fn update(&mut self, difference: f64, control: &ArmTotals, treatment: &ArmTotals) -> Option<Interval> {
        let variance = control.variance() / control.n + treatment.variance() / treatment.n;
        if variance.is_nan() || variance <= 0.0 {
            return None;
        }
        let likelihood_ratio = log_mixture_ratio(difference, variance, self.design.mixing_variance);
        self.p = self.p.min((-likelihood_ratio).exp());
        let half = half_width(variance, self.design.mixing_variance, self.design.alpha);
        Interval::new(difference - half, difference + half)
    }
}

/// All looks at a series of running totals (control, treatment), in the order of time.
pub fn watch(design: Design, totals: &[(ArmTotals, ArmTotals)]) -> Vec<Look> {
    let mut test = MixtureTest::new(design);
    totals.iter().map(|(control, treatment)| test.look(control, treatment)).collect()
}

/// Log of the mixture likelihood ratio for a difference with variance `variance` against no difference.
///
/// Equation 10 of Johari et al. with the variance of the estimate in place of sigma squared by n.
pub fn log_mixture_ratio(difference: f64, variance: f64, mixing_variance: f64) -> f64 {
    let total = variance + mixing_variance;
    0.5 * (variance / total).ln() + mixing_variance * difference * difference / (2.0 * variance * total)
}

/// Half width of the confidence sequence: the difference at which the ratio reaches 1 / alpha.
pub fn half_width(variance: f64, mixing_variance: f64, alpha: f64) -> f64 {
    let total = variance + mixing_variance;
    (variance * total / mixing_variance * ((total / variance).ln() - 2.0 * alpha.ln())).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    fn design() -> Design {
        Design::new(0.01 * 0.01, 0.05).unwrap()
    }

    /// Whether a stream of `n_steps` units an arm, looked at after every one, ever calls.
    fn ever_calls(rng: &mut Rng, control: f64, treatment: f64, n_steps: usize, design: Design) -> bool {
        let mut test = MixtureTest::new(design);
        let (mut hits_a, mut hits_b) = (0.0, 0.0);
        (1..=n_steps).any(|step| {
            hits_a += f64::from(u8::from(rng.bernoulli(control)));
            hits_b += f64::from(u8::from(rng.bernoulli(treatment)));
            let n = step as f64;
            test.look(&ArmTotals::rate(hits_a, n), &ArmTotals::rate(hits_b, n));
            test.has_called()
        })
    }

    #[test]
    fn with_no_effect_at_most_alpha_of_ten_thousand_watched_streams_ever_cross() {
        // Mixing variances for a small, a middling and a far too large expected effect; rare and common events.
        for (rate, expected_effect, n_steps) in [(0.5, 0.05_f64, 3_000), (0.1, 0.02, 1_000), (0.03, 0.1, 1_000)] {
            let design = Design::new(expected_effect.powi(2), 0.05).unwrap();
            let mut rng = Rng::new(n_steps as u64);
            let n_crossed = (0..10_000).filter(|_| ever_calls(&mut rng, rate, rate, n_steps, design)).count();
            assert!(n_crossed <= 500, "{n_crossed} of 10,000 crossed at rate {rate}");
            assert!(n_crossed > 0, "a test that never errs has no power");
        }
    }

    #[test]
    fn skewed_means_cross_no_more_often() {
        let (mut rng, design) = (Rng::new(7), Design::new(0.2 * 0.2, 0.05).unwrap());
        let crosses = |rng: &mut Rng| {
            let mut test = MixtureTest::new(design);
            let mut arms = [ArmTotals::default(); 2];
            (0..1_000).any(|_| {
                for arm in &mut arms {
                    let spent = rng.exponential();
                    *arm = ArmTotals::mean(arm.n + 1.0, arm.sum + spent, arm.sum_of_squares + spent * spent);
                }
                test.look(&arms[0], &arms[1]);
                test.has_called()
            })
        };
        let n_crossed = (0..10_000).filter(|_| crosses(&mut rng)).count();
        assert!((1..=500).contains(&n_crossed), "{n_crossed} of 10,000 crossed");
    }

    #[test]
    fn a_true_effect_is_called() {
        let mut rng = Rng::new(4);
        let design = Design::new(0.05_f64.powi(2), 0.05).unwrap();
        let n_called = (0..200).filter(|_| ever_calls(&mut rng, 0.10, 0.15, 5_000, design)).count();
        assert!(n_called > 190, "{n_called}");
    }

    #[test]
    fn interval_excludes_zero_exactly_when_the_ratio_passes_one_by_alpha() {
        for difference in [0.001, 0.01, 0.02, 0.05] {
            let ratio = log_mixture_ratio(difference, 2e-5, 1e-4);
            assert_eq!(difference > half_width(2e-5, 1e-4, 0.05), ratio > -(0.05_f64.ln()));
        }
    }

    #[test]
    fn nothing_is_concluded_early_or_without_variance() {
        let mut test = MixtureTest::new(design());
        let early = test.look(&ArmTotals::rate(0.0, 50.0), &ArmTotals::rate(50.0, 50.0));
        assert_eq!((early.difference, early.interval, early.p), (Some(1.0), None, 1.0));
        let constant = test.look(&ArmTotals::mean(200.0, 200.0, 200.0), &ArmTotals::mean(200.0, 400.0, 800.0));
        assert_eq!((constant.interval, constant.p), (None, 1.0));
        assert_eq!(test.look(&ArmTotals::default(), &ArmTotals::default()).difference, None);
    }

    #[test]
    fn p_never_rises() {
        let totals = [(30.0, 60.0), (60.0, 90.0), (120.0, 121.0)];
        let looks: Vec<_> =
            totals.iter().map(|&(a, b)| (ArmTotals::rate(a, 300.0), ArmTotals::rate(b, 300.0))).collect();
        let p: Vec<f64> = watch(Design::new(0.01, 0.05).unwrap(), &looks).iter().map(|look| look.p).collect();
        assert!(p.windows(2).all(|pair| pair[1] <= pair[0]) && p[0] < 0.05, "{p:?}");
    }

    #[test]
    fn unsound_designs_are_refused() {
        assert!(Design::new(0.0, 0.05).is_none() && Design::new(1.0, 1.0).is_none());
    }
}
