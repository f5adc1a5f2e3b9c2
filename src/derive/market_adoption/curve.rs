//! The adoption curve, new accounts by month, and their growth.

use super::users::{Months, next};
use crate::derive::business_impact::conversion::{part, titled};
use crate::derive::shared::{LEVEL, block, figures, lines};
use crate::derive::{Context, Other};
use crate::frame::Labels;
use crate::query::{Bucket, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::count_ratio::{Counted, growth};
use crate::stats::interval::Uplift;
use crate::stats::mover;
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Figure, Line, LineRole, Lines};

/// Months of each of the two periods that growth compares.
const PERIOD: usize = 3;
/// A curve needs time: shorter ranges look back over so many days.
const LOOK_BACK_DAYS: i64 = 365;
const DAY_MS: i64 = 86_400_000;

/// New accounts of the last whole months against as many before them.
pub(super) struct Growth {
    pub(super) found: Option<Uplift>,
    /// Accounts in both periods.
    pub(super) n: Option<f64>,
}

/// Growth of the months before `to_ms`.
pub(super) fn growth_of(months: &Months, to_ms: i64) -> Growth {
    let n_whole = months.n_whole(to_ms);
    let none = Growth { found: None, n: None };
    if n_whole < 2 * PERIOD {
        return none;
    }
    let period = |from: usize| {
        let new = months.new.get(from..from + PERIOD)?;
        let starts = months.starts.get(from..from + PERIOD)?;
        let sum: f64 = new.iter().sum();
        let length = (next(*starts.last()?) - *starts.first()?) as f64 / DAY_MS as f64;
        sum.is_finite().then(|| Counted { events: sum.round() as u64, length })
    };
    let (Some(now), Some(before)) = (period(n_whole - PERIOD), period(n_whole - 2 * PERIOD)) else { return none };
    Growth { found: growth(now, before, LEVEL), n: Some((now.events + before.events) as f64) }
}

/// The growth as a figure, against that of another side.
pub(super) fn growth_figure(
    context: &Context<'_>,
    months: &Months,
    before: Option<(&Other<'_>, &Months)>,
    to_ms: i64,
) -> Figure {
    let title = titled("Growth of new accounts, 3 months on 3", part(context));
    let mut figure = figures::named("adoption-growth", &title, "percentunit", Direction::Higher);
    let own = growth_of(months, to_ms);
    figure.n = own.n;
    let n_whole = months.n_whole(to_ms);
    let points = months.starts.iter().zip(&months.new).take(n_whole);
    let (x, y): (Vec<f64>, Vec<f64>) = points.map(|(start, n)| (*start as f64, *n)).unzip();
    figure.spark = lines::spark(&x, &y);
    let Some(found) = own.found else {
        figure.method = Some(if n_whole < 2 * PERIOD {
            format!("none: it needs {} whole months of sign-ups, there are {n_whole}", 2 * PERIOD)
        } else {
            "none: a month is hidden for its few accounts, or the earlier months had no sign-up".to_owned()
        });
        return figure;
    };
    figure.value = Some(found.estimate);
    (figure.low, figure.high) = (Some(found.interval.low), Some(found.interval.high));
    figure.method = Some(
        "new accounts a day in the last 3 whole months over those in the 3 before; conditional interval for two Poisson counts, by Wilson; n is new accounts"
            .to_owned(),
    );
    if let Some((other, before)) = before
        && let Some(before) = growth_of(before, other.context.range.to_ms).found
    {
        let of = mover::difference((found.estimate, found.interval), (before.estimate, before.interval));
        figures::compare(&mut figure, before.estimate, of.map(|i| (i.low, i.high)), other.title);
    }
    figure
}

/// Accounts in use, counted.
pub(super) fn accounts_figure(
    context: &Context<'_>,
    metric: &MetricSpec,
    in_use: Option<f64>,
    months: &Months,
    before: Option<(&Other<'_>, Option<f64>)>,
) -> Figure {
    let mut figure = figures::of_metric(metric);
    figure.title = titled("Accounts in use", part(context));
    figure.value = in_use;
    figure.n = months.signed.last().copied().filter(|n| n.is_finite());
    figure.method = Some(match in_use {
        Some(_) => "signed up less left by the end of the time range: counted, no interval; n signed up".to_owned(),
        None => "not shown: too few accounts".to_owned(),
    });
    let x = months.ends(context.range.to_ms);
    figure.spark = lines::spark(&x, &months.in_use);
    if let Some((other, Some(before))) = before {
        figures::compare(&mut figure, before, None, other.title);
    }
    figure
}

/// What the curves show: the range, or a year up to its end where it is shorter.
pub(super) fn shown_range(range: TimeRange) -> TimeRange {
    let from_ms = range.from_ms.min(range.to_ms - LOOK_BACK_DAYS * DAY_MS);
    TimeRange::new(Bucket::Month.start_ms(from_ms), range.to_ms)
}

/// Accounts in use at the end of each month, and all that ever signed up.
pub(super) fn curve(
    context: &Context<'_>,
    metric: &MetricSpec,
    months: &Months,
    before: Option<(&Other<'_>, &Months)>,
) -> Option<Block> {
    let range = shown_range(context.range);
    let line = |title: &str, series: &str, months: &Months, y: &[f64], range: TimeRange| {
        let points = months.ends(range.to_ms).into_iter().zip(y.iter().copied());
        let kept = points.filter(|(x, _)| *x >= range.from_ms as f64);
        let (x, y): (Vec<f64>, Vec<f64>) = kept.unzip();
        Line {
            title: title.to_owned(),
            series: Labels::new().with("accounts", series),
            entity: series.to_owned(),
            x,
            y,
            ..Line::default()
        }
    };
    let in_use = titled("in use", part(context));
    let mut main = line(&in_use, "in use", months, &months.in_use, range);
    main.area = true;
    let mut all = vec![main];
    let mut signed = line("ever signed up", "signed up", months, &months.signed, range);
    signed.role = LineRole::Guide;
    all.push(signed);
    // An earlier look is the same curve: only another model, region or segment has one of its own.
    if let Some((other, before)) = before.filter(|(other, _)| !other.is_earlier()) {
        let reference = line("in use", "in use", before, &before.in_use, shown_range(other.context.range));
        all.push(lines::ghost(context, other, reference));
    }
    let body = Lines {
        metric: metric.id.clone(),
        x: lines::time_axis(range),
        y: AxisSpec { unit: Unit::from("short"), min: Some(0.0), ..AxisSpec::default() },
        lines: all,
        ..Lines::default()
    };
    let has_points = body.lines.iter().any(|line| !line.x.is_empty());
    has_points.then(|| block("curve", "Accounts in use, at each month's end", BlockBody::Lines(body)))
}

/// New accounts by whole month.
pub(super) fn new_by_month(context: &Context<'_>, months: &Months) -> Option<Block> {
    let range = shown_range(context.range);
    let points = months.starts.iter().zip(&months.new).take(months.n_whole(context.range.to_ms));
    let kept = points.filter(|(start, _)| **start >= range.from_ms);
    let (x, y): (Vec<f64>, Vec<f64>) = kept.map(|(start, n)| (*start as f64, *n)).unzip();
    let line = Line {
        title: titled("new accounts", part(context)),
        series: Labels::new().with("accounts", "new"),
        entity: "new".to_owned(),
        x,
        y,
        ..Line::default()
    };
    let is_empty = line.x.is_empty();
    let body = Lines {
        metric: "new-accounts".to_owned(),
        x: lines::time_axis(range),
        y: AxisSpec { unit: Unit::from("short"), min: Some(0.0), ..AxisSpec::default() },
        lines: vec![line],
        ..Lines::default()
    };
    (!is_empty).then(|| block("new", "New accounts by whole month", BlockBody::Lines(body)).in_details())
}
