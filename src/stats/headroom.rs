//! Head-room: the load at which a latency objective breaks, with its interval.
//!
//! No answer goes beyond 1.5 times the highest load seen: from there it is "at least".

mod model_error;

use super::bootstrap;
use super::interval::Interval;
use super::load_law::{Choice, LoadLaw, choose_law};

/// How far beyond the highest load seen a law is believed.
pub const MAX_EXTRAPOLATION: f64 = 1.5;

/// What was seen in one step of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadRow {
    /// Load; per replica where replicas change.
    pub load: f64,
    /// Latency as a histogram's even spread reads it, or as measured.
    pub latency: f64,
    /// The other reading that the histogram allows; the same where the latency was measured.
    pub other_latency: f64,
    /// The histogram's bucket that holds it; a point where the latency was measured.
    pub bucket: Interval,
}

impl LoadRow {
    /// A latency that was measured; `None` for one that is not a number.
    pub fn measured(load: f64, latency: f64) -> Option<Self> {
        Some(Self { load, latency, other_latency: latency, bucket: Interval::new(latency, latency)? })
    }

    fn is_usable(&self) -> bool {
        [self.load, self.latency, self.other_latency].iter().all(|v| v.is_finite() && *v > 0.0)
    }
}

/// Where the objective breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BreakingLoad {
    /// At this load, in the data's unit; 0 if the objective is missed without load.
    At(f64),
    /// Not up to this load, beyond which nothing is known.
    AtLeast(f64),
}

/// The fitted law and what it says about the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Headroom {
    /// The law that predicted held-out parts of the series best.
    pub law: LoadLaw,
    /// Its error there: root mean square of the log latency.
    pub held_out_error: f64,
    /// Where the objective breaks.
    pub breaking: BreakingLoad,
    /// Its interval, of sampling and of the model; `None` if it could not be computed.
    ///
    /// Ends are cut at the limit of extrapolation: an end there means "at least".
    pub interval: Option<Interval>,
    /// The part of the interval that comes from sampling alone, were the law and the reading of the buckets right.
    pub sampling: Option<Interval>,
    /// The one bucket that holds nearly all latencies, so that the histogram tells nothing of how they rise with the load.
    pub only_bucket: Option<Interval>,
    /// The highest load seen.
    pub highest_load: f64,
    /// Whether the objective was already missed at a load seen, so that the answer is not extrapolated.
    pub is_within_data: bool,
    /// Rows used: load and latency positive and finite.
    pub n: usize,
}

impl Headroom {
    /// The load beyond which the law is not believed.
    pub fn limit(&self) -> f64 {
        MAX_EXTRAPOLATION * self.highest_load
    }
}

/// Fits the latencies of `rows`, a series in the order of time, by their loads, and finds where `objective` (a latency) breaks.
///
/// Rows with a missing, non-finite or non-positive side are left out.
/// Takes O(n x `n_resamples`), up to four times; 200 resamples of 1,000 rows are a fraction of a second.
/// `None` below ten rows, with one load only, or unless the objective is positive and finite.
pub fn headroom(rows: &[LoadRow], objective: f64, config: bootstrap::Config) -> Option<Headroom> {
    let rows: Vec<LoadRow> = rows.iter().copied().filter(LoadRow::is_usable).collect();
    if !objective.is_finite() || objective <= 0.0 {
        return None;
    }
    let even: Vec<(f64, f64)> = rows.iter().map(|row| (row.load, row.latency)).collect();
    let choice = choose_law(&even)?;
    let Choice { law, error, .. } = choice;
    let highest_load = rows.iter().map(|row| row.load).fold(0.0, f64::max);
    let limit = MAX_EXTRAPOLATION * highest_load;
    let load = law.breaking_load(objective);
    let breaking = if load < limit { BreakingLoad::At(load) } else { BreakingLoad::AtLeast(limit) };
    let breaks = model_error::Breaks { objective, limit, config };
    let sampling = breaks.sampling(&even, &law, error);
    Some(Headroom {
        law,
        held_out_error: error,
        breaking,
        interval: sampling.map(|sampling| breaks.with_model_error(sampling, &rows, &choice)),
        sampling,
        only_bucket: model_error::only_bucket(&rows),
        highest_load,
        is_within_data: load <= highest_load,
        n: rows.len(),
    })
}

#[cfg(test)]
mod tests;
