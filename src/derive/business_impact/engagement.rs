//! Engagement: daily, weekly and monthly active users, stickiness and sessions, with and without the model.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::active::{Active, DAY_MS, Frames, MONTH, WEEK, counts, difference};
use super::conversion::{column, measured, number, part, titled};
use super::split::{self, NOT_CAUSAL, Who};
use crate::derive::shared::{LEVEL, block, figures, lines};
use crate::derive::{Ask, By, Context, Other, Stop};
use crate::frame::{Frame, Labels};
use crate::query::{Bucket, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::interval::{mean_interval, welch};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Cell, Figure, Grid, Line, LineRole, Lines};

/// Longer ranges are drawn in weeks.
const MAX_DAYS_DRAWN: i64 = 120;

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

impl<'a> Engagement<'a> {
    /// Asks for both sides.
    ///
    /// # Errors
    /// As [`Ask::groups`]; [`Stop::Empty`] if nobody was active.
    pub(super) fn ask(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        other: Option<&Other<'_>>,
        metric: &'a MetricSpec,
    ) -> Result<Self, Stop> {
        split::check_unit(metric)?;
        let now = Frames::ask(context, ask, metric);
        let before = other.map(|other| (other.title, Frames::ask(&other.context, ask, metric)));
        let range = context.range;
        let trend_bucket = if range.width_ms() <= MAX_DAYS_DRAWN * DAY_MS { Bucket::Day } else { Bucket::Week };
        let by = [By::Time(trend_bucket)];
        let trend = split::groups(context, ask, metric, range, &by, &[]);
        let (now, trend) = (now?, trend?);
        let before = match before {
            Some((_, Err(Stop::Pending))) => return Err(Stop::Pending),
            Some((title, Ok(frames))) => Some((title.to_owned(), frames.read())),
            Some((title, Err(_))) => {
                ask.remark(format!("engagement is not known of {title}"));
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
        Ok(Self { metric, part: part(context).to_owned(), now: found, before, trend, trend_bucket, trend_range: range })
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
        let kinds = [Who::With, Who::All, Who::Without];
        let who = kinds.into_iter().find(|who| self.now.contains_key(who)).unwrap_or(Who::All);
        let mut all = Vec::new();
        if let Some(active) = self.now.get(&who) {
            let mut figure = self.stickiness(who, active);
            if let Some(without) = self.now.get(&Who::Without).filter(|_| who == Who::With) {
                compare(&mut figure, active, without, "without, not causal");
                figure.method = Some(format!("{}; {NOT_CAUSAL}", figure.method.unwrap_or_default()));
            } else if let Some((title, before)) = self.before_of(who) {
                compare_sides(&mut figure, active, before, title);
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
                    compare_sides(&mut figure, active, before, title);
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

/// The change against the other side, which may be of the same people.
fn compare_sides(figure: &mut Figure, active: &Active, other: &Active, title: &str) {
    compare(figure, active, other, title);
    let method = figure.method.take().unwrap_or_default();
    figure.method =
        Some(format!("{method}; the change takes both sides as other people: with the same it is too wide"));
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
