//! Training and validation curves of the best runs, of those chosen and of those within the brushes.
//!
//! The server's own sampling is shown at once; every logged step replaces it as soon as it is there.
//! Settings read: `experiment`, `metric`, `runs`, `run`, `x`, `scale`, `smoothing`, `group`, `zoom`.

mod curve;
mod picture;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use curve::{Axis, Curve};

use super::shared::sweep::{Objective, Sweep};
use super::shared::{block, brushes, figures, tracking};
use super::{Ask, Context, Stop};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::query::{HistoryQuery, Query};
use crate::stats::curve_marks::best_step;
use crate::view::{BlockBody, Control, Figure, Summary, View};

/// Best runs shown unless the setting or option `runs` says otherwise.
const BEST_RUNS: usize = 8;
/// More curves are not fetched: beyond it nobody can tell them apart.
const MAX_RUNS: usize = 50;

/// What is drawn as one hue: a run, or the seeds of one setting.
struct Unit {
    title: String,
    /// Runs of it; the first is the best.
    runs: Vec<usize>,
    validation: Shape,
    training: Shape,
    /// Chosen by the viewer, or among the best few.
    is_focus: bool,
}

/// One curve with its band.
#[derive(Default)]
struct Shape {
    curve: Curve,
    low: Vec<f64>,
    high: Vec<f64>,
}

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let sweep = Sweep::ask(context, ask)?;
    let Some(objective) = sweep.objective(context, context.setting("metric")) else {
        return Err(Stop::empty(format!("the {} runs of {} have logged no metric", sweep.len(), sweep.experiment)));
    };
    let by_seeds = context.setting("group") == Some("seeds");
    let settings = chosen_units(context, ask, &sweep, &objective, by_seeds)?;
    let runs: Vec<usize> = settings.iter().flatten().copied().collect();
    let training_key = training_key(&objective.key, &sweep.metrics);

    let baseline = baseline_run(context, ask, &sweep);
    let validation = histories(ask, &sweep, &runs, &objective.key);
    let training = training_key.as_ref().map(|key| histories(ask, &sweep, &runs, key));
    let validation = validation?;
    let training = training.transpose()?.unwrap_or_default();
    let baseline = match baseline? {
        Some((title, run)) => {
            let curves = histories_of(ask, &sweep, vec![run.clone()], &objective.key)?;
            curves.into_values().next().map(|curve| picture::Baseline { title, run, curve })
        }
        None => None,
    };

    let units = units(context, &sweep, settings, &validation, &training, by_seeds);
    if units.iter().all(|u| u.validation.curve.steps.is_empty() && u.training.curve.steps.is_empty()) {
        return Err(Stop::empty(format!("the runs of {} have logged no steps of {}", sweep.experiment, objective.key)));
    }
    remarks(context, ask, &sweep, &objective, &units);

    let axis = axis(context, ask, &sweep, &units);
    let paint = picture::Paint {
        context,
        sweep: &sweep,
        objective: &objective,
        training_key: training_key.as_deref(),
        axis,
        by_seeds,
        baseline: baseline.as_ref(),
    };
    let (figures, best) = best_figure(&sweep, &objective, &units, baseline.as_ref());
    let n_shown: usize = units.iter().map(|u| u.runs.len()).sum();
    let summary = summary(&sweep, &objective, best.as_ref(), n_shown);
    let newest = validation.values().chain(training.values()).filter_map(|c| c.times.last().copied());
    Ok(View {
        summary,
        figures,
        blocks: vec![
            block("curves", &paint.title(), BlockBody::Lines(paint.lines(&units))),
            block("legend", "Runs on the screen", BlockBody::Grid(paint.legend(&units))).in_details(),
        ],
        controls: controls(context, &sweep, &objective, axis),
        n: Some((n_shown as f64, "runs".to_owned())),
        as_of_ms: newest.reduce(f64::max).or_else(|| sweep.newest_ms()),
        ..View::default()
    })
}

/// The runs to show as groups, best first: within the brushes if there are any, else the best few; and those chosen.
fn chosen_units(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    objective: &Objective,
    by_seeds: bool,
) -> Result<Vec<Vec<usize>>, Stop> {
    let is_brushed = brushes::any(context, sweep);
    let held = brushes::held(context, sweep);
    let picked = picked(context);
    let is_picked = |run: &usize| picked.contains(&sweep.id(*run));
    let ranked = sweep.ranked(objective);
    let candidates = ranked.iter().copied().filter(|run| held.get(*run) == Some(&true) || is_picked(run));
    let candidates: Vec<usize> = candidates.collect();
    if candidates.is_empty() {
        return Err(Stop::empty("no run lies within the brushes; clear one to see curves"));
    }
    let groups = if by_seeds { sweep.settings(&candidates) } else { candidates.iter().map(|&run| vec![run]).collect() };
    let wanted = context.setting("runs").and_then(|n| n.parse().ok());
    let wanted = wanted.or_else(|| context.number("runs").map(|n| n as usize)).unwrap_or(BEST_RUNS).clamp(1, MAX_RUNS);
    let has_value = |run: &usize| objective.cost(*run).is_finite();
    // Where no run ended with a finite value there is nothing better to show than all of them.
    let any_value = candidates.iter().any(has_value);
    let limit = if is_brushed || !any_value { MAX_RUNS } else { wanted };
    let mut n_runs = 0;
    let mut shown: Vec<Vec<usize>> = Vec::new();
    for (place, group) in groups.into_iter().enumerate() {
        // A run without a value is shown when it is chosen, or when there is nothing better to show.
        let is_best = place < limit && (group.iter().any(has_value) || !any_value || candidates.len() <= limit);
        if (is_best && n_runs + group.len() <= MAX_RUNS) || group.iter().any(is_picked) {
            n_runs += group.len();
            shown.push(group);
        }
    }
    if is_brushed && n_runs < candidates.len() {
        ask.remark(format!("curves of the best {n_runs} of {} runs within the brushes", candidates.len()));
    }
    Ok(shown)
}

/// Ids of the runs that the viewer chose.
fn picked(context: &Context<'_>) -> Vec<String> {
    let chosen = context.setting("run").unwrap_or_default();
    chosen.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// The training metric that belongs to a validation metric.
fn training_key(key: &str, metrics: &[String]) -> Option<String> {
    let rest =
        ["validation_", "valid_", "val_", "eval_", "test_"].iter().find_map(|prefix| key.strip_prefix(prefix))?;
    let names = [format!("train_{rest}"), format!("training_{rest}"), rest.to_owned()];
    names.into_iter().find(|name| metrics.contains(name))
}

fn histories(ask: &mut Ask<'_>, sweep: &Sweep<'_>, runs: &[usize], key: &str) -> Result<HashMap<String, Curve>, Stop> {
    histories_of(ask, sweep, runs.iter().map(|&run| sweep.id(run)).collect(), key)
}

/// Curves by run id: sampled at first, then in full.
fn histories_of(
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    mut runs: Vec<String>,
    key: &str,
) -> Result<HashMap<String, Curve>, Stop> {
    runs.sort();
    runs.dedup();
    let source = sweep.tracked.source.id.clone();
    let query = |full: bool| {
        Query::History(HistoryQuery { source: source.clone(), runs: runs.clone(), key: key.to_owned(), full })
    };
    let (frame, _): (Arc<Frame>, bool) = ask.refined(query(false), query(true))?;
    let curves = frame.series().iter().filter_map(|s| Some((s.labels.get("run_id")?.to_owned(), Curve::of(s))));
    Ok(curves.collect())
}

/// The run of the compared model or version, where the selection compares with one.
fn baseline_run(context: &Context<'_>, ask: &mut Ask<'_>, sweep: &Sweep<'_>) -> Result<Option<(String, String)>, Stop> {
    let Some((model, version)) = context.reference_model() else { return Ok(None) };
    let Some(tracked) = tracking::track(context, model) else { return Ok(None) };
    if tracked.source.id != sweep.tracked.source.id {
        ask.remark(format!("{} is tracked elsewhere: its curves are not compared", tracked.title()));
        return Ok(None);
    }
    let versions = match tracked.versions(ask) {
        Ok(versions) => versions,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            Vec::new()
        }
    };
    let champion = || versions.iter().find(|v| v.aliases.iter().any(|a| a == "champion"));
    let found = match version {
        Some(name) => versions.iter().find(|v| v.name == name),
        None => champion().or(versions.first()),
    };
    Ok(found.map(|v| (format!("{} v{}", tracked.title(), v.name), v.run_id.clone())))
}

fn units(
    context: &Context<'_>,
    sweep: &Sweep<'_>,
    settings: Vec<Vec<usize>>,
    validation: &HashMap<String, Curve>,
    training: &HashMap<String, Curve>,
    by_seeds: bool,
) -> Vec<Unit> {
    let picked = picked(context);
    let is_picked = |run: &usize| picked.contains(&sweep.id(*run));
    let shape = |runs: &[usize], curves: &HashMap<String, Curve>| -> Shape {
        let found: Vec<&Curve> = runs.iter().filter_map(|&run| curves.get(&sweep.id(run))).collect();
        match found.as_slice() {
            [] => Shape::default(),
            [one] => Shape { curve: (*one).clone(), ..Shape::default() },
            several => {
                let (curve, low, high) = curve::mean(several);
                Shape { curve, low, high }
            }
        }
    };
    let mut units: Vec<Unit> = settings
        .into_iter()
        .map(|runs| Unit {
            title: if by_seeds {
                sweep.setting_name(runs.first().copied().unwrap_or(0))
            } else {
                name_of(sweep, &runs)
            },
            validation: shape(&runs, validation),
            training: shape(&runs, training),
            is_focus: runs.iter().any(is_picked),
            runs,
        })
        .collect();
    let n_lines: usize = units
        .iter()
        .map(|u| usize::from(!u.validation.curve.steps.is_empty()) + usize::from(!u.training.curve.steps.is_empty()))
        .sum();
    let n_colours = if n_lines > picture::MAX_LINES { picture::FOCUS_UNITS } else { units.len() };
    let n_picked = units.iter().filter(|u| u.is_focus).count();
    for unit in units.iter_mut().filter(|u| !u.is_focus).take(n_colours.saturating_sub(n_picked)) {
        unit.is_focus = true;
    }
    units.order_by_key(|u| !u.is_focus);
    units
}

fn name_of(sweep: &Sweep<'_>, runs: &[usize]) -> String {
    runs.first().map(|&run| sweep.name(run)).unwrap_or_default()
}

fn remarks(context: &Context<'_>, ask: &mut Ask<'_>, sweep: &Sweep<'_>, objective: &Objective, units: &[Unit]) {
    if context.reference_range().is_some() {
        ask.remark("training runs do not follow the time range: the compared period does not apply");
    }
    if sweep.experiments.len() > 1 {
        ask.remark(format!("runs of {}, 1 of {} experiments", sweep.experiment, sweep.experiments.len()));
    }
    let n_without = objective.values.iter().filter(|v| !v.is_finite()).count();
    if n_without > 0 {
        let runs = if n_without == 1 { "run has" } else { "runs have" };
        ask.remark(format!("{n_without} {runs} no finite {}", objective.key));
    }
    if units.iter().any(|u| !u.is_focus && !u.training.curve.steps.is_empty()) {
        ask.remark("training curves of the runs in grey are left out");
    }
    if units.iter().any(|u| !u.validation.low.is_empty()) {
        ask.remark("seeds of a setting are drawn as their mean, with the lowest and highest as band");
    }
    if units.iter().all(|u| u.validation.curve.steps.len() <= 1 && u.training.curve.steps.len() <= 1) {
        ask.remark("each run has logged one value: there is no curve to see");
    }
}

/// The axis asked for, or steps where a curve lacks what it takes.
fn axis(context: &Context<'_>, ask: &mut Ask<'_>, sweep: &Sweep<'_>, units: &[Unit]) -> Axis {
    let (axis, what) = match context.setting("x").or_else(|| context.option("x")) {
        Some("epoch") => (Axis::Epoch, "a number of epochs among their parameters"),
        Some("time") => (Axis::Time, "times of their steps"),
        _ => return Axis::Step,
    };
    let curves = units.iter().flat_map(|u| [(u, &u.validation.curve), (u, &u.training.curve)]);
    let is_known = |(unit, curve): (&Unit, &Curve)| {
        let run = unit.runs.first().copied().unwrap_or(0);
        curve.steps.is_empty() || curve.positions(axis, picture::n_epochs(sweep, run), 0.0).is_some()
    };
    let n_lacking = curves.filter(|pair| !is_known(*pair)).count();
    if n_lacking == 0 {
        return axis;
    }
    ask.remark(format!("by step: some runs have not logged {what}"));
    Axis::Step
}

/// The best value over all steps of the runs on the screen, with its run and step.
fn best_figure(
    sweep: &Sweep<'_>,
    objective: &Objective,
    units: &[Unit],
    baseline: Option<&picture::Baseline>,
) -> (Vec<Figure>, Option<(String, f64, f64)>) {
    let direction = objective.improves();
    let marked = units.iter().filter_map(|u| {
        let mark = best_step(&u.validation.curve.values, direction)?;
        Some((u, *u.validation.curve.steps.get(mark.place)?, mark.value))
    });
    let turned = |value: f64| if direction == crate::stats::pareto::Direction::Maximise { -value } else { value };
    let Some((unit, step, value)) = marked.min_by(|a, b| turned(a.2).total_cmp(&turned(b.2))) else {
        return (Vec::new(), None);
    };
    let title = format!("Best {}, {} at step {step}", objective.key, unit.title);
    let mut figure = figures::named(&objective.key, &title, objective.unit.id(), objective.direction);
    let run = unit.runs.first().copied().unwrap_or(0);
    figure.series = Labels::new().with("run_id", sweep.id(run)).with("key", objective.key.clone());
    figure.value = Some(value);
    figure.n = Some(unit.validation.curve.values.len() as f64);
    let of = if unit.runs.len() > 1 { format!("mean of {} seeds", unit.runs.len()) } else { "one run".to_owned() };
    figure.method = Some(format!(
        "{} of {} logged steps of {of}: no interval for a value picked as the best",
        objective.superlative(),
        unit.validation.curve.values.len()
    ));
    figure.spark = super::shared::lines::spark(&unit.validation.curve.steps, &unit.validation.curve.values);
    if let Some(baseline) = baseline
        && let Some(mark) = best_step(&baseline.curve.values, direction)
    {
        figures::compare(&mut figure, mark.value, None, &baseline.title);
    }
    (vec![figure], Some((unit.title.clone(), step, value)))
}

fn summary(sweep: &Sweep<'_>, objective: &Objective, best: Option<&(String, f64, f64)>, n_shown: usize) -> Summary {
    let of = format!("{n_shown} of {} runs of {} shown", sweep.len(), sweep.experiment);
    match best {
        Some((title, step, value)) => Summary::text(format!("the {} {} is ", objective.superlative(), objective.key))
            .value(*value, &objective.unit)
            .then(format!(", reached by {title} at step {step}; {of}")),
        None => Summary::text(format!("no run has logged a finite {}; {of}", objective.key)),
    }
}

fn controls(context: &Context<'_>, sweep: &Sweep<'_>, objective: &Objective, axis: Axis) -> Vec<Control> {
    let chosen = match axis {
        Axis::Step => "step",
        Axis::Epoch => "epoch",
        Axis::Time => "time",
    };
    let scale = if picture::is_log(context) { "log" } else { "linear" };
    let group = if context.setting("group") == Some("seeds") { "seeds" } else { "none" };
    let mut controls = vec![
        Control::choice("scale", "Scale", &[("linear", "Linear"), ("log", "Log")], scale),
        Control::slider("smoothing", "Smoothing", (0.0, 0.99, 0.01), picture::smoothing(context)),
        sweep.metric_control("metric", "Metric", &objective.key).in_details(),
        Control::choice("x", "Axis", &[("step", "Step"), ("epoch", "Epoch"), ("time", "Time")], chosen).in_details(),
        Control::choice("group", "Group", &[("none", "Runs"), ("seeds", "Seeds")], group).in_details(),
    ];
    controls.extend(sweep.experiment_control());
    controls
}
