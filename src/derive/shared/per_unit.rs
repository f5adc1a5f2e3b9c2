//! A metric that is derived from several, such as revenue by a thousand predictions: one figure, and its course.

use super::{LEVEL, block, figures, lines};
use crate::derive::{Ask, Context, Derived, Estimate, Other, Stop};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::spec::MetricSpec;
use crate::stats::interval::Interval;
use crate::stats::mover;
use crate::view::{AxisSpec, Block, BlockBody, Figure, Line, LineRole, Lines};

/// The answers about it.
pub(in crate::derive) struct PerUnit<'a> {
    metric: &'a MetricSpec,
    range: TimeRange,
    whole: Derived,
    before: Option<(String, Derived)>,
    course: Option<Derived>,
}

/// The questions about it, so that several are asked before the first answer is looked at.
pub(in crate::derive) struct Asked<'a> {
    metric: &'a MetricSpec,
    range: TimeRange,
    whole: Result<Derived, Stop>,
    before: Option<(String, Result<Derived, Stop>)>,
    course: Result<Derived, Stop>,
}

impl<'a> PerUnit<'a> {
    /// Asks for the metric over the range, over time in steps of `step_ms`, and on the other side of a comparison.
    pub(in crate::derive) fn ask(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        metric: &'a MetricSpec,
        other: Option<&Other<'_>>,
        step_ms: i64,
    ) -> Asked<'a> {
        let range = context.range;
        let whole = ask.derived_whole(context, metric, &[], range);
        let course = ask.derived(context, metric, &[], range, step_ms);
        let before = other.map(|other| {
            let found = ask.derived_whole(&other.context, metric, &[], other.context.range);
            (other.title.to_owned(), found)
        });
        Asked { metric, range, whole, before, course }
    }

    /// Its figure.
    pub(in crate::derive) fn figure(&self) -> Figure {
        let mut figure = figures::of_metric(self.metric);
        figure.unit = self.whole.unit.clone();
        figure.method = Some(self.whole.method.clone());
        let Some(now) = only(&self.whole) else { return figure };
        figure.value = Some(now.value).filter(|v| v.is_finite());
        figure.n = now.n;
        (figure.low, figure.high) = (now.interval.map(|i| i.low), now.interval.map(|i| i.high));
        if let Some((title, before)) = &self.before
            && let Some(before) = only(before)
        {
            let with = |one: Estimate| Some((one.value, one.interval?));
            let change: Option<Interval> = with(now).zip(with(before)).and_then(|(a, b)| mover::difference(a, b));
            figures::compare(&mut figure, before.value, change.map(|i| (i.low, i.high)), title);
        }
        figure
    }

    /// Its course, with the interval of each point as a band where there is one; `None` below two points.
    pub(in crate::derive) fn course(&self, id: &str) -> Option<Block> {
        let one = self.course.as_ref()?.series.first()?;
        if one.y.iter().filter(|estimate| estimate.value.is_finite()).count() < 2 {
            return None;
        }
        let has_band = one.y.iter().any(|estimate| estimate.interval.is_some());
        let end = |of: fn(&Interval) -> f64| -> Vec<f64> {
            let at = |estimate: &Estimate| estimate.interval.as_ref().map_or(f64::NAN, of);
            if has_band { one.y.iter().map(at).collect() } else { Vec::new() }
        };
        let line = Line {
            title: self.metric.title().to_owned(),
            series: Labels::new(),
            role: LineRole::Main,
            x: one.x.clone(),
            y: one.y.iter().map(|estimate| estimate.value).collect(),
            low: end(|interval| interval.low),
            high: end(|interval| interval.high),
            ..Line::default()
        };
        let body = Lines {
            metric: self.metric.id.clone(),
            x: lines::time_axis(self.range),
            y: AxisSpec { unit: self.whole.unit.clone(), ..AxisSpec::default() },
            lines: vec![line],
            ..Lines::default()
        };
        let level = if has_band { format!(", with {:.0} % intervals", LEVEL * 100.0) } else { String::new() };
        let title = format!("{} over time{level}", self.metric.title());
        Some(block(id, &title, BlockBody::Lines(body)).in_details())
    }
}

impl<'a> Asked<'a> {
    /// The answers; `None` where there is no number, which a remark or a failure says.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(in crate::derive) fn read(self, ask: &mut Ask<'_>) -> Result<Option<PerUnit<'a>>, Stop> {
        let mut spared = |answer: Result<Derived, Stop>, is_told: bool| match answer {
            Ok(found) => Ok(Some(found)),
            Err(Stop::Pending) => Err(Stop::Pending),
            Err(Stop::Failed(failure)) => {
                ask.fail(failure);
                Ok(None)
            }
            Err(Stop::Empty { reason, .. }) => {
                if is_told {
                    ask.remark(format!("without {}: {reason}", self.metric.title()));
                }
                Ok(None)
            }
        };
        let whole = spared(self.whole, true)?;
        let course = spared(self.course, false)?;
        let before = match self.before {
            Some((title, answer)) => spared(answer, false)?.map(|found| (title, found)),
            None => None,
        };
        Ok(whole.map(|whole| PerUnit { metric: self.metric, range: self.range, whole, before, course }))
    }
}

/// The one value of a metric that is not split.
fn only(found: &Derived) -> Option<Estimate> {
    found.series.first()?.y.first().copied()
}
