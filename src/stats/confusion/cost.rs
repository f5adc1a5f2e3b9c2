//! What decisions cost, by actual and predicted class.

use super::ConfusionMatrix;

/// Cost of a row by actual and predicted class, in any currency; negative is a gain.
#[derive(Clone, Debug, PartialEq)]
pub struct CostTable {
    n_classes: usize,
    costs: Vec<f64>,
}

impl CostTable {
    /// A square table in row-major order, rows actual; `None` if it is not square or a cost is not finite.
    pub fn new(n_classes: usize, costs: Vec<f64>) -> Option<Self> {
        let fits = costs.len() == n_classes * n_classes && costs.iter().all(|cost| cost.is_finite());
        fits.then_some(Self { n_classes, costs })
    }

    /// The binary table, class 0 negative and class 1 positive; `None` if a cost is not finite.
    pub fn binary(true_negative: f64, false_positive: f64, false_negative: f64, true_positive: f64) -> Option<Self> {
        Self::new(2, vec![true_negative, false_positive, false_negative, true_positive])
    }

    /// Cost of one row; `None` outside the table.
    pub fn cost(&self, actual: usize, predicted: usize) -> Option<f64> {
        let inside = actual < self.n_classes && predicted < self.n_classes;
        inside.then(|| self.costs.get(actual * self.n_classes + predicted).copied()).flatten()
    }

    /// The costs in row-major order.
    pub(super) fn costs(&self) -> &[f64] {
        &self.costs
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }
}

impl ConfusionMatrix {
    /// Mean cost of a row under `table`; `None` if the sizes differ or the matrix is empty.
    pub fn expected_cost(&self, table: &CostTable) -> Option<f64> {
        let n = self.n();
        if table.n_classes() != self.classes.len() || n <= 0.0 {
            return None;
        }
        let total: f64 = self.counts.iter().zip(table.costs()).map(|(count, cost)| count * cost).sum();
        Some(total / n)
    }
}
