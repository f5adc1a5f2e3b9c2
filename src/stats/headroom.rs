//! Head-room: the load at which a latency objective breaks, with its interval.
//!
//! No answer goes beyond 1.5 times the highest load seen: from there it is "at least".

use super::bootstrap::{self, block_length, bootstrap};
use super::interval::Interval;
use super::load_law::{LoadLaw, choose_law, fit_linear, fit_queueing};

/// How far beyond the highest load seen a law is believed.
pub const MAX_EXTRAPOLATION: f64 = 1.5;

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
    /// Its moving-block bootstrap interval under the same law; `None` if it could not be computed.
    ///
    /// Ends are cut at the limit of extrapolation: an end there means "at least".
    pub interval: Option<Interval>,
    /// The highest load seen.
    pub highest_load: f64,
    /// Whether the objective was already missed at a load seen, so that the answer is not extrapolated.
    pub is_within_data: bool,
    /// Rows used: both load and latency positive and finite.
    pub n: usize,
}

impl Headroom {
    /// The load beyond which the law is not believed.
    pub fn limit(&self) -> f64 {
        MAX_EXTRAPOLATION * self.highest_load
    }
}

/// Fits `latencies` by `loads`, a series in the order of time, and finds where `objective` (a latency) breaks.
///
/// Load is per replica where replicas change. Rows with a missing, non-finite or non-positive side are left out.
/// Takes O(n x `n_resamples`); 300 resamples of a series cut to 500 rows are a fraction of a second.
/// `None` below ten rows, with one load only, or unless the objective is positive and finite.
pub fn headroom(loads: &[f64], latencies: &[f64], objective: f64, config: bootstrap::Config) -> Option<Headroom> {
    let is_usable = |row: &(f64, f64)| row.0.is_finite() && row.1.is_finite() && row.0 > 0.0 && row.1 > 0.0;
    let rows: Vec<(f64, f64)> = loads.iter().copied().zip(latencies.iter().copied()).filter(is_usable).collect();
    if !objective.is_finite() || objective <= 0.0 {
        return None;
    }
    let (law, held_out_error) = choose_law(&rows)?;
    let highest_load = rows.iter().map(|row| row.0).fold(0.0, f64::max);
    let limit = MAX_EXTRAPOLATION * highest_load;
    let load = law.breaking_load(objective);
    let breaking = if load < limit { BreakingLoad::At(load) } else { BreakingLoad::AtLeast(limit) };
    Some(Headroom {
        law,
        held_out_error,
        breaking,
        interval: interval(&rows, &law, objective, limit, config),
        highest_load,
        is_within_data: load <= highest_load,
        n: rows.len(),
    })
}

fn interval(
    rows: &[(f64, f64)],
    law: &LoadLaw,
    objective: f64,
    limit: f64,
    config: bootstrap::Config,
) -> Option<Interval> {
    let log_errors: Vec<f64> = rows.iter().map(|row| (row.1 / law.latency(row.0)).ln()).collect();
    let design = bootstrap::Design::Blocks { n: rows.len(), block_rows: block_length(&log_errors) };
    let result = bootstrap(design, config, |drawn| {
        let drawn: Vec<(f64, f64)> = drawn.iter().filter_map(|&row| rows.get(row).copied()).collect();
        let refitted = match law {
            LoadLaw::Queueing { .. } => fit_queueing(&drawn),
            LoadLaw::Linear { .. } => fit_linear(&drawn),
        };
        refitted.map_or(f64::NAN, |law| law.breaking_load(objective).min(limit))
    });
    result?.interval
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    /// A day's load curve with latency by the queueing law of capacity 100 and 5 % noise.
    fn day(highest_load: f64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = Rng::new(3);
        let load = |i: i32| highest_load * (0.55 - 0.45 * (f64::from(i) / 288.0 * std::f64::consts::TAU).cos());
        let loads: Vec<f64> = (0..288).map(load).collect();
        let latencies = loads.iter().map(|load| 20.0 / (1.0 - load / 100.0) * (0.05 * rng.normal()).exp()).collect();
        (loads, latencies)
    }

    fn quick() -> bootstrap::Config {
        bootstrap::Config { n_resamples: 200, ..bootstrap::Config::default() }
    }

    #[test]
    fn a_known_breaking_point_is_found() {
        let (loads, latencies) = day(70.0);
        let headroom = headroom(&loads, &latencies, 100.0, quick()).unwrap();
        let BreakingLoad::At(load) = headroom.breaking else { panic!("{headroom:?}") };
        assert!((load - 80.0).abs() < 3.0, "{headroom:?}");
        let interval = headroom.interval.unwrap();
        assert!(interval.contains(80.0) && interval.width() < 8.0 && !headroom.is_within_data);
    }

    #[test]
    fn nothing_is_said_beyond_one_and_a_half_times_the_highest_load() {
        let (loads, latencies) = day(40.0);
        let headroom = headroom(&loads, &latencies, 1_000.0, quick()).unwrap();
        assert_eq!(headroom.breaking, BreakingLoad::AtLeast(headroom.limit()));
        assert!(headroom.interval.unwrap().high <= headroom.limit() && headroom.highest_load <= 40.0);
    }

    #[test]
    fn an_objective_below_the_base_is_broken_already() {
        let (loads, latencies) = day(70.0);
        let headroom = headroom(&loads, &latencies, 5.0, quick()).unwrap();
        assert_eq!((headroom.breaking, headroom.is_within_data), (BreakingLoad::At(0.0), true));
    }

    #[test]
    fn too_little_to_fit_is_none() {
        assert_eq!(headroom(&[1.0; 5], &[1.0; 5], 3.0, quick()), None);
        assert_eq!(headroom(&[1.0; 50], &[1.0; 50], 3.0, quick()), None);
        let (loads, latencies) = day(70.0);
        assert_eq!(headroom(&loads, &latencies, f64::NAN, quick()), None);
    }
}
