//! Risk: the register as a matrix of likelihood and impact, what the measurements add to it, incidents over time, and fairness.
//!
//! Options: `groups` (the dimension whose groups fairness compares, `segment`). Settings read: `cell` (a cell of the matrix).

mod fairness;
mod incidents;
mod matrix;
mod measured;
mod register;
mod show;
#[cfg(test)]
mod tests;

use super::shared::{block, figures};
use super::{Ask, Context, Stop};
use crate::units::{Direction, Unit};
use crate::view::{BlockBody, Figure, Summary, View};
use fairness::Fairness;
use incidents::Incidents;
use measured::Measured;
use register::{Register, Risk};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let register = context.metric("risks").map(|metric| Register::ask(context, ask, metric));
    let incidents = context.metric("incidents").map(|metric| Incidents::ask(context, ask, metric));
    let counts = fairness::ask(context, ask);
    let register = spared(ask, register)?;
    let incidents = match incidents {
        Some(asked) => asked.read(context, ask)?,
        None => None,
    };
    let fairness = match counts {
        Some(Err(Stop::Pending)) => return Err(Stop::Pending),
        Some(counts) => Fairness::read(context, ask, counts),
        None => Vec::new(),
    };
    let measured = measured::all(context, ask, &fairness);
    if register.is_none() && incidents.is_none() && fairness.is_empty() && measured.is_empty() {
        return Err(nothing(context, ask));
    }
    let is_recorded = register.is_some();
    let register = register.unwrap_or_default();
    remarks(context, ask, &register);

    let cell = matrix::chosen(context);
    let scene = show::Scene { context, register: &register, measured: &measured, cell };
    let mut blocks = Vec::new();
    if !register.risks.is_empty() {
        let title = "Open risks by likelihood and impact";
        blocks.push(block("matrix", title, BlockBody::Matrix(matrix::matrix(&register, cell))).of_width(5));
    }
    if !register.risks.is_empty() || !measured.is_empty() {
        let width = if register.risks.is_empty() { 12 } else { 7 };
        blocks.push(block("risks", &scene.title(), BlockBody::Grid(scene.table())).of_width(width));
    }
    if let Some(incidents) = &incidents {
        blocks.push(incidents.lines(context).in_details());
        blocks.push(incidents.table().in_details());
    }
    blocks.extend(fairness::blocks(&fairness).into_iter().map(crate::view::Block::in_details));
    blocks.extend(scene.closed().map(|grid| block("closed", "Not open any more", BlockBody::Grid(grid)).in_details()));
    let mut headline = Vec::new();
    if is_recorded {
        headline.push(open_figure(&register));
    }
    headline.extend(incidents.as_ref().map(Incidents::figure));
    if context.details {
        headline.extend(fairness::figures(&fairness));
    }
    Ok(View {
        summary: summary(&register, &measured, incidents.as_ref()),
        figures: headline,
        blocks,
        n: is_recorded.then(|| (register.risks.len() as f64, "risks".to_owned())),
        as_of_ms: incidents.as_ref().and_then(|incidents| incidents.newest_ms),
        ..View::default()
    })
}

/// Goes on without a register that fails or is empty.
fn spared(ask: &mut Ask<'_>, register: Option<Result<Register, Stop>>) -> Result<Option<Register>, Stop> {
    match register {
        None => Ok(None),
        Some(Ok(register)) => Ok(Some(register)),
        Some(Err(Stop::Pending)) => Err(Stop::Pending),
        Some(Err(stop)) => {
            if let Stop::Empty { reason, .. } = &stop {
                ask.remark(reason.clone());
            }
            ask.excuse(stop);
            Ok(None)
        }
    }
}

fn remarks(context: &Context<'_>, ask: &mut Ask<'_>, register: &Register) {
    if context.metric("risks").is_none() {
        ask.remark("the register waits for the metric risks: a table with likelihood and impact, 1 to 5");
    }
    let n_unrated = register.open().filter(|risk| risk.place().is_none()).count();
    if n_unrated > 0 {
        ask.remark(format!(
            "{n_unrated} open risks have no likelihood and impact from 1 to 5: listed, but in no cell of the matrix"
        ));
    }
    if context.other().is_some() && !register.risks.is_empty() {
        ask.remark("the register is as it stands now: only incidents and measurements are compared");
    }
}

fn open_figure(register: &Register) -> Figure {
    let mut figure = figures::named("open-risks", "Open risks", "short", Direction::Lower);
    let n_grave = register.open().filter(|risk| risk.is_grave()).count();
    figure.value = Some(register.open().count() as f64);
    figure.n = Some(register.risks.len() as f64);
    figure.method =
        Some(format!("{n_grave} of them grave (likelihood times impact of 15 or more); counted: no interval"));
    figure
}

fn summary(register: &Register, measured: &[Measured], incidents: Option<&Incidents>) -> Summary {
    let short = Unit::from("short");
    let n_open = register.open().count();
    let mut said = Summary::text("");
    if !register.risks.is_empty() {
        said = said.value(n_open as f64, &short).then(if n_open == 1 { " risk is open" } else { " risks are open" });
        let worst = register.open().find(|risk| risk.score().is_some());
        if let Some(Risk { title, .. }) = worst {
            said = said.then(format!(", the gravest: {title}"));
        }
    }
    if let Some(first) = measured.first() {
        let joint = if register.risks.is_empty() { "" } else { "; " };
        let more = measured.len() - 1;
        let others = if more > 0 { format!(" and {more} more") } else { String::new() };
        said = said.then(format!("{joint}measured: {}{others}", first.text));
    }
    if let Some(incidents) = incidents {
        let joint = if said.0.len() > 1 { "; " } else { "" };
        said = incidents.say(said.then(joint));
    }
    if said.0.len() <= 1 { Summary::text("fairness of the models' decisions between groups") } else { said }
}

/// Why there is nothing at all: a failure first, then what the workspace lacks, then what the data lack.
fn nothing(context: &Context<'_>, ask: &Ask<'_>) -> Stop {
    if let Some(failure) = ask.first_failure() {
        return Stop::from(failure.clone());
    }
    if ["risks", "incidents"].iter().any(|slot| context.metric(slot).is_some()) {
        return Stop::empty("no risk is recorded, and no incident happened in this time range");
    }
    Stop::missing(
        "this panel waits for the metric risks (likelihood and impact, 1 to 5), for incidents, or for confusion-counts by group, and the workspace has none of them",
        "\"metrics\": [\n  { \"id\": \"risks\", \"query\": { \"type\": \"table\", \"source\": \"records\",\n      \"table\": \"risks.json\" } },\n  { \"id\": \"incidents\", \"query\": { \"type\": \"table\", \"source\": \"desk\",\n      \"table\": \"incidents\", \"time\": \"at\" } }\n]\n// risks: risk, model, title, likelihood, impact, owner, status, mitigation, due",
    )
}
