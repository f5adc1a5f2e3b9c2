//! How long the blocks of a moving-block bootstrap should be.

use crate::stats::finite::{self, is_present};

/// Block length in rows for the mean of a correlated series.
///
/// The automatic rule of Politis and White (2004) with the correction of Patton, Politis and White (2009), for circular
/// and, to first order, moving blocks. Missing values are left out first. 1 for fewer than four values or a constant;
/// at most a third of the length or three times its root, whichever is less.
pub fn block_length(series: &[f64]) -> usize {
    let values: Vec<f64> = finite::present(series).collect();
    let n = values.len();
    let Some(centre) = finite::mean(&values).filter(|_| n > 3) else {
        return 1;
    };
    let deviations: Vec<f64> = values.iter().map(|value| value - centre).collect();
    let covariance = |lag: usize| {
        let late = deviations.iter().skip(lag);
        late.zip(&deviations).map(|(a, b)| a * b).sum::<f64>() / n as f64
    };
    let variance = covariance(0);
    if variance <= 0.0 {
        return 1;
    }
    let root = (n as f64).sqrt();
    let run = 5_usize.max((n as f64).log10().ceil() as usize);
    let last_lag = (root.ceil() as usize + run).min(n - 1);
    let covariances: Vec<f64> = (0..=last_lag).map(covariance).collect();
    let bound = 2.0 * ((n as f64).log10() / n as f64).sqrt();
    let cut = correlation_end(&covariances, variance, bound, run);
    let window = (2 * cut.max(1)).min(last_lag);
    let (mut weighted, mut spectrum) = (0.0, variance);
    for (lag, cov) in covariances.iter().enumerate().take(window + 1).skip(1) {
        let ratio = lag as f64 / window as f64;
        let taper = if ratio <= 0.5 { 1.0 } else { 2.0 * (1.0 - ratio) };
        weighted += 2.0 * taper * lag as f64 * cov;
        spectrum += 2.0 * taper * cov;
    }
    let ratio = 2.0 * weighted * weighted / (4.0 / 3.0 * spectrum * spectrum);
    let length = (ratio * n as f64).cbrt();
    let ceiling = (3.0 * root).min(n as f64 / 3.0).ceil();
    if is_present(length) { length.min(ceiling).ceil().max(1.0) as usize } else { 1 }
}

/// The first lag of a run of correlations within the bound, as Patton's code and the R package np read the paper;
/// failing that, the last lag outside it.
fn correlation_end(covariances: &[f64], variance: f64, bound: f64, run: usize) -> usize {
    let small: Vec<bool> = covariances.iter().skip(1).map(|cov| (cov / variance).abs() < bound).collect();
    let first_quiet = small.windows(run).position(|window| window.iter().all(|&is_small| is_small));
    first_quiet.or_else(|| small.iter().rposition(|&is_small| !is_small)).map_or(0, |place| place + 1)
}
