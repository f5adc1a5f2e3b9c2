//! Permutation importance: how much worse a forest predicts when the values of one input are shuffled.

use super::{Config, Forest, Input};
use crate::stats::rng::Rng;
use crate::stats::tree::Tree;

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

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn standard_error(values: &[f64]) -> f64 {
    let (n, centre) = (values.len() as f64, mean(values));
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { f64::NAN }
}
