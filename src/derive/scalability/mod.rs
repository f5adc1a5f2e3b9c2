//! Scalability: replicas within their bounds, the queue, restarts, and how much more load the objective bears.

mod load;
mod queue;
mod replicas;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shared::{block, figures, histogram, lines, rollouts, teach_metric};
use super::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Labels, Series};
use crate::order::Order;
use crate::query::{Measure, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::headroom::Headroom;
use crate::units::Unit;
use crate::view::{Block, BlockBody, Cell, Control, ControlKind, Figure, Grid, GridColumn, Summary, Verdict, View};
use load::{Basis, Step};
use replicas::Replicas;

const BY: [&str; 2] = ["model", "version"];
/// Small pictures of the other models on the panel's own page, at most.
const MAX_MULTIPLES: usize = 12;

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let frames = Frames::ask(context, ask)?;
    let replicas = frames.replicas();
    let (steps, n_thin) = frames.steps();
    if n_thin > 0 {
        ask.remark(format!("{n_thin} time steps with fewer than 20 requests have no p95 and are left out of the fit"));
    }
    let models = models(context, &replicas, &steps, frames.queue.as_deref());
    if models.is_empty() {
        return Err(ask
            .first_failure()
            .cloned()
            .map_or_else(|| Stop::empty("no replicas, queue or load were measured in this time range"), Stop::Failed));
    }
    let latency = context.metric("latency");
    let objective = latency.and_then(|m| m.target).filter(|o| *o > 0.0);
    if latency.is_some() && objective.is_none() {
        ask.remark("head-room needs an objective: give the latency metric a target");
    }
    let chosen = chosen(context, &models, &steps, objective);
    let of_chosen = steps.get(&chosen).map_or(&[][..], Vec::as_slice);
    let basis = match context.setting("load") {
        Some("all") => Basis::All,
        Some("replica") => Basis::Replica,
        _ => load::better_basis(of_chosen),
    };
    let found = objective.and_then(|objective| load::find(of_chosen, basis, objective));
    if found.is_none() && objective.is_some() && !of_chosen.is_empty() {
        ask.remark("head-room needs ten time steps with two different loads");
    }

    let events = rollouts_of(context, &chosen, &frames);
    let mut blocks = Vec::new();
    let replica_metric = context.metric("replicas-ready").or(context.metric("replicas-desired"));
    if let Some(metric) = replica_metric {
        let body = replicas.lines(context, &chosen, &metric.id, &events);
        blocks.extend(body.map(|body| {
            block("replicas", &format!("{}, replicas", title(context, &chosen)), BlockBody::Lines(body)).of_width(6)
        }));
    }
    if let (Some(metric), Some(frame)) = (context.metric("queue-depth"), &frames.queue) {
        let own = of_model(frame, &chosen);
        if !own.is_empty() {
            let before = frames.queue_before.as_ref().map(|(range, frame)| (*range, of_model(frame, &chosen)));
            let before = before.as_ref().map(|(range, frame)| (*range, frame));
            let body = queue::lines(context, metric, &own, before);
            let name = format!("{}, waiting requests", title(context, &chosen));
            blocks.push(block("queue", &name, BlockBody::Lines(body)).of_width(6));
        }
    }
    if let Some(latency) = latency.filter(|_| !of_chosen.is_empty()) {
        let body = load::scatter(context, latency, &chosen, of_chosen, basis, found.as_ref());
        let name = format!("{}, p95 latency by load", title(context, &chosen));
        blocks.push(block("headroom", &name, BlockBody::Scatter(body)));
    }
    blocks.extend(other_models(context, &replicas, &models, &chosen, replica_metric));
    let table = table(context, &frames, &replicas, &models, &steps, objective);
    blocks.push(block("models", "All models", BlockBody::Grid(table)).in_details());

    let headroom_figure = found.as_ref().map(|found| {
        let mut figure = load::figure(found, &chosen, basis);
        compare_headroom(&mut figure, context, &frames, &chosen, basis, objective);
        figure
    });
    let mut all = Vec::new();
    all.extend(headroom_figure);
    all.extend(ready_figure(context, &frames, &replicas, &chosen));
    all.extend(queue_figure(context, &frames, &chosen));
    all.extend(restart_figure(context, &frames, &chosen));
    Ok(View {
        summary: summary(context, &chosen, &replicas, &frames, found.as_ref(), basis),
        figures: all,
        blocks,
        controls: controls(context, &models, &chosen, basis),
        n: (!of_chosen.is_empty()).then(|| (of_chosen.len() as f64, "time steps".to_owned())),
        as_of_ms: frames.last_ms(),
        ..View::default()
    })
}

/// What the panel asked, as far as it was answered.
#[derive(Default)]
struct Frames {
    desired: Option<Arc<Frame>>,
    ready: Option<Arc<Frame>>,
    min: Option<Arc<Frame>>,
    max: Option<Arc<Frame>>,
    /// Ready and desired as they stand at the end, not averaged over a step.
    ready_now: Option<Arc<Frame>>,
    desired_now: Option<Arc<Frame>>,
    queue: Option<Arc<Frame>>,
    queue_before: Option<(TimeRange, Arc<Frame>)>,
    restarts: Option<Arc<Frame>>,
    restarts_before: Option<(String, Arc<Frame>)>,
    requests: Option<Arc<Frame>>,
    buckets: Option<Arc<Frame>>,
    requests_before: Option<Arc<Frame>>,
    buckets_before: Option<Arc<Frame>>,
    rollouts: Vec<crate::view::Event>,
}

impl Frames {
    fn ask(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Self, Stop> {
        let slots = ["replicas-desired", "replicas-ready", "queue-depth", "latency"];
        if slots.iter().all(|slot| context.metric(slot).is_none()) {
            return Err(Stop::missing(
                "this panel shows replicas, queue and head-room, and the workspace has a metric for none of them",
                teach_metric(
                    "replicas-ready",
                    "{ \"type\": \"gauge\", \"source\": \"prom\", \"metric\": \"kube_deployment_status_replicas_ready\" }",
                ),
            ));
        }
        let range = context.range;
        let mut over = |slot: &str, measure: Measure, by: &[&str], range: TimeRange| {
            context.metric(slot).map(|m| ask.series(context, &Wanted::over_time(m, measure, by).within(range)))
        };
        let desired = over("replicas-desired", Measure::Gauge, &BY, range);
        let ready = over("replicas-ready", Measure::Gauge, &BY, range);
        let desired_now = over("replicas-desired", Measure::Instant, &BY, range);
        let ready_now = over("replicas-ready", Measure::Instant, &BY, range);
        let min = over("replicas-min", Measure::Instant, &BY, range);
        let max = over("replicas-max", Measure::Instant, &BY, range);
        let queue = over("queue-depth", Measure::Gauge, &BY, range);
        // The same questions as the latency panel asks, so that they are asked once.
        let requests = over("requests", Measure::Rate, &BY, range);
        let buckets = over("latency", Measure::Buckets, &["model", "version", "le"], range);
        let reference = context.reference_range().map(|(title, range)| (title.to_owned(), range));
        let before = reference.as_ref().map(|(_, range)| *range);
        let queue_before = before.and_then(|range| over("queue-depth", Measure::Gauge, &BY, range));
        let requests_before = before.and_then(|range| over("requests", Measure::Rate, &BY, range));
        let buckets_before =
            before.and_then(|range| over("latency", Measure::Buckets, &["model", "version", "le"], range));
        let mut whole = |range: TimeRange| {
            let metric = context.metric("restarts")?;
            Some(ask.series(context, &Wanted::whole(metric, Measure::Increase, &BY).within(range)))
        };
        let restarts = whole(range);
        let restarts_before = before.and_then(&mut whole);
        let rollouts = rollouts::events(context, ask);

        let mut get = |answer: Option<Result<Arc<Frame>, Stop>>| match answer {
            Some(answer) => ask.spare(answer),
            None => Ok(None),
        };
        Ok(Self {
            desired: get(desired)?,
            ready: get(ready)?,
            min: get(min)?,
            max: get(max)?,
            ready_now: get(ready_now)?,
            desired_now: get(desired_now)?,
            queue: get(queue)?,
            queue_before: before.zip(get(queue_before)?),
            restarts: get(restarts)?,
            restarts_before: reference.map(|(title, _)| title).zip(get(restarts_before)?),
            requests: get(requests)?,
            buckets: get(buckets)?,
            requests_before: get(requests_before)?,
            buckets_before: get(buckets_before)?,
            rollouts: rollouts?,
        })
    }

    fn replicas(&self) -> Replicas<'_> {
        Replicas {
            desired: self.desired.as_deref(),
            ready: self.ready.as_deref(),
            min: self.min.as_deref(),
            max: self.max.as_deref(),
        }
    }

    fn steps(&self) -> (BTreeMap<String, Vec<Step>>, usize) {
        steps_of(self.buckets.as_deref(), self.requests.as_deref(), self.ready.as_deref())
    }

    fn last_ms(&self) -> Option<f64> {
        let frames = [&self.ready, &self.desired, &self.queue, &self.requests];
        let series = frames.into_iter().flatten().flat_map(|f| f.series());
        series.filter_map(Series::last).map(|(x, _)| x).reduce(f64::max)
    }
}

fn steps_of(
    buckets: Option<&Frame>,
    requests: Option<&Frame>,
    ready: Option<&Frame>,
) -> (BTreeMap<String, Vec<Step>>, usize) {
    let groups = buckets.map(histogram::grouped).unwrap_or_default();
    load::steps(&histogram::merged(&groups, "model"), requests, ready)
}

/// Every model with something to show, in the workspace's order, unknown ones after.
fn models(
    context: &Context<'_>,
    replicas: &Replicas<'_>,
    steps: &BTreeMap<String, Vec<Step>>,
    queue: Option<&Frame>,
) -> Vec<String> {
    let mut models = replicas.models();
    models.extend(steps.keys().cloned());
    let queued = queue.map_or(&[][..], Frame::series).iter().filter_map(|s| s.labels.get("model"));
    models.extend(queued.map(str::to_owned));
    models.sort();
    models.dedup();
    let place = |model: &String| context.workspace.models.iter().position(|m| m.id == *model).unwrap_or(usize::MAX);
    models.order_by_key(place);
    models
}

/// The model that the viewer chose, else the one whose objective breaks first, else the first.
fn chosen(
    context: &Context<'_>,
    models: &[String],
    steps: &BTreeMap<String, Vec<Step>>,
    objective: Option<f64>,
) -> String {
    if let Some(wanted) = context.setting("model").filter(|wanted| models.iter().any(|m| m == wanted)) {
        return wanted.to_owned();
    }
    let room = |model: &String| load::room(steps.get(model)?, objective?).map(|room| (room, model.clone()));
    let tightest = models.iter().filter_map(room).min_by(|a, b| a.0.total_cmp(&b.0));
    tightest.map(|(_, model)| model).or_else(|| models.first().cloned()).unwrap_or_default()
}

fn title(context: &Context<'_>, model: &str) -> String {
    lines::title(context, &Labels::new().with("model", model))
}

fn of_model(frame: &Frame, model: &str) -> Frame {
    let own = frame.series().iter().filter(|s| s.labels.get("model").unwrap_or_default() == model);
    Frame::from_series(own.cloned().collect())
}

/// Rollouts of the chosen model only: their titles begin with its name.
fn rollouts_of(context: &Context<'_>, model: &str, frames: &Frames) -> Vec<crate::view::Event> {
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

fn ready_figure(context: &Context<'_>, frames: &Frames, replicas: &Replicas<'_>, model: &str) -> Option<Figure> {
    let metric = context.metric("replicas-ready")?;
    let mut figure = figures::of_metric(metric);
    figure.unit = Unit::from("short");
    figure.series = Labels::new().with("model", model);
    figure.value = replicas::now(frames.ready_now.as_deref(), model);
    figure.target = replicas::now(frames.desired_now.as_deref(), model);
    let n_short = replicas.shortages(model).len();
    figure.method = Some(format!(
        "counted, not estimated: no interval; the target is the desired number; short {n_short} times in this range"
    ));
    figure.value.is_some().then_some(figure)
}

fn queue_figure(context: &Context<'_>, frames: &Frames, model: &str) -> Option<Figure> {
    let metric = context.metric("queue-depth")?;
    let own = of_model(frames.queue.as_deref()?, model);
    let (at, peak) = queue::peak(&own)?;
    let mut figure = figures::of_metric(metric);
    "Longest queue".clone_into(&mut figure.title);
    figure.series = Labels::new().with("model", model);
    figure.value = Some(peak);
    figure.method = Some("the highest sample: no interval".to_owned());
    figure.n = Some(own.series().iter().map(|s| s.x.len()).sum::<usize>() as f64);
    if let Some(line) = own.series().iter().find(|s| s.x.contains(&at)) {
        let high = line.envelope.as_ref().map_or(&line.y, |e| &e.high);
        figure.spark = lines::spark(&line.x, high);
    }
    if let Some((_, before)) = &frames.queue_before
        && let Some((_, reference)) = queue::peak(&of_model(before, model))
    {
        let name = context.reference_range().map_or("before", |(title, _)| title);
        figures::compare(&mut figure, reference, None, name);
    }
    Some(figure)
}

/// Restarts in the range; a change is judged by the exact conditional test of two Poisson counts.
fn restart_figure(context: &Context<'_>, frames: &Frames, model: &str) -> Option<Figure> {
    let metric = context.metric("restarts")?;
    let sum = |frame: &Frame| -> Option<f64> {
        let own = of_model(frame, model);
        let values: Vec<f64> = own.series().iter().filter_map(Series::last).map(|(_, y)| y).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    };
    let mut figure = figures::of_metric(metric);
    figure.unit = Unit::from("short");
    figure.series = Labels::new().with("model", model);
    figure.value = Some(sum(frames.restarts.as_deref()?)?);
    figure.method = Some("counted from the counter's differences, not estimated: no interval".to_owned());
    if let Some((name, before)) = &frames.restarts_before
        && let Some(reference) = sum(before)
    {
        figures::compare(&mut figure, reference, None, name);
        figure.p = poisson_p(figure.value.unwrap_or(0.0), reference);
    }
    Some(figure)
}

/// Two-sided p that two counts over equal spans have one rate: binomial at one half given their sum.
fn poisson_p(a: f64, b: f64) -> Option<f64> {
    let is_count = |v: f64| v.is_finite() && v >= 0.0;
    (is_count(a) && is_count(b)).then(|| crate::stats::interval::mcnemar_exact_p(a.round() as u64, b.round() as u64))
}

/// Two breaking loads differ for certain only if their intervals do not meet.
fn compare_headroom(
    figure: &mut Figure,
    context: &Context<'_>,
    frames: &Frames,
    model: &str,
    basis: Basis,
    objective: Option<f64>,
) {
    let Some((name, _)) = context.reference_range() else { return };
    let (steps, _) =
        steps_of(frames.buckets_before.as_deref(), frames.requests_before.as_deref(), frames.ready.as_deref());
    let before = steps.get(model).zip(objective).and_then(|(steps, objective)| load::find(steps, basis, objective));
    let Some(before) = before else { return };
    let reference = load::figure(&before, model, basis);
    let ends = figure.low.zip(figure.high).zip(reference.low.zip(reference.high));
    let interval = ends.map(|((low, high), (ref_low, ref_high))| (low - ref_high, high - ref_low));
    figures::compare(figure, reference.value.unwrap_or(f64::NAN), interval, name);
    if figure.verdict == Verdict::None && figure.delta.is_some() {
        figure.verdict = Verdict::NoClearChange;
    }
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

/// One row a model: replicas, bounds, queue, restarts and room.
fn table(
    context: &Context<'_>,
    frames: &Frames,
    replicas: &Replicas<'_>,
    models: &[String],
    steps: &BTreeMap<String, Vec<Step>>,
    objective: Option<f64>,
) -> Grid {
    let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit: Unit::from(unit),
    };
    let number = |value: Option<f64>| value.filter(|v| v.is_finite()).map_or(Cell::Missing, Cell::Number);
    let row = |model: &String| {
        let own = |frame: &Option<Arc<Frame>>| frame.as_deref().map(|f| of_model(f, model));
        let restarts = own(&frames.restarts).and_then(|f| {
            let values: Vec<f64> = f.series().iter().filter_map(Series::last).map(|(_, y)| y).collect();
            (!values.is_empty()).then(|| values.iter().sum())
        });
        let room = steps.get(model).zip(objective).and_then(|(steps, objective)| load::room(steps, objective));
        vec![
            Cell::Text(title(context, model)),
            number(replicas::now(frames.ready_now.as_deref(), model)),
            number(replicas::now(frames.desired_now.as_deref(), model)),
            number(replicas::now(frames.min.as_deref(), model)),
            number(replicas::now(frames.max.as_deref(), model)),
            Cell::Number(replicas.shortages(model).len() as f64),
            number(own(&frames.queue).and_then(|f| queue::peak(&f)).map(|p| p.1)),
            number(restarts),
            match room {
                Some(room) if room > crate::stats::headroom::MAX_EXTRAPOLATION => {
                    Cell::Text("at least 1.5 times the highest load".to_owned())
                }
                Some(room) => Cell::Text(format!("{room:.2} times the highest load")),
                None => Cell::Missing,
            },
        ]
    };
    Grid {
        columns: vec![
            column("Model", None, "none"),
            column("Ready", Some("replicas-ready"), "short"),
            column("Desired", Some("replicas-desired"), "short"),
            column("Fewest", Some("replicas-min"), "short"),
            column("Most", Some("replicas-max"), "short"),
            column("Times short", None, "short"),
            column("Longest queue", Some("queue-depth"), "short"),
            column("Restarts", Some("restarts"), "short"),
            column("Objective holds to", None, "none"),
        ],
        rows: models.iter().map(row).collect(),
        row_keys: models.to_vec(),
        row_target: Some("model".to_owned()),
        ..Grid::default()
    }
}
