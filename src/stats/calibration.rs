//! How far probabilities can be believed: Brier score, log loss, calibration error and the reliability curve.
//!
//! Probabilities are of the positive class. Rows with a non-finite probability or one outside 0 to 1 are left out and counted.

use super::interval::{Interval, Proportion, wilson};
use super::ranks::ranks;

/// The bins of the calibration error that the dashboards state.
pub const N_BINS: usize = 15;

/// Probabilities with their labels, checked once.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecasts {
    rows: Vec<(f64, bool)>,
    n_missing: usize,
}

/// One bin of the reliability curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityPoint {
    /// Mean probability in the bin.
    pub predicted: f64,
    /// Share of positives in the bin.
    pub observed: f64,
    /// Wilson interval of `observed`.
    pub interval: Option<Interval>,
    /// Rows in the bin.
    pub n: usize,
}

impl Forecasts {
    /// Pairs probabilities with labels (`true` is positive); rows beyond the shorter slice are counted as missing.
    pub fn new(probabilities: &[f64], labels: &[bool]) -> Self {
        let is_probability = |row: &(f64, bool)| (0.0..=1.0).contains(&row.0);
        let rows = probabilities.iter().copied().zip(labels.iter().copied());
        let rows: Vec<(f64, bool)> = rows.filter(is_probability).collect();
        let n_missing = probabilities.len().max(labels.len()) - rows.len();
        Self { rows, n_missing }
    }

    /// Rows used.
    pub fn n(&self) -> usize {
        self.rows.len()
    }

    /// Rows left out.
    pub fn n_missing(&self) -> usize {
        self.n_missing
    }

    /// Mean squared error of the probabilities, 0 to 1; `None` without rows.
    pub fn brier(&self) -> Option<f64> {
        self.mean(|(probability, label)| (probability - f64::from(u8::from(label))).powi(2))
    }

    /// Mean negative log likelihood in nats; `None` without rows.
    ///
    /// Probabilities are clipped to 2.2e-16 from 0 and 1, as in scikit-learn 1.9, so a certain miss costs 36, not infinity.
    pub fn log_loss(&self) -> Option<f64> {
        self.mean(|(probability, label)| {
            let of_label = if label { probability } else { 1.0 - probability };
            -of_label.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
        })
    }

    /// The reliability curve over at most `n_bins` bins of equal mass, by rising probability, with intervals at `level`.
    ///
    /// A row's bin follows from its rank; equal probabilities share their mean rank and so are never divided.
    pub fn reliability(&self, n_bins: usize, level: f64) -> Vec<ReliabilityPoint> {
        let mut bins = vec![(0_usize, 0_usize, 0.0); n_bins];
        let probabilities: Vec<f64> = self.rows.iter().map(|row| row.0).collect();
        for (rank, (probability, label)) in ranks(&probabilities).iter().zip(&self.rows) {
            let share = (rank - 0.5) / self.rows.len() as f64;
            if let Some(bin) = bins.get_mut((share * n_bins as f64) as usize) {
                *bin = (bin.0 + 1, bin.1 + usize::from(*label), bin.2 + probability);
            }
        }
        let point = |&(n, n_positive, sum): &(usize, usize, f64)| {
            let proportion = Proportion::new(n_positive as u64, n as u64)?;
            Some(ReliabilityPoint {
                predicted: sum / n as f64,
                observed: proportion.rate(),
                interval: wilson(proportion, level),
                n,
            })
        };
        bins.iter().filter_map(point).collect()
    }

    /// Expected calibration error over `n_bins` bins of equal mass: the mean gap between predicted and observed, by rows.
    ///
    /// Biased upwards in small samples; give its bootstrap interval with it. `None` without rows or bins.
    pub fn calibration_error(&self, n_bins: usize) -> Option<f64> {
        let bins = self.reliability(n_bins, 0.95);
        let n: usize = bins.iter().map(|bin| bin.n).sum();
        let gap = |bin: &ReliabilityPoint| (bin.predicted - bin.observed).abs() * bin.n as f64;
        (n > 0).then(|| bins.iter().map(gap).sum::<f64>() / n as f64)
    }

    fn mean(&self, of: impl Fn((f64, bool)) -> f64) -> Option<f64> {
        let n = self.rows.len();
        (n > 0).then(|| self.rows.iter().map(|&row| of(row)).sum::<f64>() / n as f64)
    }
}

/// Log loss of several classes: `probabilities[row][class]` against the place of the true class, in nats.
///
/// Clipped as [`Forecasts::log_loss`]. Rows that hold a non-finite probability or lack the class are left out.
/// `None` without rows.
pub fn log_loss_of_classes(probabilities: &[Vec<f64>], labels: &[usize]) -> Option<f64> {
    let loss = |(row, &label): (&Vec<f64>, &usize)| {
        let is_complete = row.iter().all(|probability| probability.is_finite());
        let of_label = row.get(label).filter(|_| is_complete)?;
        Some(-of_label.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln())
    };
    let losses: Vec<f64> = probabilities.iter().zip(labels).filter_map(loss).collect();
    (!losses.is_empty()).then(|| losses.iter().sum::<f64>() / losses.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_probability_are_left_out() {
        let forecasts = Forecasts::new(&[0.5, f64::NAN, 1.5], &[true, true, false]);
        assert_eq!((forecasts.n(), forecasts.n_missing(), forecasts.brier()), (1, 2, Some(0.25)));
        assert_eq!(Forecasts::new(&[], &[]).log_loss(), None);
        assert_eq!(Forecasts::new(&[], &[]).calibration_error(15), None);
    }

    #[test]
    fn a_certain_miss_is_dear_but_finite() {
        let loss = Forecasts::new(&[0.0], &[true]).log_loss().unwrap();
        assert!((loss - 36.04).abs() < 0.01);
    }

    #[test]
    fn equal_probabilities_are_never_divided() {
        let bins = Forecasts::new(&[0.2; 10], &[true; 10]).reliability(5, 0.95);
        assert_eq!((bins.len(), bins[0].n), (1, 10));
    }

    #[test]
    fn bins_hold_equal_mass() {
        let probabilities: Vec<f64> = (0..100).map(|row| (f64::from(row) / 100.0).powi(3)).collect();
        let bins = Forecasts::new(&probabilities, &[false; 100]).reliability(10, 0.95);
        assert!(bins.iter().all(|bin| bin.n == 10 && bin.interval.unwrap().low == 0.0));
    }

    #[test]
    fn classes_are_scored_by_the_probability_of_the_true_one() {
        let loss = log_loss_of_classes(&[vec![0.2, 0.8], vec![f64::NAN, 1.0]], &[1, 1]).unwrap();
        assert!((loss + 0.8_f64.ln()).abs() < 1e-12);
        assert_eq!(log_loss_of_classes(&[vec![1.0]], &[4]), None);
    }
}
