//! A small random-forest regressor, the permutation importance of its inputs, and its prediction over two of them.
//!
//! For the importance of hyper-parameters over a sweep: tens to thousands of runs, tens of inputs.
//! Breiman, *Machine Learning* 45 (2001) 5: bagged regression trees, a random part of the inputs tried at each split,
//! importance measured on the rows that a tree has not seen.
//! A missing number goes with the smallest; a missing category is a category of its own. Rows with a non-finite target are left out.

mod columns;
mod importance;
mod partial;

pub use columns::Input;
pub use importance::{Importance, importance};
pub use partial::Level;

use self::columns::Columns;
use super::rng::Rng;
use super::tree::{Tree, TreeLimits};

/// Runs below which there is no importance: a forest over fewer says nothing.
pub const LEAST_ROWS: usize = 10;

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
