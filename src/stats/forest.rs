//! A small random-forest regressor and the permutation importance of its inputs.
//!
//! For the importance of hyper-parameters over a sweep: tens to thousands of runs, tens of inputs.
//! Breiman, *Machine Learning* 45 (2001) 5: bagged regression trees, a random part of the inputs tried at each split,
//! importance measured on the rows that a tree has not seen.
//! A missing number goes with the smallest; a missing category is a category of its own. Rows with a non-finite target are left out.

use super::rng::Rng;
use super::tree::{Tree, TreeLimits};

/// Runs below which there is no importance: a forest over fewer says nothing.
pub const LEAST_ROWS: usize = 10;

/// One input over all rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Numbers; `NaN` is missing.
    Numeric(Vec<f64>),
    /// Categories, one-hot encoded; `None` is missing.
    Categorical(Vec<Option<String>>),
}

/// Settings of a forest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Number of trees; default is 200.
    pub n_trees: usize,
    /// Least rows in a leaf; default is 2.
    pub min_leaf: usize,
    /// Deepest level of a tree; default is 16.
    pub max_depth: usize,
    /// Share of the inputs tried at each split, in `0.0..=1.0`; at least one is. Default is 1, as in scikit-learn's regressor.
    pub input_share: f64,
    /// Seed of bagging and permutations; default is 0.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { n_trees: 200, min_leaf: 2, max_depth: 16, input_share: 1.0, seed: 0 }
    }
}

/// A fitted forest.
#[derive(Clone, Debug)]
pub struct Forest {
    trees: Vec<Tree>,
    /// Rows each tree has not seen.
    unseen: Vec<Vec<usize>>,
    columns: Columns,
    targets: Vec<f64>,
    seed: u64,
}

/// What a forest says about its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// For each input, the rise of the mean squared error when its values are shuffled, in the target's unit squared.
    ///
    /// About 0, also below, for an input without effect.
    pub error_rise: Vec<f64>,
    /// The same as shares of their sum, negatives taken as 0; all 0 if nothing matters.
    pub share: Vec<f64>,
    /// Standard error of `error_rise` over the trees.
    pub standard_error: Vec<f64>,
    /// Share of the target's variance explained on unseen rows; at or below 0 the importances mean nothing.
    pub r2_unseen: f64,
    /// Rows used.
    pub n: usize,
}

/// Fits a forest and measures the importance of each input; `None` as for [`Forest::fit`].
pub fn importance(inputs: &[Input], targets: &[f64], config: Config) -> Option<Importance> {
    Forest::fit(inputs, targets, config).map(|forest| forest.importance())
}

impl Forest {
    /// Fits `targets` by `inputs`, each as long as the targets.
    ///
    /// `None` below [`LEAST_ROWS`] rows with a finite target, without inputs, with inputs of another length, or without trees.
    pub fn fit(inputs: &[Input], targets: &[f64], config: Config) -> Option<Self> {
        let rows: Vec<usize> = (0..targets.len()).filter(|&row| targets[row].is_finite()).collect();
        let fits = inputs.iter().all(|input| input.len() == targets.len());
        if rows.len() < LEAST_ROWS || inputs.is_empty() || !fits || config.n_trees == 0 {
            return None;
        }
        let columns = Columns::new(inputs, &rows);
        let targets: Vec<f64> = rows.iter().map(|&row| targets[row]).collect();
        let limits = TreeLimits {
            min_leaf: config.min_leaf.max(1),
            max_depth: config.max_depth,
            n_groups_tried: ((inputs.len() as f64 * config.input_share).ceil() as usize).clamp(1, inputs.len()),
        };
        let mut rng = Rng::new(config.seed);
        let (mut trees, mut unseen) = (Vec::with_capacity(config.n_trees), Vec::with_capacity(config.n_trees));
        for _ in 0..config.n_trees {
            let bag: Vec<usize> = (0..targets.len()).map(|_| rng.below(targets.len())).collect();
            let mut is_seen = vec![false; targets.len()];
            for &row in &bag {
                is_seen[row] = true;
            }
            unseen.push((0..targets.len()).filter(|&row| !is_seen[row]).collect());
            trees.push(Tree::grow(&columns.values, &columns.groups, &targets, bag, limits, &mut rng));
        }
        Some(Self { trees, unseen, columns, targets, seed: config.seed })
    }

    /// Predicts rows of the same inputs in the same order; an unknown category counts as none of the known.
    ///
    /// Empty if an input's kind or length differs from the others or from the fit.
    pub fn predict(&self, inputs: &[Input]) -> Vec<f64> {
        let Some(n) = inputs.first().map(Input::len) else {
            return Vec::new();
        };
        let Some(columns) = self.columns.encode(inputs, n) else {
            return Vec::new();
        };
        let mean = |row: usize| {
            let value = |column: usize| columns[column][row];
            self.trees.iter().map(|tree| tree.predict(&value)).sum::<f64>() / self.trees.len() as f64
        };
        (0..n).map(mean).collect()
    }

    /// Permutation importance on the rows that each tree has not seen.
    pub fn importance(&self) -> Importance {
        let n_inputs = self.columns.groups.len();
        let mut rng = Rng::new(self.seed ^ 0x5EED);
        let mut rises = vec![Vec::with_capacity(self.trees.len()); n_inputs];
        for (tree, rows) in self.trees.iter().zip(&self.unseen).filter(|(_, rows)| rows.len() > 1) {
            let error = self.error(tree, rows, None);
            for (input, rises) in rises.iter_mut().enumerate() {
                let mut shuffled = rows.clone();
                rng.shuffle(&mut shuffled);
                rises.push(self.error(tree, rows, Some((input, &shuffled))) - error);
            }
        }
        let error_rise: Vec<f64> = rises.iter().map(|rises| mean(rises)).collect();
        let total: f64 = error_rise.iter().map(|rise| rise.max(0.0)).sum();
        let share = |rise: &f64| {
            if total > 0.0 { rise.max(0.0) / total } else { 0.0 }
        };
        Importance {
            share: error_rise.iter().map(share).collect(),
            standard_error: rises.iter().map(|rises| standard_error(rises)).collect(),
            error_rise,
            r2_unseen: self.r2_unseen(),
            n: self.targets.len(),
        }
    }

    /// Mean squared error of one tree over `rows`, one input's values taken from other rows.
    fn error(&self, tree: &Tree, rows: &[usize], shuffled: Option<(usize, &[usize])>) -> f64 {
        let squared = |(place, &row): (usize, &usize)| {
            let value = |column: usize| {
                let other = shuffled.filter(|(input, _)| self.columns.groups[*input].contains(&column));
                self.columns.values[column][other.map_or(row, |(_, rows)| rows[place])]
            };
            (tree.predict(&value) - self.targets[row]).powi(2)
        };
        rows.iter().enumerate().map(squared).sum::<f64>() / rows.len() as f64
    }

    fn r2_unseen(&self) -> f64 {
        let mut predicted = vec![(0.0, 0.0); self.targets.len()];
        for (tree, rows) in self.trees.iter().zip(&self.unseen) {
            for &row in rows {
                predicted[row].0 += tree.predict(&|column: usize| self.columns.values[column][row]);
                predicted[row].1 += 1.0;
            }
        }
        let rows: Vec<(f64, f64)> = predicted
            .iter()
            .zip(&self.targets)
            .filter(|((_, n), _)| *n > 0.0)
            .map(|((sum, n), target)| (sum / n, *target))
            .collect();
        let centre = rows.iter().map(|row| row.1).sum::<f64>() / rows.len() as f64;
        let residual: f64 = rows.iter().map(|(predicted, target)| (target - predicted).powi(2)).sum();
        let total: f64 = rows.iter().map(|(_, target)| (target - centre).powi(2)).sum();
        if total > 0.0 { 1.0 - residual / total } else { 0.0 }
    }
}

impl Input {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Inputs as columns of numbers: one for a numeric input, one a category otherwise.
#[derive(Clone, Debug)]
struct Columns {
    values: Vec<Vec<f64>>,
    /// The columns of each input.
    groups: Vec<std::ops::Range<usize>>,
    /// The categories of each categorical input, `None` among them if a value was missing.
    categories: Vec<Option<Vec<Option<String>>>>,
}

impl Columns {
    fn new(inputs: &[Input], rows: &[usize]) -> Self {
        let mut columns = Self { values: Vec::new(), groups: Vec::new(), categories: Vec::new() };
        for input in inputs {
            let first = columns.values.len();
            let categories = match input {
                Input::Numeric(_) => None,
                Input::Categorical(values) => {
                    let mut distinct: Vec<Option<String>> = rows.iter().map(|&row| values[row].clone()).collect();
                    distinct.sort_unstable();
                    distinct.dedup();
                    Some(distinct)
                }
            };
            columns.values.extend(encoded(input, categories.as_deref(), rows).unwrap_or_default());
            columns.groups.push(first..columns.values.len());
            columns.categories.push(categories);
        }
        columns
    }

    fn encode(&self, inputs: &[Input], n: usize) -> Option<Vec<Vec<f64>>> {
        let rows: Vec<usize> = (0..n).collect();
        let mut values = Vec::with_capacity(self.values.len());
        if inputs.len() != self.groups.len() || inputs.iter().any(|input| input.len() != n) {
            return None;
        }
        for (input, categories) in inputs.iter().zip(&self.categories) {
            values.extend(encoded(input, categories.as_deref(), &rows)?);
        }
        Some(values)
    }
}

/// The columns of one input over `rows`; `None` if the kind does not match.
fn encoded(input: &Input, categories: Option<&[Option<String>]>, rows: &[usize]) -> Option<Vec<Vec<f64>>> {
    let number = |value: f64| {
        if value.is_nan() { f64::NEG_INFINITY } else { value }
    };
    match (input, categories) {
        (Input::Numeric(values), None) => Some(vec![rows.iter().map(|&row| number(values[row])).collect()]),
        (Input::Categorical(values), Some(categories)) => {
            let column = |category: &Option<String>| {
                let is_it = |&row: &usize| f64::from(u8::from(values[row] == *category));
                rows.iter().map(is_it).collect()
            };
            Some(categories.iter().map(column).collect())
        }
        _ => None,
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn standard_error(values: &[f64]) -> f64 {
    let (n, centre) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(n: usize) -> (Vec<Input>, Vec<f64>) {
        let mut rng = Rng::new(11);
        let rate: Vec<f64> = (0..n).map(|_| rng.next_f64()).collect();
        let idle: Vec<f64> = (0..n).map(|_| rng.next_f64()).collect();
        let kind: Vec<Option<String>> = (0..n).map(|row| Some(["adam", "sgd"][row % 2].to_owned())).collect();
        let target = |row: usize| 3.0 * rate[row] + f64::from(u8::from(row.is_multiple_of(2))) + 0.1 * rng.normal();
        let targets = (0..n).map(target).collect();
        (vec![Input::Numeric(rate), Input::Numeric(idle), Input::Categorical(kind)], targets)
    }

    #[test]
    fn what_matters_ranks_above_what_does_not() {
        let (inputs, targets) = sweep(120);
        let importance = importance(&inputs, &targets, Config::default()).unwrap();
        let [rate, idle, kind] = importance.share[..] else { panic!("three inputs") };
        assert!(rate > kind && kind > 0.05 && idle < 0.02, "{importance:?}");
        assert!(importance.r2_unseen > 0.9 && importance.n == 120);
    }

    #[test]
    fn ten_runs_with_a_target_are_needed() {
        let (inputs, mut targets) = sweep(10);
        assert!(importance(&inputs, &targets, Config::default()).is_some());
        targets[3] = f64::NAN;
        assert!(importance(&inputs, &targets, Config::default()).is_none());
        assert!(importance(&[], &targets, Config::default()).is_none());
    }

    #[test]
    fn predictions_follow_the_law_and_take_unknown_categories() {
        let (inputs, targets) = sweep(200);
        let forest = Forest::fit(&inputs, &targets, Config::default()).unwrap();
        let probe = |rate: f64, kind: &str| {
            let inputs =
                [Input::Numeric(vec![rate]), Input::Numeric(vec![0.5]), Input::Categorical(vec![Some(kind.into())])];
            forest.predict(&inputs)[0]
        };
        assert!((probe(0.5, "adam") - 2.5).abs() < 0.25 && (probe(0.5, "sgd") - 1.5).abs() < 0.25);
        assert!(probe(0.5, "lion").is_finite());
        assert!(forest.predict(&[Input::Numeric(vec![1.0])]).is_empty());
    }

    #[test]
    fn a_missing_value_is_no_obstacle_and_the_seed_fixes_the_answer() {
        let (mut inputs, targets) = sweep(40);
        if let Input::Numeric(rate) = &mut inputs[0] {
            rate[0] = f64::NAN;
        }
        let first = importance(&inputs, &targets, Config::default()).unwrap();
        assert_eq!(first, importance(&inputs, &targets, Config::default()).unwrap());
    }

    #[test]
    fn a_constant_target_has_no_important_input() {
        let (inputs, _) = sweep(20);
        let importance = importance(&inputs, &[1.0; 20], Config::default()).unwrap();
        assert_eq!((importance.share, importance.r2_unseen), (vec![0.0; 3], 0.0));
    }
}
