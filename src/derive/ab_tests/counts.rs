//! Exposed and converted units by experiment and variant: in all, by segment, and as running totals.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Labels};
use crate::query::{Measure, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::interval::Proportion;
use crate::stats::sequential::ArmTotals;

/// Looks at the running totals, at most; below it the points of a query begin with the range.
const MAX_LOOKS: i64 = 48;
const DAY_MS: i64 = 86_400_000;
/// Distances of looks where a day is too coarse or too fine, in seconds.
const STEPS_SECS: [i64; 12] = [60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];

/// Exposed units and how many of them converted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) n: f64,
    pub(super) hits: f64,
}

impl Totals {
    /// The rate, if the counts can be one.
    pub(super) fn proportion(self) -> Option<Proportion> {
        let is_count = |v: f64| v.is_finite() && v >= 0.0;
        (is_count(self.n) && is_count(self.hits))
            .then(|| Proportion::new(self.hits.round() as u64, self.n.round() as u64))
            .flatten()
    }

    /// As the sequential test takes them.
    pub(super) fn arm(self) -> ArmTotals {
        ArmTotals::rate(self.hits, self.n)
    }
}

/// The counts of one experiment; every list of variants is in the order of `variants`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) variants: Vec<String>,
    pub(super) totals: Vec<Totals>,
    /// Instant of each look and the totals up to it.
    pub(super) looks: Vec<(f64, Vec<Totals>)>,
    pub(super) segments: BTreeMap<String, Vec<Totals>>,
}

/// The frames behind the counts.
pub(super) struct Frames {
    period: TimeRange,
    whole: [Arc<Frame>; 2],
    over_time: [Arc<Frame>; 2],
    segments: [Arc<Frame>; 2],
}

impl Frames {
    /// Asks for exposures and conversions over the period, all at once.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(super) fn ask(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        metrics: [&MetricSpec; 2],
        period: TimeRange,
    ) -> Result<Self, Stop> {
        let step_ms = look_ms(period);
        // Looks end where the period ends; what lies before the first whole step is the remainder of the whole.
        let stepped = TimeRange::new(period.to_ms - period.width_ms() / step_ms * step_ms, period.to_ms);
        let mut series = |metric: &MetricSpec, by: &[&str], range: TimeRange, step_ms: i64| {
            ask.series(context, &Wanted::whole(metric, Measure::Increase, by).within(range).every(step_ms))
        };
        let arms = ["experiment", "variant"];
        let by_segment = ["experiment", "variant", "segment"];
        let width = period.width_ms();
        let whole = metrics.map(|m| series(m, &arms, period, width));
        let over_time = metrics.map(|m| series(m, &arms, stepped, step_ms));
        let segments = metrics.map(|m| series(m, &by_segment, period, width));
        let both = |[a, b]: [Result<Arc<Frame>, Stop>; 2]| -> Result<[Arc<Frame>; 2], Stop> { Ok([a?, b?]) };
        Ok(Self { period, whole: both(whole)?, over_time: both(over_time)?, segments: both(segments)? })
    }

    /// Ids of the experiments that were seen, in order.
    pub(super) fn experiments(&self) -> Vec<String> {
        let series = self.whole[0].series();
        let mut ids: Vec<String> =
            series.iter().filter_map(|s| s.labels.get("experiment")).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// The counts of one experiment, the baseline first.
    pub(super) fn counts(&self, experiment: &str, baseline: &str) -> Counts {
        let mut variants: Vec<String> = Vec::new();
        for series in self.whole[0].series() {
            if series.labels.get("experiment") == Some(experiment)
                && let Some(variant) = series.labels.get("variant")
                && !variants.iter().any(|v| v == variant)
            {
                variants.push(variant.to_owned());
            }
        }
        variants.sort_by_key(|v| (v != baseline, v.clone()));
        let totals: Vec<Totals> = variants.iter().map(|v| summed(&self.whole, experiment, v, None)).collect();
        let mut names: Vec<String> = self.segments[0]
            .series()
            .iter()
            .filter(|s| s.labels.get("experiment") == Some(experiment))
            .filter_map(|s| s.labels.get("segment").map(str::to_owned))
            .collect();
        names.sort();
        names.dedup();
        let of_segment = |name: String| {
            let totals = variants.iter().map(|v| summed(&self.segments, experiment, v, Some(&name))).collect();
            (name, totals)
        };
        Counts {
            looks: self.looks(experiment, &variants, &totals),
            segments: names.into_iter().map(of_segment).collect(),
            variants,
            totals,
        }
    }

    /// Running totals: the remainder before the first whole step, then step by step, ending at the totals.
    fn looks(&self, experiment: &str, variants: &[String], totals: &[Totals]) -> Vec<(f64, Vec<Totals>)> {
        let steps: Vec<[BTreeMap<i64, f64>; 2]> =
            variants.iter().map(|v| [0, 1].map(|i| within(&self.over_time[i], experiment, v, self.period))).collect();
        let mut instants: Vec<i64> = steps.iter().flatten().flat_map(BTreeMap::keys).copied().collect();
        instants.sort_unstable();
        instants.dedup();
        let remainder = |(steps, total): (&[BTreeMap<i64, f64>; 2], &Totals)| Totals {
            n: (total.n - steps[0].values().sum::<f64>()).max(0.0),
            hits: (total.hits - steps[1].values().sum::<f64>()).max(0.0),
        };
        let mut running: Vec<Totals> = steps.iter().zip(totals).map(remainder).collect();
        let look = |at: i64| {
            for (sum, steps) in running.iter_mut().zip(&steps) {
                sum.n += steps[0].get(&at).copied().unwrap_or(0.0);
                sum.hits += steps[1].get(&at).copied().unwrap_or(0.0);
            }
            (at as f64, running.clone())
        };
        instants.into_iter().map(look).collect()
    }
}

/// A day for a week and more, so that looks do not depend on the hour; finer below, coarser above 48 days.
fn look_ms(period: TimeRange) -> i64 {
    let width = period.width_ms().max(1);
    if (7 * DAY_MS..=MAX_LOOKS * DAY_MS).contains(&width) {
        return DAY_MS;
    }
    let step = STEPS_SECS.iter().map(|s| s * 1_000).find(|step| width / step <= MAX_LOOKS);
    step.unwrap_or(width / MAX_LOOKS).min(width)
}

fn is_of(labels: &Labels, experiment: &str, variant: &str) -> bool {
    labels.get("experiment") == Some(experiment) && labels.get("variant") == Some(variant)
}

fn summed(frames: &[Arc<Frame>; 2], experiment: &str, variant: &str, segment: Option<&str>) -> Totals {
    let sum = |frame: &Frame| -> f64 {
        let own = frame.series().iter().filter(|s| is_of(&s.labels, experiment, variant));
        let own = own.filter(|s| segment.is_none() || s.labels.get("segment") == segment);
        own.flat_map(|s| s.y.iter().copied()).filter(|y| y.is_finite()).sum()
    };
    Totals { n: sum(&frames[0]), hits: sum(&frames[1]) }
}

/// Increases by instant; a step that reaches back before the period is left out, the remainder carries its part.
fn within(frame: &Frame, experiment: &str, variant: &str, period: TimeRange) -> BTreeMap<i64, f64> {
    let mut found = BTreeMap::new();
    for series in frame.series().iter().filter(|s| is_of(&s.labels, experiment, variant)) {
        let step = series.x.get(1).zip(series.x.first()).map_or(f64::INFINITY, |(b, a)| b - a);
        for (x, y) in series.points().filter(|(_, y)| y.is_finite()) {
            if x - step >= period.from_ms as f64 - 500.0 {
                *found.entry(x as i64).or_default() += y;
            }
        }
    }
    found
}
