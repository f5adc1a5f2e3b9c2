//! The runs of an experiment as columns, read once from the source's table.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::frame::{Table, Values};
use crate::order::Order;

const SEEDS: [&str; 3] = ["seed", "random_state", "random_seed"];

/// The runs of one experiment, newest first, as the source's table has them.
pub(crate) struct Runs {
    table: Table,
    ids: Vec<String>,
    names: Vec<String>,
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
    pub(crate) texts: Vec<Option<Arc<str>>>,
    /// As numbers, if every logged value is one; `NaN` where a run has none.
    pub(crate) numbers: Option<Vec<f64>>,
    /// The distinct values in order, for a parameter that is not numeric.
    pub(crate) categories: Vec<String>,
    /// Whether at least two runs differ in it.
    pub(crate) varies: bool,
}

impl Runs {
    /// Reads the rows of an experiment.
    pub(super) fn read(all: &Table, experiment: &str) -> Self {
        let is_of = |values: &Values, row: usize| match values {
            Values::Text(cells) => cells.get(row).is_some_and(|cell| cell.as_deref() == Some(experiment)),
            other => other.text_at(row).as_deref() == Some(experiment),
        };
        let table = all
            .column("experiment")
            .map_or_else(Table::default, |column| all.filtered(|row| is_of(&column.values, row)));
        let ids: Vec<String> = column(&table, "run_id");
        // A run without a name is called by the start of its id.
        let named = |(name, id): (String, &String)| if name.is_empty() { id.chars().take(8).collect() } else { name };
        let names = column(&table, "name").into_iter().zip(&ids).map(named).collect();
        let (params, metrics) = (params(&table), metrics(&table));
        Self { table, ids, names, params, metrics }
    }

    /// Number of runs.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Id of a run.
    pub(crate) fn id(&self, run: usize) -> String {
        self.ids.get(run).cloned().unwrap_or_default()
    }

    /// Shown name of a run; the start of its id if it has none.
    pub(crate) fn name(&self, run: usize) -> String {
        self.names.get(run).cloned().unwrap_or_default()
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
        self.ids.iter().position(|known| known == id)
    }

    /// Last logged values of a metric; `NaN` where a run has none.
    pub(crate) fn metric(&self, key: &str) -> Option<Vec<f64>> {
        self.table.numbers(&format!("metrics.{key}"))
    }

    /// The parameter of that key.
    pub(crate) fn param(&self, key: &str) -> Option<&Param> {
        self.params.iter().find(|p| p.key == key)
    }

    /// Runs grouped by their parameters without the seed, groups and members in the order given.
    pub(crate) fn settings(&self, order: &[usize]) -> Vec<Vec<usize>> {
        let key = |run: usize| -> Vec<Option<&str>> {
            let params = self.params.iter().filter(|p| !p.is_seed());
            params.map(|p| p.text(run)).collect()
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

    /// The runs of the same setting as `run`, itself among them, in order.
    pub(crate) fn same_setting(&self, run: usize) -> Vec<usize> {
        let params: Vec<&Param> = self.params.iter().filter(|p| !p.is_seed()).collect();
        let is_same = |other: &usize| params.iter().all(|p| p.text(*other) == p.text(run));
        (0..self.len()).filter(is_same).collect()
    }

    /// What differs between the settings, as the name of one: `alpha=0.1, penalty=l1`; the run's name if nothing does.
    pub(crate) fn setting_name(&self, run: usize) -> String {
        let told = self.params.iter().filter(|p| p.varies && !p.is_seed());
        let parts: Vec<String> = told.map(|p| format!("{}={}", p.key, p.text(run).unwrap_or("-"))).collect();
        if parts.is_empty() { self.name(run) } else { parts.join(", ") }
    }
}

impl Param {
    /// The value of a run as logged.
    pub(crate) fn text(&self, run: usize) -> Option<&str> {
        self.texts.get(run).and_then(Option::as_deref)
    }

    /// Whether it only seeds the random numbers.
    pub(crate) fn is_seed(&self) -> bool {
        SEEDS.contains(&self.key.as_str())
    }

    /// Each run's place on the parameter's axis: the number, or the index of the category; `NaN` where it has none.
    pub(crate) fn positions(&self) -> Vec<f64> {
        if let Some(numbers) = &self.numbers {
            return numbers.clone();
        }
        let place = |text: &Arc<str>| {
            self.categories.binary_search_by(|known| known.as_str().cmp(text)).map_or(f64::NAN, |i| i as f64)
        };
        self.texts.iter().map(|text| text.as_ref().map_or(f64::NAN, place)).collect()
    }

    /// Least and greatest number; `None` where there is none.
    pub(crate) fn extent(&self) -> Option<(f64, f64)> {
        let finite = self.numbers.iter().flatten().copied().filter(|v| v.is_finite());
        finite.fold(None, |found, v| match found {
            None => Some((v, v)),
            Some((low, high)) => Some((f64::min(low, v), f64::max(high, v))),
        })
    }

    /// Whether all its values are numbers above zero, so that they can lie on a log axis.
    pub(crate) fn is_positive(&self) -> bool {
        self.extent().is_some_and(|(low, _)| low > 0.0)
    }

    /// Whether its values are positive and span at least two decades, so that a log axis spreads them.
    pub(crate) fn is_log(&self) -> bool {
        self.extent().is_some_and(|(low, high)| low > 0.0 && high / low >= 100.0 * (1.0 - 1e-9))
    }
}

fn metrics(table: &Table) -> Vec<String> {
    table.columns().iter().filter_map(|c| c.name.strip_prefix("metrics.")).map(str::to_owned).collect()
}

fn params(table: &Table) -> Vec<Param> {
    let columns = table.columns().iter().filter_map(|c| c.name.strip_prefix("params.").map(|key| (key, &c.values)));
    let mut params: Vec<Param> = columns.map(|(key, values)| param(key, values)).collect();
    params.retain(|p| p.texts.iter().any(Option::is_some));
    params.order_by(|a, b| a.is_seed().cmp(&b.is_seed()).then_with(|| a.key.cmp(&b.key)));
    params
}

fn param(key: &str, values: &Values) -> Param {
    let texts: Vec<Option<Arc<str>>> = match values {
        Values::Text(cells) => cells.to_vec(),
        other => (0..other.len()).map(|row| other.text_at(row).map(Arc::from)).collect(),
    };
    let distinct: BTreeSet<&str> = texts.iter().filter_map(Option::as_deref).collect();
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let is_numeric = !distinct.is_empty() && distinct.iter().all(|text| number(text).is_some_and(f64::is_finite));
    let numbers = is_numeric.then(|| texts.iter().map(|t| t.as_deref().and_then(number).unwrap_or(f64::NAN)).collect());
    let varies = distinct.len() > 1;
    let categories = if is_numeric { Vec::new() } else { distinct.into_iter().map(str::to_owned).collect() };
    Param { key: key.to_owned(), texts, numbers, categories, varies }
}

/// Texts of a column; empty where one is missing.
fn column(table: &Table, name: &str) -> Vec<String> {
    (0..table.n_rows()).map(|row| table.text(name, row).unwrap_or_default()).collect()
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
}
