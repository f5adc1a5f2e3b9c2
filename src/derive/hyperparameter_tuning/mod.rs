//! Hyperparameter tuning: the runs of a sweep over parallel axes, what mattered, the table, and the trade-off of two objectives.
//!
//! Runs are judged by the last logged value of the objective, as in the tracking source's own list of runs.
//! Brushes come from the selection and hold for the curves as well.
//! Settings read: `experiment`, `metric` or `objective`, `objective2`, `param`, `flip` (keys, comma-separated), `diff`.

mod axes;
mod importance;
mod table;
#[cfg(test)]
mod tests;

use importance::Importance;

use super::shared::sweep::{Objective, Param, Sweep};
use super::shared::{LEVEL, block, brushes, figures, tracking};
use super::{Ask, Context, Stop};
use crate::frame::Labels;
use crate::order::Order;
use crate::stats::interval::{Sample, mean_interval};
use crate::stats::pareto::pareto_front;
use crate::view::{AxisSpec, BlockBody, Control, Figure, Line, LineRole, Scatter, ScatterPoint, Summary, View};

/// The runs with everything that several blocks need.
struct Study<'a> {
    sweep: &'a Sweep<'a>,
    objective: &'a Objective,
    /// Whether each run passes the brushes.
    held: Vec<bool>,
    /// Runs from best to worst.
    ranked: Vec<usize>,
}

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let sweep = Sweep::ask(context, ask)?;
    let wanted = context.setting("objective").or_else(|| context.setting("metric"));
    let Some(objective) = sweep.objective(context, wanted) else {
        return Err(Stop::empty(format!("the {} runs of {} have logged no metric", sweep.len(), sweep.experiment)));
    };
    let baseline = baseline(context, ask, &sweep, &objective)?;
    let (held, ranked) = (brushes::held(context, &sweep), sweep.ranked(&objective));
    let study = Study { sweep: &sweep, objective: &objective, held, ranked };
    let importance = importance::of(&study);
    remarks(context, ask, &study, &importance);

    let mut blocks = Vec::new();
    match axes::parallel(context, &study, importance.as_ref().ok()) {
        Some(body) => blocks.push(
            block("parallel", &format!("Parameters and {}", objective.key), BlockBody::Parallel(body)).of_width(8),
        ),
        None => ask.remark("no parameter differs between the runs: there is nothing to compare by parameter"),
    }
    if let Ok(importance) = &importance {
        let title = format!("Importance, n = {} runs", importance.n);
        blocks.push(block("importance", &title, BlockBody::Bars(importance.bars(&objective))).of_width(4));
    }
    let second = second_objective(context, &sweep, &objective);
    // Ten thousand rows are not sent to where nobody sees them.
    if context.details {
        blocks.extend(chosen_param(context, &sweep, importance.as_ref().ok()).map(|param| {
            let title = format!("{} by {}", objective.key, param.key);
            block("scatter", &title, BlockBody::Scatter(study.scatter(param))).of_width(6).in_details()
        }));
        blocks.extend(second.as_ref().map(|second| {
            let title = format!("Trade-off of {} and {}", objective.key, second.key);
            block("pareto", &title, BlockBody::Scatter(study.pareto(second))).of_width(6).in_details()
        }));
        blocks.push(block("runs", "Runs", BlockBody::Grid(table::grid(context, &study))).in_details());
    }

    let n_finite = objective.values.iter().filter(|v| v.is_finite()).count();
    let figures = study.figures(n_finite, baseline.as_ref());
    Ok(View {
        summary: study.summary(importance.as_ref().ok()),
        figures,
        blocks,
        controls: controls(context, &sweep, &objective, second.as_ref()),
        n: Some((sweep.len() as f64, "runs".to_owned())),
        as_of_ms: sweep.newest_ms(),
        ..View::default()
    })
}

/// The objective of the compared model's or version's run: shown name and value.
fn baseline(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    objective: &Objective,
) -> Result<Option<(String, f64)>, Stop> {
    if context.reference_range().is_some() {
        ask.remark("training runs do not follow the time range: the compared period does not apply");
    }
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

fn remarks(context: &Context<'_>, ask: &mut Ask<'_>, study: &Study<'_>, importance: &Result<Importance, String>) {
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

/// The parameter of the scatter: the one chosen, else the most important, else the first that varies.
fn chosen_param<'s>(context: &Context<'_>, sweep: &'s Sweep<'_>, importance: Option<&Importance>) -> Option<&'s Param> {
    let wanted = context.setting("param").and_then(|key| sweep.param(key));
    let first = || importance.and_then(|i| i.most()).and_then(|key| sweep.param(key));
    wanted.or_else(first).or_else(|| sweep.params.iter().find(|p| p.varies && !p.is_seed()))
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

fn controls(
    context: &Context<'_>,
    sweep: &Sweep<'_>,
    objective: &Objective,
    second: Option<&Objective>,
) -> Vec<Control> {
    let mut controls = vec![sweep.metric_control("objective", "Objective", &objective.key)];
    controls.extend(second.map(|s| sweep.metric_control("objective2", "Second objective", &s.key).in_details()));
    let diff = if context.setting("diff") == Some("all") { "all" } else { "varying" };
    controls
        .push(Control::choice("diff", "Columns", &[("varying", "What differs"), ("all", "All")], diff).in_details());
    controls.extend(sweep.experiment_control());
    controls
}

impl Study<'_> {
    fn is_held(&self, run: usize) -> bool {
        self.held.get(run) == Some(&true)
    }

    fn best(&self) -> Option<usize> {
        self.ranked.first().copied().filter(|&run| self.objective.cost(run).is_finite())
    }

    fn point(&self, run: usize, x: f64, y: f64) -> ScatterPoint {
        ScatterPoint {
            x,
            y,
            shade: f64::NAN,
            title: self.sweep.name(run),
            key: self.sweep.id(run),
            entity: String::new(),
            focus: self.is_held(run),
        }
    }

    /// The objective against one parameter; runs without either have no point.
    fn scatter(&self, param: &Param) -> Scatter {
        let point = |(run, x): (usize, f64)| {
            let y = self.objective.values.get(run).copied().unwrap_or(f64::NAN);
            (x.is_finite() && y.is_finite()).then(|| self.point(run, x, y))
        };
        Scatter {
            metric: self.objective.key.clone(),
            x: axes::scatter_axis(param),
            y: AxisSpec { title: self.objective.key.clone(), unit: self.objective.unit.clone(), ..AxisSpec::default() },
            points: param.positions().into_iter().enumerate().filter_map(point).collect(),
            target: Some("run".to_owned()),
            ..Scatter::default()
        }
    }

    /// Two objectives against each other, with the runs that no other run beats in both.
    fn pareto(&self, second: &Objective) -> Scatter {
        let pair = |run: usize| -> (f64, f64) {
            let of = |objective: &Objective| objective.values.get(run).copied().unwrap_or(f64::NAN);
            (of(self.objective), of(second))
        };
        let held: Vec<usize> = (0..self.sweep.len()).filter(|&run| self.is_held(run)).collect();
        let pairs: Vec<(f64, f64)> = held.iter().map(|&run| pair(run)).collect();
        let mut front: Vec<(f64, f64)> = pareto_front(&pairs, (self.objective.improves(), second.improves()))
            .into_iter()
            .filter_map(|place| pairs.get(place).copied())
            .collect();
        front.order_by(|a, b| a.0.total_cmp(&b.0));
        front.dedup();
        let axis = |o: &Objective| AxisSpec { title: o.key.clone(), unit: o.unit.clone(), ..AxisSpec::default() };
        let point = |run: usize| {
            let (x, y) = pair(run);
            (x.is_finite() && y.is_finite()).then(|| self.point(run, x, y))
        };
        Scatter {
            metric: second.key.clone(),
            x: axis(self.objective),
            y: axis(second),
            points: (0..self.sweep.len()).filter_map(point).collect(),
            lines: vec![Line {
                title: "Pareto front".to_owned(),
                series: Labels::new().with("front", format!("{},{}", self.objective.key, second.key)),
                role: LineRole::Main,
                x: front.iter().map(|p| p.0).collect(),
                y: front.iter().map(|p| p.1).collect(),
                ..Line::default()
            }],
            target: Some("run".to_owned()),
            ..Scatter::default()
        }
    }

    /// The best run, and the mean over the seeds of its setting where there are several.
    fn figures(&self, n_finite: usize, baseline: Option<&(String, f64)>) -> Vec<Figure> {
        let Some(best) = self.best() else { return Vec::new() };
        let objective = self.objective;
        let named = |title: &str| figures::named(&objective.key, title, objective.unit.id(), objective.direction);
        let mut figure = named(&format!("Best {}, {}", objective.key, self.sweep.name(best)));
        figure.series = Labels::new().with("run_id", self.sweep.id(best)).with("key", objective.key.clone());
        figure.value = objective.values.get(best).copied();
        figure.n = Some(n_finite as f64);
        figure.method = Some(format!(
            "{} last value of {n_finite} runs: no interval, and a value picked as the best flatters",
            objective.superlative()
        ));
        if let Some((title, value)) = baseline {
            figures::compare(&mut figure, *value, None, title);
        }
        let mut found = vec![figure];
        let settings = self.sweep.settings(&self.ranked);
        let seeds: Vec<f64> =
            settings.first().into_iter().flatten().filter_map(|&run| objective.values.get(run).copied()).collect();
        let seeds: Vec<f64> = seeds.into_iter().filter(|v| v.is_finite()).collect();
        if let Some(sample) = Sample::of(&seeds).filter(|s| s.n >= 2) {
            let mut figure = named("Mean over the seeds of its setting");
            figure.series =
                Labels::new().with("setting", self.sweep.setting_name(best)).with("key", objective.key.clone());
            figure.value = Some(sample.mean);
            figure.n = Some(sample.n as f64);
            figure.method = Some("t interval over seeds".to_owned());
            if let Some(interval) = mean_interval(&sample, LEVEL) {
                (figure.low, figure.high) = (Some(interval.low), Some(interval.high));
            }
            found.push(figure);
        }
        found
    }

    fn summary(&self, importance: Option<&Importance>) -> Summary {
        let Some(best) = self.best() else {
            return Summary::text(format!("none of {} runs has a finite {}", self.sweep.len(), self.objective.key));
        };
        let value = self.objective.values.get(best).copied().unwrap_or(f64::NAN);
        let start =
            format!("the best of {} runs is {} with {} ", self.sweep.len(), self.sweep.name(best), self.objective.key);
        let sentence = Summary::text(start).value(value, &self.objective.unit);
        match importance.and_then(Importance::most) {
            Some(param) => sentence.then(format!("; {param} matters most")),
            None => sentence,
        }
    }
}
