//! Hyperparameter tuning: the runs of a sweep over parallel axes, what mattered, the table, and the trade-off of two objectives.
//!
//! Runs are judged by the last logged value of the objective, as in the tracking source's own list of runs.
//! Brushes come from the selection and hold for the curves as well; what does not depend on them is kept from one brush to the next.
//! Settings read: `experiment`, `metric` or `objective`, `objective2`, `param`, `param2`, `show`, `fit`, `flip` and `spacing` (keys,
//! comma-separated), `diff`, `pin` (run ids, comma-separated).

mod axes;
mod importance;
mod scatter;
mod study;
mod surface;
mod table;
#[cfg(test)]
mod tests;

use importance::Importance;
use study::Study;

use super::shared::sweep::{Objective, Sweep};
use super::shared::{block, brushes, tracking};
use super::{Ask, Context, Stop};
use crate::view::{Block, BlockBody, Control, View};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let sweep = Sweep::ask(context, ask)?;
    let wanted = context.setting("objective").or_else(|| context.setting("metric"));
    let Some(objective) = sweep.objective(context, wanted) else {
        return Err(Stop::empty(format!("the {} runs of {} have logged no metric", sweep.len(), sweep.experiment)));
    };
    let baseline = baseline(context, ask, &sweep, &objective)?;
    let study = Study::new(context, &sweep, &objective);
    let fitted = importance::fitted(context, ask, &study);
    let importance = fitted.as_ref().as_ref().map(|fitted| &fitted.importance);
    remarks(context, ask, &study, importance);
    let second = second_objective(context, &sweep, &objective);
    let show = Show::of(context);

    let mut blocks = Vec::new();
    if context.details || show == Show::Axes {
        match axes::parallel(context, &study, importance.ok()) {
            Some(body) => blocks.push(
                block("parallel", &format!("Parameters and {}", objective.key), BlockBody::Parallel(body)).of_width(8),
            ),
            None => ask.remark("no parameter differs between the runs: there is nothing to compare by parameter"),
        }
        blocks.extend(
            importance
                .ok()
                .map(|found| block("importance", &found.title(), BlockBody::Bars(found.bars(&objective))).of_width(4)),
        );
    }
    if context.details || show == Show::Surface {
        let width = if context.details { 6 } else { 12 };
        match surface::block_of(context, ask, &study, fitted.as_ref().as_ref().ok()) {
            Ok(surface) => blocks.push(surface.of_width(width)),
            Err(reason) if show == Show::Surface => ask.remark(format!("no surface over two parameters: {reason}")),
            Err(_) => {}
        }
    }
    // Ten thousand rows are not sent to where nobody sees them.
    if context.details {
        blocks.extend(scatter::by_param(context, &study, importance.ok()).map(Block::in_details));
        blocks.extend(second.as_ref().map(|second| scatter::pareto(context, &study, second).in_details()));
    }
    if context.details || show == Show::Runs {
        blocks.push(block("runs", "Runs", BlockBody::Grid(table::grid(context, &study))));
    }
    Ok(View {
        summary: study.summary(importance.ok()),
        figures: study.figures(baseline.as_ref()),
        blocks,
        controls: controls(context, &study, second.as_ref(), show),
        n: Some((sweep.len() as f64, "runs".to_owned())),
        as_of_ms: sweep.newest_ms(),
        ..View::default()
    })
}

/// What the dashboard shows of the runs; the panel's own page shows all of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Axes,
    Runs,
    Surface,
}

impl Show {
    fn of(context: &Context<'_>) -> Self {
        match context.setting("show") {
            Some("runs") => Self::Runs,
            Some("surface") => Self::Surface,
            _ => Self::Axes,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Axes => "axes",
            Self::Runs => "runs",
            Self::Surface => "surface",
        }
    }
}

/// The objective of the compared model's or version's run: shown name and value.
fn baseline(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    objective: &Objective,
) -> Result<Option<(String, f64)>, Stop> {
    Sweep::remark_not_compared(context, ask);
    let Some((model, version)) = context.reference_model() else { return Ok(None) };
    let Some(tracked) = tracking::track(context, model) else { return Ok(None) };
    let versions = match tracked.versions(ask) {
        Ok(versions) => versions,
        Err(Stop::Pending) => return Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            return Ok(None);
        }
    };
    let champion = || versions.iter().find(|v| v.aliases.iter().any(|a| a == "champion"));
    let found = match version {
        Some(name) => versions.iter().find(|v| v.name == name),
        None => champion().or(versions.first()),
    };
    let Some(found) = found else { return Ok(None) };
    let value = if let Some(run) = sweep.place(&found.run_id) {
        objective.values.get(run).copied().unwrap_or(f64::NAN)
    } else {
        let frame = tracked.runs(ask)?;
        let Some(table) = frame.table() else { return Ok(None) };
        let row = (0..table.n_rows()).find(|&row| table.text("run_id", row).as_deref() == Some(&found.run_id));
        row.map_or(f64::NAN, |row| table.number(&format!("metrics.{}", objective.key), row))
    };
    Ok(value.is_finite().then(|| (format!("{} v{}", tracked.title(), found.name), value)))
}

fn remarks(context: &Context<'_>, ask: &mut Ask<'_>, study: &Study<'_>, importance: Result<&Importance, &String>) {
    let sweep = study.sweep;
    if sweep.experiments.len() > 1 {
        ask.remark(format!("runs of {}, 1 of {} experiments", sweep.experiment, sweep.experiments.len()));
    }
    match importance {
        Err(reason) => ask.remark(format!("no importance of parameters: {reason}")),
        Ok(importance) => {
            if let Some(remark) = importance.remark() {
                ask.remark(remark);
            }
        }
    }
    let n_without = study.objective.values.iter().filter(|v| !v.is_finite()).count();
    if n_without > 0 {
        let runs = if n_without == 1 { "run has" } else { "runs have" };
        ask.remark(format!("{n_without} {runs} no finite {}", study.objective.key));
    }
    if brushes::any(context, sweep) {
        let n = study.held.iter().filter(|h| **h).count();
        ask.remark(format!("{n} of {} runs lie within the brushes", sweep.len()));
    }
}

/// The second objective: the one chosen, else another usual one, else any other metric with values.
fn second_objective(context: &Context<'_>, sweep: &Sweep<'_>, first: &Objective) -> Option<Objective> {
    let has_values =
        |key: &&str| *key != first.key && sweep.metric(key).is_some_and(|values| values.iter().any(|v| v.is_finite()));
    let keys = || sweep.metrics.iter().map(String::as_str);
    let wanted = context.setting("objective2").or_else(|| context.option("objective2")).filter(|k| *k != first.key);
    let wanted = wanted.filter(|w| keys().any(|k| k == *w));
    let usual = ["val_accuracy", "val_loss", "val_rmse", "test_log_loss", "test_r2", "test_mae", "test_accuracy"];
    let usual = usual.into_iter().find(|u| keys().any(|k| k == *u) && has_values(u));
    let key = wanted.or(usual).or_else(|| keys().find(has_values))?;
    Some(sweep.objective_of(context, key))
}

fn controls(context: &Context<'_>, study: &Study<'_>, second: Option<&Objective>, show: Show) -> Vec<Control> {
    let (sweep, objective) = (study.sweep, study.objective);
    let mut controls = Vec::new();
    if !context.details {
        let shown = [("axes", "Axes"), ("runs", "Runs"), ("surface", "Surface")];
        controls.push(Control::choice("show", "Show", &shown, show.name()));
    }
    controls.push(sweep.metric_control("objective", "Objective", &objective.key));
    controls.extend(second.map(|s| sweep.metric_control("objective2", "Second objective", &s.key).in_details()));
    controls.extend(axes::controls(context, study).into_iter().map(Control::in_details));
    if brushes::any(context, sweep) {
        let of = [("all", "All runs"), ("brushed", "Runs within the brushes")];
        let chosen = if importance::is_of_brushed(context) { "brushed" } else { "all" };
        controls.push(Control::choice("fit", "Importance of", &of, chosen));
    }
    let diff = if context.setting("diff") == Some("all") { "all" } else { "varying" };
    controls
        .push(Control::choice("diff", "Columns", &[("varying", "What differs"), ("all", "All")], diff).in_details());
    controls.extend(sweep.experiment_control());
    controls
}
