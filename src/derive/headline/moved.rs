//! What a headline is made of, asked of any side and by any dimension.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::roi::money::{MODEL, total_at};
use crate::derive::shared::LEVEL;
use crate::derive::{Ask, By, Context, Stop, Wanted};
use crate::frame::Frame;
use crate::query::{Bucket, Fold, GroupMeasure, Measure};
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::stats::bootstrap::{Config, Design, block_length, bootstrap};
use crate::stats::interval::{Interval, welch};
use crate::stats::total::{self, Total};
use crate::stats::{decompose, mover};
use crate::units::{Direction, Unit};

/// Fewest weeks from which a side's interval is computed.
const MIN_WEEKS: usize = 8;
/// Name of the measure that counts rows with a value.
pub(super) const PRESENT: &str = "present";

/// Titles of headlines that a figure is made of.
pub(super) const REVENUE: &str = "revenue brought by models";
pub(super) const SATISFACTION: &str = "customer satisfaction";
pub(super) const ACCOUNTS: &str = "new accounts";
pub(super) const QUALITY: &str = "model quality (right answers)";
/// The part without a value of the dimension.
pub(super) const NONE: &str = "none";
/// Between the values of two dimensions in the name of a part.
pub(super) const BETWEEN: char = '\u{1f}';

/// How rows become a headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A total over customers.
    Total,
    /// A total of bookings, which have no customer: by week.
    Booked,
    /// A mean of rows or customers.
    Mean,
    /// Hits of a counter by actual and predicted class.
    Hits,
}

/// A number that may have moved.
#[derive(Clone, Debug)]
pub(super) struct Headline<'a> {
    pub(super) metric: &'a MetricSpec,
    /// In a sentence, such as "revenue brought by models".
    pub(super) title: &'static str,
    pub(super) unit: Unit,
    pub(super) direction: Direction,
    pub(super) kind: Kind,
    /// Only rows of this `kind`.
    pub(super) only: Option<&'static str>,
}

/// One part of a headline on one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) total: Total,
    /// Sums by week, for what has no customers.
    pub(super) weeks: Vec<f64>,
}

/// Parts by the values of the dimensions, joined by [`BETWEEN`]; one under the empty name where there is no dimension.
pub(super) type Parts = BTreeMap<String, Part>;

impl Headline<'_> {
    /// Asks for a side, whole or by dimensions. A part without a value of the dimension is named "none".
    ///
    /// # Errors
    /// As [`Ask::groups`]; [`Stop::Empty`] where the metric does not carry the dimension.
    pub(super) fn ask(&self, context: &Context<'_>, ask: &mut Ask<'_>, by: &[&str]) -> Result<Arc<Frame>, Stop> {
        if self.kind == Kind::Hits {
            let mut labels: Vec<&str> = by.to_vec();
            labels.extend(["actual", "predicted"]);
            return ask.series(context, &Wanted::whole(self.metric, Measure::Increase, &labels));
        }
        let mut keys: Vec<By<'_>> = by.iter().map(|dimension| By::Dimension(dimension)).collect();
        keys.extend(self.only.map(|_| By::Part("kind")));
        keys.extend((self.kind == Kind::Booked).then_some(By::Time(Bucket::Week)));
        ask.groups(context, self.metric, context.range, &keys, &self.present())
    }

    /// A mean of rows is over those that have a value.
    fn present(&self) -> Vec<GroupMeasure> {
        match &self.metric.query {
            MetricQuerySpec::Table { value: Some(column), unit: None, .. } if self.kind == Kind::Mean => {
                vec![GroupMeasure { name: PRESENT.to_owned(), fold: Fold::Present(column.clone()) }]
            }
            _ => Vec::new(),
        }
    }

    /// Reads an answer; empty where a dimension is not in it.
    pub(super) fn read(&self, frame: &Frame, by: &[&str]) -> Parts {
        let mut parts = Parts::new();
        if self.kind == Kind::Hits {
            for series in frame.series() {
                let count: f64 = series.y.iter().filter(|y| y.is_finite()).sum();
                let (actual, predicted) = (series.labels.get("actual"), series.labels.get("predicted"));
                let (Some(actual), Some(predicted)) = (actual, predicted) else { continue };
                let hits = if actual == predicted { count } else { 0.0 };
                let name = joined(by, |by| series.labels.get(by).map(str::to_owned));
                let part = parts.entry(name).or_default();
                part.total = part.total.with(Total { n: count, sum: hits, squares: hits });
            }
            return parts;
        }
        let Some(table) = frame.table() else { return parts };
        if by.iter().any(|by| table.column(by).is_none()) {
            return parts;
        }
        for row in 0..table.n_rows() {
            if self.only.is_some_and(|kind| table.text("kind", row).as_deref() != Some(kind)) {
                continue;
            }
            let part = parts.entry(joined(by, |by| table.text(by, row))).or_default();
            let mut found = total_at(table, row);
            if table.column(PRESENT).is_some() {
                let n = table.number(PRESENT, row);
                found = if n == 0.0 { Total::default() } else { Total { n, ..found } };
            }
            part.total = part.total.with(found);
            if self.kind == Kind::Booked {
                part.weeks.push(found.sum);
            }
        }
        parts
    }

    fn is_mean(&self) -> bool {
        matches!(self.kind, Kind::Mean | Kind::Hits)
    }

    /// The headline of a side; `NaN` where it has none.
    pub(super) fn value(&self, parts: &Parts) -> f64 {
        let whole = whole(parts);
        if self.is_mean() { whole.sum / whole.n } else { whole.sum }
    }

    /// After less before, with its interval at a level.
    pub(super) fn change(&self, before: &Parts, after: &Parts, level: f64) -> Option<(f64, Interval)> {
        let (earlier, later) = (whole(before), whole(after));
        let delta = self.value(after) - self.value(before);
        let interval = match self.kind {
            Kind::Total => total::difference(later, earlier, level),
            Kind::Mean | Kind::Hits => welch(&later.sample()?, &earlier.sample()?, level).map(|found| found.interval),
            Kind::Booked => {
                let weeks = |parts: &Parts| parts.values().next().map(|part| part.weeks.clone()).unwrap_or_default();
                by_weeks(&weeks(before), &weeks(after), level)
            }
        };
        interval.filter(|_| delta.is_finite()).map(|interval| (delta, interval))
    }

    /// What each part moved the headline by, mix and rate together; adds up to the change over the parts that are known.
    pub(super) fn contributions(&self, before: &Parts, after: &Parts, level: f64) -> Vec<Contribution> {
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort();
        names.dedup();
        let side = |parts: &Parts, name: &str| parts.get(name).cloned().unwrap_or_default();
        let pairs: Vec<(Part, Part)> = names.iter().map(|name| (side(before, name), side(after, name))).collect();
        let moved: Vec<Moved> = if self.is_mean() { of_mean(&pairs, level) } else { self.of_sum(&pairs, level) };
        let named = |(name, moved): (&String, Moved)| Contribution { part: name.clone(), moved };
        names.into_iter().zip(moved).map(named).collect()
    }

    fn of_sum(&self, pairs: &[(Part, Part)], level: f64) -> Vec<Moved> {
        let parts: Vec<decompose::SumPart> = pairs
            .iter()
            .map(|(before, after)| decompose::SumPart { before: before.total.sum, after: after.total.sum })
            .collect();
        let change = decompose::sum_change(&parts);
        let one = |(total, (before, after)): (&f64, &(Part, Part))| {
            let interval = match self.kind {
                Kind::Booked => by_weeks(&before.weeks, &after.weeks, level),
                _ => total::difference(after.total, before.total, level),
            };
            Moved { total: *total, mix: f64::NAN, rate: f64::NAN, interval: interval.filter(|_| total.is_finite()) }
        };
        change.contributions.iter().zip(pairs).map(one).collect()
    }
}

/// The name of a part.
fn joined(by: &[&str], value: impl Fn(&str) -> Option<String>) -> String {
    let values: Vec<String> = by.iter().map(|by| value(by).unwrap_or_else(|| NONE.to_owned())).collect();
    values.join(&BETWEEN.to_string())
}

/// What a part moved a headline by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moved {
    pub(super) total: f64,
    /// Of a mean: by its share of the units. `NaN` of a sum.
    pub(super) mix: f64,
    /// Of a mean: by its own value.
    pub(super) rate: f64,
    pub(super) interval: Option<Interval>,
}

/// A part with what it moved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Contribution {
    pub(super) part: String,
    pub(super) moved: Moved,
}

impl Contribution {
    /// Whether it is more than noise.
    pub(super) fn is_clear(&self) -> bool {
        self.moved.interval.is_some_and(|interval| interval.excludes_zero())
    }
}

fn of_mean(pairs: &[(Part, Part)], level: f64) -> Vec<Moved> {
    let ratio = |part: &Part| decompose::Ratio { numerator: part.total.sum, denominator: part.total.n };
    let parts: Vec<decompose::RatioPart> = pairs
        .iter()
        .map(|(before, after)| decompose::RatioPart { before: ratio(before), after: ratio(after) })
        .collect();
    let Some(change) = decompose::ratio_change(&parts) else { return vec![NOTHING; pairs.len()] };
    let headline = f64::midpoint(change.before, change.after);
    // The units of the parts that are known on both sides, as the decomposition takes them.
    let complete = || pairs.iter().filter(|(b, a)| b.total.is_present() && a.total.is_present());
    let n_before: f64 = complete().map(|(before, _)| before.total.n).sum();
    let n_after: f64 = complete().map(|(_, after)| after.total.n).sum();
    let one = |(found, (before, after)): (&decompose::RatioContribution, &(Part, Part))| {
        let side = |part: &Part, n_all: f64| total::PartOfMean { part: part.total, n_all };
        let interval = total::contribution(side(before, n_before), side(after, n_after), headline, level);
        let total = found.total();
        Moved { total, mix: found.mix, rate: found.rate, interval: interval.filter(|_| total.is_finite()) }
    };
    change.contributions.iter().zip(pairs).map(one).collect()
}

const NOTHING: Moved = Moved { total: f64::NAN, mix: f64::NAN, rate: f64::NAN, interval: None };

/// All parts together; missing where one is hidden.
pub(super) fn whole(parts: &Parts) -> Total {
    parts.values().map(|part| part.total).fold(Total::default(), Total::with)
}

/// The difference of two sums of weeks, each with its interval by drawing blocks of weeks again.
fn by_weeks(before: &[f64], after: &[f64], level: f64) -> Option<Interval> {
    let side = |weeks: &[f64]| {
        if weeks.len() < MIN_WEEKS || weeks.iter().any(|week| !week.is_finite()) {
            return None;
        }
        // Bookings of a month are one another's like only a month later.
        let block_rows = block_length(weeks).max(4);
        let config = Config { level, seed: 25, ..Config::default() };
        let sum = |drawn: &[usize]| drawn.iter().filter_map(|&row| weeks.get(row)).sum();
        let found = bootstrap(Design::Blocks { n: weeks.len(), block_rows }, config, sum)?;
        // A skewed draw may leave the estimate just outside.
        let interval = found.interval?;
        Some((found.estimate, Interval::new(interval.low.min(found.estimate), interval.high.max(found.estimate))?))
    };
    mover::difference(side(after)?, side(before)?)
}

/// The headlines that the workspace has metrics for.
pub(super) fn known<'a>(context: &Context<'a>) -> Vec<Headline<'a>> {
    let is_table = |metric: &&MetricSpec| matches!(metric.query, MetricQuerySpec::Table { .. });
    let has_unit = |metric: &MetricSpec| matches!(metric.query, MetricQuerySpec::Table { unit: Some(_), .. });
    let sum = |slot: &str, title: &'static str, direction: Direction, only: Option<&'static str>| {
        let metric = context.metric(slot).filter(is_table)?;
        let kind = if has_unit(metric) { Kind::Total } else { Kind::Booked };
        Some(Headline { metric, title, unit: metric.unit.clone(), direction, kind, only })
    };
    let mean = |slot: &str, title: &'static str| {
        let metric = context.metric(slot).filter(is_table)?;
        let kind = Kind::Mean;
        Some(Headline { metric, title, unit: metric.unit.clone(), direction: Direction::Higher, kind, only: None })
    };
    let hits = context.metric("confusion-counts").map(|metric| Headline {
        metric,
        title: QUALITY,
        unit: Unit::from("percentunit"),
        direction: Direction::Higher,
        kind: Kind::Hits,
        only: None,
    });
    let all = [
        sum("revenue", REVENUE, Direction::Higher, Some(MODEL)),
        sum("savings", "savings", Direction::Higher, None),
        sum("costs", "costs", Direction::Lower, None),
        mean("feedback", SATISFACTION),
        sum("adoption", ACCOUNTS, Direction::Higher, None),
        hits,
    ];
    all.into_iter().flatten().collect()
}

/// The level at which each of `n` looks is judged, so that together they err as seldom as one (Bonferroni).
pub(super) fn level_of(n: usize) -> f64 {
    1.0 - (1.0 - LEVEL) / n.max(1) as f64
}
