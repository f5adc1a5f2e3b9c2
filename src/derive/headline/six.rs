//! The six numbers of the business, each only where its metric is.

use std::sync::Arc;

use super::moved::{self, Headline, Kind, Parts, whole};
use crate::derive::roi;
use crate::derive::roi::money::total_at;
use crate::derive::roi::returns::Returns;
use crate::derive::roi::terms::Terms;
use crate::derive::shared::{LEVEL, figures};
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::Frame;
use crate::query::TimeRange;
use crate::spec::{MetricQuerySpec, MetricSpec, PanelKind};
use crate::stats::interval::{Proportion, mean_interval};
use crate::stats::mover;
use crate::stats::total::Total;
use crate::units::Direction;
use crate::view::Figure;

/// The word for a risk that stands.
const OPEN: &str = "open";

/// A headline with both sides read.
pub(super) struct Sides<'a> {
    pub(super) headline: &'a Headline<'a>,
    pub(super) now: &'a Parts,
    pub(super) before: Option<&'a Parts>,
    pub(super) against: &'a str,
}

impl Sides<'_> {
    /// Its figure: the value with its interval, the change with its own.
    pub(super) fn figure(&self, title: &str) -> Figure {
        let (headline, total) = (self.headline, whole(self.now));
        let mut figure = figures::of_metric(headline.metric);
        title.clone_into(&mut figure.title);
        figure.unit = headline.unit.clone();
        figure.direction = headline.direction;
        if headline.kind == Kind::Hits {
            if let Some(rate) = proportion(total) {
                figures::fill_rate(&mut figure, rate);
                if let Some(before) = self.before.and_then(|parts| proportion(whole(parts))) {
                    figures::compare_rates(&mut figure, rate, before, self.against);
                }
            }
            return figure;
        }
        let value = headline.value(self.now);
        figure.value = Some(value).filter(|v| v.is_finite());
        figure.n = Some(total.n).filter(|n| n.is_finite());
        let (interval, method) = match headline.kind {
            Kind::Mean => (total.sample().and_then(|s| mean_interval(&s, LEVEL)), "t interval of the mean"),
            Kind::Total => (total.interval(LEVEL), "total over customers, as a compound Poisson sum"),
            _ => (None, "no interval of a booked total"),
        };
        (figure.low, figure.high) = (interval.map(|i| i.low), interval.map(|i| i.high));
        let is_hidden = !total.is_present();
        figure.method = Some(if is_hidden { "hidden: too few customers" } else { method }.to_owned());
        if let Some(before) = self.before {
            let change = headline.change(before, self.now, LEVEL).map(|(_, i)| (i.low, i.high));
            figures::compare(&mut figure, headline.value(before), change, self.against);
        }
        figure
    }
}

fn proportion(total: Total) -> Option<Proportion> {
    let whole = |value: f64| (value.is_finite() && value >= 0.0).then(|| value.round() as u64);
    Proportion::new(whole(total.sum)?, whole(total.n)?)
}

/// The return on cost under the assumptions of the workspace, of both sides.
pub(super) struct Return {
    now: Result<roi::Side, Stop>,
    before: Result<roi::Side, Stop>,
    terms: Terms,
    ranges: [TimeRange; 2],
}

impl Return {
    /// Asks for both sides; `None` where the workspace has no costs, or nothing to hold against them.
    pub(super) fn ask(now: &Context<'_>, before: &Context<'_>, ask: &mut Ask<'_>) -> Option<Self> {
        let metrics = roi::Metrics::of(now)?;
        let terms = Terms::defaults(now);
        let ranges = [now.range, before.range];
        Some(Self { now: metrics.ask(now, ask), before: metrics.ask(before, ask), terms, ranges })
    }

    /// Its figure; `None` where the books cannot be read.
    ///
    /// # Errors
    /// Only [`Stop::Pending`].
    pub(super) fn figure(self, ask: &mut Ask<'_>, against: &str) -> Result<Option<Figure>, Stop> {
        let [range, range_before] = self.ranges;
        let read = |side: roi::Side, range: TimeRange| (side.n, side.books.returns(&self.terms, range.from_ms));
        let now: (f64, Returns) = match self.now {
            Ok(side) => read(side, range),
            Err(Stop::Pending) => return Err(Stop::Pending),
            Err(stop) => {
                ask.excuse(stop);
                return Ok(None);
            }
        };
        let before = match self.before {
            Ok(side) => Some(read(side, range_before)),
            Err(Stop::Pending) => return Err(Stop::Pending),
            Err(_) => None,
        };
        let (n, returns) = now;
        // Nothing booked is no return of nothing.
        if n <= 0.0 {
            return Ok(None);
        }
        let (value, interval) = returns.roi;
        let mut figure = figures::named("roi", "ROI", "percentunit", Direction::Higher);
        figure.value = Some(value).filter(|v| v.is_finite());
        figure.n = Some(n).filter(|n| n.is_finite());
        (figure.low, figure.high) = (interval.map(|i| i.low), interval.map(|i| i.high));
        figure.method = Some(returns.method.clone());
        if let Some((_, before)) = before {
            let (other, of_other) = before.roi;
            let change = interval.zip(of_other).and_then(|(a, b)| mover::difference((value, a), (other, b)));
            figures::compare(&mut figure, other, change.map(|i| (i.low, i.high)), against);
        }
        Ok(Some(figure))
    }
}

/// Accounts before the range, asked so that the growth in it has something to stand against.
pub(super) fn ask_accounts(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Arc<Frame>, Stop> {
    ask.groups(context, metric, TimeRange::new(0, context.range.from_ms), &[], &[])
}

/// How many accounts came, by how many there were.
pub(super) fn adoption_growth(sides: &Sides<'_>, earlier: &Frame) -> Option<Figure> {
    let there = earlier.table().map(|table| total_at(table, 0).sum)?;
    let new = whole(sides.now);
    let mut figure = figures::of_metric(sides.headline.metric);
    "Adoption growth".clone_into(&mut figure.title);
    figure.unit = "percentunit".into();
    figure.direction = Direction::Higher;
    // The metric's target counts accounts.
    figure.target = None;
    figure.n = Some(new.n).filter(|n| n.is_finite());
    if there > 0.0 {
        figure.value = Some(new.sum / there).filter(|v| v.is_finite());
        let interval = new.interval(LEVEL);
        (figure.low, figure.high) = (interval.map(|i| i.low / there), interval.map(|i| i.high / there));
        figure.method =
            Some("accounts that came in this range by those before it; interval as of a Poisson count".to_owned());
    } else {
        figure.method = Some("no account before this range, so that there is nothing to grow from".to_owned());
    }
    if let Some(before) = sides.before {
        let before = whole(before);
        let (there_before, unit) = (there - before.sum, there);
        if there_before > 0.0 && unit > 0.0 {
            let of = |total: Total, there: f64| Some((total.sum / there, scaled(total.interval(LEVEL)?, there)?));
            let change = of(new, there).zip(of(before, there_before)).and_then(|(a, b)| mover::difference(a, b));
            figures::compare(&mut figure, before.sum / there_before, change.map(|i| (i.low, i.high)), sides.against);
        }
    }
    Some(figure)
}

fn scaled(interval: crate::stats::interval::Interval, by: f64) -> Option<crate::stats::interval::Interval> {
    crate::stats::interval::Interval::new(interval.low / by, interval.high / by)
}

/// The engineer's or data scientist's panel that explains a figure, by the figure's metric.
pub(super) fn explained_by(metric: &str, read: &[(&Headline<'_>, Parts, Option<Parts>)]) -> Option<PanelKind> {
    if metric == "roi" {
        // What errors cost, and the threshold that moves the return.
        return Some(PanelKind::ConfusionMatrix);
    }
    let headline = read.iter().map(|(headline, ..)| headline).find(|headline| headline.metric.id == metric);
    Some(match headline.map(|headline| headline.title) {
        Some(moved::REVENUE) => PanelKind::AbTests,
        Some(moved::SATISFACTION) => PanelKind::Errors,
        Some(moved::ACCOUNTS) => PanelKind::LatencyThroughput,
        Some(moved::QUALITY) => PanelKind::ModelPerformance,
        Some(_) => return None,
        // Of the six only the register is no headline.
        None => PanelKind::Drift,
    })
}

/// Asks for risks by their status. A register has no range: it says what is open now.
pub(super) fn ask_risks(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Arc<Frame>, Stop> {
    ask.groups(context, metric, context.range, &[By::Part("status")], &[])
}

/// How many risks are open; `None` for a table without a status, and where the filters leave no risk, open or not.
pub(super) fn open_risks(context: &Context<'_>, metric: &MetricSpec, frame: &Frame) -> Option<Figure> {
    let table = frame.table().filter(|table| table.n_rows() > 0 || context.filters().is_empty())?;
    table.column("status")?;
    let is_open = |row: &usize| table.text("status", *row).is_some_and(|status| status.eq_ignore_ascii_case(OPEN));
    let count = |row: usize| table.number("rows", row);
    let mut figure = figures::of_metric(metric);
    "Open risks".clone_into(&mut figure.title);
    figure.unit = "short".into();
    figure.direction = Direction::Lower;
    figure.value = Some((0..table.n_rows()).filter(is_open).map(count).sum::<f64>()).filter(|n| n.is_finite());
    figure.n = Some((0..table.n_rows()).map(count).sum::<f64>()).filter(|n| n.is_finite());
    let dated = matches!(&metric.query, MetricQuerySpec::Table { time: Some(_), .. });
    let when = if dated { "of those in this time range" } else { "as the register stands now" };
    figure.method = Some(format!("counted, {when}: a count has no interval"));
    Some(figure)
}
