//! The law behind load and latency, and where the objective breaks.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::steps::{Basis, Step};
use crate::derive::Ask;
use crate::derive::shared::{LEVEL, figures};
use crate::frame::Labels;
use crate::spec::MetricSpec;
use crate::stats::bootstrap::{Config, Method};
use crate::stats::headroom::{BreakingLoad, Headroom, LoadRow, headroom};
use crate::stats::interval::Interval;
use crate::stats::load_law::{Choice, LoadLaw, choose_law};
use crate::units::{Direction, Unit};
use crate::view::{Figure, Summary};

/// Resamples of each law and reading.
const N_RESAMPLES: usize = 200;

fn law(steps: &[Step], basis: Basis) -> Option<Choice> {
    let rows = steps.iter().map(|step| (step.load_by(basis), step.p95));
    choose_law(&rows.filter(|(load, p95)| load.is_finite() && *p95 > 0.0).collect::<Vec<_>>())
}

/// The load that predicts latency better on held-out stretches; all of it where that cannot be told.
pub(super) fn better_basis(steps: &[Step]) -> Basis {
    match (law(steps, Basis::All), law(steps, Basis::Replica)) {
        (Some(all), Some(replica)) if replica.error < all.error => Basis::Replica,
        _ => Basis::All,
    }
}

/// How many times the highest load seen can grow before the objective breaks, without an interval; to find the tightest model.
pub(super) fn room(steps: &[Step], objective: f64) -> Option<f64> {
    let law = law(steps, Basis::All)?.law;
    let highest = steps.iter().map(|s| s.load).fold(0.0, f64::max);
    Some(law.breaking_load(objective) / highest).filter(|r| !r.is_nan())
}

/// The law of a model's steps and where the objective breaks. Kept by its content: the steps are put together anew at each derivation,
/// and the resamples take seconds.
pub(super) fn find(ask: &Ask<'_>, steps: &[Step], basis: Basis, objective: f64) -> Option<Headroom> {
    let rows: Vec<LoadRow> = steps.iter().map(|step| step.row(basis)).collect();
    let config = Config { method: Method::Percentile, n_resamples: N_RESAMPLES, level: LEVEL, ..Config::default() };
    let key = format!("head-room {:016x}", content(&rows, objective));
    Option::clone(&ask.kept(&[], &key, || headroom(&rows, objective, config)))
}

/// A hash of all that the fit depends on.
fn content(rows: &[LoadRow], objective: f64) -> u64 {
    let mut hasher = DefaultHasher::new();
    objective.to_bits().hash(&mut hasher);
    for row in rows {
        for number in [row.load, row.latency, row.other_latency, row.bucket.low, row.bucket.high] {
            number.to_bits().hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// What would narrow the interval: finer buckets, where one holds nearly every p95.
pub(super) fn advice(found: &Headroom, latency: &MetricSpec) -> Option<String> {
    let bucket = found.only_bucket?;
    let unit = latency.unit.id();
    Some(format!(
        "nearly every p95 lies in one bucket of the histogram, {} to {} {unit}: how latency rises within it is not known; finer buckets would narrow the head-room",
        bucket.low, bucket.high
    ))
}

/// The answer as a figure: the breaking load, or "at least" the limit of what can be said.
pub(super) fn figure(found: &Headroom, model: &str, basis: Basis) -> Figure {
    let mut figure = figures::named("headroom", "Head-room", "reqps", Direction::Higher);
    figure.series = Labels::new().with("model", model);
    if basis == Basis::Replica {
        figure.series.set("by", "replica");
        "Head-room of a replica".clone_into(&mut figure.title);
    }
    figure.n = Some(found.n as f64);
    let limit = found.limit();
    let law = match found.law {
        LoadLaw::Queueing { .. } => "queueing law",
        LoadLaw::Linear { .. } => "linear law",
    };
    let mut method = format!(
        "{law} fitted to load and p95 of each time step, {:.0} % off on held-out stretches; the interval spans moving-block bootstraps of the residuals under both readings of the buckets and under both laws where they predict alike",
        found.held_out_error * 100.0
    );
    if let Some(Interval { low, high }) = found.sampling {
        method = format!("{method}; sampling alone leaves {low:.1} to {high:.1}");
    }
    match found.breaking {
        BreakingLoad::At(load) => {
            figure.value = Some(load);
            figure.low = found.interval.map(|i| i.low);
            // An end at the limit of extrapolation is open.
            figure.high = found.interval.map(|i| i.high).filter(|&high| high < limit * (1.0 - 1e-9));
            if found.interval.is_some() && figure.high.is_none() {
                method
                    .push_str("; the upper end lies beyond 1.5 times the highest load seen, where nothing is claimed");
            }
        }
        BreakingLoad::AtLeast(load) => {
            figure.title.push_str(", at least");
            figure.value = Some(sure(found, load));
            method.push_str("; no answer beyond 1.5 times the highest load seen");
        }
    }
    figure.method = Some(method);
    figure
}

/// The load up to which the objective is sure to hold, where the law alone would say more.
fn sure(found: &Headroom, load: f64) -> f64 {
    found.interval.map_or(load, |interval| interval.low.min(load))
}

/// What follows, in words.
pub(super) fn sentence(found: &Headroom, title: &str, basis: Basis, objective: f64, latency: &MetricSpec) -> Summary {
    let load_unit = Unit::from("reqps");
    let each = if basis == Basis::Replica { " for each ready replica" } else { "" };
    let seen = format!("{each}; the highest load seen is ");
    let (start, load) = match found.breaking {
        BreakingLoad::At(load) => ("breaks its p95 objective of ", load),
        BreakingLoad::AtLeast(load) => ("keeps its p95 objective of ", sure(found, load)),
    };
    let until = match found.breaking {
        BreakingLoad::At(_) => " at ",
        BreakingLoad::AtLeast(_) => " up to at least ",
    };
    let mut said =
        Summary::text(format!("{title} {start}")).value(objective, &latency.unit).then(until).value(load, &load_unit);
    if let (BreakingLoad::At(_), Some(interval)) = (found.breaking, found.interval) {
        said = said.then(" (").value(interval.low, &load_unit);
        said = if interval.high < found.limit() * (1.0 - 1e-9) {
            said.then(" to ").value(interval.high, &load_unit).then(")")
        } else {
            said.then(" or more)")
        };
    }
    said.then(seen).value(found.highest_load, &load_unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_told_apart_by_every_number() {
        let rows = [LoadRow::measured(1.0, 0.1).unwrap(), LoadRow::measured(2.0, 0.2).unwrap()];
        let changed = |change: fn(&mut LoadRow)| {
            let mut other = rows;
            change(&mut other[1]);
            content(&other, 0.25)
        };
        let all = [
            content(&rows, 0.25),
            content(&rows, 0.5),
            content(&rows[..1], 0.25),
            changed(|row| row.load = 3.0),
            changed(|row| row.latency = 0.3),
            changed(|row| row.other_latency = 0.3),
            changed(|row| row.bucket.low = 0.1),
            changed(|row| row.bucket.high = 0.3),
        ];
        let distinct: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(content(&rows, 0.25), all[0]);
    }
}
