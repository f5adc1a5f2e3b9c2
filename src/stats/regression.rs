//! Errors of a regression: RMSE, MAE, R2 and MAPE over rows of actual and predicted values.
//!
//! A row with a missing or non-finite side is left out and counted, never filled.

/// The four scores of a regression with what they rest on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegressionReport {
    /// Rows used.
    pub n: usize,
    /// Rows left out because the actual or the predicted value is missing or not finite.
    pub n_missing: usize,
    /// Root mean squared error, in the target's unit.
    pub rmse: f64,
    /// Mean absolute error, in the target's unit.
    pub mae: f64,
    /// Share of variance explained; `None` below two rows.
    ///
    /// Like scikit-learn, a constant target gives 1 for a perfect prediction and 0 otherwise.
    pub r2: Option<f64>,
    /// Mean absolute error relative to the actual value, as a ratio (0.1 is ten per cent).
    ///
    /// Like scikit-learn, the divisor is at least 2.2e-16, so a target of 0 makes it astronomically large.
    pub mape: f64,
    /// Rows whose actual value is 0, where `mape` means nothing.
    pub n_zero: usize,
}

/// Scores `predicted` against `actual`; `None` if no complete row is left.
///
/// Rows beyond the shorter slice are counted as missing.
pub fn regression_report(actual: &[f64], predicted: &[f64]) -> Option<RegressionReport> {
    let is_complete = |(a, p): &(&f64, &f64)| a.is_finite() && p.is_finite();
    let rows: Vec<(f64, f64)> = actual.iter().zip(predicted).filter(is_complete).map(|(a, p)| (*a, *p)).collect();
    if rows.is_empty() {
        return None;
    }
    let n = rows.len() as f64;
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| rows.iter().map(of).sum::<f64>() / n;
    let mean_squared = mean(&|(a, p)| (a - p).powi(2));
    let centre = mean(&|(a, _)| *a);
    let variance = mean(&|(a, _)| (a - centre).powi(2));
    Some(RegressionReport {
        n: rows.len(),
        n_missing: actual.len().max(predicted.len()) - rows.len(),
        rmse: mean_squared.sqrt(),
        mae: mean(&|(a, p)| (a - p).abs()),
        r2: (rows.len() >= 2).then(|| r2(mean_squared, variance)),
        mape: mean(&|(a, p)| (a - p).abs() / a.abs().max(f64::EPSILON)),
        n_zero: rows.iter().filter(|(a, _)| *a == 0.0).count(),
    })
}

fn r2(mean_squared: f64, variance: f64) -> f64 {
    match (mean_squared == 0.0, variance == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - mean_squared / variance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_rows_are_left_out_and_counted() {
        let report = regression_report(&[1.0, f64::NAN, 3.0, 4.0], &[1.0, 2.0, f64::INFINITY, 6.0]).unwrap();
        assert_eq!((report.n, report.n_missing), (2, 2));
        assert_eq!((report.mae, report.rmse, report.mape), (1.0, 2.0_f64.sqrt(), 0.25));
    }

    #[test]
    fn constant_target_scores_one_or_zero() {
        assert_eq!(regression_report(&[2.0, 2.0], &[2.0, 2.0]).unwrap().r2, Some(1.0));
        assert_eq!(regression_report(&[2.0, 2.0], &[2.0, 3.0]).unwrap().r2, Some(0.0));
        assert_eq!(regression_report(&[2.0], &[3.0]).unwrap().r2, None);
    }

    #[test]
    fn nothing_to_score_is_none() {
        assert_eq!(regression_report(&[], &[]), None);
        assert_eq!(regression_report(&[f64::NAN], &[1.0]), None);
    }

    #[test]
    fn zero_targets_are_named() {
        assert_eq!(regression_report(&[0.0, 1.0], &[1.0, 1.0]).unwrap().n_zero, 1);
    }
}
