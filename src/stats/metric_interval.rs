//! Bootstrap intervals of a binary classifier's scores, for one model and for two on the same rows.
//!
//! Rows are resampled within their class, so that each class keeps its size.
//! For rates use Wilson's interval and for the AUC `DeLong`'s: they need no drawing.

use super::bootstrap::{self, Bootstrap, bootstrap};
use super::calibration::{Forecasts, N_BINS};
use super::curves::Scores;

/// A score of probabilities against labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BinaryMetric {
    /// F1 when scores at or above the threshold are predicted positive.
    F1 {
        /// The threshold.
        threshold: f64,
    },
    /// Area under the ROC curve.
    Auc,
    /// Average precision.
    AveragePrecision,
    /// Brier score.
    Brier,
    /// Log loss in nats.
    LogLoss,
    /// Calibration error over 15 bins of equal mass.
    CalibrationError,
}

impl BinaryMetric {
    /// The metric's value; `NaN` where it is not defined, as for the AUC of one class.
    ///
    /// Rows with a non-finite score are left out.
    pub fn of(self, scores: &[f64], labels: &[bool]) -> f64 {
        let value = match self {
            Self::F1 { threshold } => {
                let sorted = Scores::new(scores, labels);
                (sorted.n() > 0).then(|| sorted.at(threshold).scores().f1)
            }
            Self::Auc => Scores::new(scores, labels).auc(),
            Self::AveragePrecision => Scores::new(scores, labels).average_precision(),
            Self::Brier => Forecasts::new(scores, labels).brier(),
            Self::LogLoss => Forecasts::new(scores, labels).log_loss(),
            Self::CalibrationError => Forecasts::new(scores, labels).calibration_error(N_BINS),
        };
        value.unwrap_or(f64::NAN)
    }
}

/// The metric with its stratified bootstrap interval; `None` where the metric is not defined.
///
/// Rows with a non-finite score, and rows beyond the shorter slice, are left out.
pub fn metric_interval(
    metric: BinaryMetric,
    scores: &[f64],
    labels: &[bool],
    config: bootstrap::Config,
) -> Option<Bootstrap> {
    let rows: Vec<(f64, bool)> =
        scores.iter().copied().zip(labels.iter().copied()).filter(|row| row.0.is_finite()).collect();
    let strata: Vec<u32> = rows.iter().map(|row| u32::from(row.1)).collect();
    bootstrap(bootstrap::Design::Strata(&strata), config, |drawn| {
        let (scores, labels): (Vec<f64>, Vec<bool>) = drawn.iter().filter_map(|&row| rows.get(row)).copied().unzip();
        metric.of(&scores, &labels)
    })
}

/// The first model's metric minus the second's on the same rows, with its paired stratified bootstrap interval.
///
/// Rows on which either score is not finite are left out. `None` where the difference is not defined.
pub fn metric_difference(
    metric: BinaryMetric,
    first: &[f64],
    second: &[f64],
    labels: &[bool],
    config: bootstrap::Config,
) -> Option<Bootstrap> {
    let both = first.iter().zip(second).zip(labels).map(|((&a, &b), &label)| (a, b, label));
    let rows: Vec<(f64, f64, bool)> = both.filter(|row| row.0.is_finite() && row.1.is_finite()).collect();
    let strata: Vec<u32> = rows.iter().map(|row| u32::from(row.2)).collect();
    bootstrap(bootstrap::Design::Strata(&strata), config, |drawn| {
        let drawn = || drawn.iter().filter_map(|&row| rows.get(row));
        let labels: Vec<bool> = drawn().map(|row| row.2).collect();
        let first: Vec<f64> = drawn().map(|row| row.0).collect();
        let second: Vec<f64> = drawn().map(|row| row.1).collect();
        metric.of(&first, &labels) - metric.of(&second, &labels)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::delong::auc_estimate;
    use crate::stats::rng::Rng;

    fn rows(lift: f64) -> (Vec<f64>, Vec<bool>) {
        let mut rng = Rng::new(9);
        let labels: Vec<bool> = (0..300).map(|row| row % 3 == 0).collect();
        let score = |label: &bool| 1.0 / (1.0 + (-lift * f64::from(u8::from(*label)) - rng.normal()).exp());
        (labels.iter().map(score).collect(), labels)
    }

    fn quick() -> bootstrap::Config {
        bootstrap::Config { n_resamples: 400, ..bootstrap::Config::default() }
    }

    #[test]
    fn interval_of_the_auc_is_near_delongs() {
        let (scores, labels) = rows(1.0);
        let drawn = metric_interval(BinaryMetric::Auc, &scores, &labels, quick()).unwrap().interval.unwrap();
        let counted = auc_estimate(&scores, &labels, 0.95).unwrap().interval.unwrap();
        assert!((drawn.low - counted.low).abs() < 0.02 && (drawn.high - counted.high).abs() < 0.02);
    }

    #[test]
    fn every_metric_lies_in_its_interval_range() {
        let (scores, labels) = rows(1.0);
        let metrics = [
            BinaryMetric::F1 { threshold: 0.5 },
            BinaryMetric::AveragePrecision,
            BinaryMetric::Brier,
            BinaryMetric::LogLoss,
        ];
        for metric in metrics {
            let result = metric_interval(metric, &scores, &labels, quick()).unwrap();
            assert!(result.interval.unwrap().contains(result.estimate), "{metric:?}");
        }
    }

    #[test]
    fn a_model_does_not_differ_from_itself_but_from_a_better_one() {
        let ((worse, labels), (better, _)) = (rows(0.3), rows(2.5));
        let itself = metric_difference(BinaryMetric::Brier, &worse, &worse, &labels, quick()).unwrap();
        assert_eq!(itself.estimate, 0.0);
        let other = metric_difference(BinaryMetric::AveragePrecision, &better, &worse, &labels, quick()).unwrap();
        assert!(other.interval.unwrap().low > 0.0);
    }

    #[test]
    fn one_class_has_no_auc() {
        assert!(metric_interval(BinaryMetric::Auc, &[0.1, 0.2], &[true, true], quick()).is_none());
        assert!(BinaryMetric::F1 { threshold: 0.5 }.of(&[], &[]).is_nan());
    }
}
