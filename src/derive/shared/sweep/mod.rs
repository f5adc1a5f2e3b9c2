//! The runs of one experiment: parameters, last logged metrics, and which run is best by which metric.

#[cfg(test)]
pub(crate) mod fixture;
mod objective;
mod runs;

use std::collections::BTreeSet;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) use objective::Objective;
pub(crate) use runs::{Param, Runs};

use super::tracking::{Tracked, no_tracking, tracked};
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Table};
use crate::order::Order;
use crate::query::{Query, RunsQuery};
use crate::units::Direction;
use crate::view::Control;

/// Metrics that a sweep is judged by unless someone says otherwise, the usual first.
const USUAL_OBJECTIVES: [&str; 3] = ["val_loss", "val_rmse", "val_accuracy"];
const MAX_RUNS: u32 = 10_000;

/// The runs of one experiment, and where they come from.
pub(crate) struct Sweep<'a> {
    /// The model that they are of, and its tracking source.
    pub(crate) tracked: Tracked<'a>,
    /// The experiment.
    pub(crate) experiment: String,
    /// All experiments of the model that have runs, in the workspace's order.
    pub(crate) experiments: Vec<String>,
    /// The answer that the runs were read from.
    pub(crate) frame: Arc<Frame>,
    runs: Rc<Runs>,
}

impl Deref for Sweep<'_> {
    type Target = Runs;

    fn deref(&self) -> &Runs {
        &self.runs
    }
}

impl<'a> Sweep<'a> {
    /// The runs of the experiment in the panel's setting `experiment`, else of the first one with runs of the first chosen model.
    ///
    /// # Errors
    /// As [`Ask::frame`]; a sentence where there is no tracking, no experiment or no run.
    pub(crate) fn ask(context: &Context<'a>, ask: &mut Ask<'_>) -> Result<Self, Stop> {
        if context.tracking_sources().next().is_none() {
            return Err(no_tracking());
        }
        let chosen = tracked(context);
        let wanted = context.setting("experiment");
        let lists = |t: &&Tracked<'_>| wanted.is_some_and(|w| t.identity.experiments.iter().any(|e| e == w));
        let with_runs =
            chosen.iter().find(lists).or_else(|| chosen.iter().find(|t| !t.identity.experiments.is_empty()));
        let Some(tracked) = with_runs.cloned() else {
            return Err(Stop::missing(
                "this panel reads training runs, and none of the chosen models names its experiments",
                "\"models\": [\n  { \"id\": \"fraud\", \"identity\": { \"mlflow\": { \"experiments\": [\"fraud-training\"] } } }\n]",
            ));
        };
        let mut frame = tracked.runs(ask)?;
        let named = |frame: &Arc<Frame>| frame.table().map(|all| named_experiments(&tracked, all)).unwrap_or_default();
        let of_model = format!("experiments of {}", tracked.model.id);
        let mut experiments = Vec::clone(&ask.kept(&[&frame], &of_model, || named(&frame)));
        if let Some(wanted) = wanted.filter(|w| !experiments.iter().any(|e| e == w)) {
            let query =
                RunsQuery { source: tracked.source_id()?, experiments: vec![wanted.to_owned()], limit: MAX_RUNS };
            frame = ask.frame(Query::Runs(query))?;
            experiments.push(wanted.to_owned());
        }
        let experiment = wanted.map(str::to_owned).or_else(|| experiments.first().cloned()).unwrap_or_default();
        let read = || Runs::read(frame.table().unwrap_or(&Table::default()), &experiment);
        let runs = ask.kept(&[&frame], &format!("runs of {experiment}"), read);
        if runs.len() == 0 {
            return Err(Stop::empty(format!("there are no training runs of {} yet", tracked.title())));
        }
        if chosen.len() > 1 {
            ask.remark(format!("runs of {}; choose another model to see its runs", tracked.title()));
        }
        Ok(Self { tracked, experiment, experiments, frame, runs })
    }

    /// The metric to judge by: the wanted one if some run has logged it, else the panel's option `metric`, else the first
    /// of the usual ones that is not rare, else any on validation rows, else any.
    pub(crate) fn objective(&self, context: &Context<'_>, wanted: Option<&str>) -> Option<Objective> {
        let is_there = |key: &&str| self.metrics.iter().any(|m| m == *key);
        let n_of = |key: &str| self.metric(key).map_or(0, |values| values.iter().filter(|v| v.is_finite()).count());
        // A run that failed early does not change the objective; a metric that only a few have logged is none.
        let most = USUAL_OBJECTIVES.iter().map(|key| n_of(key)).max().unwrap_or(0);
        let usual = USUAL_OBJECTIVES.iter().copied().find(|key| n_of(key) > 0 && 2 * n_of(key) >= most);
        let by_prefix =
            |prefix: &str| self.metrics.iter().map(String::as_str).find(|m| m.starts_with(prefix) && n_of(m) > 0);
        let key = wanted
            .filter(is_there)
            .or_else(|| context.option("metric").filter(is_there))
            .or(usual)
            .or_else(|| by_prefix("val").or_else(|| by_prefix("test")).or_else(|| by_prefix("")))?;
        Some(self.objective_of(context, key))
    }

    /// A metric with its direction and values.
    pub(crate) fn objective_of(&self, context: &Context<'_>, key: &str) -> Objective {
        let known = context.workspace.metrics.iter().find(|m| m.id == key);
        Objective {
            key: key.to_owned(),
            direction: known
                .map(|m| m.direction)
                .filter(|d| *d != Direction::Neutral)
                .unwrap_or_else(|| objective::direction(key)),
            unit: known.map(|m| m.unit.clone()).unwrap_or_default(),
            values: self.metric(key).unwrap_or_default(),
        }
    }

    /// Runs from best to worst; those without a finite value last.
    pub(crate) fn ranked(&self, objective: &Objective) -> Vec<usize> {
        let cost = |run: usize| objective.cost(run);
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.order_by(|&a, &b| cost(a).total_cmp(&cost(b)));
        order
    }

    /// Says what of the selection training runs cannot follow: they carry neither the time nor the dimensions of what is served.
    pub(crate) fn remark_not_compared(context: &Context<'_>, ask: &mut Ask<'_>) {
        if context.reference_range().is_some() {
            ask.remark("training runs do not follow the time range: the compared period does not apply");
        }
        if let Some(rest) = context.rest() {
            ask.remark(format!("not compared by {}: training runs do not carry it", rest.dimension));
        }
    }

    /// The switch between experiments, where there are several.
    pub(crate) fn experiment_control(&self) -> Option<Control> {
        let options: Vec<(&str, &str)> = self.experiments.iter().map(|e| (e.as_str(), e.as_str())).collect();
        (options.len() > 1).then(|| Control::choice("experiment", "Experiment", &options, &self.experiment))
    }

    /// The switch between metrics.
    pub(crate) fn metric_control(&self, name: &str, title: &str, chosen: &str) -> Control {
        let options: Vec<(&str, &str)> = self.metrics.iter().map(|m| (m.as_str(), m.as_str())).collect();
        Control::choice(name, title, &options, chosen)
    }
}

fn named_experiments(tracked: &Tracked<'_>, runs: &Table) -> Vec<String> {
    let found: BTreeSet<String> = (0..runs.n_rows()).filter_map(|row| runs.text("experiment", row)).collect();
    tracked.identity.experiments.iter().filter(|e| found.contains(*e)).cloned().collect()
}
