//! Time to value: how long models take from their first run to registration, deployment and first value, and which are stuck.
//!
//! What is not there yet counts for as long as it has waited: medians are Kaplan and Meier's, never of the finished ones alone.

mod show;
mod stages;
mod stuck;
#[cfg(test)]
mod tests;

use super::{Ask, Context, Stop};
use crate::units::Unit;
use crate::view::{BlockBody, Callout, Figure, Summary, Tone, View};
use show::Scene;
use stages::Initiatives;
use stuck::Waiting;

/// Stuck ones shown on the dashboard; the panel's own page shows all that wait.
const FEW: usize = 5;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let metric = context.metric("milestones").ok_or_else(missing)?;
    let names = stages::stages(context);
    let other = context.other();
    let own = stages::ask(context, ask, metric);
    let reference = other.as_ref().map(|other| (other, stages::ask(&other.context, ask, metric)));
    let frame = own?;
    let as_of = |to_ms: i64| to_ms.min(context.now_ms) as f64;
    let found = Initiatives::read(metric, &frame, &names, as_of(context.range.to_ms));
    let before = match reference {
        Some((other, answer)) => ask
            .spare(answer)?
            .map(|frame| (other, Initiatives::read(metric, &frame, &names, as_of(other.context.range.to_ms)))),
        None => None,
    };
    if found.n_unknown > 0 {
        let text = format!("{} rows name no initiative or none of the stages {}", found.n_unknown, names.join(", "));
        ask.remark(text);
    }
    if found.newest_ms().is_none() {
        return Err(Stop::empty(if found.all.is_empty() {
            "no initiative is known for this selection"
        } else {
            "no initiative had reached a stage by the end of this time range"
        }));
    }
    if found.n_disordered() > 0 {
        ask.remark(format!(
            "{} initiatives skipped a stage or reached stages out of order: they are left out where it matters",
            found.n_disordered()
        ));
    }
    if found.n_idle() > 0 {
        ask.remark(format!("{} initiatives have not begun: no time runs for them", found.n_idle()));
    }
    if before.as_ref().is_some_and(|(other, _)| other.is_earlier()) {
        ask.remark("an earlier period is the same initiatives as they stood at its end");
    }

    let waits = stuck::waiting(&found, names.len());
    if waits.iter().any(|one| one.limit.is_nan()) {
        ask.remark("fewer than 5 finished a stage: what waits for it is not called stuck");
    }
    let stuck: Vec<&Waiting> = waits.iter().filter(|one| one.is_stuck()).collect();
    let scene = Scene { context, stages: &names, own: &found, before };
    let figures = scene.figures();
    let mut blocks = vec![scene.dots().of_width(6)];
    let few: Vec<&Waiting> = stuck.iter().copied().take(if context.details { usize::MAX } else { FEW }).collect();
    let title = format!("Stuck: waits longer than 90 % of the finished ones, {} in all", stuck.len());
    match stuck::table("stuck", &title, &few, &names) {
        Some(block) => blocks.push(block.of_width(6)),
        None => {
            let text = Summary::text("Nothing waits longer than 90 % of the finished ones did");
            let body = BlockBody::Callout(Callout { tone: Tone::Neutral, text });
            blocks.push(super::shared::block("not-stuck", "", body).of_width(6));
        }
    }
    blocks.push(scene.table());
    let everyone: Vec<&Waiting> = waits.iter().collect();
    let title = "All that wait, the longest over the limit first";
    blocks.extend(stuck::table("waiting", title, &everyone, &names).map(crate::view::Block::in_details));
    blocks.push(scene.curves());
    Ok(View {
        summary: summary(&figures, &stuck, &names),
        figures,
        blocks,
        n: Some((found.all.len() as f64, "initiatives".to_owned())),
        as_of_ms: found.newest_ms(),
        ..View::default()
    })
}

fn summary(all: &[Figure], stuck: &[&Waiting], stages: &[String]) -> Summary {
    let short = Unit::from("short");
    let days = Unit::from("d");
    let mut said = Summary::default();
    if let Some(figure) = all.first() {
        said = match figure.value {
            Some(value) => {
                let said = said.then(format!("{} takes a median of ", figure.title)).value(value, &days);
                let said = match (figure.low, figure.high) {
                    (Some(low), Some(high)) => {
                        said.then(" (").value(low, &days).then(" to ").value(high, &days).then(")")
                    }
                    (Some(low), None) => said.then(" (").value(low, &days).then(" or more)"),
                    _ => said,
                };
                super::shared::figures::say_change(said, figure)
            }
            None => said.then(format!("{}: fewer than half got there, so there is no median", figure.title)),
        };
        if let Some(n) = figure.n {
            said = said.then(", over ").value(n, &short).then(" initiatives");
        }
    }
    let Some(worst) = stuck.first() else { return said.then("; none is stuck") };
    let owner = if worst.owner.is_empty() { String::new() } else { format!(" of {}", worst.owner) };
    let stage = stages.get(worst.stage).map_or("", String::as_str);
    said.then("; ")
        .value(stuck.len() as f64, &short)
        .then(if stuck.len() == 1 { " is stuck: " } else { " are stuck, first " })
        .then(format!("{}{owner}, which has waited for {stage} for ", worst.name))
        .value(worst.days, &days)
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric milestones: a table of stages that initiatives reached, and when",
        "\"metrics\": [\n  { \"id\": \"milestones\", \"query\": { \"type\": \"table\", \"source\": \"desk\",\n      \"table\": \"milestones\", \"unit\": \"initiative\", \"aggregate\": \"units\",\n      \"columns\": { \"stage\": \"stage\", \"at\": \"at\", \"owner\": \"owner\" } } }\n]",
    )
}
