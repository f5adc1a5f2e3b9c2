//! Revenue impact: what models bring in on top of the baseline, and whether it is as planned.
//!
//! Whether a model brought an order in is what its booking says (the column `kind`), so that the panel speaks of no cause.
//! A decision threshold that the viewer chose changes what errors cost: shown beside the bookings, as a what-if.

mod bridge;
mod plan;
#[cfg(test)]
mod tests;
pub(super) mod threshold;

use std::sync::Arc;

use self::bridge::Bridge;
use self::plan::Months;
use self::threshold::WhatIf;
use super::business_impact::conversion::{column, number};
use super::roi::money::unit_name;
use super::shared::per_unit::PerUnit;
use super::shared::{LEVEL, block, figures};
use super::{Ask, By, Context, Stop};
use crate::frame::{Frame, Labels};
use crate::query::{Bucket, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::interval::Interval;
use crate::stats::{mover, total};
use crate::units::{Direction, Unit};
use crate::view::{Block, BlockBody, Callout, Cell, Figure, Grid, Summary, Tone, View};

const NOT_CAUSAL: &str = "by booking, not by an experiment: a difference, not causal";

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let revenue = context.metric("revenue").ok_or_else(missing)?;
    let steps = Asked::ask(context, ask, revenue);
    let by_month = ask.groups(context, revenue, context.range, &[By::Part("kind"), By::Time(Bucket::Month)], &[]);
    let planned = context
        .metric("revenue-plan")
        .map(|metric| ask.groups(context, metric, whole_months(context.range), &[By::Time(Bucket::Month)], &[]));
    let other = context.other();
    let per_unit = context.metric("revenue-per-prediction").map(|metric| {
        let step_ms = context.step_ms(metric, context.range);
        PerUnit::ask(context, ask, metric, other.as_ref(), step_ms)
    });
    let other = other.map(|other| (other.title, Asked::ask(&other.context, ask, revenue)));
    let what_if = threshold::what_if(context, ask);
    let [kinds, components, all] = steps.0;
    let (kinds, components, all, by_month) = (kinds?, components?, all?, by_month?);
    let planned = match planned {
        Some(answer) => ask.spare(answer)?,
        None => None,
    };
    let before = match other {
        Some((title, asked)) => {
            let [kinds, components, all] = asked.0;
            let (kinds, components, all) = (ask.spare(kinds)?, ask.spare(components)?, ask.spare(all)?);
            kinds.zip(components).zip(all).map(|((kinds, parts), all)| (title, Bridge::of([&kinds, &parts, &all])))
        }
        None => None,
    };
    let what_if = what_if?;
    let per_unit = match per_unit {
        Some(asked) => asked.read(ask)?,
        None => None,
    };
    let bridge = Bridge::of([&kinds, &components, &all]);
    if bridge.is_empty() {
        return Err(Stop::empty("no revenue was booked in this time range"));
    }
    let months = Months::of(&by_month, planned.as_deref(), context.range);
    let before = before.filter(|(_, bridge)| !bridge.is_empty());
    let scene = Scene {
        revenue,
        bridge: &bridge,
        months: &months,
        what_if: what_if.as_ref(),
        before: before.as_ref().map(|(title, bridge)| (*title, bridge)),
    };
    scene.remarks(ask, context);
    let over_range = what_if.as_ref().and_then(|found| found.over_range(&revenue.unit));
    let mut blocks = Vec::new();
    blocks.extend(what_if.as_ref().map(|found| scene.told(found, over_range)));
    blocks.push(bridge.waterfall(&revenue.id, &revenue.unit, over_range.map(|(change, _)| change)).of_width(6));
    blocks.push(months.cumulative(&revenue.id, &revenue.unit, context.range).of_width(6));
    blocks.push(bridge.table(&revenue.id, &revenue.unit, scene.before));
    blocks.push(scene.basis());
    blocks.extend(per_unit.as_ref().and_then(|found| found.course("per-prediction")));
    let mut figures = scene.figures();
    // Four on a dashboard are enough.
    figures.extend(per_unit.as_ref().filter(|_| context.details || figures.len() < 4).map(PerUnit::figure));
    let n = bridge.all.n;
    Ok(View {
        summary: scene.sentence(),
        figures,
        blocks,
        n: Some(n).filter(|n| n.is_finite()).map(|n| (n, unit_name(revenue).to_owned())),
        ..View::default()
    })
}

/// Revenue of a side by kind, by kind and component, and in all, asked before an answer is looked at.
///
/// All is asked for by itself, since many customers have revenue of both kinds.
struct Asked([Result<Arc<Frame>, Stop>; 3]);

impl Asked {
    fn ask(context: &Context<'_>, ask: &mut Ask<'_>, revenue: &MetricSpec) -> Self {
        let mut groups = |by: &[By<'_>]| ask.groups(context, revenue, context.range, by, &[]);
        Self([groups(&[By::Part("kind")]), groups(&[By::Part("kind"), By::Part("component")]), groups(&[])])
    }
}

/// The range from the start of its first month, since a plan is dated there.
fn whole_months(range: TimeRange) -> TimeRange {
    TimeRange::new(Bucket::Month.start_ms(range.from_ms), range.to_ms)
}

struct Scene<'a> {
    revenue: &'a MetricSpec,
    bridge: &'a Bridge,
    months: &'a Months,
    what_if: Option<&'a WhatIf>,
    before: Option<(&'a str, &'a Bridge)>,
}

impl Scene<'_> {
    fn figures(&self) -> Vec<Figure> {
        let mut all = vec![self.model(), self.share()];
        all.extend(self.against_plan());
        all.extend(self.what_if.map(WhatIf::figure));
        all
    }

    /// What models brought in.
    fn model(&self) -> Figure {
        let ours = self.bridge.model;
        let mut figure =
            figures::named(&self.revenue.id, "Revenue brought by models", self.revenue.unit.id(), Direction::Higher);
        figure.series = Labels::new().with("kind", "model");
        figure.value = Some(ours.sum).filter(|v| v.is_finite());
        figure.n = Some(ours.n).filter(|n| n.is_finite());
        let interval = ours.interval(LEVEL);
        (figure.low, figure.high) = (interval.map(|i| i.low), interval.map(|i| i.high));
        figure.method = Some(match interval {
            Some(_) => format!("total over {}, as a compound Poisson sum; {NOT_CAUSAL}", unit_name(self.revenue)),
            None => format!("no interval: fewer than two {}; {NOT_CAUSAL}", unit_name(self.revenue)),
        });
        if let Some((title, before)) = self.before {
            let theirs = before.model;
            let change = total::difference(ours, theirs, LEVEL);
            figures::compare(&mut figure, theirs.sum, change.map(|i| (i.low, i.high)), title);
        }
        figure
    }

    /// The models' part of all revenue.
    fn share(&self) -> Figure {
        let of = |bridge: &Bridge| {
            let found = total::share(bridge.model, bridge.baseline, bridge.all, LEVEL);
            (bridge.model.sum / bridge.all.sum, found.map(|(_, interval)| interval))
        };
        let (value, interval): (f64, Option<Interval>) = of(self.bridge);
        let mut figure = figures::named("revenue-share", "Share of all revenue", "percentunit", Direction::Higher);
        figure.value = Some(value).filter(|v| v.is_finite());
        figure.n = Some(self.bridge.all.n).filter(|n| n.is_finite());
        (figure.low, figure.high) = (interval.map(|i| i.low), interval.map(|i| i.high));
        figure.method = Some(
            if interval.is_some() {
                "delta method over totals; a customer of both kinds counts once"
            } else {
                "no interval: a side is missing or negative"
            }
            .to_owned(),
        );
        if let Some((title, before)) = self.before {
            let (other, of_other) = of(before);
            let change =
                interval.zip(of_other).and_then(|(ours, theirs)| mover::difference((value, ours), (other, theirs)));
            figures::compare(&mut figure, other, change.map(|i| (i.low, i.high)), title);
        }
        figure
    }

    /// All revenue by what was planned.
    fn against_plan(&self) -> Option<Figure> {
        let planned = self.months.planned().filter(|planned| *planned > 0.0)?;
        let all = self.bridge.all;
        let mut figure = figures::named("revenue-plan", "Revenue by plan", "percentunit", Direction::Higher);
        figure.value = Some(all.sum / planned).filter(|v| v.is_finite());
        figure.n = Some(all.n).filter(|n| n.is_finite());
        let interval = all.interval(LEVEL);
        (figure.low, figure.high) = (interval.map(|i| i.low / planned), interval.map(|i| i.high / planned));
        figure.target = Some(1.0);
        figure.method =
            Some("total over customers by the plan, which counts by days where the range cuts a month".to_owned());
        Some(figure)
    }

    fn told(&self, found: &WhatIf, over_range: Option<(f64, Option<Interval>)>) -> Block {
        let plain = Unit::from("none");
        let said = Summary::text(format!("What if: {} decides at ", found.title)).value(found.threshold, &plain);
        let said = said.then(" instead of 0.5; errors then cost ").change(found.per_decision * 1_000.0, &found.unit);
        let said = said.then(" in 1,000 decisions");
        let said = match over_range {
            Some((change, Some(i))) => said
                .then(", over this range ")
                .change(change, &self.revenue.unit)
                .then(" (")
                .change(i.low, &self.revenue.unit)
                .then(" to ")
                .change(i.high, &self.revenue.unit)
                .then(")"),
            Some((change, None)) => said.then(", over this range ").change(change, &self.revenue.unit),
            None => {
                said.then("; not added to revenue, since the decisions of this range or the costs' unit are not known")
            }
        };
        block("what-if", "", BlockBody::Callout(Callout { tone: Tone::Warning, text: said }))
    }

    /// What the numbers rest on.
    fn basis(&self) -> Block {
        let mut rows = Vec::new();
        let mut push = |what: &str, n: f64, note: String| {
            rows.push(vec![Cell::Text(what.to_owned()), number(n), Cell::Text(note)]);
        };
        let who = unit_name(self.revenue);
        push("Revenue without models", self.bridge.baseline.n, who.to_owned());
        push("Revenue brought by models", self.bridge.model.n, format!("{who}; {NOT_CAUSAL}"));
        if self.months.plan.is_empty() {
            push("Plan", 0.0, "no plan for this selection".to_owned());
        } else {
            push(
                "Plan",
                self.months.plan.len() as f64,
                "months; a month that the range cuts counts by its days".to_owned(),
            );
        }
        if let Some(found) = self.what_if {
            let [fp, negative] = found.errors;
            push("What if: predictions decided again", found.n_rows as f64, found.rests_on.clone());
            push(
                "What if: decisions it is multiplied by",
                found.n_decisions.unwrap_or(f64::NAN),
                "of this range, as counted".to_owned(),
            );
            push("What if: cost of a false positive", fp, "as set in the confusion matrix".to_owned());
            push("What if: cost of a false negative", negative, "as set in the confusion matrix".to_owned());
        }
        let columns = vec![column("What", None, "none"), column("n", None, "short"), column("Of what", None, "none")];
        let grid = Grid { columns, rows, ..Grid::default() };
        block("basis", "What it rests on", BlockBody::Grid(grid)).in_details()
    }

    fn remarks(&self, ask: &mut Ask<'_>, context: &Context<'_>) {
        ask.remark(format!("revenue is the models' {NOT_CAUSAL}"));
        if self.bridge.n_unknown > 0.0 {
            ask.remark(format!("{} orders without a kind count as baseline", self.bridge.n_unknown));
        }
        if self.bridge.model.n <= 0.0 {
            ask.remark("no order is booked as a model's (kind is never \"model\")");
        }
        if self.months.has_hidden() {
            ask.remark("months of few customers are hidden, and with them what is added up after them");
        }
        if context.metric("revenue-plan").is_none() {
            ask.remark("without plan: the workspace has no metric revenue-plan");
        }
    }

    fn sentence(&self) -> Summary {
        let (model, baseline) = (self.bridge.model, self.bridge.baseline);
        let unit = &self.revenue.unit;
        if !model.sum.is_finite() {
            return Summary::text("revenue brought by models is hidden: too few customers");
        }
        let said =
            Summary::text("models brought in ").value(model.sum, unit).then(" on top of ").value(baseline.sum, unit);
        let said = figures::say_change(said, &self.model());
        let said = match self.months.planned().filter(|planned| *planned > 0.0) {
            Some(planned) => said
                .then("; all revenue is ")
                .value(self.bridge.all.sum / planned, &Unit::from("percentunit"))
                .then(" of plan"),
            None => said,
        };
        match self.what_if {
            Some(found) => said
                .then(format!("; what if {} decided at ", found.title))
                .value(found.threshold, &Unit::from("none"))
                .then(": errors would cost ")
                .change(found.per_decision * 1_000.0, &found.unit)
                .then(" in 1,000 decisions"),
            None => said,
        }
    }
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric revenue: amounts with the columns kind (baseline or model) and component, and for revenue-plan",
        "\"metrics\": [\n  { \"id\": \"revenue\", \"unit\": \"currencyEUR\", \"direction\": \"higher\", \"query\": { \"type\": \"table\",\n      \"source\": \"warehouse\", \"table\": \"orders\", \"time\": \"at\", \"unit\": \"user_id\", \"value\": \"amount\",\n      \"columns\": { \"kind\": \"kind\", \"component\": \"component\" } } },\n  { \"id\": \"revenue-plan\", \"unit\": \"currencyEUR\", \"query\": { \"type\": \"table\", \"source\": \"desk\",\n      \"table\": \"plan\", \"time\": \"at\", \"value\": \"amount\" } }\n]",
    )
}
