//! Whether a model answers: failed requests against an objective, and p95 latency against the metric's target.

use std::sync::Arc;

use crate::derive::shared::LEVEL;
use crate::derive::shared::histogram::{Group, grouped, merged};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::Measure;
use crate::spec::PanelKind;
use crate::stats::interval::{Interval, Proportion, wilson};
use crate::view::Tone;

/// Share of requests that may fail, unless the panel's option `errorObjective` says otherwise.
const ERROR_OBJECTIVE: f64 = 0.01;

/// What was asked of one side, for all models at once.
pub(super) struct Asked {
    errors: Option<Result<Arc<Frame>, Stop>>,
    requests: Option<Result<Arc<Frame>, Stop>>,
    latency: Option<Result<Arc<Frame>, Stop>>,
}

/// The answers of one side.
#[derive(Default)]
pub(super) struct Served {
    errors: Option<Arc<Frame>>,
    requests: Option<Arc<Frame>>,
    latency: Vec<Group>,
}

/// One model's reliability.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reliability {
    /// Failed requests of all.
    pub(super) failed: Option<Proportion>,
    /// p95 with its interval, in the latency metric's unit, and the requests measured.
    pub(super) p95: Option<(f64, Interval, f64)>,
}

/// What reliability is judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Objectives {
    pub(super) errors: f64,
    pub(super) latency: Option<f64>,
}

impl Objectives {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let errors = context.number("errorObjective").filter(|v| *v > 0.0 && *v < 1.0).unwrap_or(ERROR_OBJECTIVE);
        Self { errors, latency: context.metric("latency").and_then(|m| m.target) }
    }
}

impl Asked {
    pub(super) fn new(context: &Context<'_>, ask: &mut Ask<'_>) -> Self {
        let mut whole = |slot: &str, measure, by: &[&str]| {
            context.metric(slot).map(|metric| ask.series(context, &Wanted::whole(metric, measure, by)))
        };
        let errors = whole("errors", Measure::Increase, &["model"]);
        let errors = errors.or_else(|| whole("errors-by-kind", Measure::Increase, &["model"]));
        Self {
            errors,
            requests: whole("requests", Measure::Increase, &["model"]),
            latency: whole("latency", Measure::Buckets, &["model", "le"]),
        }
    }

    /// The answers; what fails makes the panel partial.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(super) fn read(self, ask: &mut Ask<'_>) -> Result<Served, Stop> {
        let mut get = |answer: Option<Result<Arc<Frame>, Stop>>| answer.map_or(Ok(None), |answer| ask.spare(answer));
        let latency = get(self.latency)?;
        Ok(Served {
            errors: get(self.errors)?,
            requests: get(self.requests)?,
            latency: latency.map(|frame| merged(&grouped(&frame), "model")).unwrap_or_default(),
        })
    }
}

impl Served {
    /// One model's share of these answers.
    pub(super) fn of(&self, model: &str) -> Reliability {
        let total = |frame: &Option<Arc<Frame>>| {
            let own = |s: &&Series| s.labels.get("model") == Some(model);
            let series: Vec<&Series> = frame.iter().flat_map(|f| f.series()).filter(own).collect();
            let sum = series.iter().flat_map(|s| s.y.iter()).filter(|v| v.is_finite()).sum::<f64>();
            (!series.is_empty()).then_some(sum)
        };
        let failed = total(&self.requests).and_then(|requests| {
            // A model that never failed may have no series of failures.
            let failed = total(&self.errors).or(self.errors.is_some().then_some(0.0))?;
            Proportion::new(failed.round() as u64, requests.round() as u64)
        });
        let group = self.latency.iter().find(|group| group.labels.get("model") == Some(model));
        let p95 = group.and_then(Group::total).and_then(|buckets| {
            let n = buckets.total();
            let value = buckets.quantile(0.95);
            let interval = buckets.interval(0.95, n, LEVEL)?;
            (n > 0.0 && value.is_finite()).then_some((value, interval, n))
        });
        Reliability { failed, p95 }
    }
}

impl Reliability {
    /// The state in few words, and the panel that explains it: the worse of failures and latency.
    pub(super) fn state(&self, objectives: Objectives) -> (Tone, String, PanelKind) {
        let failures = self.failed.and_then(|failed| wilson(failed, LEVEL)).map(|i| standing(i, objectives.errors));
        let latency = self.p95.zip(objectives.latency).map(|((_, interval, _), target)| standing(interval, target));
        let allowed = format!("{} %", (objectives.errors * 1_000.0).round() / 10.0);
        match (failures, latency) {
            (Some(Tone::Bad), _) => (Tone::Bad, format!("over {allowed} fail"), PanelKind::Errors),
            (_, Some(Tone::Bad)) => (Tone::Bad, "p95 over its objective".to_owned(), PanelKind::LatencyThroughput),
            (Some(Tone::Warning), _) => (Tone::Warning, format!("near {allowed} failed"), PanelKind::Errors),
            (_, Some(Tone::Warning)) => {
                (Tone::Warning, "p95 near its objective".to_owned(), PanelKind::LatencyThroughput)
            }
            (Some(_), Some(_)) => (Tone::Good, "within objectives".to_owned(), PanelKind::LatencyThroughput),
            (Some(_), None) => (Tone::Good, "failures within objective".to_owned(), PanelKind::Errors),
            (None, Some(_)) => (Tone::Good, "p95 within objective".to_owned(), PanelKind::LatencyThroughput),
            (None, None) if self.p95.is_some() => {
                (Tone::Neutral, "no objective".to_owned(), PanelKind::LatencyThroughput)
            }
            (None, None) => (Tone::Unknown, "no requests".to_owned(), PanelKind::LatencyThroughput),
        }
    }
}

/// Where an interval stands against what it must not exceed; a histogram's bucket does not hold its lower end.
fn standing(interval: Interval, most: f64) -> Tone {
    match () {
        () if interval.high <= most => Tone::Good,
        () if interval.low >= most => Tone::Bad,
        () => Tone::Warning,
    }
}
