//! Segments: who benefits, with the correction that many looks ask for and a test of whether the groups differ at all.

mod headline;
mod looks;
mod show;
#[cfg(test)]
mod tests;

use super::business_impact::conversion::Conversion;
use super::business_impact::outcomes::Effect;
use super::shared::figures;
use super::{Ask, Context, Other, Reference, ReferenceKind, Stop};
use crate::stats::mover;
use crate::view::{BlockBody, Callout, Figure, Summary, Tone, View};
use headline::Scene;

/// What is looked at where the panel's option `by` says nothing; the first is the one that figures speak of.
const BY: [&str; 3] = ["segment", "region", "country"];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let outcomes = context.metric("outcomes").ok_or_else(missing)?;
    // A segment against the rest is one of the groups against the others: the groups themselves stay whole.
    let is_rest = |reference: &&Reference| matches!(reference.kind, ReferenceKind::Rest { .. });
    let kept: Vec<Reference> = context.references.iter().filter(|r| !is_rest(r)).cloned().collect();
    let whole = Context { references: &kept, ..context.clone() };
    let other = whole.other();
    let of_rest = context.others().find(Other::is_rest);
    let by: Vec<&str> = match context.panel.options.get("by").and_then(serde_json::Value::as_array) {
        Some(named) => named.iter().filter_map(serde_json::Value::as_str).collect(),
        None => BY.to_vec(),
    };
    let conversion = Conversion::ask(&whole, ask, other.as_ref(), outcomes);
    let rest = of_rest.as_ref().map(|of_rest| Conversion::ask(context, ask, Some(of_rest), outcomes));
    let asked = looks::ask(&whole, ask, other.as_ref(), outcomes, &by);
    let conversion = conversion.map_err(Stop::taught)?;
    let rest = match rest {
        Some(Ok(found)) => Some(found),
        Some(Err(Stop::Pending)) => return Err(Stop::Pending),
        _ => None,
    };

    let Some((variant, effect)) = conversion.foremost() else {
        let title = &conversion.chosen.title;
        return Err(Stop::empty(format!(
            "{title}: only one variant was seen in this time range, so nothing can be compared"
        )));
    };
    let dimensions = looks::read(ask, asked, &conversion, variant)?;
    if dimensions.is_empty() {
        ask.remark(format!("{} carries none of {}", outcomes.title(), by.join(", ")));
    }
    let before = other.as_ref().map(|other| other.title);
    let scene = Scene {
        conversion: &conversion,
        variant,
        whole: effect,
        dimensions: &dimensions,
        n_tested: looks::n_tested(&dimensions),
        before,
    };
    let mut view = View {
        summary: scene.sentence(),
        figures: scene.figures(),
        controls: conversion.control().into_iter().collect(),
        n: conversion.chosen.size(),
        as_of_ms: conversion.newest,
        ..View::default()
    };
    if let Some(rest) = &rest {
        // The dashboard has room for four: the comparison that was asked for takes the place of the last.
        view.figures.truncate(if context.details { view.figures.len() } else { 3 });
        view.figures.extend(against_rest(rest, variant));
    }
    if let Some(text) = conversion.chosen.warning() {
        let callout = Callout { tone: Tone::Bad, text: Summary::text(text) };
        view.blocks.push(super::shared::block("split", "", BlockBody::Callout(callout)));
    }
    // The first two side by side, and the first as a table: the rest is on the panel's own page.
    for (at, dimension) in dimensions.iter().enumerate() {
        let map = scene.map(context, dimension);
        let dots = scene.dots(context, dimension);
        // A map has no room for whiskers: the dots are then on the panel's own page.
        let (shown, behind) = match map {
            Some(map) => (map, Some(dots.of_width(6).in_details())),
            None => (dots, None),
        };
        let is_pair = dimensions.len() > 1 && at < 2;
        view.blocks.push(if is_pair {
            shown.of_width(6)
        } else if at == 0 {
            shown
        } else {
            // Beside its dots, where it is a map.
            let width = if behind.is_some() { 6 } else { 12 };
            shown.of_width(width).in_details()
        });
        view.blocks.extend(behind);
    }
    for (at, dimension) in dimensions.iter().enumerate() {
        let table = scene.table(context, dimension);
        view.blocks.push(if at == 0 { table } else { table.in_details() });
    }
    view.blocks.extend(scene.interactions());
    Ok(view)
}

/// One group's difference against that of everybody else.
fn against_rest(rest: &Conversion<'_>, variant: &str) -> Option<Figure> {
    let part = rest.part();
    let own: Effect = rest.chosen.rivals().into_iter().find(|(name, _)| *name == variant).map(|(_, effect)| effect)?;
    let (title, other) = rest.effect_before(variant)?;
    let mut figure = figures::named("uplift", &format!("Uplift, {part}"), "percentunit", rest.metric.direction);
    if rest.chosen.is_broken() {
        figure.title = format!("Difference, {part}");
    }
    figure.series = rest.labels(variant).with("part", part);
    figure.n = Some(own.n()).filter(|n| n.is_finite());
    figure.value = Some(own.difference).filter(|v| v.is_finite());
    (figure.low, figure.high) = (own.interval.map(|i| i.low), own.interval.map(|i| i.high));
    let of = own.measured().zip(other.measured()).and_then(|(own, other)| mover::difference(own, other));
    figures::compare(&mut figure, other.difference, of.map(|i| (i.low, i.high)), title);
    figure.method = Some("Newcombe's intervals, of the difference of the two by MOVER; for one look".to_owned());
    Some(figure)
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric outcomes: exposed users by variant, segment and region, and whether they converted",
        "\"metrics\": [\n  { \"id\": \"outcomes\", \"unit\": \"percentunit\", \"direction\": \"higher\", \"query\": {\n      \"type\": \"table\", \"source\": \"warehouse\", \"table\": \"exposures\", \"time\": \"at\",\n      \"unit\": \"user_id\", \"value\": \"converted\", \"aggregate\": \"mean\",\n      \"columns\": { \"variant\": \"variant\", \"experiment\": \"experiment\", \"country\": \"country\" } } }\n]",
    )
}
