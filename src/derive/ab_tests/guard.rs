//! Guard-rail metrics: what must not get worse while another number gets better.

use std::sync::Arc;

use super::counts::Totals;
use super::judge::{Judged, MIXING_VARIANCE, Rival};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::{Measure, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::stats::interval::Interval;
use crate::stats::sequential::{Design, MixtureTest};
use crate::units::Direction;

/// A guard rail of the workspace with its counts by experiment and variant.
pub(super) struct GuardRail<'a> {
    pub(super) metric: &'a MetricSpec,
    frame: Option<Arc<Frame>>,
}

/// How a guard rail fares for a variant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fare {
    /// It cannot be told by variant, and why.
    Unknown(&'static str),
    /// Events per exposed unit, treatment less baseline, with an interval that holds at every look.
    Known { difference: f64, interval: Option<Interval>, is_worse: bool },
}

/// The guard rails that any experiment names, each asked once.
///
/// # Errors
/// Only [`Stop::Pending`]; a failure leaves the guard rail unknown.
pub(super) fn ask<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    named: impl Iterator<Item = String>,
    period: TimeRange,
) -> Result<Vec<GuardRail<'a>>, Stop> {
    let mut names: Vec<String> = named.collect();
    names.sort();
    names.dedup();
    let mut answers = Vec::new();
    for name in names {
        let Some(metric) = context.workspace.metrics.iter().find(|m| m.id == name) else {
            ask.remark(format!("the workspace has no metric {name:?} for the guard rail of that name"));
            continue;
        };
        let is_counted = matches!(metric.query, MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. });
        let by = ["experiment", "variant"];
        let answer =
            is_counted.then(|| ask.series(context, &Wanted::whole(metric, Measure::Increase, &by).within(period)));
        answers.push((metric, answer));
    }
    let mut found = Vec::new();
    for (metric, answer) in answers {
        let frame = match answer {
            Some(answer) => ask.spare(answer)?,
            None => None,
        };
        found.push(GuardRail { metric, frame });
    }
    Ok(found)
}

impl GuardRail<'_> {
    /// Judges the guard rail for one rival of an experiment.
    pub(super) fn fare(&self, experiment: &Judged, rival: &Rival) -> Fare {
        if !matches!(self.metric.query, MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. }) {
            return Fare::Unknown("not a counter: no test");
        }
        let Some(frame) = &self.frame else { return Fare::Unknown("no answer") };
        let events = |arm: usize| -> Option<f64> {
            let (id, variant) = (experiment.plan.id.as_str(), experiment.variant(arm));
            let is_own =
                |s: &&Series| s.labels.get("experiment") == Some(id) && s.labels.get("variant") == Some(variant);
            frame.series().iter().find(is_own).and_then(Series::last).map(|(_, y)| y)
        };
        let (Some(base), Some(treated)) = (events(0), events(rival.arm)) else {
            return Fare::Unknown("its series do not carry this experiment's variants");
        };
        let control = Totals { hits: base, ..experiment.totals(0) };
        let treatment = Totals { hits: treated, ..experiment.totals(rival.arm) };
        if control.proportion().is_none() || treatment.proportion().is_none() {
            return Fare::Unknown("more events than exposed units: not a rate");
        }
        let variance = experiment.plan.mixing_variance.unwrap_or(MIXING_VARIANCE);
        let look = Design::new(variance, experiment.plan.alpha)
            .map(|design| MixtureTest::new(design).look(&control.arm(), &treatment.arm()));
        let interval = look.and_then(|l| l.interval);
        let is_worse = interval.is_some_and(|i| match self.metric.direction {
            Direction::Higher => i.high < 0.0,
            Direction::Lower | Direction::Neutral => i.low > 0.0,
        });
        Fare::Known { difference: look.and_then(|l| l.difference).unwrap_or(f64::NAN), interval, is_worse }
    }
}
