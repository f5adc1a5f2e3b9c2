//! Business impact: conversion, engagement and retention, each with and without the model.
//!
//! Conversion is by variant, which was drawn at random: there the difference is an uplift. Having the model otherwise was nobody's draw:
//! there it is a difference, not causal, and says so.

mod active;
pub(super) mod conversion;
mod engagement;
#[cfg(test)]
mod few_tests;
mod funnel;
pub(super) mod outcomes;
mod retention;
#[cfg(test)]
pub(super) mod rows;
mod split;
#[cfg(test)]
mod tests;

use super::shared::{figures, links};
use super::{Ask, Context, Stop};
use crate::spec::PanelKind;
use crate::units::Unit;
use crate::view::{Figure, Summary, View};
use conversion::Conversion;
use engagement::Engagement;
use funnel::Funnel;
use retention::Retention;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let [outcomes, activity, funnel] = ["outcomes", "activity", "funnel"].map(|slot| context.metric(slot));
    if outcomes.is_none() && activity.is_none() && funnel.is_none() {
        return Err(missing());
    }
    let other = context.other();
    let other = other.as_ref();
    // Everything is asked before the first answer is looked at, so that it is fetched together.
    let conversion = outcomes.map(|metric| Conversion::ask(context, ask, other, metric));
    let engagement = activity.map(|metric| Engagement::ask(context, ask, other, metric));
    let retention = activity.map(|metric| Retention::ask(context, ask, metric));
    // Without the two others the funnel is all there is.
    let is_shown = context.details || (outcomes.is_none() && activity.is_none());
    let funnel = funnel.filter(|_| is_shown).map(|metric| Funnel::ask(context, ask, metric));
    let mut reasons = Vec::new();
    let conversion = part(ask, conversion, &mut reasons);
    let engagement = part(ask, engagement, &mut reasons);
    let retention = part(ask, retention, &mut reasons);
    let funnel = part(ask, funnel, &mut reasons);
    let (conversion, engagement, retention, funnel) = (conversion?, engagement?, retention?, funnel?);
    if conversion.is_none() && engagement.is_none() && retention.is_none() && funnel.is_none() {
        return Err(nothing(ask, &reasons));
    }
    for reason in reasons {
        if let Stop::Empty { reason, .. } = reason {
            ask.remark(reason);
        }
    }

    for (part, metric, is_missing) in
        [("conversion", "outcomes", outcomes.is_none()), ("engagement and retention", "activity", activity.is_none())]
    {
        if is_missing {
            ask.remark(format!("{part} waits for the metric {metric}, which the workspace does not have"));
        }
    }

    let mut view = View::default();
    if let Some(conversion) = &conversion {
        view.figures.extend(conversion.figures());
        view.blocks.extend(conversion.callout());
        let bars = conversion.bars();
        view.blocks.push(if engagement.is_some() { bars.of_width(6) } else { bars });
        view.controls.extend(conversion.control());
        view.n = conversion.chosen.size();
        view.as_of_ms = conversion.newest;
    }
    if let Some(engagement) = &engagement {
        view.figures.extend(engagement.figures(context.details));
        let lines = engagement.lines();
        view.blocks.push(if conversion.is_some() { lines.of_width(6) } else { lines });
    }
    if let Some(retention) = &retention {
        view.figures.extend(retention.figure());
        view.blocks.extend(retention.blocks(context.details));
    }
    view.blocks.extend(conversion.as_ref().map(|conversion| conversion.table(context)));
    view.blocks.extend(engagement.as_ref().map(Engagement::table));
    if let Some(funnel) = &funnel {
        if conversion.as_ref().is_some_and(|c| c.experiments.len() > 1) {
            ask.remark("the funnel is of all experiments together; a filter by model parts them");
        }
        let blocks = funnel.blocks().into_iter();
        view.blocks.extend(blocks.map(|block| crate::view::Block { details: context.details, ..block }));
    }
    view.summary = summary(conversion.as_ref(), &view.figures);
    explain(context, &mut view.figures);
    Ok(view)
}

/// Where the figures lead: conversion to the tests behind it, activity to the load that it makes.
fn explain(context: &Context<'_>, figures: &mut [Figure]) {
    let outcomes = context.metric("outcomes").map(|metric| metric.id.as_str());
    for figure in figures {
        let kind = match figure.metric.as_str() {
            "relative-uplift" => PanelKind::AbTests,
            id if Some(id) == outcomes => PanelKind::AbTests,
            "stickiness" | "daily-active" | "weekly-active" | "monthly-active" => PanelKind::LatencyThroughput,
            _ => continue,
        };
        figure.evidence = links::of_figure(context, kind, None);
    }
}

/// The answer of a part of the panel. What it cannot say is noted, and the others go on.
fn part<T>(ask: &mut Ask<'_>, answer: Option<Result<T, Stop>>, reasons: &mut Vec<Stop>) -> Result<Option<T>, Stop> {
    match answer {
        None => Ok(None),
        Some(Ok(found)) => Ok(Some(found)),
        Some(Err(Stop::Pending)) => Err(Stop::Pending),
        Some(Err(Stop::Failed(failure))) => {
            ask.fail(failure);
            Ok(None)
        }
        Some(Err(reason)) => {
            reasons.push(reason);
            Ok(None)
        }
    }
}

/// Why there is nothing at all: a failure first, then what the workspace lacks, then what the data lack.
fn nothing(ask: &Ask<'_>, reasons: &[Stop]) -> Stop {
    if let Some(failure) = ask.first_failure() {
        return Stop::from(failure.clone());
    }
    let teaches = |stop: &&Stop| matches!(stop, Stop::Empty { teach: Some(_), .. });
    let told = reasons.iter().find(teaches).or(reasons.first()).cloned();
    told.unwrap_or_else(|| Stop::empty("there is nothing to show in this time range"))
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric outcomes (exposed users by variant), activity (what users did) or funnel, and the workspace has none of them",
        "\"metrics\": [\n  { \"id\": \"outcomes\", \"unit\": \"percentunit\", \"direction\": \"higher\", \"query\": { \"type\": \"table\",\n      \"source\": \"warehouse\", \"table\": \"exposures\", \"time\": \"at\", \"unit\": \"user_id\",\n      \"value\": \"converted\", \"aggregate\": \"mean\" } },\n  { \"id\": \"activity\", \"query\": { \"type\": \"table\", \"source\": \"warehouse\",\n      \"table\": \"activity\", \"time\": \"at\", \"unit\": \"user_id\", \"aggregate\": \"units\" } }\n]",
    )
}

/// What the conversion did, and where there is none, the first figure.
fn summary(conversion: Option<&Conversion<'_>>, figures: &[Figure]) -> Summary {
    let Some(first) = figures.first() else {
        let text = conversion.map(|c| format!("{}: only one variant was seen in this time range", c.chosen.title));
        return Summary::text(text.unwrap_or_else(|| "users by step of the funnel in this time range".to_owned()));
    };
    let Some(value) = first.value else {
        return Summary::text(format!("{}: not shown", first.title));
    };
    let experiment = conversion.map(|c| format!("{}: ", c.chosen.title)).unwrap_or_default();
    let said = Summary::text(format!("{experiment}{} is ", first.title)).value(value, &first.unit);
    let said = figures::say_change(said, first);
    let said = match first.n {
        Some(n) => said.then(", over ").value(n, &Unit::from("short")).then(" users"),
        None => said,
    };
    let broken = conversion.is_some_and(|c| c.chosen.is_broken());
    if broken { said.then("; the split is broken, so this is a difference, not causal") } else { said }
}
