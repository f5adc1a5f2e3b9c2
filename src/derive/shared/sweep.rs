//! The runs of one experiment as columns: parameters, last logged metrics, and which run is best by which metric.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::tracking::{Tracked, no_tracking, tracked};
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Table, Values};
use crate::query::{Query, RunsQuery};
use crate::stats::pareto;
use crate::units::{Direction, Unit};
use crate::view::Control;

/// Metrics that a sweep is judged by unless someone says otherwise, the usual first.
const USUAL_OBJECTIVES: [&str; 3] = ["val_loss", "val_rmse", "val_accuracy"];
const SEEDS: [&str; 3] = ["seed", "random_state", "random_seed"];
const MAX_RUNS: u32 = 10_000;

/// The runs of one experiment.
pub(crate) struct Sweep<'a> {
    /// The model that they are of, and its tracking source.
    pub(crate) tracked: Tracked<'a>,
    /// The experiment.
    pub(crate) experiment: String,
    /// All experiments of the model that have runs, in the workspace's order.
    pub(crate) experiments: Vec<String>,
    /// The runs' rows of the source's table, newest first.
    table: Table,
    /// Parameters in order of name, seeds last.
    pub(crate) params: Vec<Param>,
    /// Keys of the metrics that some run has logged.
    pub(crate) metrics: Vec<String>,
}

/// One parameter over all runs.
pub(crate) struct Param {
    /// Its key.
    pub(crate) key: String,
    /// As logged; `None` where a run has none.
    pub(crate) texts: Vec<Option<String>>,
    /// As numbers, if every logged value is one; `NaN` where a run has none.
    pub(crate) numbers: Option<Vec<f64>>,
    /// The distinct values in order, for a parameter that is not numeric.
    pub(crate) categories: Vec<String>,
    /// Whether at least two runs differ in it.
    pub(crate) varies: bool,
}

/// The metric that runs are judged by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Objective {
    /// Its key.
    pub(crate) key: String,
    /// Which way is good, as far as its name or the workspace tells.
    pub(crate) direction: Direction,
    /// Its unit.
    pub(crate) unit: Unit,
    /// The last logged value of each run; `NaN` where there is none.
    pub(crate) values: Vec<f64>,
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
        let frame = tracked.runs(ask)?;
        let mut all = frame.table().cloned().unwrap_or_default();
        let mut experiments = named_experiments(&tracked, &all);
        if let Some(wanted) = wanted.filter(|w| !experiments.iter().any(|e| e == w)) {
            let query =
                RunsQuery { source: tracked.source.id.clone(), experiments: vec![wanted.to_owned()], limit: MAX_RUNS };
            let frame: Arc<_> = ask.frame(Query::Runs(query))?;
            all = frame.table().cloned().unwrap_or_default();
            experiments.push(wanted.to_owned());
        }
        let experiment = wanted.map(str::to_owned).or_else(|| experiments.first().cloned()).unwrap_or_default();
        let table = all.filtered(|row| all.text("experiment", row).as_deref() == Some(experiment.as_str()));
        if table.n_rows() == 0 {
            return Err(Stop::empty(format!("there are no training runs of {} yet", tracked.title())));
        }
        if chosen.len() > 1 {
            ask.remark(format!("runs of {}; choose another model to see its runs", tracked.title()));
        }
        let (params, metrics) = (params(&table), metrics(&table));
        Ok(Self { tracked, experiment, experiments, table, params, metrics })
    }

    /// Number of runs.
    pub(crate) fn len(&self) -> usize {
        self.table.n_rows()
    }

    /// Id of a run.
    pub(crate) fn id(&self, run: usize) -> String {
        self.table.text("run_id", run).unwrap_or_default()
    }

    /// Shown name of a run; the start of its id if it has none.
    pub(crate) fn name(&self, run: usize) -> String {
        let name = self.table.text("name", run).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| self.id(run).chars().take(8).collect())
    }

    /// `RUNNING`, `FINISHED`, `FAILED`, ...
    pub(crate) fn status(&self, run: usize) -> String {
        self.table.text("status", run).unwrap_or_default()
    }

    /// When a run began, milliseconds.
    pub(crate) fn start(&self, run: usize) -> f64 {
        self.table.number("start", run)
    }

    /// When the newest run ended, or began if it is still running.
    pub(crate) fn newest_ms(&self) -> Option<f64> {
        let ends = (0..self.len()).map(|run| self.start(run).max(self.table.number("end", run)));
        ends.filter(|t| t.is_finite()).reduce(f64::max)
    }

    /// The run of that id.
    pub(crate) fn place(&self, id: &str) -> Option<usize> {
        (0..self.len()).find(|&run| self.id(run) == id)
    }

    /// Last logged values of a metric; `NaN` where a run has none.
    pub(crate) fn metric(&self, key: &str) -> Option<Vec<f64>> {
        self.table.numbers(&format!("metrics.{key}"))
    }

    /// The parameter of that key.
    pub(crate) fn param(&self, key: &str) -> Option<&Param> {
        self.params.iter().find(|p| p.key == key)
    }

    /// The metric to judge by: the wanted one if some run has logged it, else the panel's option `metric`, else the usual
    /// one that most runs have, else any on validation rows, else any.
    pub(crate) fn objective(&self, context: &Context<'_>, wanted: Option<&str>) -> Option<Objective> {
        let is_there = |key: &&str| self.metrics.iter().any(|m| m == *key);
        let n_of = |key: &str| self.metric(key).map_or(0, |values| values.iter().filter(|v| v.is_finite()).count());
        let usual = USUAL_OBJECTIVES.iter().copied().rev().filter(|key| n_of(key) > 0).max_by_key(|key| n_of(key));
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
                .unwrap_or_else(|| direction(key)),
            unit: known.map(|m| m.unit.clone()).unwrap_or_default(),
            values: self.metric(key).unwrap_or_default(),
        }
    }

    /// Runs from best to worst; those without a finite value last.
    pub(crate) fn ranked(&self, objective: &Objective) -> Vec<usize> {
        let cost = |run: usize| objective.cost(run);
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&a, &b| cost(a).total_cmp(&cost(b)));
        order
    }

    /// Runs grouped by their parameters without the seed, groups and members in the order given.
    pub(crate) fn settings(&self, order: &[usize]) -> Vec<Vec<usize>> {
        let key = |run: usize| -> Vec<Option<&str>> {
            let params = self.params.iter().filter(|p| !p.is_seed());
            params.map(|p| p.texts.get(run).and_then(Option::as_deref)).collect()
        };
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for &run in order {
            let place = *places.entry(key(run)).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            if let Some(group) = groups.get_mut(place) {
                group.push(run);
            }
        }
        groups
    }

    /// What differs between the settings, as the name of one: `alpha=0.1, penalty=l1`; the run's name if nothing does.
    pub(crate) fn setting_name(&self, run: usize) -> String {
        let told = self.params.iter().filter(|p| p.varies && !p.is_seed());
        let parts: Vec<String> =
            told.map(|p| format!("{}={}", p.key, p.texts.get(run).and_then(Option::as_deref).unwrap_or("-"))).collect();
        if parts.is_empty() { self.name(run) } else { parts.join(", ") }
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

impl Param {
    /// Whether it only seeds the random numbers.
    pub(crate) fn is_seed(&self) -> bool {
        SEEDS.contains(&self.key.as_str())
    }

    /// Each run's place on the parameter's axis: the number, or the index of the category; `NaN` where it has none.
    pub(crate) fn positions(&self) -> Vec<f64> {
        if let Some(numbers) = &self.numbers {
            return numbers.clone();
        }
        let place = |text: &String| self.categories.binary_search(text).map_or(f64::NAN, |i| i as f64);
        self.texts.iter().map(|text| text.as_ref().map_or(f64::NAN, place)).collect()
    }

    /// Whether its values are positive and span at least two decades, so that a log axis spreads them.
    pub(crate) fn is_log(&self) -> bool {
        let Some(numbers) = &self.numbers else { return false };
        let finite = || numbers.iter().copied().filter(|v| v.is_finite());
        let (low, high) = finite().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        low > 0.0 && high / low >= 100.0 * (1.0 - 1e-9)
    }
}

impl Objective {
    /// A run's value, turned so that smaller is better; infinite where there is none.
    pub(crate) fn cost(&self, run: usize) -> f64 {
        match self.values.get(run) {
            Some(value) if value.is_finite() && self.direction == Direction::Higher => -value,
            Some(value) if value.is_finite() => *value,
            _ => f64::INFINITY,
        }
    }

    /// Which way it improves, for curves and fronts.
    pub(crate) fn improves(&self) -> pareto::Direction {
        match self.direction {
            Direction::Higher => pareto::Direction::Maximise,
            _ => pareto::Direction::Minimise,
        }
    }

    /// "lowest" or "highest".
    pub(crate) fn superlative(&self) -> &'static str {
        if self.direction == Direction::Higher { "highest" } else { "lowest" }
    }
}

/// Which way a metric is good, by its name. What names nothing known is taken as a score: higher is better.
fn direction(key: &str) -> Direction {
    const LOWER: [&str; 13] = [
        "loss",
        "error",
        "rmse",
        "mse",
        "mae",
        "mape",
        "brier",
        "ece",
        "perplexity",
        "latency",
        "duration",
        "time",
        "norm",
    ];
    let key = key.to_lowercase();
    let has = |word: &&str| key.split(|c: char| !c.is_alphanumeric()).any(|part| part == *word) || key.ends_with(*word);
    if LOWER.iter().any(has) { Direction::Lower } else { Direction::Higher }
}

fn named_experiments(tracked: &Tracked<'_>, runs: &Table) -> Vec<String> {
    let found: BTreeSet<String> = (0..runs.n_rows()).filter_map(|row| runs.text("experiment", row)).collect();
    tracked.identity.experiments.iter().filter(|e| found.contains(*e)).cloned().collect()
}

fn metrics(table: &Table) -> Vec<String> {
    table.columns().iter().filter_map(|c| c.name.strip_prefix("metrics.")).map(str::to_owned).collect()
}

fn params(table: &Table) -> Vec<Param> {
    let columns = table.columns().iter().filter_map(|c| c.name.strip_prefix("params.").map(|key| (key, &c.values)));
    let mut params: Vec<Param> = columns.map(|(key, values)| param(key, values)).collect();
    params.retain(|p| p.texts.iter().any(Option::is_some));
    params.sort_by(|a, b| a.is_seed().cmp(&b.is_seed()).then_with(|| a.key.cmp(&b.key)));
    params
}

fn param(key: &str, values: &Values) -> Param {
    let texts: Vec<Option<String>> = (0..values.len()).map(|row| values.text_at(row)).collect();
    let distinct: BTreeSet<&String> = texts.iter().flatten().collect();
    let number = |text: &String| text.trim().parse::<f64>().ok();
    let is_numeric = !distinct.is_empty() && distinct.iter().all(|text| number(text).is_some_and(f64::is_finite));
    let numbers = is_numeric.then(|| texts.iter().map(|t| t.as_ref().and_then(number).unwrap_or(f64::NAN)).collect());
    let varies = distinct.len() > 1;
    let categories = if is_numeric { Vec::new() } else { distinct.into_iter().cloned().collect() };
    Param { key: key.to_owned(), texts, numbers, categories, varies }
}

/// A sweep for tests.
#[cfg(test)]
pub(crate) mod fixture {
    use crate::derive::fixture::{Bench, NOW_MS, rows, text};
    use crate::frame::{Frame, Values};
    use crate::spec::PanelKind;

    /// A run: name (also its id), `alpha`, `penalty`, `seed`, last `val_loss`, last `val_accuracy`.
    pub(crate) type Run<'a> = (&'a str, &'a str, &'a str, &'a str, f64, f64);

    pub(crate) fn bench(kind: PanelKind) -> Bench {
        Bench::new(kind, r#"[{ "id": "m", "identity": { "mlflow": { "experiments": ["sweep", "other"] } } }]"#, "[]")
    }

    /// The runs, started one second apart, ten seconds long, with a parameter `batch` that never changes.
    pub(crate) fn runs(of: &[Run<'_>]) -> Frame {
        let column =
            |pick: fn(&Run<'_>) -> String| Values::text(of.iter().map(|r| Some(pick(r)).filter(|t| !t.is_empty())));
        let time = |after: i64| {
            Values::Time((0..of.len() as i64).map(|i| (NOW_MS - 100_000 + i * 1_000 + after) as f64).collect())
        };
        rows(vec![
            ("run_id", column(|r| r.0.to_owned())),
            ("name", column(|r| r.0.to_owned())),
            ("experiment", text(&vec!["sweep"; of.len()])),
            ("status", text(&vec!["FINISHED"; of.len()])),
            ("start", time(0)),
            ("end", time(10_000)),
            ("metrics.train_loss", Values::numbers(of.iter().map(|r| r.4 / 2.0))),
            ("metrics.val_accuracy", Values::numbers(of.iter().map(|r| r.5))),
            ("metrics.val_loss", Values::numbers(of.iter().map(|r| r.4))),
            ("params.alpha", column(|r| r.1.to_owned())),
            ("params.batch", text(&vec!["32"; of.len()])),
            ("params.penalty", column(|r| r.2.to_owned())),
            ("params.seed", column(|r| r.3.to_owned())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[Option<&str>]) -> Param {
        param("p", &Values::text(values.iter().copied()))
    }

    #[test]
    fn a_parameter_of_numbers_over_two_decades_is_log() {
        let alpha = of(&[Some("0.0001"), Some("0.01"), None]);
        assert!(alpha.is_log() && alpha.varies && alpha.categories.is_empty());
        assert_eq!(format!("{:?}", alpha.positions()), "[0.0001, 0.01, NaN]");
        assert!(!of(&[Some("1"), Some("99")]).is_log() && !of(&[Some("0"), Some("1000")]).is_log());
    }

    #[test]
    fn one_word_makes_a_parameter_categorical() {
        let depth = of(&[Some("None"), Some("5"), Some("5"), None]);
        assert_eq!(depth.categories, ["5", "None"]);
        assert_eq!(format!("{:?}", depth.positions()), "[1.0, 0.0, 0.0, NaN]");
        assert!(!of(&[Some("l1"), None]).varies);
    }

    #[test]
    fn names_tell_which_way_is_good() {
        for lower in ["val_loss", "logloss", "test_rmse", "grad_norm", "Eval/MAE"] {
            assert_eq!(direction(lower), Direction::Lower, "{lower}");
        }
        for higher in ["val_accuracy", "test_f1_macro", "roc_auc", "r2", "reward"] {
            assert_eq!(direction(higher), Direction::Higher, "{higher}");
        }
    }
}
