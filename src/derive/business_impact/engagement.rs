//! Engagement: daily, weekly and monthly active users, stickiness and sessions, with and without the model.
//!
//! A month is 28 whole days, four of each weekday, and ends with the last whole day of the range; daily is the mean over these days.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conversion::{column, measured, number, titled};
use super::sides::{Side, Sides};
use super::split::{self, NOT_CAUSAL, Who};
use crate::derive::shared::{LEVEL, block, figures, lines};
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::{Frame, Labels};
use crate::query::{Bucket, Fold, GroupMeasure, TimeRange};
use crate::source::Cause;
use crate::spec::MetricSpec;
use crate::stats::interval::{Interval, Proportion, Sample, mean_interval, newcombe, two_rates_p, welch, wilson};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Cell, Figure, Grid, Line, LineRole, Lines};

const DAY_MS: i64 = 86_400_000;
/// Days of a month and of a week here.
const MONTH: i64 = 28;
const WEEK: i64 = 7;
/// Longer ranges are drawn in weeks.
const MAX_DAYS_DRAWN: i64 = 120;
const SESSIONS: &str = "sessions";

/// How active the users of one kind were.
#[derive(Clone, Debug, PartialEq)]
struct Active {
    /// Mean number of users a day; `NaN` where a day is hidden.
    daily: f64,
    weekly: f64,
    monthly: f64,
    sessions: Option<Sample>,
}

impl Active {
    /// Share of the month's days on which a user of the month was active; `NaN` for nobody.
    fn stickiness(&self) -> f64 {
        self.daily / self.monthly
    }

    /// The stickiness as if each user were active on all days or on none: what varies most for its mean.
    fn at_most(&self) -> Option<Proportion> {
        let share = self.stickiness();
        let n = self.monthly.round();
        (share.is_finite() && n >= 1.0).then(|| Proportion::new((share * n).round() as u64, n as u64)).flatten()
    }

    fn interval(&self) -> Option<(f64, Interval)> {
        let around = wilson(self.at_most()?, LEVEL)?;
        Interval::new(around.low.min(self.stickiness()), around.high.max(self.stickiness()))
            .map(|i| (self.stickiness(), i))
    }
}

/// Newcombe's interval of a difference of stickiness, around its exact value, and its p.
fn difference(a: &Active, b: &Active) -> Option<(f64, Interval, f64)> {
    let (of_a, of_b) = (a.at_most()?, b.at_most()?);
    let around = newcombe(of_a, of_b, LEVEL)?;
    let exact = a.stickiness() - b.stickiness();
    let rounding = exact - (of_a.rate() - of_b.rate());
    Some((exact, Interval::new(around.low + rounding, around.high + rounding)?, two_rates_p(of_a, of_b)))
}

/// The engagement of both sides, and the trend of the first.
pub(super) struct Engagement<'a> {
    metric: &'a MetricSpec,
    part: String,
    now: BTreeMap<Who, Active>,
    before: Option<(String, BTreeMap<Who, Active>)>,
    trend: Arc<Frame>,
    trend_bucket: Bucket,
    trend_range: TimeRange,
}

/// The answers behind one side.
struct Frames {
    end_ms: i64,
    month: Arc<Frame>,
    days: Arc<Frame>,
    more: Vec<Option<Arc<Frame>>>,
}

impl Frames {
    fn ask(context: &Context<'_>, ask: &mut Ask<'_>, side: &Side, metric: &MetricSpec) -> Result<Self, Stop> {
        let end_ms = Bucket::Day.start_ms(side.range.to_ms);
        let last = |days: i64| TimeRange::new(end_ms - days * DAY_MS, end_ms);
        let own = side.context(context);
        let month = split::groups(&own, ask, metric, last(MONTH), &[], &[]);
        let days = split::groups(&own, ask, metric, last(MONTH), &[By::Time(Bucket::Day)], &[]);
        let mut more = Vec::new();
        if context.details {
            more.push(split::groups(&own, ask, metric, last(WEEK), &[], &[]));
            more.push(ask.groups(&own, metric, last(MONTH), &[], &[]));
            more.push(ask.groups(&own, metric, last(MONTH), &[By::Time(Bucket::Day)], &[]));
            more.push(ask.groups(&own, metric, last(WEEK), &[], &[]));
            let column = metric.query.column(SESSIONS).to_owned();
            let folded = GroupMeasure { name: SESSIONS.to_owned(), fold: Fold::Moments(column) };
            more.push(split::groups(&own, ask, metric, last(MONTH), &[], &[folded]));
        }
        let (month, days) = (month?, days?);
        let mut answered = Vec::new();
        for answer in more {
            answered.push(match answer {
                // A table without sessions has none.
                Err(Stop::Failed(failure)) if failure.cause == Cause::Configuration => None,
                answer => ask.spare(answer)?,
            });
        }
        Ok(Self { end_ms, month, days, more: answered })
    }

    fn read(&self) -> BTreeMap<Who, Active> {
        let mut found: BTreeMap<Who, Active> = BTreeMap::new();
        let entry = |who: Who, monthly: f64| (who, Active { daily: 0.0, weekly: f64::NAN, monthly, sessions: None });
        found.extend(counts(&self.month).into_iter().map(|(who, _, n)| entry(who, n)));
        let more = |at: usize| self.more.get(at).and_then(Option::as_deref);
        if let Some(all) = more(1) {
            found.extend(counts(all).into_iter().map(|(_, _, n)| entry(Who::All, n)));
        }
        let days = counts(&self.days);
        // Where users are not told apart, the days are everybody's already.
        let is_split = counts(&self.month).iter().all(|(who, ..)| *who != Who::All);
        let everybody = more(2).filter(|_| is_split).map(counts).unwrap_or_default();
        for (who, _, n) in days.into_iter().chain(everybody) {
            if let Some(active) = found.get_mut(&who) {
                active.daily += n; // a hidden day hides the mean; a day without rows is none
            }
        }
        for active in found.values_mut() {
            active.daily /= MONTH as f64;
        }
        let weeks = [0, 3].into_iter().filter_map(more).flat_map(counts);
        for (who, _, n) in weeks {
            if let Some(active) = found.get_mut(&who) {
                active.weekly = n;
            }
        }
        if let Some(table) = more(4).and_then(Frame::table) {
            for row in 0..table.n_rows() {
                let who = Who::at(table, row);
                if let Some(active) = who.and_then(|who| found.get_mut(&who)) {
                    let squares = table.number(&format!("{SESSIONS}.squares"), row);
                    active.sessions = sample(table.number("units", row), table.number(SESSIONS, row), squares);
                }
            }
        }
        found.retain(|_, active| active.monthly.is_nan() || active.monthly > 0.0);
        found
    }
}

/// Mean and variance of independent units from their number, sum and sum of squares; `None` where one is missing.
fn sample(n: f64, sum: f64, squares: f64) -> Option<Sample> {
    let is_usable = n >= 1.0 && sum.is_finite() && squares.is_finite();
    let variance = if n > 1.0 { ((squares - sum * sum / n) / (n - 1.0)).max(0.0) } else { 0.0 };
    is_usable.then(|| Sample { n: n.round() as u64, mean: sum / n, variance })
}

/// Users by kind and start of the bucket (`NaN` without one).
fn counts(frame: &Frame) -> Vec<(Who, f64, f64)> {
    let Some(table) = frame.table() else { return Vec::new() };
    let row = |row: usize| Some((Who::at(table, row)?, table.number("time", row), table.number("units", row)));
    (0..table.n_rows()).filter_map(row).collect()
}

impl<'a> Engagement<'a> {
    /// Asks for both sides.
    ///
    /// # Errors
    /// As [`Ask::groups`]; [`Stop::Empty`] if nobody was active.
    pub(super) fn ask(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        sides: &Sides,
        metric: &'a MetricSpec,
    ) -> Result<Self, Stop> {
        split::check_unit(metric)?;
        let now = Frames::ask(context, ask, &sides.main, metric);
        let before = sides.reference.as_ref().map(|side| (side, Frames::ask(context, ask, side, metric)));
        let range = sides.main.range;
        let trend_bucket = if range.width_ms() <= MAX_DAYS_DRAWN * DAY_MS { Bucket::Day } else { Bucket::Week };
        let by = [By::Time(trend_bucket)];
        let trend = split::groups(&sides.main.context(context), ask, metric, range, &by, &[]);
        let (now, trend) = (now?, trend?);
        let before = match before {
            Some((_, Err(Stop::Pending))) => return Err(Stop::Pending),
            Some((side, Ok(frames))) => Some((side.title.clone(), frames.read())),
            Some((side, Err(_))) => {
                ask.remark(format!("engagement is not known of {}", side.title));
                None
            }
            None => None,
        };
        let found = now.read();
        if found.is_empty() {
            return Err(Stop::empty(format!("nobody was active in the {MONTH} days to the end of this time range")));
        }
        if now.end_ms < range.to_ms {
            ask.remark("active users are counted to the end of the last whole day");
        }
        Ok(Self { metric, part: sides.main.title.clone(), now: found, before, trend, trend_bucket, trend_range: range })
    }

    fn figure(&self, metric: &str, title: &str, unit: &str, who: Who) -> Figure {
        let title = titled(title, &self.part);
        let mut figure = figures::named(metric, &title, unit, Direction::Higher);
        if let Some(label) = who.label() {
            figure.series = Labels::new().with("assisted", label);
        }
        figure
    }

    /// The stickiness with the model against without; of everybody where they are not told apart.
    pub(super) fn figures(&self, details: bool) -> Vec<Figure> {
        let who = if self.now.contains_key(&Who::With) { Who::With } else { Who::All };
        let mut all = Vec::new();
        if let Some(active) = self.now.get(&who) {
            let mut figure = self.stickiness(who, active);
            if let Some(without) = self.now.get(&Who::Without).filter(|_| who == Who::With) {
                compare(&mut figure, active, without, "without, not causal");
                figure.method = Some(format!("{}; {NOT_CAUSAL}", figure.method.unwrap_or_default()));
            } else if let Some((title, before)) = self.before_of(who) {
                compare(&mut figure, active, before, title);
            }
            all.push(figure);
        }
        if !details {
            return all;
        }
        if let Some(active) = self.now.get(&Who::All) {
            if who != Who::All {
                let mut figure = self.stickiness(Who::All, active);
                if let Some((title, before)) = self.before_of(Who::All) {
                    compare(&mut figure, active, before, title);
                }
                all.push(figure);
            }
            let before = self.before_of(Who::All);
            let mut counted = |metric: &str, title: &str, of: fn(&Active) -> f64| {
                let mut figure = self.figure(metric, title, "short", Who::All);
                figure.value = Some(of(active)).filter(|v| v.is_finite());
                figure.n = Some(active.monthly).filter(|v| v.is_finite());
                figure.method =
                    Some("counted: no interval; of a change neither, since the same people are in both".to_owned());
                if let Some((title, before)) = before {
                    figures::compare(&mut figure, of(before), None, title);
                }
                all.push(figure);
            };
            counted("daily-active", "Daily active users, mean of 28 days", |a| a.daily);
            counted("weekly-active", "Weekly active users", |a| a.weekly);
            counted("monthly-active", "Monthly active users, 28 days", |a| a.monthly);
        }
        all
    }

    fn before_of(&self, who: Who) -> Option<(&str, &Active)> {
        let (title, before) = self.before.as_ref()?;
        before.get(&who).map(|active| (title.as_str(), active))
    }

    fn stickiness(&self, who: Who, active: &Active) -> Figure {
        let mut figure = self.figure("stickiness", &format!("Stickiness, {}", who.word()), "percentunit", who);
        figure.value = Some(active.stickiness()).filter(|v| v.is_finite());
        figure.n = Some(active.monthly).filter(|v| v.is_finite());
        let interval = active.interval();
        (figure.low, figure.high) = (interval.map(|(_, i)| i.low), interval.map(|(_, i)| i.high));
        figure.method = Some(
            "daily over monthly active users, 28 days; Wilson interval over users as if each came on all days or on none, so never too narrow"
                .to_owned(),
        );
        figure
    }

    /// Active users over time, with and without.
    pub(super) fn lines(&self) -> Block {
        let mut by_who: BTreeMap<Who, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
        for (who, at, n) in counts(&self.trend) {
            // A week that the range cuts would look like a fall.
            let whole = match self.trend_bucket {
                Bucket::Week => at + (WEEK * DAY_MS) as f64 <= self.trend_range.to_ms as f64,
                _ => at + DAY_MS as f64 <= self.trend_range.to_ms as f64,
            };
            if whole && at >= self.trend_range.from_ms as f64 {
                let (x, y) = by_who.entry(who).or_default();
                x.push(at);
                y.push(n);
            }
        }
        let line = |(who, (x, y)): (Who, (Vec<f64>, Vec<f64>))| Line {
            title: who.word().to_owned(),
            series: who.label().map(|label| Labels::new().with("assisted", label)).unwrap_or_default(),
            entity: who.word().to_owned(),
            role: if who == Who::Without { LineRole::Training } else { LineRole::Main },
            x,
            y,
            ..Line::default()
        };
        let body = Lines {
            metric: self.metric.id.clone(),
            x: lines::time_axis(self.trend_range),
            y: AxisSpec { unit: Unit::from("short"), min: Some(0.0), ..AxisSpec::default() },
            lines: by_who.into_iter().map(line).collect(),
            ..Lines::default()
        };
        let title = if self.trend_bucket == Bucket::Week { "Weekly active users" } else { "Daily active users" };
        block("active", title, BlockBody::Lines(body))
    }

    /// Everything about both kinds of users, and how they differ.
    pub(super) fn table(&self) -> Block {
        let mut rows: Vec<Vec<Cell>> = self.now.iter().map(|(who, active)| row(who.word(), active)).collect();
        if let Some((title, before)) = &self.before {
            rows.extend(before.iter().map(|(who, active)| row(&format!("{}, {title}", who.word()), active)));
        }
        if let (Some(with), Some(without)) = (self.now.get(&Who::With), self.now.get(&Who::Without)) {
            let sessions = with.sessions.zip(without.sessions).and_then(|(a, b)| welch(&a, &b, LEVEL));
            rows.push(vec![
                Cell::Text("difference, not causal".to_owned()),
                number(with.daily - without.daily),
                number(with.weekly - without.weekly),
                number(with.monthly - without.monthly),
                measured(difference(with, without).map(|(exact, interval, _)| (exact, interval))),
                measured(sessions.map(|d| (d.estimate, d.interval))),
            ]);
        }
        let grid = Grid {
            columns: vec![
                column("Users", None, "none"),
                column("Daily, mean of 28 days", Some("daily-active"), "short"),
                column("Weekly", Some("weekly-active"), "short"),
                column("Monthly, 28 days", Some("monthly-active"), "short"),
                column("Stickiness", Some("stickiness"), "percentunit"),
                column("Sessions a user, 28 days", Some("sessions-per-user"), "none"),
            ],
            rows,
            ..Grid::default()
        };
        let title = "Engagement: Wilson and Newcombe intervals over users, t and Welch of sessions";
        block("engagement", title, BlockBody::Grid(grid)).in_details()
    }
}

fn compare(figure: &mut Figure, active: &Active, other: &Active, title: &str) {
    let of = difference(active, other);
    figures::compare(figure, other.stickiness(), of.map(|(_, i, _)| (i.low, i.high)), title);
    figure.p = of.map(|(_, _, p)| p).filter(|p| p.is_finite());
}

fn row(title: &str, active: &Active) -> Vec<Cell> {
    let sessions = active.sessions.as_ref().and_then(|s| mean_interval(s, LEVEL).map(|i| (s.mean, i)));
    vec![
        Cell::Text(title.to_owned()),
        number(active.daily),
        number(active.weekly),
        number(active.monthly),
        measured(active.interval()),
        measured(sessions),
    ]
}
