//! Compliance: each model's record (status, rating, owner, next review), the controls that apply to it and what is overdue.
//!
//! Frameworks and controls are data of the metric `governance`, one row a model and control; nothing here knows a law.

mod link;
pub(super) mod records;
mod tables;
#[cfg(test)]
mod tests;

use super::shared::{block, figures};
use super::{Ask, Context, Stop};
use crate::units::{Direction, Unit};
use crate::view::{BlockBody, Figure, Summary, View};
use records::{Record, State};

/// More rows than any register has.
const MAX_ROWS: u32 = 5_000;
/// The columns that a row may have beside the model.
const PARTS: [&str; 10] = [
    "status",
    "rating",
    "owner",
    "next_review",
    "last_review",
    "control",
    "framework",
    "control_status",
    "evidence",
    "due",
];

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let metric = context.metric("governance").ok_or_else(missing)?;
    let frame = ask.rows(context, metric, records::all_time(context), &PARTS, MAX_ROWS)?;
    let table = frame.table().filter(|table| table.n_rows() > 0);
    let table = table.ok_or_else(|| Stop::empty("the governance records have no row for what is chosen"))?;
    let (records, n_nameless) = records::read(context, table);
    if n_nameless > 0 {
        ask.remark(format!("{n_nameless} rows name no model and are left out"));
    }
    if records.is_empty() {
        return Err(Stop::empty("no row of the governance records names a model"));
    }
    for record in records.iter().filter(|record| record.is_contradictory) {
        ask.remark(format!("the rows of {} disagree about its record: the first of each is shown", record.title));
    }
    if context.other().is_some() {
        ask.remark("records are as they stand now: there is nothing to compare them with");
    }
    let n_refused = records.iter().flat_map(|r| &r.controls).filter(|c| c.evidence.is_refused()).count();
    if n_refused > 0 {
        ask.remark(format!("{n_refused} links to evidence are not shown: only plain https addresses are"));
    }

    let scene = tables::Scene { metric: &metric.id, records: &records, now_ms: context.now_ms };
    let mut blocks = vec![block("models", "Records of the models", BlockBody::Grid(scene.models()))];
    blocks.extend(scene.overdue().map(|grid| block("overdue", "Overdue", BlockBody::Grid(grid))));
    blocks.push(block("frameworks", "Controls by framework", BlockBody::Grid(scene.frameworks())).in_details());
    blocks.push(block("controls", "Controls", BlockBody::Grid(scene.controls())).in_details());
    let n_controls = records.iter().map(|r| r.controls.len()).sum::<usize>();
    Ok(View {
        summary: summary(&records, context.now_ms),
        figures: headline(&records, context.now_ms),
        blocks,
        n: Some((n_controls as f64, "controls".to_owned())),
        ..View::default()
    })
}

/// What is overdue (controls and reviews together), and the share of controls that are met.
fn headline(records: &[Record], now_ms: i64) -> Vec<Figure> {
    let (n_controls, n_late) = (of_state(records, None), of_state(records, Some(&State::Overdue)));
    let n_reviews = records.iter().filter(|record| record.is_review_overdue(now_ms)).count();
    let mut overdue = figures::named("compliance-overdue", "Overdue", "short", Direction::Lower);
    overdue.value = Some((n_late + n_reviews) as f64);
    overdue.n = Some((n_controls + records.len()) as f64);
    overdue.method = Some(format!("{n_late} controls and {n_reviews} reviews, counted: no interval"));
    let n_met = of_state(records, Some(&State::Met));
    let mut met = figures::named("controls-met", "Controls met", "percentunit", Direction::Higher);
    met.value = (n_controls > 0).then(|| n_met as f64 / n_controls as f64);
    met.n = Some(n_controls as f64);
    met.method = Some(format!("{n_met} of {n_controls} controls; all are counted: no interval"));
    vec![overdue, met]
}

/// Controls in a state; in any where none is given.
fn of_state(records: &[Record], state: Option<&State>) -> usize {
    let controls = records.iter().flat_map(|record| &record.controls);
    controls.filter(|control| state.is_none_or(|state| control.state == *state)).count()
}

fn summary(records: &[Record], now_ms: i64) -> Summary {
    let short = Unit::from("short");
    let n_controls = of_state(records, None) as f64;
    let n_late = of_state(records, Some(&State::Overdue));
    let reviews: Vec<&str> = records.iter().filter(|r| r.is_review_overdue(now_ms)).map(|r| r.title.as_str()).collect();
    let said = Summary::text("").value(n_late as f64, &short).then(" of ").value(n_controls, &short);
    let late = records.iter().flat_map(|r| r.controls.iter().map(move |c| (r, c)));
    let late = late.filter(|(_, c)| c.state == State::Overdue);
    let first = late.min_by(|(_, a), (_, b)| records::due_order(a.due_ms, b.due_ms));
    let said = match first {
        Some((record, control)) => {
            said.then(format!(" controls are overdue, the oldest is {} of {}", control.name, record.title))
        }
        None => said.then(" controls are overdue"),
    };
    if reviews.is_empty() {
        said.then("; every dated review is still to come")
    } else {
        said.then(format!("; the review is overdue for {}", reviews.join(", ")))
    }
}

fn missing() -> Stop {
    Stop::missing(
        "this panel waits for the metric governance: a table with one row a model and control, and the workspace has none",
        "\"metrics\": [\n  { \"id\": \"governance\", \"query\": { \"type\": \"table\", \"source\": \"records\",\n      \"table\": \"governance.json\" } }\n]\n// columns: model, status, rating, owner, next_review, last_review,\n//          control, framework, control_status (met, partly, open, overdue), evidence, due",
    )
}
