//! ROI and savings: what the models bring and cost, under assumptions that the viewer may change.
//!
//! Benefit is the revenue of the kind `model` and the savings; the return is benefit less cost, by cost. With an assumption or a decision
//! threshold that is not the default, everything shown is a what-if and says so.
//! Settings read: `assume-share`, `assume-cost`, `assume-discount`; options `share`, `cost` and `discount` set their defaults.

mod models;
pub(super) mod money;
pub(super) mod returns;
mod show;
pub(super) mod terms;
#[cfg(test)]
mod tests;

use self::money::{MODEL, Money};
use self::returns::{Books, Returns};
use self::show::Scene;
use self::terms::Terms;
use super::revenue_impact::threshold::{self, WhatIf};
use super::shared::per_unit::PerUnit;
use super::shared::{block, links};
use super::{Ask, Context, Stop};
use crate::spec::{MetricSpec, PanelKind};
use crate::units::Unit;
use crate::view::{Block, BlockBody, Callout, Figure, Summary, Tone, View};

/// Costs are booked by the month, a year's licence on one day: by the day they are spikes and nothing between.
const BOOKED_EVERY_MS: i64 = 28 * 86_400_000;

/// The money of one side, and how much of it there is.
pub(super) struct Side {
    pub(super) books: Books,
    /// Customers and bookings that it rests on.
    pub(super) n: f64,
}

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let metrics = Metrics::of(context).ok_or_else(missing)?;
    let terms = Terms::of(context);
    let own = metrics.ask(context, ask);
    let other = context.other();
    let per_unit = context
        .metric("cost-per-request")
        .map(|metric| PerUnit::ask(context, ask, metric, other.as_ref(), BOOKED_EVERY_MS));
    let other = other.map(|other| (other.title, other.context.range, metrics.ask(&other.context, ask)));
    let by_model = context.details.then(|| models::Asked::of(context, ask, &metrics));
    let what_if = threshold::what_if(context, ask);
    let mut side = own?;
    let before = match other {
        Some((title, range, Ok(side))) => Some((title, side.books.returns(&terms, range.from_ms))),
        Some((_, _, Err(Stop::Pending))) => return Err(Stop::Pending),
        Some((title, _, Err(stop))) => {
            ask.excuse(stop);
            ask.remark(format!("not compared with {title}: it has no books of its own"));
            None
        }
        None => None,
    };
    let what_if = what_if?;
    let per_unit = match per_unit {
        Some(asked) => asked.read(ask)?,
        None => None,
    };
    let unit = metrics.costs.unit.clone();
    if side.books.costs.is_empty() && side.n <= 0.0 {
        return Err(Stop::empty("nothing was booked in this time range: neither revenue nor savings nor costs"));
    }
    let as_booked = side.books.returns(&terms.unchanged(), context.range.from_ms);
    // Cheaper errors are a benefit.
    side.books.threshold = what_if.as_ref().and_then(|found| found.over_range(&unit)).map(|(change, _)| -change);
    let returns = side.books.returns(&terms, context.range.from_ms);
    let is_what_if = !terms.changed().is_empty() || side.books.threshold.is_some();
    let scene = Scene {
        unit: unit.clone(),
        terms,
        is_what_if,
        side: &side,
        returns: &returns,
        as_booked: &as_booked,
        before: before.as_ref().map(|(title, returns)| (*title, returns)),
    };
    let mut blocks = Vec::new();
    blocks.extend(is_what_if.then(|| told(&terms, what_if.as_ref(), &side, &unit)));
    blocks.push(scene.cumulative(context.range));
    blocks.push(scene.parts());
    if let Some(asked) = by_model {
        let whole = if terms.discount.value > 0.0 { "By model, before discount" } else { "By model" };
        blocks.extend(asked.table(context, ask, &terms, &unit, &scene.titled(whole))?);
    }
    blocks.push(scene.assumptions());
    blocks.extend(per_unit.as_ref().and_then(|found| found.course("per-request")));
    let mut figures = scene.figures(context.details);
    // As booked: no assumption reaches it.
    figures.extend(per_unit.as_ref().map(PerUnit::figure));
    explain(context, &mut figures);
    remarks(ask, &metrics, &returns, what_if.as_ref(), &side);
    let view = View {
        summary: scene.sentence(context),
        figures,
        blocks,
        controls: terms.controls(),
        n: Some(side.n).filter(|n| n.is_finite()).map(|n| (n, "customers and bookings".to_owned())),
        ..View::default()
    };
    Ok(view)
}

/// Where the figures lead: what errors cost, and what the models use.
fn explain(context: &Context<'_>, figures: &mut [Figure]) {
    for figure in figures {
        let kind = match figure.metric.as_str() {
            "roi" | "benefit" => PanelKind::ConfusionMatrix,
            "cost" | "cost-per-request" => PanelKind::Resources,
            _ => continue,
        };
        figure.evidence = links::of_figure(context, kind, None);
    }
}

/// The metrics that feed a return.
pub(super) struct Metrics<'a> {
    revenue: Option<&'a MetricSpec>,
    savings: Option<&'a MetricSpec>,
    pub(super) costs: &'a MetricSpec,
}

impl<'a> Metrics<'a> {
    /// Costs and at least one benefit; `None` where the workspace has less.
    pub(super) fn of(context: &Context<'a>) -> Option<Self> {
        let [revenue, savings, costs] = ["revenue", "savings", "costs"].map(|slot| context.metric(slot));
        (revenue.is_some() || savings.is_some()).then_some(Self { revenue, savings, costs: costs? })
    }

    /// The books of a side.
    ///
    /// # Errors
    /// As [`Ask::groups`].
    pub(super) fn ask(&self, context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Side, Stop> {
        let revenue = self.revenue.map(|metric| Money::ask(context, ask, metric, Some(MODEL)));
        let savings = self.savings.map(|metric| Money::ask(context, ask, metric, None));
        let costs = Money::ask(context, ask, self.costs, None);
        let revenue = revenue.map(money::Asked::read).transpose()?;
        let savings = savings.map(money::Asked::read).transpose()?;
        let costs = costs.read()?;
        let parts = revenue.iter().chain(&savings).chain([&costs]);
        let n = parts.map(|money| money.total.n).sum();
        Ok(Side { books: Books { revenue, savings, costs, threshold: None }, n })
    }
}

/// Says that this is a what-if, and of what.
fn told(terms: &Terms, what_if: Option<&WhatIf>, side: &Side, unit: &Unit) -> Block {
    let plain = Unit::from("none");
    let mut said = Summary::text("What if, not as booked: ");
    let changed = terms.changed();
    for (at, term) in changed.iter().enumerate() {
        let between = if at == 0 { "" } else { ", " };
        said = said.then(format!("{between}{} ", term.title.to_lowercase())).value(term.value, &plain);
        said = said.then(" instead of ").value(term.default, &plain);
    }
    if let (Some(found), Some(saved)) = (what_if, side.books.threshold) {
        let between = if changed.is_empty() { "" } else { ", " };
        said = said.then(format!("{between}{} decides at ", found.title)).value(found.threshold, &plain);
        said = said.then(", which changes the benefit by ").change(saved, unit);
    }
    block("what-if", "", BlockBody::Callout(Callout { tone: Tone::Warning, text: said }))
}

fn remarks(ask: &mut Ask<'_>, metrics: &Metrics<'_>, returns: &Returns, what_if: Option<&WhatIf>, side: &Side) {
    if metrics.revenue.is_none() {
        ask.remark("without revenue: the workspace has no metric revenue");
    }
    if metrics.savings.is_none() {
        ask.remark("without savings: the workspace has no metric savings");
    }
    let units = [metrics.revenue, metrics.savings].into_iter().flatten().map(|metric| &metric.unit);
    if units.into_iter().any(|unit| *unit != metrics.costs.unit) {
        ask.remark("the amounts are in different units and were added up as they are");
    }
    if side.books.revenue.is_some() {
        ask.remark("revenue is the models' by its booking, not by an experiment: a difference, not causal");
    }
    if returns.months.iter().any(|month| !month.benefit.is_finite() || !month.cost.is_finite()) {
        ask.remark("months of few customers are hidden, and with them what is added up after them");
    }
    if let Some(found) = what_if.filter(|_| side.books.threshold.is_none()) {
        ask.remark(format!(
            "the threshold of {} is not in the return: its costs are in no such unit, or its decisions are not counted",
            found.title
        ));
    }
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric costs, and for revenue or savings to hold against it",
        "\"metrics\": [\n  { \"id\": \"revenue\", \"unit\": \"currencyEUR\", \"query\": { \"type\": \"table\", \"source\": \"warehouse\",\n      \"table\": \"orders\", \"time\": \"at\", \"unit\": \"user_id\", \"value\": \"amount\" } },\n  { \"id\": \"savings\", \"unit\": \"currencyEUR\", \"query\": { \"type\": \"table\", \"source\": \"desk\",\n      \"table\": \"savings\", \"time\": \"at\", \"value\": \"amount\" } },\n  { \"id\": \"costs\", \"unit\": \"currencyEUR\", \"query\": { \"type\": \"table\", \"source\": \"desk\",\n      \"table\": \"costs\", \"time\": \"at\", \"value\": \"amount\" } }\n]",
    )
}
