//! The interval of a breaking load: what sampling leaves open, and what the model does.
//!
//! Sampling: moving-block bootstrap of the residuals (Künsch, 1989; of residuals, Efron and Tibshirani, 1993, section 9.4), which keeps
//! the loads and the correlation in time. The residuals are widened to the error on held-out parts, since a fit is closest to its own rows.
//! Model: the interval spans both laws where held-out parts do not tell them apart, and both readings of the buckets, an even spread and
//! a log-normal one, since a quantile is known no better than its bucket. Where one bucket holds nearly all latencies, the histogram
//! says on which side of the objective they lie and nothing about their rise: then the interval says no more than that.

use super::LoadRow;
use crate::stats::bootstrap::{self, block_length, bootstrap};
use crate::stats::interval::Interval;
use crate::stats::load_law::{Choice, LoadLaw};

/// Rows outside the commonest bucket that make a rise visible: a share of all, and a number.
const LEAST_OUTSIDE: (f64, usize) = (0.05, 5);

/// What a breaking load is asked for.
#[derive(Clone, Copy)]
pub(super) struct Breaks {
    pub(super) objective: f64,
    pub(super) limit: f64,
    pub(super) config: bootstrap::Config,
}

impl Breaks {
    /// The interval of the breaking load under one law and one reading; `error` is the law's on held-out rows.
    pub(super) fn sampling(&self, rows: &[(f64, f64)], law: &LoadLaw, error: f64) -> Option<Interval> {
        let fitted: Vec<(f64, f64)> = rows.iter().map(|&(load, _)| (load, law.latency(load))).collect();
        let residuals: Vec<f64> = rows.iter().zip(&fitted).map(|(row, fit)| (row.1 / fit.1).ln()).collect();
        let n = residuals.len() as f64;
        let mean = residuals.iter().sum::<f64>() / n;
        let spread = (residuals.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt();
        // The rule's length is for the mean, at the least error; twice that keeps more of the correlation that its ends cut off.
        let block_rows = 2 * block_length(&residuals);
        // Two numbers were fitted, to as many independent blocks.
        let n_blocks = (n / block_rows as f64).max(4.0);
        let freedom = (n_blocks / (n_blocks - 2.0)).sqrt();
        let scale = if spread > 0.0 { freedom.max(error / spread) } else { 1.0 };
        let design = bootstrap::Design::Blocks { n: residuals.len(), block_rows };
        let drawn_break = |drawn: &[usize]| {
            let drawn = drawn.iter().filter_map(|&row| residuals.get(row));
            let row = |(&(load, fit), residual): (&(f64, f64), &f64)| (load, fit * ((residual - mean) * scale).exp());
            let rows: Vec<(f64, f64)> = fitted.iter().zip(drawn).map(row).collect();
            self.of(law, &rows)
        };
        bootstrap(design, self.config, drawn_break)?.interval
    }

    /// The breaking load of a law fitted again, cut at the limit.
    fn of(&self, law: &LoadLaw, rows: &[(f64, f64)]) -> f64 {
        law.refitted(rows).map_or(f64::NAN, |law| law.breaking_load(self.objective).min(self.limit))
    }

    /// The interval widened by the other law, the other reading of the buckets and what one bucket allows.
    pub(super) fn with_model_error(&self, sampling: Interval, rows: &[LoadRow], choice: &Choice) -> Interval {
        let even: Vec<(f64, f64)> = rows.iter().map(|row| (row.load, row.latency)).collect();
        let mut spans = vec![sampling];
        if let Some(rival) = &choice.rival {
            spans.extend(self.sampling(&even, rival, choice.error));
        }
        if rows.iter().any(|row| row.latency != row.other_latency) {
            let other: Vec<(f64, f64)> = rows.iter().map(|row| (row.load, row.other_latency)).collect();
            let laws = [Some(choice.law), choice.rival].into_iter().flatten();
            spans.extend(laws.filter_map(|law| self.sampling(&other, &law.refitted(&other)?, choice.error)));
        }
        let widest = spans.iter().fold(sampling, |a, b| hull(a, b.low, b.high));
        only_bucket(rows).map_or(widest, |bucket| self.within_bucket(widest, bucket, rows))
    }

    /// All loads that an only bucket does not speak against.
    fn within_bucket(&self, found: Interval, bucket: Interval, rows: &[LoadRow]) -> Interval {
        let highest = rows.iter().map(|row| row.load).fold(0.0, f64::max);
        let holds_everywhere = bucket.high <= self.objective;
        let breaks_everywhere = bucket.low >= self.objective;
        let low = if holds_everywhere { highest } else { 0.0 };
        let high = if breaks_everywhere { found.high } else { self.limit };
        hull(found, low, high)
    }
}

fn hull(a: Interval, low: f64, high: f64) -> Interval {
    Interval::new(a.low.min(low), a.high.max(high)).unwrap_or(a)
}

/// The bucket that holds all latencies but a few; `None` where several share them or latencies were measured.
pub(super) fn only_bucket(rows: &[LoadRow]) -> Option<Interval> {
    let mut buckets: Vec<(Interval, usize)> = Vec::new();
    for row in rows {
        match buckets.iter_mut().find(|(bucket, _)| *bucket == row.bucket) {
            Some((_, n)) => *n += 1,
            None => buckets.push((row.bucket, 1)),
        }
        // Measured latencies are points, as many as there are rows.
        if buckets.len() > 64 {
            return None;
        }
    }
    let (bucket, n) = buckets.into_iter().max_by_key(|(_, n)| *n)?;
    let wanted = LEAST_OUTSIDE.1.max((LEAST_OUTSIDE.0 * rows.len() as f64).ceil() as usize);
    (bucket.width() > 0.0 && rows.len() - n < wanted).then_some(bucket)
}
