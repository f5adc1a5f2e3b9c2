//! Strategic goals: how far each is, where it will be when it is due, and whose it is.
//!
//! A goal is of the whole business, so that the selection's filters do not reach it. Its metric is asked by month, by the id that the
//! goal names; of the accounts of `adoption` those count that have not left. Settings read: `goal`, the one whose chart is shown. The option `total` lists metrics that are added up since the beginning.

mod goal;
mod show;
#[cfg(test)]
mod tests;

use self::goal::{Course, Goal, Standing};
use self::show::Known;
use super::derived::is_by_calendar;
use super::market_adoption::users::{self, Months};
use super::shared::figures;
use super::{Ask, By, Context, Side, Stop, Wanted};
use crate::frame::Frame;
use crate::query::{Bucket, Measure, TimeRange};
use crate::spec::{MetricQuerySpec, MetricSpec, TableAggregate};
use crate::state::Selection;
use crate::units::Direction;
use crate::view::{Figure, Summary, View};

const MAX_GOALS: u32 = 200;
/// How far back a metric is asked.
const MONTHS: i64 = 36;
const DAY_MS: i64 = 86_400_000;
/// The metric of accounts that may leave: read as a level it counts those in use, as market adoption does.
const ADOPTION: &str = "adoption";
const PARTS: [&str; 9] = ["goal", "title", "metric", "baseline", "target", "unit", "start", "due", "owner"];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let metric = context.metric("goals").ok_or_else(missing)?;
    // Goals are of the whole: no filter and no comparison reaches them.
    let unfiltered = Selection { filters: std::collections::BTreeMap::new(), ..context.selection.clone() };
    let whole = Context { selection: &unfiltered, references: &[], side: Side::Own, ..context.clone() };
    let rows = ask.rows(&whole, metric, context.range, &PARTS, MAX_GOALS)?;
    let goals = Goal::all(&rows);
    if goals.is_empty() {
        return Err(Stop::empty(format!("{} has no row with a goal or a title", metric.title())));
    }
    if !context.filters().is_empty() {
        ask.remark("goals are of the whole business: filters and comparisons do not reach them");
    }
    let end_ms = Bucket::Month.start_ms(context.range.to_ms);
    // All are asked before the first answer is looked at.
    let asked: Vec<_> = goals
        .into_iter()
        .map(|goal| {
            let of = goal.metric.as_deref();
            let found = whole.workspace.metrics.iter().find(|m| Some(m.id.as_str()) == of);
            let answer = found.map(|found| ask_months(&whole, ask, found, end_ms));
            let stay = found.filter(|found| found.id == ADOPTION && is_count_of_units(found));
            let stay = stay.map(|found| (found, Stay::ask(&whole, ask, found, end_ms)));
            (goal, found, answer, stay)
        })
        .collect();
    let mut all = Vec::new();
    for (goal, found, answer, stay) in asked {
        let frame = match answer {
            Some(answer) => ask.spare(answer)?,
            None => None,
        };
        let in_use = stay.map(|(found, stay)| stay.read(ask, found, end_ms)).transpose()?;
        let course = match in_use {
            // Not known who left: nothing is said of how many are in use.
            Some(None) => None,
            in_use => found
                .zip(frame)
                .and_then(|(found, frame)| course(context, &goal, found, &frame, in_use.flatten().as_deref(), end_ms)),
        };
        let standing = Standing::of(&goal, course.as_ref(), context.range.to_ms);
        all.push(Known { goal, metric: found, course, standing });
    }
    Ok(build(context, &all))
}

/// A metric by month, whole months only.
fn ask_months(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    metric: &MetricSpec,
    end_ms: i64,
) -> Result<std::sync::Arc<Frame>, Stop> {
    let from_ms = if is_count_of_units(metric) { 0 } else { Bucket::Month.start_ms(end_ms - MONTHS * 30 * DAY_MS) };
    let measure = match metric.query {
        MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. } => Measure::Increase,
        MetricQuerySpec::Expression { .. } => Measure::Instant,
        _ => Measure::Gauge,
    };
    // A month at the shortest: tables answer by the calendar, the others day by day and are folded here.
    let step_ms = if is_by_calendar(context, metric) { 30 * DAY_MS } else { DAY_MS };
    let wanted = Wanted::over_time(metric, measure, &[]).within(TimeRange::new(from_ms, end_ms)).every(step_ms);
    ask.series(context, &wanted)
}

/// The answers about accounts that may have left.
struct Stay {
    whole: users::Asked,
    months: users::Asked,
}

impl Stay {
    fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec, end_ms: i64) -> Self {
        Self {
            whole: users::ask(context, ask, metric, end_ms, &[]),
            months: users::ask(context, ask, metric, end_ms, &[By::Time(Bucket::Month)]),
        }
    }

    /// How many are in use at the end of each month, by its start; `None` where the source fails, which makes the panel partial.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    fn read(self, ask: &mut Ask<'_>, metric: &MetricSpec, end_ms: i64) -> Result<Option<Vec<(i64, f64)>>, Stop> {
        let (whole, months) = (self.whole.read(ask, metric, ""), self.months.read(ask, metric, "time"));
        match (whole, months) {
            (Ok(whole), Ok(by_month)) => {
                let months = Months::of(&by_month, &whole, end_ms);
                Ok(Some(months.starts.into_iter().zip(months.in_use).collect()))
            }
            (Err(Stop::Pending), _) | (_, Err(Stop::Pending)) => Err(Stop::Pending),
            (Err(stop), _) | (_, Err(stop)) => {
                ask.excuse(stop);
                Ok(None)
            }
        }
    }
}

fn is_count_of_units(metric: &MetricSpec) -> bool {
    matches!(metric.query, MetricQuerySpec::Table { aggregate: TableAggregate::Units, .. })
}

/// Whether nothing in a month means zero, as of totals and counts; a mean of nothing is missing.
fn counts(metric: &MetricSpec) -> bool {
    match &metric.query {
        MetricQuerySpec::Table { aggregate, .. } => *aggregate != TableAggregate::Mean,
        MetricQuerySpec::Counter { .. } | MetricQuerySpec::Histogram { .. } => true,
        _ => false,
    }
}

/// The course of a goal's metric, of accounts that may leave from how many are in use too; `None` without a point.
fn course(
    context: &Context<'_>,
    goal: &Goal,
    metric: &MetricSpec,
    frame: &Frame,
    in_use: Option<&[(i64, f64)]>,
    end_ms: i64,
) -> Option<Course> {
    let series = frame.series().first()?;
    let points: Vec<(i64, f64)> = if is_by_calendar(context, metric) {
        series.points().map(|(at, value)| (at as i64, value)).collect()
    } else {
        by_month(series.points(), counts(metric))
    };
    if !points.iter().any(|(at, value)| *at < end_ms && value.is_finite()) {
        return None;
    }
    let totals = context.panel.options.get("total").and_then(serde_json::Value::as_array);
    let named = totals.map(|named| named.iter().any(|id| id.as_str() == Some(metric.id.as_str())));
    if let Some(in_use) = in_use {
        let by_month = Course::of(goal, &points, counts(metric), false, end_ms);
        let level = Course::in_use(goal, in_use, end_ms);
        let is_level = named.unwrap_or_else(|| level.starts_nearer(goal, &by_month));
        return Some(if is_level { level } else { by_month });
    }
    let may_be_total = named.unwrap_or_else(|| is_count_of_units(metric));
    Some(Course::of(goal, &points, counts(metric), may_be_total, end_ms))
}

/// Days folded into months: added up where they count, else their mean. A point describes what ends there.
fn by_month(points: impl Iterator<Item = (f64, f64)>, counts: bool) -> Vec<(i64, f64)> {
    let mut months: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
    for (at, value) in points.filter(|(_, value)| value.is_finite()) {
        let month = months.entry(Bucket::Month.start_ms(at as i64 - 1)).or_default();
        *month = (month.0 + value, month.1 + 1.0);
    }
    months.into_iter().map(|(at, (sum, n))| (at, if counts { sum } else { sum / n })).collect()
}

fn build(context: &Context<'_>, all: &[Known<'_>]) -> View {
    let mut blocks = vec![show::table(all)];
    let chosen = context.setting("goal");
    for known in all {
        let is_chosen = chosen == Some(known.goal.id.as_str());
        blocks.extend(known.chart().map(|chart| if is_chosen { chart } else { chart.in_details() }));
    }
    blocks.extend(show::numbers(all));
    let newest = all.iter().filter_map(|known| known.course.as_ref()?.at.last().copied()).max();
    View {
        summary: summary(all),
        figures: figures(all),
        blocks,
        n: Some((all.len() as f64, "goals".to_owned())),
        as_of_ms: newest.map(|at| Bucket::Month.start_ms(at + 32 * DAY_MS) as f64),
        ..View::default()
    }
}

fn count(all: &[Known<'_>], of: &[Standing]) -> usize {
    all.iter().filter(|known| of.contains(&known.standing)).count()
}

fn figures(all: &[Known<'_>]) -> Vec<Figure> {
    let figure = |metric: &str, title: &str, direction: Direction, of: &[Standing]| {
        let mut figure = figures::named(metric, title, "short", direction);
        figure.value = Some(count(all, of) as f64);
        figure.n = Some(all.len() as f64);
        figure.method =
            Some("counted by the interval of each forecast against its target; a count has no interval".to_owned());
        figure
    };
    vec![
        figure("goals-on-track", "Goals on track", Direction::Higher, &[Standing::OnTrack, Standing::Reached]),
        figure("goals-missed", "Goals missed", Direction::Lower, &[Standing::Missed]),
    ]
}

fn summary(all: &[Known<'_>]) -> Summary {
    let on_track = count(all, &[Standing::OnTrack, Standing::Reached]);
    let mut said = format!("{on_track} of {} goals on track or reached", all.len());
    for standing in [Standing::AtRisk, Standing::Missed, Standing::Unknown] {
        let titles: Vec<&str> = all.iter().filter(|k| k.standing == standing).map(|k| k.goal.title.as_str()).collect();
        if !titles.is_empty() {
            said = format!("{said}; {}: {}", standing.word(), titles.join(", "));
        }
    }
    Summary::text(said)
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric goals: a table with the columns goal, title, metric, baseline, target, unit, start, due and owner",
        "\"sources\": [\n  { \"id\": \"records\", \"kind\": \"table\", \"url\": \"records/\" }\n],\n\"metrics\": [\n  { \"id\": \"goals\", \"dimensions\": [],\n    \"query\": { \"type\": \"table\", \"source\": \"records\", \"table\": \"goals.json\" } }\n]",
    )
}
