//! Derived metrics: their parts are asked each of its own source, put on one grid of time, and computed.
//!
//! The parts must be of the same thing: a filter or a dimension that one of them does not carry reaches none, and a remark says so.
//! A part that is missing at an instant makes a gap there, never a zero; a division by zero is missing too.
//! The parts are taken as independent of each other: see [`crate::stats::delta`].

mod grid;
mod parts;
mod reach;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::grid::Grid;
use self::parts::{Found, Known};
use super::shared::LEVEL;
use super::{Ask, Context, Stop};
use crate::calendar;
use crate::frame::{Frame, Labels, Series, XKind};
use crate::query::TimeRange;
use crate::spec::MetricSpec;
use crate::spec::formula::{Formula, Op, Step};
use crate::stats::delta::{Carried, Part};
use crate::stats::interval::Interval;
use crate::units::Unit;

/// What a derived metric is, over time or over a range.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Unit of the values.
    pub unit: Unit,
    /// One for each combination of labels of which every part is known somewhere.
    pub series: Vec<DerivedSeries>,
    /// What gave the intervals, or why there are none.
    pub method: String,
}

/// One combination of labels.
#[derive(Clone, Debug)]
pub struct DerivedSeries {
    /// The combination; empty where nothing was asked for.
    pub labels: Labels,
    /// Milliseconds, strictly increasing: the start of each bucket of the calendar where a part is a table, else the end of each step.
    pub x: Vec<f64>,
    /// What was computed at each.
    pub y: Vec<Estimate>,
}

/// A computed value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// `NaN` where a part is missing.
    pub value: f64,
    /// 95 % interval, where the noise of every part is known.
    pub interval: Option<Interval>,
    /// How many customers, rows or counted things the scarcest part rests on, of those of which that is known.
    pub n: Option<f64>,
}

impl Ask<'_> {
    /// A derived metric over time, at a step in milliseconds; where a part is a table, in buckets of the calendar, days at the least,
    /// of which those are left out that the range cuts. A metric that is not derived is its own only part.
    ///
    /// # Errors
    /// As [`Ask::series`]; [`Stop::Empty`] for a mistake in the expression and for a range without a whole day.
    pub fn derived(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        by: &[&str],
        range: TimeRange,
        step_ms: i64,
    ) -> Result<Derived, Stop> {
        let formula = formula(context, metric)?;
        let grid = Grid::of(&formula.parts, range, step_ms)?;
        self.computed(context, metric, &formula, by, grid)
    }

    /// A derived metric as one number over a range; `x` is the end of it.
    ///
    /// Where a part has its history in series, as a counter's, and that does not reach over all of the range, everything is asked over
    /// the whole days that it reaches, and a remark says which.
    ///
    /// # Errors
    /// As [`Ask::derived`].
    pub fn derived_whole(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        by: &[&str],
        range: TimeRange,
    ) -> Result<Derived, Stop> {
        let formula = formula(context, metric)?;
        let known = self.known_range(context, &formula, range)?;
        if known != range {
            let day =
                |at_ms: i64| calendar::instant_text(at_ms).unwrap_or_default().chars().take(10).collect::<String>();
            let (from, to) = (day(known.from_ms), day(known.to_ms - 1));
            let title = metric.title();
            self.remark(format!(
                "{title} is of {from} to {to} (UTC), the days of this range of which all its parts are known"
            ));
        }
        self.computed(context, metric, &formula, by, Grid::Whole(known))
    }

    /// The derived metric as a frame of series, for panels that ask for series.
    pub(super) fn derived_frame(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        by: &[&str],
        range: TimeRange,
        step_ms: i64,
    ) -> Result<Arc<Frame>, Stop> {
        let found = if step_ms >= range.width_ms() {
            self.derived_whole(context, metric, by, range)?
        } else {
            self.derived(context, metric, by, range, step_ms)?
        };
        let series = |one: DerivedSeries| {
            let y = one.y.iter().map(|estimate| estimate.value).collect();
            Series::new(one.labels, found.unit.clone(), XKind::Time, one.x, y)
        };
        Ok(Arc::new(Frame::from_series(found.series.into_iter().map(series).collect())))
    }

    fn computed(
        &mut self,
        context: &Context<'_>,
        metric: &MetricSpec,
        formula: &Formula<'_>,
        by: &[&str],
        grid: Grid,
    ) -> Result<Derived, Stop> {
        let reach = self.reach(context, &formula.parts, by, grid.range())?;
        let narrowed = reach.context(context);
        // All are asked before the first answer is looked at.
        let asked: Vec<_> =
            formula.parts.iter().map(|part| parts::ask(self, &narrowed, part, &reach.by, grid)).collect();
        let known: Vec<Known> = asked.into_iter().collect::<Result<_, _>>()?;
        let labels: BTreeSet<&Labels> = known.iter().flat_map(BTreeMap::keys).collect();
        let n_all = labels.len();
        let series: Vec<DerivedSeries> =
            labels.into_iter().filter_map(|labels| combined(&formula.step, &known, labels)).collect();
        if series.len() < n_all {
            let n = n_all - series.len();
            self.remark(format!(
                "{n} of {n_all} parts of {} are left out: not all that it is made of is known",
                metric.title()
            ));
        }
        Ok(Derived { unit: formula.unit.clone(), series, method: method(&formula.parts) })
    }

    /// The part of a range over which all parts that are series have a history.
    fn known_range(
        &mut self,
        context: &Context<'_>,
        formula: &Formula<'_>,
        range: TimeRange,
    ) -> Result<TimeRange, Stop> {
        let of_series: Vec<&&MetricSpec> = formula.parts.iter().filter(|part| !grid::is_table(part)).collect();
        // A single part is known where it is known.
        if of_series.is_empty() || formula.parts.len() == 1 {
            return Ok(range);
        }
        let Ok(grid) = Grid::days(range) else { return Ok(range) };
        let reach = self.reach(context, &formula.parts, &[], range)?;
        let narrowed = reach.context(context);
        let asked: Vec<_> = of_series.into_iter().map(|part| parts::ask(self, &narrowed, part, &[], grid)).collect();
        let mut days: Option<(i64, i64)> = None;
        for known in asked {
            let known = known?;
            let finite = known.values().flatten().filter(|(_, found)| found.part.value.is_finite()).map(|(at, _)| *at);
            let (first, last) = (finite.clone().min(), finite.max());
            let Some((first, last)) = first.zip(last) else {
                return Err(Stop::empty("a part of the metric has no history in this time range"));
            };
            days = Some(days.map_or((first, last), |(from, to)| (from.max(first), to.min(last))));
        }
        let Some((first, last)) = days else { return Ok(range) };
        if first > last {
            return Err(Stop::empty("the parts of the metric are known at no common time of this range"));
        }
        let known = TimeRange::new(first, grid.after(last));
        Ok(if known == grid.range() { range } else { known })
    }
}

/// Whether a metric's series have their points at the starts of the calendar's buckets, as a table's have.
pub(super) fn is_by_calendar(context: &Context<'_>, metric: &MetricSpec) -> bool {
    Formula::of(context.workspace, metric).is_ok_and(|formula| formula.parts.iter().any(|part| grid::is_table(part)))
}

/// The formula of a metric; a mistake in it is a matter of the workspace.
fn formula<'a>(context: &Context<'a>, metric: &'a MetricSpec) -> Result<Formula<'a>, Stop> {
    Formula::of(context.workspace, metric).map_err(|mistake| {
        let nearest = mistake.nearest.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        let reason = format!(
            "{} cannot be computed: found {}, expected {}{nearest}",
            metric.title(),
            mistake.found,
            mistake.expected
        );
        Stop::missing(reason, "\"query\": { \"type\": \"derived\", \"expression\": \"revenue / predictions * 1000\" }")
    })
}

/// The values at all instants at which any part is known; `None` where a part is not known at all.
fn combined(step: &Step, known: &[Known], labels: &Labels) -> Option<DerivedSeries> {
    let parts: Vec<&BTreeMap<i64, Found>> = known.iter().map(|part| part.get(labels)).collect::<Option<_>>()?;
    let instants: BTreeSet<i64> = parts.iter().flat_map(|part| part.keys().copied()).collect();
    let missing = Found { part: Part { value: f64::NAN, variance: None }, n: None };
    let at = |at: &i64| {
        let found: Vec<Found> = parts.iter().map(|part| part.get(at).copied().unwrap_or(missing)).collect();
        let values: Vec<Part> = found.iter().map(|found| found.part).collect();
        let result = carried(step, &values);
        let n = found.iter().filter_map(|found| found.n).reduce(f64::min).filter(|_| result.value.is_finite());
        Estimate { value: result.value, interval: result.interval(&values, LEVEL), n }
    };
    let y: Vec<Estimate> = instants.iter().map(at).collect();
    Some(DerivedSeries { labels: labels.clone(), x: instants.into_iter().map(|at| at as f64).collect(), y })
}

fn carried(step: &Step, parts: &[Part]) -> Carried {
    match step {
        Step::Number(value) => Carried::exact(*value, parts.len()),
        Step::Part(place) => Carried::part(parts, *place),
        Step::Scaled(by, of) => carried(of, parts).scaled(*by),
        Step::Negative(of) => carried(of, parts).scaled(-1.0),
        Step::Binary(op, left, right) => {
            let (left, right) = (carried(left, parts), carried(right, parts));
            match op {
                Op::Add => left.plus(&right),
                Op::Sub => left.minus(&right),
                Op::Mul => left.times(&right),
                Op::Div => left.over(&right, parts, LEVEL),
            }
        }
    }
}

/// How the intervals come about; where a part has none, which.
fn method(all: &[&MetricSpec]) -> String {
    let unknown: Vec<&str> = all.iter().filter(|part| !parts::has_variance(part)).map(|part| part.title()).collect();
    if unknown.is_empty() {
        "delta method over parts that are taken as independent: counts as of Poisson, totals over customers as compound Poisson sums"
            .to_owned()
    } else {
        format!("no interval: none is known of {}", unknown.join(", "))
    }
}
