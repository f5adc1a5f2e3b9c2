//! How active users were: days, a week and a month of them, and what their stickiness is.
//!
//! A month is 28 whole days, four of each weekday, and ends with the last whole day of the range; daily is the mean over these days.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::split::{self, Who};
use crate::derive::shared::LEVEL;
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::Frame;
use crate::query::{Bucket, Fold, GroupMeasure, TimeRange};
use crate::source::Cause;
use crate::spec::MetricSpec;
use crate::stats::interval::{Interval, Proportion, Sample, newcombe, two_rates_p, wilson};

pub(super) const DAY_MS: i64 = 86_400_000;
/// Days of a month and of a week here.
pub(super) const MONTH: i64 = 28;
pub(super) const WEEK: i64 = 7;
const SESSIONS: &str = "sessions";

/// How active the users of one kind were.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Active {
    /// Mean number of users a day; `NaN` where a day is hidden.
    pub(super) daily: f64,
    pub(super) weekly: f64,
    pub(super) monthly: f64,
    pub(super) sessions: Option<Sample>,
}

impl Active {
    /// Share of the month's days on which a user of the month was active; `NaN` for nobody.
    pub(super) fn stickiness(&self) -> f64 {
        self.daily / self.monthly
    }

    /// The stickiness as if each user were active on all days or on none: what varies most for its mean.
    fn at_most(&self) -> Option<Proportion> {
        let share = self.stickiness();
        let n = self.monthly.round();
        (share.is_finite() && n >= 1.0).then(|| Proportion::new((share * n).round() as u64, n as u64)).flatten()
    }

    /// The stickiness with Wilson's interval over users.
    pub(super) fn interval(&self) -> Option<(f64, Interval)> {
        let around = wilson(self.at_most()?, LEVEL)?;
        Interval::new(around.low.min(self.stickiness()), around.high.max(self.stickiness()))
            .map(|i| (self.stickiness(), i))
    }
}

/// Newcombe's interval of a difference of stickiness, around its exact value, and its p.
pub(super) fn difference(a: &Active, b: &Active) -> Option<(f64, Interval, f64)> {
    let (of_a, of_b) = (a.at_most()?, b.at_most()?);
    let around = newcombe(of_a, of_b, LEVEL)?;
    let exact = a.stickiness() - b.stickiness();
    let rounding = exact - (of_a.rate() - of_b.rate());
    Some((exact, Interval::new(around.low + rounding, around.high + rounding)?, two_rates_p(of_a, of_b)))
}

/// The answers behind one side.
pub(super) struct Frames {
    /// The end of the last whole day.
    pub(super) end_ms: i64,
    month: Arc<Frame>,
    days: Arc<Frame>,
    more: Option<More>,
}

/// What only the panel's own page asks for.
struct More {
    week: Option<Arc<Frame>>,
    sessions: Option<Arc<Frame>>,
    /// The month, the days and the week of everybody, each user counted once.
    everybody: [Option<Arc<Frame>>; 3],
}

impl Frames {
    /// Asks for the context's side.
    ///
    /// # Errors
    /// As [`Ask::groups`].
    pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Self, Stop> {
        let end_ms = Bucket::Day.start_ms(context.range.to_ms);
        let last = |days: i64| TimeRange::new(end_ms - days * DAY_MS, end_ms);
        let by_day = [By::Time(Bucket::Day)];
        let month = split::groups(context, ask, metric, last(MONTH), &[], &[]);
        let days = split::groups(context, ask, metric, last(MONTH), &by_day, &[]);
        if !context.details {
            return Ok(Self { end_ms, month: month?, days: days?, more: None });
        }
        let week = split::groups(context, ask, metric, last(WEEK), &[], &[]);
        let column = metric.query.column(SESSIONS).to_owned();
        let folded = GroupMeasure { name: SESSIONS.to_owned(), fold: Fold::Moments(column) };
        let sessions = split::groups(context, ask, metric, last(MONTH), &[], &[folded]);
        let everybody = [
            ask.groups(context, metric, last(MONTH), &[], &[]),
            ask.groups(context, metric, last(MONTH), &by_day, &[]),
            ask.groups(context, metric, last(WEEK), &[], &[]),
        ];
        let (month, days) = (month?, days?);
        let sessions = match sessions {
            // A table without sessions has none.
            Err(Stop::Failed(failure)) if failure.cause == Cause::Configuration => None,
            answer => ask.spare(answer)?,
        };
        let [all_month, all_days, all_week] = everybody;
        let everybody = [ask.spare(all_month)?, ask.spare(all_days)?, ask.spare(all_week)?];
        Ok(Self { end_ms, month, days, more: Some(More { week: ask.spare(week)?, sessions, everybody }) })
    }

    /// How active each kind of user was; kinds without a user are left out.
    pub(super) fn read(&self) -> BTreeMap<Who, Active> {
        let mut found = read(&self.month, &self.days);
        if let Some(More { week, sessions, everybody }) = &self.more {
            let [all_month, all_days, all_week] = everybody;
            if let (Some(month), Some(days)) = (all_month, all_days) {
                found.extend(read(month, days));
            }
            for (who, _, n) in [week, all_week].into_iter().flatten().flat_map(|frame| counts(frame)) {
                if let Some(active) = found.get_mut(&who) {
                    active.weekly = n;
                }
            }
            for (who, sample) in sessions.iter().flat_map(|frame| samples(frame)) {
                if let Some(active) = found.get_mut(&who) {
                    active.sessions = sample;
                }
            }
        }
        found.retain(|_, active| active.monthly.is_nan() || active.monthly > 0.0);
        found
    }
}

/// Users of a month and the mean of its days. A hidden day hides the mean; a day without rows is none.
fn read(month: &Frame, days: &Frame) -> BTreeMap<Who, Active> {
    let of = |who: Who| {
        let sum: f64 = counts(days).into_iter().filter(|day| day.0 == who).map(|day| day.2).sum();
        sum / MONTH as f64
    };
    let active = |(who, _, monthly): (Who, f64, f64)| {
        (who, Active { daily: of(who), weekly: f64::NAN, monthly, sessions: None })
    };
    counts(month).into_iter().map(active).collect()
}

/// Users by kind and start of the bucket (`NaN` without one).
pub(super) fn counts(frame: &Frame) -> Vec<(Who, f64, f64)> {
    let Some(table) = frame.table() else { return Vec::new() };
    let row = |row: usize| Some((Who::at(table, row)?, table.number("time", row), table.number("units", row)));
    (0..table.n_rows()).filter_map(row).collect()
}

/// Sessions of a user by kind.
fn samples(frame: &Frame) -> Vec<(Who, Option<Sample>)> {
    let Some(table) = frame.table() else { return Vec::new() };
    let squares = format!("{SESSIONS}.squares");
    let row = |row: usize| {
        let sums = [table.number("units", row), table.number(SESSIONS, row), table.number(&squares, row)];
        Some((Who::at(table, row)?, sample(sums)))
    };
    (0..table.n_rows()).filter_map(row).collect()
}

/// Mean and variance of independent units from their number, sum and sum of squares; `None` where one is missing.
fn sample([n, sum, squares]: [f64; 3]) -> Option<Sample> {
    let is_usable = n >= 1.0 && sum.is_finite() && squares.is_finite();
    let variance = if n > 1.0 { ((squares - sum * sum / n) / (n - 1.0)).max(0.0) } else { 0.0 };
    is_usable.then(|| Sample { n: n.round() as u64, mean: sum / n, variance })
}
