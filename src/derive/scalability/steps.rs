//! Load against latency: the pairs of each time step that a law can be fitted to.
//!
//! The steps are ten minutes whatever the range, since a step over a changing load gives one latency for many loads and bends the law.
//! A long range is fitted by its last days instead, and the panel says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::shared::histogram::{self, Group};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::{Measure, TimeRange};
use crate::stats::headroom::LoadRow;
use crate::stats::interval::Interval;

/// A p95 of fewer requests is their maximum at best.
const LEAST_REQUESTS: f64 = 20.0;
/// The coarsest step, in milliseconds; shorter ranges have the finest of [`STEPS_MS`] that still gives enough of them.
const STEP_MS: i64 = 600_000;
const STEPS_MS: [i64; 3] = [300_000, 120_000, 60_000];
/// Steps below which a finer one is taken.
const FEW_STEPS: i64 = 24;
/// The longest range that is fitted: about a thousand steps, and a whole week of load.
const MAX_RANGE_MS: i64 = 7 * 86_400_000;
/// How far the load may move within a step, or from one to the next, as a share of it.
const STEADY: f64 = 0.25;
/// Standard deviations of counted requests that are no movement.
const N_SIGMAS: f64 = 4.0;

/// One time step of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) at_ms: f64,
    /// Requests a second, all versions and replicas.
    pub(super) load: f64,
    /// Requests a second of one ready replica; `NaN` where the replicas are not known or changed.
    pub(super) per_replica: f64,
    /// Seconds, or whatever the latency metric has, as Prometheus reads it.
    pub(super) p95: f64,
    /// The lower reading of the same buckets.
    pub(super) other_p95: f64,
    /// The bucket that holds it.
    pub(super) bucket: Interval,
}

/// What the load is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    All,
    Replica,
}

impl Step {
    pub(super) fn load_by(&self, basis: Basis) -> f64 {
        match basis {
            Basis::All => self.load,
            Basis::Replica => self.per_replica,
        }
    }

    /// As the law is fitted to it.
    pub(super) fn row(&self, basis: Basis) -> LoadRow {
        LoadRow { load: self.load_by(basis), latency: self.p95, other_latency: self.other_p95, bucket: self.bucket }
    }
}

/// The usable steps of each model, in the order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) by_model: BTreeMap<String, Vec<Step>>,
    /// Steps with too few requests for a p95.
    pub(super) n_thin: usize,
    /// Steps over a changing load.
    pub(super) n_mixed: usize,
}

impl Steps {
    pub(super) fn of(&self, model: &str) -> &[Step] {
        self.by_model.get(model).map_or(&[], Vec::as_slice)
    }
}

/// The answers behind the steps of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct StepFrames {
    buckets: Option<Arc<Frame>>,
    requests: Option<Arc<Frame>>,
    ready: Option<Arc<Frame>>,
}

/// An answer to a question that the panel can do without; `None` where there was nothing to ask.
pub(super) type Answer = Option<Result<Arc<Frame>, Stop>>;

/// The range that is fitted and its step in milliseconds.
pub(super) fn fitted_range(range: TimeRange) -> (TimeRange, i64) {
    let width = range.width_ms();
    let is_enough = |step: &i64| width / step >= FEW_STEPS;
    let finer = || STEPS_MS.into_iter().find(is_enough).unwrap_or(60_000);
    let step_ms = if is_enough(&STEP_MS) { STEP_MS } else { finer() };
    (TimeRange::new(range.to_ms - width.min(MAX_RANGE_MS), range.to_ms), step_ms)
}

impl StepFrames {
    /// Asks for buckets, rates and ready replicas of a side, step by step.
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>) -> [Answer; 3] {
        let (range, step_ms) = fitted_range(context.range);
        let mut over = |slot: &str, measure: Measure, by: &[&str]| {
            let wanted = Wanted::over_time(context.metric(slot)?, measure, by).within(range).every(step_ms);
            Some(ask.series(context, &wanted))
        };
        [
            over("latency", Measure::Buckets, &["model", "le"]),
            over("requests", Measure::Rate, &["model"]),
            over("replicas-ready", Measure::Gauge, &["model", "version"]),
        ]
    }

    /// Takes the answers.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(super) fn take(ask: &mut Ask<'_>, answers: [Answer; 3]) -> Result<Self, Stop> {
        let [buckets, requests, ready] = answers;
        let mut get = |answer: Answer| answer.map_or(Ok(None), |answer| ask.spare(answer));
        Ok(Self { buckets: get(buckets)?, requests: get(requests)?, ready: get(ready)? })
    }

    /// The newest instant, in milliseconds.
    pub(super) fn last_ms(&self) -> Option<f64> {
        let series = self.requests.iter().flat_map(|f| f.series());
        series.filter_map(Series::last).map(|(x, _)| x).reduce(f64::max)
    }

    pub(super) fn steps(&self) -> Steps {
        let groups = self.buckets.as_deref().map(histogram::grouped).unwrap_or_default();
        steps(&histogram::merged(&groups, "model"), self.requests.as_deref(), self.ready.as_deref())
    }
}

/// The steps of each model, from buckets and rates by model and ready replicas by version.
fn steps(groups: &[Group], rates: Option<&Frame>, ready: Option<&Frame>) -> Steps {
    let rates = sums(rates);
    let ready = sums(ready);
    let mut found = Steps::default();
    for group in groups {
        let Some(model) = group.labels.get("model") else { continue };
        let mut steps: Vec<Step> = Vec::new();
        let loads: Vec<Sum> = group.x().iter().map(|&at| at_instant(&rates, model, at)).collect();
        for (point, &at_ms) in group.x().iter().enumerate() {
            let Some(buckets) = group.at(point) else { continue };
            let Some(&sum) = loads.get(point).filter(|sum| sum.value > 0.0) else { continue };
            let n = buckets.total();
            if !n.is_finite() {
                continue;
            }
            if n < LEAST_REQUESTS {
                found.n_thin += 1;
                continue;
            }
            let near = [point.checked_sub(1), Some(point + 1)].map(|i| i.and_then(|i| loads.get(i)).copied());
            if !is_steady(sum, near, n) {
                found.n_mixed += 1;
                continue;
            }
            let replicas = at_instant(&ready, model, at_ms);
            let is_settled = replicas.value > 0.0 && replicas.low == replicas.high;
            let (p95, bucket) = (buckets.quantile(0.95), buckets.bounds(0.95));
            let Some(bucket) = bucket.filter(|_| p95.is_finite()) else { continue };
            let step = Step {
                at_ms,
                load: sum.value,
                per_replica: if is_settled { sum.value / replicas.value } else { f64::NAN },
                p95,
                other_p95: buckets.log_normal_quantile(0.95, n),
                bucket,
            };
            // A source that keeps fewer samples than this repeats them: they count once.
            let is_repeat = |last: &Step| (last.load, last.p95) == (step.load, step.p95);
            if !steps.last().is_some_and(is_repeat) {
                steps.push(step);
            }
        }
        if !steps.is_empty() {
            found.by_model.insert(model.to_owned(), steps);
        }
    }
    found
}

/// A value added up over the series of a model, with its lowest and highest within the step.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sum {
    value: f64,
    low: f64,
    high: f64,
}

const NOTHING: Sum = Sum { value: f64::NAN, low: f64::NAN, high: f64::NAN };

type Sums = BTreeMap<String, BTreeMap<i64, Sum>>;

fn at_instant(sums: &Sums, model: &str, at_ms: f64) -> Sum {
    sums.get(model).and_then(|of| of.get(&(at_ms as i64))).copied().unwrap_or(NOTHING)
}

/// Values added up by model and instant; without an envelope the ends are the value.
fn sums(frame: Option<&Frame>) -> Sums {
    let mut sums = Sums::new();
    for series in frame.map_or(&[][..], Frame::series) {
        let Some(model) = series.labels.get("model") else { continue };
        let of_model = sums.entry(model.to_owned()).or_default();
        for (point, (x, y)) in series.points().enumerate().filter(|(_, (_, y))| y.is_finite()) {
            let end = |ends: fn(&Series) -> Option<&[f64]>| {
                ends(series).and_then(|ends| ends.get(point)).copied().filter(|end| end.is_finite()).unwrap_or(y)
            };
            let sum = of_model.entry(x as i64).or_insert(Sum { value: 0.0, low: 0.0, high: 0.0 });
            sum.value += y;
            sum.low += end(|s| s.envelope.as_ref().map(|e| &*e.low));
            sum.high += end(|s| s.envelope.as_ref().map(|e| &*e.high));
        }
    }
    sums
}

/// Whether the load stood still: within the step, and against the steps beside it where they are known.
///
/// Counts scatter by their root, within a minute of the step more than from step to step; that is no movement.
fn is_steady(step: Sum, near: [Option<Sum>; 2], n_requests: f64) -> bool {
    let seconds = n_requests / step.value;
    let scatter = |seconds: f64| N_SIGMAS * (step.value / seconds).sqrt();
    let is_even_inside = step.high - step.value <= STEADY * step.value + scatter(seconds.min(60.0));
    let is_near = |other: Sum| (other.value - step.value).abs() <= STEADY * step.value + scatter(seconds / 2.0);
    let known = near.into_iter().flatten().filter(|other| other.value.is_finite());
    is_even_inside && known.into_iter().all(is_near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Envelope, Labels, XKind};
    use crate::units::Unit;

    const HOUR_MS: i64 = 3_600_000;

    fn series(labels: Labels, y: &[f64]) -> Series {
        let x = (0..y.len()).map(|i| i as f64 * STEP_MS as f64).collect();
        Series::new(labels, Unit::default(), XKind::Time, x, y.to_vec())
    }

    /// Steps of 600 requests each, whose rate is as given.
    fn found(rates: Series) -> Steps {
        let n = rates.x.len();
        let bucket = |le: &str, y: f64| series(Labels::new().with("model", "m").with("le", le), &vec![y; n]);
        let buckets = [bucket("0.1", 500.0), bucket("0.2", 598.0), bucket("+Inf", 600.0)];
        let frame = |series: Vec<Series>| Some(Arc::new(Frame::from_series(series)));
        StepFrames { buckets: frame(buckets.to_vec()), requests: frame(vec![rates]), ready: None }.steps()
    }

    fn model() -> Labels {
        Labels::new().with("model", "m")
    }

    #[test]
    fn steps_are_ten_minutes_whatever_the_range() {
        let of = |hours: i64| {
            let (range, step_ms) = fitted_range(TimeRange::new(0, hours * HOUR_MS));
            (range.width_ms() / HOUR_MS, step_ms / 1_000)
        };
        assert_eq!([of(6), of(48), of(168), of(720)], [(6, 600), (48, 600), (168, 600), (168, 600)]);
        assert_eq!([of(1), of(3)], [(1, 120), (3, 300)]);
    }

    #[test]
    fn steps_over_a_jump_of_the_load_are_left_out() {
        let steps = found(series(model(), &[1.0, 1.01, 1.02, 2.0, 2.01, 2.02]));
        assert_eq!((steps.of("m").len(), steps.n_mixed), (4, 2));
    }

    #[test]
    fn steps_with_a_burst_inside_are_left_out() {
        let mut rates = series(model(), &[1.0, 1.01, 1.02]);
        rates.envelope = Some(Envelope { low: vec![1.0; 3].into(), high: vec![1.1, 4.0, 1.1].into() });
        assert_eq!((found(rates.clone()).of("m").len(), found(rates).n_mixed), (2, 1));
    }

    #[test]
    fn samples_that_a_source_repeats_count_once() {
        assert_eq!(found(series(model(), &[1.0, 1.0, 1.0, 1.1, 1.1])).of("m").len(), 2);
        assert!(found(series(model(), &[f64::NAN, 0.0])).by_model.is_empty());
    }
}
