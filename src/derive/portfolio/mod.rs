//! Portfolio: the health of every model in one row, from quality, drift, reliability and freshness; each cell leads to its evidence.
//!
//! Options: `accuracyTarget` (a share of right answers; else the target of the metric `accuracy`), `errorObjective` (the share of
//! requests that may fail, 0.01), `freshDays` (how many days a version stays fresh, 90).

mod freshness;
pub(super) mod misses;
pub(super) mod quality;
mod reliability;
mod row;
pub(super) mod table;
#[cfg(test)]
mod tests;

use super::drift::share::{self, DriftShare};
use super::shared::{block, chosen, figures};
use super::{Ask, Context, Stop};
use crate::order::Order;
use crate::units::{Direction, Unit};
use crate::view::{BlockBody, Figure, Summary, Tone, View};
use reliability::{Asked, Objectives};
use row::{Goals, Row};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let models = chosen::served(context)?;
    let own = Asked::new(context, ask);
    let other = context.others().find(|other| other.is_earlier() || other.is_rest());
    let before = other.as_ref().map(|other| Asked::new(&other.context, ask));
    let qualities: Vec<_> = models.iter().map(|tracked| quality::of(context, ask, tracked)).collect();
    let served = own.read(ask)?;
    let before = before.map(|before| before.read(ask)).transpose()?;
    let qualities: Vec<_> = qualities.into_iter().collect::<Result<_, Stop>>()?;
    // Behind the picture, as drift: both look at every row.
    let misses: Vec<_> = models.iter().map(|tracked| ask.refine(|ask| misses::of(context, ask, tracked))).collect();
    let drifts: Vec<Drift> = models.iter().map(|tracked| Drift::of(context, ask, tracked)).collect();

    let goals = Goals::of(context);
    let mut rows: Vec<Row> = Vec::new();
    for (((tracked, quality), drift), misses) in models.iter().zip(qualities).zip(drifts).zip(misses) {
        let id = &tracked.model.id;
        rows.push(Row {
            id: id.clone(),
            title: tracked.title(),
            reliability: served.of(id),
            before: before.as_ref().map(|before| before.of(id)),
            quality,
            misses: misses.and_then(Result::ok).flatten(),
            drift,
        });
    }
    if rows.iter().all(|row| row.is_unknown(&goals)) {
        return Err(missing(context, ask));
    }
    rows.order_by(|a, b| b.need(&goals).cmp(&a.need(&goals)));
    remarks(ask, &rows, goals.objectives);
    let before_title = other.as_ref().map(|other| other.title);
    let scene = table::Scene { context, rows: &rows, goals: &goals, before: before_title };
    let attention = attention(&rows, &goals);
    let newest = |row: &Row| row.quality.as_of_ms.into_iter().chain(row.drift.share().and_then(|d| d.newest_ms));
    Ok(View {
        summary: summary(&rows, &goals),
        figures: vec![attention],
        blocks: vec![
            block("models", "Models", BlockBody::Grid(scene.board())),
            block("evidence", "What the states rest on", BlockBody::Grid(scene.numbers())).in_details(),
        ],
        n: Some((rows.len() as f64, "models".to_owned())),
        as_of_ms: rows.iter().flat_map(newest).reduce(f64::max),
        ..View::default()
    })
}

/// What is known of a model's drift.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Drift {
    /// It was compared.
    Known(DriftShare),
    /// The rows are still being fetched.
    Pending,
    /// It cannot be compared, and why.
    Unknown(String),
}

impl Drift {
    /// Compares behind the picture: the rows of all models are the largest answers on the page.
    pub(super) fn of(context: &Context<'_>, ask: &mut Ask<'_>, tracked: &super::shared::tracking::Tracked<'_>) -> Self {
        match ask.refine(|ask| share::of(context, ask, tracked)) {
            None => Self::Pending,
            Some(Ok(Some(share))) => Self::Known(share),
            Some(Ok(None)) => Self::Unknown("no logged predictions".to_owned()),
            Some(Err(Stop::Empty { reason, .. })) => Self::Unknown(reason),
            Some(Err(stop)) => {
                ask.excuse(stop);
                Self::Unknown("not answered".to_owned())
            }
        }
    }

    pub(super) fn share(&self) -> Option<&DriftShare> {
        match self {
            Self::Known(share) => Some(share),
            _ => None,
        }
    }
}

/// How many models need a look.
fn attention(rows: &[Row], goals: &Goals) -> Figure {
    let mut figure = figures::named("models-in-need", "Models that need attention", "short", Direction::Lower);
    figure.value = Some(rows.iter().filter(|row| row.need(goals) >= 2).count() as f64);
    figure.n = Some(rows.len() as f64);
    figure.method = Some("counted, not estimated: no interval".to_owned());
    figure
}

/// Who needs attention and for what, the worst first.
fn summary(rows: &[Row], goals: &Goals) -> Summary {
    let short = Unit::from("short");
    let needy: Vec<&Row> = rows.iter().filter(|row| row.need(goals) >= 2).collect();
    let of = |said: Summary| said.value(rows.len() as f64, &short).then(" models");
    let Some(first) = needy.first() else {
        let unknown = rows.iter().any(|row| row.states(goals).iter().any(|(tone, _)| *tone == Tone::Unknown));
        let rest = if unknown { "; not everything is measured" } else { "" };
        return of(Summary::text("none of ")).then(format!(" shows a clear problem{rest}"));
    };
    let said = of(Summary::text("").value(needy.len() as f64, &short).then(" of "));
    let problems = first.problems(goals).join(", ");
    let verb = if needy.len() == 1 { "needs" } else { "need" };
    said.then(format!(" {verb} attention, first {}: {problems}", first.title))
}

fn remarks(ask: &mut Ask<'_>, rows: &[Row], objectives: Objectives) {
    let percent = (objectives.errors * 1_000.0).round() / 10.0;
    ask.remark(format!("failures are judged against {percent} % of the requests (the panel's option errorObjective)"));
    if objectives.latency.is_none() {
        ask.remark("p95 is not judged: the metric latency has no target");
    }
    if rows.iter().any(|row| row.drift == Drift::Pending) {
        ask.remark("drift is still being compared");
    }
    if rows.iter().any(|row| row.drift.share().is_some()) {
        ask.remark(
            "drift counts features whose effect passes the threshold with q < 0.05; rows are taken as independent",
        );
    }
}

/// Nothing is known of any model: a failure first, then what the workspace lacks, then what the data lack.
fn missing(context: &Context<'_>, ask: &Ask<'_>) -> Stop {
    if let Some(failure) = ask.first_failure() {
        return Stop::from(failure.clone());
    }
    let is_fed = ["confusion-counts", "requests", "latency"].iter().any(|slot| context.metric(slot).is_some());
    if is_fed || context.tracking_sources().next().is_some() {
        return Stop::empty("nothing was measured of any model in this time range");
    }
    Stop::missing(
        "this panel waits for the metrics confusion-counts, requests, errors and latency by model, or for an MLflow server, and the workspace has none of them",
        "\"metrics\": [\n  { \"id\": \"requests\", \"query\": { \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"requests_total\" } },\n  { \"id\": \"errors\", \"query\": { \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"errors_total\" } },\n  { \"id\": \"latency\", \"unit\": \"s\", \"target\": 0.25,\n    \"query\": { \"type\": \"histogram\", \"source\": \"prom\", \"metric\": \"request_duration_seconds\" } },\n  { \"id\": \"confusion-counts\", \"query\": { \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"predictions_total\" } }\n]",
    )
}
