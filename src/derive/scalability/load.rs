//! Load against latency: the pairs of each time step, the law behind them, and where the objective breaks.

use std::collections::BTreeMap;

use crate::derive::shared::histogram::Group;
use crate::derive::shared::{LEVEL, lines};
use crate::derive::{Context, shared::figures};
use crate::frame::{Frame, Labels};
use crate::spec::MetricSpec;
use crate::stats::bootstrap::{Config, Method};
use crate::stats::headroom::{BreakingLoad, Headroom, headroom};
use crate::stats::load_law::{LoadLaw, choose_law};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Figure, Line, LineRole, Reading, Scatter, ScatterPoint, Summary, Tone};

/// A p95 of fewer requests is their maximum at best.
const LEAST_REQUESTS: f64 = 20.0;
/// Rows that the bootstrap sees; a longer series is cut to every so-many-th step.
const MAX_ROWS: usize = 300;
const N_RESAMPLES: usize = 300;
/// Points of the drawn law.
const N_CURVE: usize = 48;

/// One time step of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    at_ms: f64,
    /// Requests a second, all versions and replicas.
    load: f64,
    /// Requests a second of one ready replica; `NaN` where the replicas are not known.
    per_replica: f64,
    /// Seconds, or whatever the latency metric has.
    p95: f64,
}

/// What the load is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    All,
    Replica,
}

impl Step {
    fn load_by(&self, basis: Basis) -> f64 {
        match basis {
            Basis::All => self.load,
            Basis::Replica => self.per_replica,
        }
    }
}

/// The steps of each model, from buckets added up by model, rates and ready replicas by model and version.
///
/// Steps with too few requests for a p95 are left out and counted.
pub(super) fn steps(
    groups: &[Group],
    rates: Option<&Frame>,
    ready: Option<&Frame>,
) -> (BTreeMap<String, Vec<Step>>, usize) {
    let rates = sums(rates);
    let ready = sums(ready);
    let mut n_thin = 0;
    let mut found = BTreeMap::new();
    for group in groups {
        let Some(model) = group.labels.get("model") else { continue };
        let mut steps = Vec::new();
        for (point, &at_ms) in group.x().iter().enumerate() {
            let Some(buckets) = group.at(point) else { continue };
            let at = |sums: &Sums| sums.get(model).and_then(|of| of.get(&(at_ms as i64))).copied().unwrap_or(f64::NAN);
            let load = at(&rates);
            if !load.is_finite() || load <= 0.0 || !buckets.total().is_finite() {
                continue;
            }
            if buckets.total() < LEAST_REQUESTS {
                n_thin += 1;
                continue;
            }
            let n_ready = at(&ready);
            let per_replica = if n_ready > 0.0 { load / n_ready } else { f64::NAN };
            let p95 = buckets.quantile(0.95);
            if p95.is_finite() {
                steps.push(Step { at_ms, load, per_replica, p95 });
            }
        }
        if !steps.is_empty() {
            found.insert(model.to_owned(), steps);
        }
    }
    (found, n_thin)
}

type Sums = BTreeMap<String, BTreeMap<i64, f64>>;

/// Values added up by model and instant.
fn sums(frame: Option<&Frame>) -> Sums {
    let mut sums = Sums::new();
    for series in frame.map_or(&[][..], Frame::series) {
        let Some(model) = series.labels.get("model") else { continue };
        let of_model = sums.entry(model.to_owned()).or_default();
        for (x, y) in series.points().filter(|(_, y)| y.is_finite()) {
            *of_model.entry(x as i64).or_default() += y;
        }
    }
    sums
}

/// The steps that are used: evenly thinned, in the order of time, both sides known.
fn thinned(steps: &[Step], basis: Basis) -> (Vec<f64>, Vec<f64>) {
    let usable: Vec<&Step> = steps.iter().filter(|s| s.load_by(basis).is_finite() && s.p95 > 0.0).collect();
    let every = usable.len().div_ceil(MAX_ROWS).max(1);
    usable.iter().step_by(every).map(|s| (s.load_by(basis), s.p95)).unzip()
}

fn law(steps: &[Step], basis: Basis) -> Option<(LoadLaw, f64)> {
    let (loads, latencies) = thinned(steps, basis);
    choose_law(&loads.into_iter().zip(latencies).collect::<Vec<_>>())
}

/// The load that predicts latency better on held-out stretches; all of it where that cannot be told.
pub(super) fn better_basis(steps: &[Step]) -> Basis {
    match (law(steps, Basis::All), law(steps, Basis::Replica)) {
        (Some((_, all)), Some((_, replica))) if replica < all => Basis::Replica,
        _ => Basis::All,
    }
}

/// How many times the highest load seen can grow before the objective breaks, without an interval; to find the tightest model.
pub(super) fn room(steps: &[Step], objective: f64) -> Option<f64> {
    let (law, _) = law(steps, Basis::All)?;
    let highest = steps.iter().map(|s| s.load).fold(0.0, f64::max);
    Some(law.breaking_load(objective) / highest).filter(|r| !r.is_nan())
}

/// The law of a model's steps and where the objective breaks.
pub(super) fn find(steps: &[Step], basis: Basis, objective: f64) -> Option<Headroom> {
    let (loads, latencies) = thinned(steps, basis);
    let config = Config { method: Method::Percentile, n_resamples: N_RESAMPLES, level: LEVEL, ..Config::default() };
    headroom(&loads, &latencies, objective, config)
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
        "{law} fitted to load and p95 of each time step, {:.0} % off on held-out stretches; moving-block bootstrap",
        found.held_out_error * 100.0
    );
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
            figure.value = Some(load);
            figure.low = found.interval.map(|i| i.low);
            method.push_str("; no answer beyond 1.5 times the highest load seen");
        }
    }
    figure.method = Some(method);
    figure
}

/// What follows, in words.
pub(super) fn sentence(found: &Headroom, title: &str, basis: Basis, objective: f64, latency: &MetricSpec) -> Summary {
    let load_unit = Unit::from("reqps");
    let each = if basis == Basis::Replica { " for each ready replica" } else { "" };
    let seen = format!("{each}; the highest load seen is ");
    let (start, load) = match found.breaking {
        BreakingLoad::At(load) => ("breaks its p95 objective of ", load),
        BreakingLoad::AtLeast(load) => ("keeps its p95 objective of ", load),
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

/// Load against p95, the law with its band, the objective, and where they meet.
pub(super) fn scatter(
    context: &Context<'_>,
    latency: &MetricSpec,
    model: &str,
    steps: &[Step],
    basis: Basis,
    found: Option<&Headroom>,
) -> Scatter {
    let point = |step: &Step| ScatterPoint {
        x: step.load_by(basis),
        y: step.p95,
        shade: f64::NAN,
        title: lines::title(context, &Labels::new().with("model", model)),
        key: format!("{:.0}", step.at_ms),
        entity: model.to_owned(),
        focus: true,
    };
    let objective = latency.target;
    let mut drawn = Vec::new();
    if let Some(found) = found {
        drawn.push(curve(found, model, objective));
        drawn.extend(objective.and_then(|objective| meeting(found, objective)));
    }
    Scatter {
        metric: latency.id.clone(),
        x: AxisSpec {
            title: match basis {
                Basis::All => "Requests a second".to_owned(),
                Basis::Replica => "Requests a second of a ready replica".to_owned(),
            },
            unit: Unit::from("reqps"),
            ..AxisSpec::default()
        },
        y: AxisSpec { title: "p95".to_owned(), unit: latency.unit.clone(), min: Some(0.0), ..AxisSpec::default() },
        points: steps.iter().filter(|s| s.load_by(basis).is_finite()).map(point).collect(),
        lines: drawn,
        readings: objective
            .map(|value| Reading { value, title: "objective".to_owned(), tone: Tone::Warning })
            .into_iter()
            .collect(),
        ..Scatter::default()
    }
}

/// The law up to the limit of what is claimed; the band is where 95 % of the steps are expected.
fn curve(found: &Headroom, model: &str, objective: Option<f64>) -> Line {
    let top = objective.map_or(f64::INFINITY, |o| o * 1.5);
    let x: Vec<f64> = (0..=N_CURVE).map(|i| found.limit() * i as f64 / N_CURVE as f64).collect();
    // Close to the capacity the law leaves every picture; it is drawn to half above the objective.
    let kept: Vec<f64> = x.into_iter().filter(|&load| found.law.latency(load) <= top).collect();
    let y: Vec<f64> = kept.iter().map(|&load| found.law.latency(load)).collect();
    let factor = (crate::stats::dist::z_of_level(LEVEL) * found.held_out_error).exp();
    Line {
        title: "fitted law".to_owned(),
        series: Labels::new().with("model", model).with("part", "law"),
        entity: model.to_owned(),
        low: y.iter().map(|v| v / factor).collect(),
        high: y.iter().map(|v| v * factor).collect(),
        x: kept,
        y,
        ..Line::default()
    }
}

/// The interval of the breaking load as a stretch of the objective.
fn meeting(found: &Headroom, objective: f64) -> Option<Line> {
    let interval = found.interval?;
    Some(Line {
        title: "objective breaks".to_owned(),
        series: Labels::new().with("part", "breaking-load"),
        role: LineRole::Guide,
        x: vec![interval.low, interval.high],
        y: vec![objective, objective],
        ..Line::default()
    })
}
