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

use super::business_impact::sides::Sides;
use super::{Ask, Context, Stop};
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
    let sides = Sides::of(context);
    let now = asked::ask(context, ask, &sides.main, (usage, eligible), &by);
    let before = sides.reference.as_ref().map(|side| (side, asked::ask(context, ask, side, (usage, eligible), &by)));
    let looked_at = sides.main.context(context);
    let last = idle::ask(&looked_at, ask, usage);

    let now = now.read(ask);
    let before = match before.map(|(side, answers)| (side, answers.read(ask))) {
        Some((_, Err(Stop::Pending))) => return Err(Stop::Pending),
        Some((side, Ok(used))) => Some((side.title.as_str(), used)),
        Some((side, Err(_))) => {
            ask.remark(format!("requests are not known of {}", side.title));
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
        Ok((frame, range)) => Some(LastSeen::read(&looked_at, &frame, range)),
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
        context: &looked_at,
        usage,
        eligible,
        now: &now,
        before: before.as_ref().map(|(title, used)| (*title, used)),
        last: last.as_ref(),
        part: &sides.main.title,
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
