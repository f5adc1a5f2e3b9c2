//! Training and validation curves of the best runs, of those chosen and of those within the brushes.
//!
//! The server's own sampling is shown at once; every logged step replaces it as soon as it is there.
//! Settings read: `experiment`, `metric`, `runs`, `run`, `x`, `scale`, `smoothing`, `group`, `zoom`.

mod chosen;
mod curve;
mod headline;
mod histories;
mod picture;
#[cfg(test)]
mod tests;

use curve::{Axis, Curve};

use self::chosen::Unit;
use super::shared::block;
use super::shared::sweep::{Objective, Sweep};
use super::{Ask, Context, Stop};
use crate::view::{BlockBody, Control, View};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let sweep = Sweep::ask(context, ask)?;
    let Some(objective) = sweep.objective(context, context.setting("metric")) else {
        return Err(Stop::empty(format!("the {} runs of {} have logged no metric", sweep.len(), sweep.experiment)));
    };
    let by_seeds = context.setting("group") == Some("seeds");
    let settings = chosen::chosen_units(context, ask, &sweep, &objective, by_seeds)?;
    let runs: Vec<usize> = settings.iter().flatten().copied().collect();
    let training_key = histories::training_key(&objective.key, &sweep.metrics);

    let baseline = histories::baseline_run(context, ask, &sweep);
    let validation = histories::histories(ask, &sweep, &runs, &objective.key);
    let training = training_key.as_ref().map(|key| histories::histories(ask, &sweep, &runs, key));
    let validation = validation?;
    let training = training.transpose()?.unwrap_or_default();
    let baseline = match baseline? {
        Some((title, run)) => {
            let curves = histories::histories_of(ask, &sweep, vec![run.clone()], &objective.key)?;
            curves.into_values().next().map(|curve| picture::Baseline { title, run, curve })
        }
        None => None,
    };

    let units = chosen::units(context, &sweep, settings, &validation, &training, by_seeds);
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
    let (figures, best) = headline::best_figure(&sweep, &objective, &units, baseline.as_ref());
    let n_shown: usize = units.iter().map(|u| u.runs.len()).sum();
    let summary = headline::summary(&sweep, &objective, best.as_ref(), n_shown);
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

fn remarks(context: &Context<'_>, ask: &mut Ask<'_>, sweep: &Sweep<'_>, objective: &Objective, units: &[Unit]) {
    Sweep::remark_not_compared(context, ask);
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
