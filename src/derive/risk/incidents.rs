//! Incidents by severity: how many in each stretch of time, as rates with exact Poisson intervals.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::portfolio::table::{column, measured};
use crate::derive::shared::{LEVEL, block, figures, lines};
use crate::derive::{Ask, By, Context, Other, Stop};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::query::{Bucket, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::interval::Interval;
use crate::stats::{mover, poisson};
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Cell, Figure, Grid, Line, Lines, Summary};

const DAY_MS: f64 = 86_400_000.0;
/// Rates are for so many days.
const PER_DAYS: f64 = 30.0;
/// The order of the severities that are known; others follow by name.
const SEVERITIES: [&str; 3] = ["critical", "major", "minor"];
/// A bucket of which less than this share lies within the range has no point of its own.
const LEAST_SHARE: f64 = 0.5;

/// The answers that are waited for.
pub(super) struct Asked<'a> {
    metric: &'a MetricSpec,
    bucket: Bucket,
    own: Result<Arc<Frame>, Stop>,
    other: Option<(Other<'a>, Result<Arc<Frame>, Stop>)>,
}

/// Incidents of both sides.
pub(super) struct Incidents {
    metric: String,
    bucket: Bucket,
    range: TimeRange,
    /// Number by severity and start of the bucket, the gravest severity first.
    by_severity: Vec<(String, BTreeMap<i64, u64>)>,
    /// Name, days and number by severity of the other side.
    before: Option<(String, f64, BTreeMap<String, u64>)>,
    /// Start of the newest bucket with an incident, milliseconds.
    pub(super) newest_ms: Option<f64>,
}

impl<'a> Asked<'a> {
    /// The incidents; `None` where the source fails or the table has no times, which makes the panel partial.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(super) fn read(self, context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Option<Incidents>, Stop> {
        let other = match self.other {
            Some((other, answer)) => ask.spare(answer)?.map(|frame| (other, frame)),
            None => None,
        };
        let Some(own) = ask.spare(self.own)? else { return Ok(None) };
        let (counts, n_hidden) = counts(&own);
        if n_hidden > 0 {
            ask.remark("some incidents are not counted: their number is hidden");
        }
        let mut by_severity: Vec<(String, BTreeMap<i64, u64>)> = counts.into_iter().collect();
        let place = |name: &str| SEVERITIES.iter().position(|known| *known == name).unwrap_or(SEVERITIES.len());
        by_severity.order_by(|(a, _), (b, _)| place(a).cmp(&place(b)).then(a.cmp(b)));
        let newest = by_severity.iter().flat_map(|(_, buckets)| buckets.keys()).max();
        let total = |buckets: &BTreeMap<i64, u64>| buckets.values().sum();
        Ok(Some(Incidents {
            metric: self.metric.id.clone(),
            bucket: self.bucket,
            range: context.range,
            newest_ms: newest.map(|at| *at as f64),
            by_severity,
            before: other.map(|(other, frame)| {
                let (counts, _) = self::counts(&frame);
                let totals = counts.iter().map(|(name, buckets)| (name.clone(), total(buckets))).collect();
                (other.title.to_owned(), days(other.context.range), totals)
            }),
        }))
    }
}

impl Incidents {
    /// Asks both sides.
    pub(super) fn ask<'a>(context: &Context<'a>, ask: &mut Ask<'_>, metric: &'a MetricSpec) -> Asked<'a> {
        let bucket = match days(context.range) {
            d if d >= 180.0 => Bucket::Month,
            d if d >= 35.0 => Bucket::Week,
            _ => Bucket::Day,
        };
        let by = [By::Part("severity"), By::Time(bucket)];
        let own = ask.groups(context, metric, context.range, &by, &[]);
        let other = context.other().map(|other| {
            let answer = ask.groups(&other.context, metric, other.context.range, &by, &[]);
            (other, answer)
        });
        Asked { metric, bucket, own, other }
    }

    fn total(&self) -> u64 {
        self.by_severity.iter().flat_map(|(_, buckets)| buckets.values()).sum()
    }

    /// All incidents in 30 days.
    pub(super) fn figure(&self) -> Figure {
        let mut figure = figures::named(&self.metric, "Incidents in 30 days", "none", Direction::Lower);
        figure.n = Some(self.total() as f64);
        figure.method = Some("exact Poisson interval; incidents are taken as independent".to_owned());
        let own = rate(self.total(), days(self.range));
        if let Some((value, interval)) = own {
            (figure.value, figure.low, figure.high) = (Some(value), Some(interval.low), Some(interval.high));
        }
        if let Some((title, days, totals)) = &self.before
            && let Some(before) = rate(totals.values().sum(), *days)
        {
            let change = own.and_then(|own| mover::difference(own, before)).map(|i| (i.low, i.high));
            figures::compare(&mut figure, before.0, change, title);
        }
        figure
    }

    /// Ends a sentence with the incidents.
    pub(super) fn say(&self, said: Summary) -> Summary {
        let figure = self.figure();
        let n_critical: u64 =
            self.by_severity.iter().filter(|(name, _)| name == "critical").flat_map(|(_, b)| b.values()).sum();
        let short = Unit::from("short");
        let said = said.value(self.total() as f64, &short).then(" incidents");
        let said = match n_critical {
            0 => said,
            n => said.then(", ").value(n as f64, &short).then(" of them critical"),
        };
        figures::say_change(said, &figure)
    }

    /// Rates over time, one line a severity.
    pub(super) fn lines(&self, context: &Context<'_>) -> Block {
        let stretches = self.stretches();
        let line = |(name, buckets): &(String, BTreeMap<i64, u64>)| {
            let at = |(start, days): &(i64, f64)| rate(buckets.get(start).copied().unwrap_or(0), *days);
            let rates: Vec<Option<(f64, Interval)>> = stretches.iter().map(at).collect();
            let pick =
                |of: fn(&(f64, Interval)) -> f64| rates.iter().map(|r| r.as_ref().map_or(f64::NAN, of)).collect();
            Line {
                title: name.clone(),
                series: Labels::new().with("severity", name.clone()),
                entity: name.clone(),
                x: stretches.iter().map(|(start, _)| *start as f64).collect(),
                y: pick(|(rate, _)| *rate),
                low: pick(|(_, interval)| interval.low),
                high: pick(|(_, interval)| interval.high),
                ..Line::default()
            }
        };
        let mut x = lines::time_axis(context.range);
        // A bucket stands at its start, which may lie before the range.
        x.min = stretches.first().map(|(start, _)| *start as f64).into_iter().chain(x.min).reduce(f64::min);
        let body = Lines {
            metric: self.metric.clone(),
            x,
            y: AxisSpec { title: "in 30 days".to_owned(), min: Some(0.0), ..AxisSpec::default() },
            lines: self.by_severity.iter().map(line).collect(),
            ..Lines::default()
        };
        let every = match self.bucket {
            Bucket::Month => "month",
            Bucket::Week => "week",
            Bucket::Day | Bucket::Hour => "day",
        };
        block("incidents", &format!("Incidents by severity, each {every}, as a rate"), BlockBody::Lines(body))
    }

    /// Starts of the buckets with the days of each that lie within the range; those mostly outside are left out.
    fn stretches(&self) -> Vec<(i64, f64)> {
        let TimeRange { from_ms, to_ms } = self.range;
        let mut found = Vec::new();
        let mut start = self.bucket.start_ms(from_ms);
        while start < to_ms {
            let end = next(self.bucket, start);
            let within = (end.min(to_ms) - start.max(from_ms)) as f64;
            if within >= LEAST_SHARE * (end - start) as f64 {
                found.push((start, within / DAY_MS));
            }
            if end <= start {
                break;
            }
            start = end;
        }
        found
    }

    /// Number and rate of each severity, and its change.
    pub(super) fn table(&self) -> Block {
        let mut names: Vec<&str> = self.by_severity.iter().map(|(name, _)| name.as_str()).collect();
        let gone = self.before.iter().flat_map(|(_, _, totals)| totals.keys());
        for name in gone {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let own_of = |name: &str| {
            let buckets = self.by_severity.iter().find(|(known, _)| known == name);
            buckets.map_or(0, |(_, buckets)| buckets.values().sum::<u64>())
        };
        let row = |name: &&str| {
            let n = own_of(name);
            let own = rate(n, days(self.range));
            let mut cells = vec![Cell::Text((*name).to_owned()), Cell::Number(n as f64), measured(own)];
            if let Some((_, days, totals)) = &self.before {
                let n_before = totals.get(*name).copied().unwrap_or(0);
                let before = rate(n_before, *days);
                let change = own.zip(before).and_then(|(a, b)| Some((a.0 - b.0, mover::difference(a, b)?)));
                cells.extend([Cell::Number(n_before as f64), measured(before), measured(change)]);
            }
            cells
        };
        let metric = Some(self.metric.as_str());
        let mut columns = vec![
            column("Severity", None, "none"),
            column("Incidents", metric, "short"),
            column("In 30 days", Some("incident-rate"), "none"),
        ];
        if let Some((title, ..)) = &self.before {
            columns.push(column(&format!("Incidents, {title}"), metric, "short"));
            columns.push(column(&format!("In 30 days, {title}"), Some("incident-rate-reference"), "none"));
            columns.push(column("Change in 30 days", Some("incident-rate-change"), "none"));
        }
        let grid = Grid { columns, rows: names.iter().map(row).collect(), ..Grid::default() };
        block("incident-rates", "Incidents by severity", BlockBody::Grid(grid))
    }
}

/// Numbers by severity and start of the bucket, and how many groups have no number.
fn counts(frame: &Frame) -> (BTreeMap<String, BTreeMap<i64, u64>>, usize) {
    let mut counts: BTreeMap<String, BTreeMap<i64, u64>> = BTreeMap::new();
    let mut n_hidden = 0;
    let Some(table) = frame.table() else { return (counts, n_hidden) };
    for row in 0..table.n_rows() {
        let (at, n) = (table.number("time", row), table.number("rows", row));
        if !(at.is_finite() && n.is_finite() && n >= 0.0) {
            n_hidden += 1;
            continue;
        }
        let severity = table.text("severity", row).filter(|name| !name.is_empty());
        let severity = severity.unwrap_or_else(|| "without severity".to_owned());
        *counts.entry(severity).or_default().entry(at as i64).or_default() += n.round() as u64;
    }
    (counts, n_hidden)
}

fn days(range: TimeRange) -> f64 {
    range.width_ms() as f64 / DAY_MS
}

/// Incidents in 30 days with their interval.
fn rate(count: u64, days: f64) -> Option<(f64, Interval)> {
    poisson::rate(count, days / PER_DAYS, LEVEL)
}

/// Start of the bucket after the one that starts at `start`.
fn next(bucket: Bucket, start: i64) -> i64 {
    const DAY: i64 = 86_400_000;
    match bucket {
        Bucket::Hour => start + 3_600_000,
        Bucket::Day => start + DAY,
        Bucket::Week => start + 7 * DAY,
        Bucket::Month => bucket.start_ms(start + 32 * DAY),
    }
}
