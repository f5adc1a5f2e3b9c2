//! Utilisation: who asks the models how much, how much of what could be asked is, and which models nobody asks.

mod asked;
mod charts;
mod headline;
mod idle;
mod scene;
mod tables;
#[cfg(test)]
mod tests;
mod traffic;

use super::business_impact::conversion::part;
use super::{Ask, Context, Other, Stop};
use crate::view::{Control, View};
use asked::Used;
use idle::LastSeen;
use scene::Scene;
use traffic::Stream;

/// What requests can be told apart by.
const BY: [(&str, &str); 3] = [("model", "Model"), ("team", "Team"), ("feature", "Feature")];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let usage = context.metric("usage").ok_or_else(missing)?;
    let eligible = context.metric("eligible");
    let chosen = context.setting("by").unwrap_or("team");
    let chosen = BY.iter().map(|(by, _)| *by).find(|by| *by == chosen).unwrap_or("team");
    // The panel's own page shows all of them, the dashboard the chosen one.
    let by: Vec<&str> =
        BY.iter().map(|(by, _)| *by).filter(|by| *by != "model" && (context.details || *by == chosen)).collect();
    let other = context.other();
    let now = asked::ask(context, ask, (usage, eligible), &by);
    let before = other.as_ref().map(|other| (other.title, asked::ask(&other.context, ask, (usage, eligible), &by)));
    let last = idle::ask(context, ask, usage);

    let now = now.read(ask);
    let before = match before.map(|(title, answers)| (title, answers.read(ask))) {
        Some((_, Err(Stop::Pending))) => return Err(Stop::Pending),
        Some((title, Ok(used))) => Some((title, used)),
        Some((title, Err(_))) => {
            ask.remark(format!("requests are not known of {title}"));
            None
        }
        None => None,
    };
    let last = match last {
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(Stop::Failed(failure)) => {
            ask.fail(failure);
            None
        }
        Err(_) => None,
        Ok((frame, range)) => Some(LastSeen::read(context, &frame, range)),
    };
    let now: Used = now?;
    if now.total() <= 0.0 {
        return Err(Stop::empty("no requests were counted in this time range"));
    }
    if eligible.is_none() {
        ask.remark(
            "the share of eligible traffic waits for the metric eligible: decisions that a model could have made",
        );
    }
    let scene = Scene {
        context,
        usage,
        eligible,
        now: &now,
        before: before.as_ref().map(|(title, used)| (*title, used)),
        last: last.as_ref(),
        is_earlier: other.as_ref().is_some_and(Other::is_earlier),
        part: part(context),
    };
    let figures = scene.figures();
    let mut blocks = vec![scene.lines().of_width(6), scene.bars(chosen, false).of_width(6), scene.models_table()];
    if context.details {
        let others = BY.iter().filter(|(by, _)| *by != chosen);
        blocks.extend(others.map(|(by, _)| scene.bars(by, true).in_details()));
    }
    blocks.extend(scene.share_lines());
    blocks.push(scene.callers_table());
    Ok(View {
        summary: scene.sentence(&figures),
        figures,
        blocks,
        controls: vec![Control::choice("by", "Requests by", &BY, chosen)],
        n: Some((now.total(), "requests".to_owned())),
        as_of_ms: now.models.iter().filter_map(Stream::last).reduce(f64::max),
        ..View::default()
    })
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric usage: requests by model, team, feature and caller, as a table or a counter",
        "\"metrics\": [\n  { \"id\": \"usage\", \"query\": { \"type\": \"table\", \"source\": \"warehouse\",\n      \"table\": \"usage\", \"time\": \"at\", \"value\": \"requests\" } },\n  { \"id\": \"eligible\", \"query\": { \"type\": \"table\", \"source\": \"warehouse\",\n      \"table\": \"eligible\", \"time\": \"at\", \"value\": \"decisions\" } }\n]",
    )
}
