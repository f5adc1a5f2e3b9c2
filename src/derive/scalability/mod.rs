//! Scalability: replicas within their bounds, the queue, restarts and failures, and how much more load the objective bears.

mod figures;
mod frames;
mod load;
mod queue;
mod replicas;
mod scatter;
mod steps;
mod table;

use super::shared::{block, lines};
use super::{Ask, Context, ReferenceKind, Stop};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::spec::MetricSpec;
use crate::stats::headroom::Headroom;
use crate::units::Unit;
use crate::view::{Block, BlockBody, Control, ControlKind, Event, Summary, View};
use frames::{Frames, Sides, of_model};
use replicas::Replicas;
use steps::{Basis, Steps, fitted_range};

/// Small pictures of the other models on the panel's own page, at most.
const MAX_MULTIPLES: usize = 12;

/// Which model is shown, which stands for it on the other side, and what its load is counted by.
struct Scene<'a> {
    model: &'a str,
    other_model: &'a str,
    basis: Basis,
}

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let sides = Sides::ask(context, ask)?;
    let own = &sides.own;
    let replicas = Replicas::of(own);
    let steps = own.steps.steps();
    let models = models(context, &replicas, &steps, own.queue.as_deref());
    if models.is_empty() {
        return Err(ask
            .first_failure()
            .cloned()
            .map_or_else(|| Stop::empty("no replicas, queue or load were measured in this time range"), Stop::Failed));
    }
    let latency = context.metric("latency");
    let objective = latency.and_then(|m| m.target).filter(|o| *o > 0.0);
    let chosen = chosen(context, &models, &steps, objective);
    let of_chosen = steps.of(&chosen);
    let basis = match context.setting("load") {
        Some("all") => Basis::All,
        Some("replica") => Basis::Replica,
        _ => load::better_basis(of_chosen),
    };
    let other_model = match sides.other.as_ref().map(|(side, _)| side.kind) {
        Some(ReferenceKind::Model { id, .. }) => id,
        _ => &chosen,
    };
    let scene = Scene { model: &chosen, other_model, basis };
    let found = objective.and_then(|objective| load::find(ask, of_chosen, basis, objective));
    let found_other = objective
        .zip(sides.other.as_ref())
        .and_then(|(objective, (_, frames))| load::find(ask, frames.steps.steps().of(other_model), basis, objective));
    if let Some(latency) = latency {
        remark_fit(context, ask, latency, &steps, of_chosen.len(), found.as_ref());
    }

    let mut blocks = pictures(context, &sides, &scene);
    if let Some(latency) = latency.filter(|_| !of_chosen.is_empty()) {
        let other = sides.other.as_ref().map(|(side, _)| side.title).zip(found_other.as_ref());
        let body = scatter::scatter(context, latency, &chosen, of_chosen, basis, found.as_ref(), other);
        let name = format!("{}, p95 latency by load", title(context, &chosen));
        blocks.push(block("headroom", &name, BlockBody::Scatter(body)));
    }
    blocks.extend(other_models(context, &replicas, &models, &chosen, replica_metric(context)));
    let table = table::table(context, own, &replicas, &models, &steps, objective);
    blocks.push(block("models", "All models", BlockBody::Grid(table)).in_details());
    Ok(View {
        summary: summary(context, &chosen, &replicas, own, found.as_ref(), basis),
        figures: figures::all(context, &sides, &scene, found.as_ref(), found_other.as_ref()),
        blocks,
        controls: controls(context, &models, &chosen, basis),
        n: (!of_chosen.is_empty()).then(|| (of_chosen.len() as f64, "time steps".to_owned())),
        as_of_ms: own.last_ms(),
        ..View::default()
    })
}

/// What the fit left out, and what it lacks.
fn remark_fit(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    latency: &MetricSpec,
    steps: &Steps,
    n_steps: usize,
    found: Option<&Headroom>,
) {
    let (fitted, step_ms) = fitted_range(context.range);
    if fitted != context.range {
        let days = fitted.width_ms() / 86_400_000;
        let minutes = step_ms / 60_000;
        ask.remark(format!("head-room is fitted to the last {days} days of this range, in steps of {minutes} minutes"));
    }
    if steps.n_thin > 0 {
        ask.remark(format!(
            "{} time steps with fewer than 20 requests have no p95 and are left out of the fit",
            steps.n_thin
        ));
    }
    if steps.n_mixed > 0 {
        ask.remark(format!("{} time steps over a changing load are left out of the fit", steps.n_mixed));
    }
    match (latency.target, found) {
        (None, _) => ask.remark("head-room needs an objective: give the latency metric a target"),
        (Some(_), None) if n_steps > 0 => ask.remark("head-room needs ten time steps with two different loads"),
        (Some(_), Some(found)) => {
            if let Some(advice) = load::advice(found, latency) {
                ask.remark(advice);
            }
        }
        _ => {}
    }
}

fn replica_metric<'a>(context: &Context<'a>) -> Option<&'a MetricSpec> {
    context.metric("replicas-ready").or(context.metric("replicas-desired"))
}

/// Replicas and queue of the chosen model, side by side.
fn pictures(context: &Context<'_>, sides: &Sides<'_>, scene: &Scene<'_>) -> Vec<Block> {
    let name = title(context, scene.model);
    let mut blocks = Vec::new();
    if let Some(metric) = replica_metric(context) {
        let events = rollouts_of(context, scene.model, &sides.own);
        if let Some(mut body) = Replicas::of(&sides.own).lines(context, scene.model, &metric.id, &events) {
            if let Some((other, frames)) = &sides.other {
                body.lines.extend(Replicas::of(frames).ghosts(context, other, scene.other_model));
            }
            blocks.push(block("replicas", &format!("{name}, replicas"), BlockBody::Lines(body)).of_width(6));
        }
    }
    if let (Some(metric), Some(frame)) = (context.metric("queue-depth"), &sides.own.queue) {
        let own = of_model(frame, scene.model);
        if !own.is_empty() {
            let other = sides
                .other
                .as_ref()
                .and_then(|(other, frames)| Some((other, of_model(frames.queue.as_deref()?, scene.other_model))));
            let body = queue::lines(context, metric, &own, other.as_ref().map(|(other, frame)| (*other, frame)));
            blocks.push(block("queue", &format!("{name}, waiting requests"), BlockBody::Lines(body)).of_width(6));
        }
    }
    blocks
}

/// Every model with something to show, in the workspace's order, unknown ones after.
fn models(context: &Context<'_>, replicas: &Replicas<'_>, steps: &Steps, queue: Option<&Frame>) -> Vec<String> {
    let mut models = replicas.models();
    models.extend(steps.by_model.keys().cloned());
    let queued = queue.map_or(&[][..], Frame::series).iter().filter_map(|s| s.labels.get("model"));
    models.extend(queued.map(str::to_owned));
    models.sort();
    models.dedup();
    let place = |model: &String| context.workspace.models.iter().position(|m| m.id == *model).unwrap_or(usize::MAX);
    models.order_by_key(place);
    models
}

/// The model that the viewer chose, else the one whose objective breaks first, else the first.
fn chosen(context: &Context<'_>, models: &[String], steps: &Steps, objective: Option<f64>) -> String {
    if let Some(wanted) = context.setting("model").filter(|wanted| models.iter().any(|m| m == wanted)) {
        return wanted.to_owned();
    }
    let room = |model: &String| load::room(steps.of(model), objective?).map(|room| (room, model.clone()));
    let tightest = models.iter().filter_map(room).min_by(|a, b| a.0.total_cmp(&b.0));
    tightest.map(|(_, model)| model).or_else(|| models.first().cloned()).unwrap_or_default()
}

fn title(context: &Context<'_>, model: &str) -> String {
    lines::title(context, &Labels::new().with("model", model))
}

/// Rollouts of the chosen model only: their titles begin with its name.
fn rollouts_of(context: &Context<'_>, model: &str, frames: &Frames) -> Vec<Event> {
    let name = title(context, model);
    frames.rollouts.iter().filter(|e| e.title.starts_with(&name)).cloned().collect()
}

fn controls(context: &Context<'_>, models: &[String], chosen: &str, basis: Basis) -> Vec<Control> {
    let mut controls = Vec::new();
    if models.len() > 1 {
        let options = models.iter().map(|m| (m.clone(), title(context, m))).collect();
        controls.push(Control {
            name: "model".to_owned(),
            title: "Model".to_owned(),
            kind: ControlKind::Choice(options),
            value: chosen.to_owned(),
            details: false,
        });
    }
    let value = if basis == Basis::All { "all" } else { "replica" };
    controls.push(
        Control::choice("load", "Load", &[("all", "All requests"), ("replica", "Each replica")], value).in_details(),
    );
    controls
}

fn other_models(
    context: &Context<'_>,
    replicas: &Replicas<'_>,
    models: &[String],
    chosen: &str,
    metric: Option<&MetricSpec>,
) -> Vec<Block> {
    let Some(metric) = metric else { return Vec::new() };
    let multiple = |model: &String| {
        let body = replicas.lines(context, model, &metric.id, &[])?;
        let name = format!("{}, replicas", title(context, model));
        Some(block(&format!("replicas-{model}"), &name, BlockBody::Lines(body)).of_width(4).in_details())
    };
    models.iter().filter(|m| *m != chosen).filter_map(multiple).take(MAX_MULTIPLES).collect()
}

fn summary(
    context: &Context<'_>,
    model: &str,
    replicas: &Replicas<'_>,
    frames: &Frames,
    found: Option<&Headroom>,
    basis: Basis,
) -> Summary {
    let name = title(context, model);
    let latency = context.metric("latency");
    let start = match (found, latency, latency.and_then(|m| m.target)) {
        (Some(found), Some(latency), Some(objective)) => load::sentence(found, &name, basis, objective, latency),
        _ => Summary::text(format!("{name}: head-room is not known")),
    };
    let ready = replicas::now(frames.ready_now.as_deref(), model);
    let desired = replicas::now(frames.desired_now.as_deref(), model);
    let short = Unit::from("short");
    match (ready, desired) {
        (Some(ready), Some(desired)) => {
            let n_short = replicas.shortages(model).len();
            let times = if n_short == 0 { String::new() } else { format!(", short {n_short} times") };
            start
                .then(". ")
                .value(ready, &short)
                .then(" of ")
                .value(desired, &short)
                .then(format!(" replicas ready{times}"))
        }
        (Some(ready), None) => start.then(". ").value(ready, &short).then(" replicas ready"),
        _ => start,
    }
}
