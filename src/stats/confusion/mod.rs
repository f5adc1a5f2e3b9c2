//! Confusion matrices: counts by actual and predicted class, what follows from them, and what they cost.
//!
//! Rows are actual classes, columns predicted ones, in one order of classes.
//! Ratios without a denominator are 0, as scikit-learn's `zero_division=0` has it; shares of an empty row or column are `NaN`.

mod cost;
mod resample;
mod scores;

pub use cost::CostTable;
pub use resample::{Resampling, resampled};
pub use scores::{Averages, ClassReport, PrecisionRecall, precision_recall};

use std::collections::BTreeSet;

/// Counts (or weights) by actual class (row) and predicted class (column).
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    counts: Vec<f64>,
}

/// What the cells of a matrix are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    /// Nothing: counts.
    Counts,
    /// The row's sum: of the actual class, the share predicted as each.
    Row,
    /// The column's sum: of the predicted class, the share that is each.
    Column,
    /// The sum of all cells.
    All,
}

/// A matrix minus another, over the classes of both.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixDifference {
    /// The classes: the first matrix's order, then those that only the second has.
    pub classes: Vec<String>,
    /// Differences by row (actual) and column (predicted); `NaN` where either side is undefined.
    pub cells: Vec<Vec<f64>>,
}

impl ConfusionMatrix {
    /// A matrix from row-major counts; `None` if it is not square, or a count is negative or not finite.
    pub fn new(classes: Vec<String>, counts: Vec<f64>) -> Option<Self> {
        let square = counts.len() == classes.len() * classes.len();
        let counted = counts.iter().all(|count| count.is_finite() && *count >= 0.0);
        (square && counted).then_some(Self { classes, counts })
    }

    /// Counts pairs of (actual, predicted) labels; the classes are all labels seen, sorted.
    pub fn from_pairs<'a>(pairs: &[(&'a str, &'a str)]) -> Self {
        let labels: BTreeSet<&str> = pairs.iter().flat_map(|&(actual, predicted)| [actual, predicted]).collect();
        let classes: Vec<&str> = labels.into_iter().collect();
        let mut counts = vec![0.0; classes.len() * classes.len()];
        for (actual, predicted) in pairs {
            if let (Ok(row), Ok(column)) = (classes.binary_search(actual), classes.binary_search(predicted)) {
                counts[row * classes.len() + column] += 1.0;
            }
        }
        Self { classes: classes.into_iter().map(str::to_owned).collect(), counts }
    }

    /// The classes in the matrix's order.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The sum of all cells.
    pub fn n(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// One cell; 0 outside the matrix.
    pub fn count(&self, actual: usize, predicted: usize) -> f64 {
        let inside = actual < self.classes.len() && predicted < self.classes.len();
        if inside { self.counts[actual * self.classes.len() + predicted] } else { 0.0 }
    }

    /// Share of rows on the diagonal; `None` for an empty matrix.
    pub fn accuracy(&self) -> Option<f64> {
        let n = self.n();
        (n > 0.0).then(|| self.n_correct() / n)
    }

    /// Sum of the diagonal.
    pub fn n_correct(&self) -> f64 {
        (0..self.classes.len()).map(|class| self.count(class, class)).sum()
    }

    /// The cells by row, divided as `by` says; `NaN` where the divisor is 0.
    pub fn normalised(&self, by: Normalise) -> Vec<Vec<f64>> {
        let classes = 0..self.classes.len();
        let row = |actual| classes.clone().map(|predicted| self.normalised_cell(by, actual, predicted)).collect();
        classes.clone().map(row).collect()
    }

    /// This matrix minus `other`, each normalised first.
    ///
    /// A class that one side does not know counts as zero rows there.
    pub fn minus(&self, other: &Self, by: Normalise) -> MatrixDifference {
        let mut classes = self.classes.clone();
        classes.extend(other.classes.iter().filter(|class| !self.classes.contains(class)).cloned());
        let (ours, theirs) = (self.over(&classes).normalised(by), other.over(&classes).normalised(by));
        let minus = |(our, their): (Vec<f64>, Vec<f64>)| our.iter().zip(&their).map(|(a, b)| a - b).collect();
        MatrixDifference { classes, cells: ours.into_iter().zip(theirs).map(minus).collect() }
    }

    fn row_sum(&self, actual: usize) -> f64 {
        (0..self.classes.len()).map(|predicted| self.count(actual, predicted)).sum()
    }

    fn column_sum(&self, predicted: usize) -> f64 {
        (0..self.classes.len()).map(|actual| self.count(actual, predicted)).sum()
    }

    fn normalised_cell(&self, by: Normalise, actual: usize, predicted: usize) -> f64 {
        let divisor = match by {
            Normalise::Counts => 1.0,
            Normalise::Row => self.row_sum(actual),
            Normalise::Column => self.column_sum(predicted),
            Normalise::All => self.n(),
        };
        if divisor > 0.0 { self.count(actual, predicted) / divisor } else { f64::NAN }
    }

    /// The same counts in the order of `classes`, which must hold all of ours.
    fn over(&self, classes: &[String]) -> Self {
        let places: Vec<_> = classes.iter().map(|class| self.classes.iter().position(|own| own == class)).collect();
        let cell = |actual: &Option<usize>, predicted: &Option<usize>| match (actual, predicted) {
            (Some(row), Some(column)) => self.count(*row, *column),
            _ => 0.0,
        };
        let counts = places.iter().flat_map(|row| places.iter().map(move |column| cell(row, column)));
        Self { classes: classes.to_vec(), counts: counts.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(classes: &[&str], counts: &[f64]) -> ConfusionMatrix {
        ConfusionMatrix::new(classes.iter().map(ToString::to_string).collect(), counts.to_vec()).unwrap()
    }

    #[test]
    fn pairs_are_counted_under_sorted_classes() {
        let counted = ConfusionMatrix::from_pairs(&[("b", "a"), ("b", "b"), ("a", "a")]);
        assert_eq!(counted, matrix(&["a", "b"], &[1.0, 0.0, 1.0, 1.0]));
    }

    #[test]
    fn a_class_never_predicted_has_precision_zero_and_an_empty_column_no_share() {
        let never = matrix(&["a", "b"], &[3.0, 0.0, 2.0, 0.0]);
        assert_eq!(never.per_class()[1].scores, PrecisionRecall::default());
        assert!(never.normalised(Normalise::Column)[0][1].is_nan());
        assert_eq!(never.normalised(Normalise::Row)[1], [1.0, 0.0]);
    }

    #[test]
    fn micro_average_is_the_accuracy() {
        let some = matrix(&["a", "b"], &[3.0, 1.0, 2.0, 4.0]);
        assert_eq!(Some(some.averages().micro.f1), some.accuracy());
    }

    #[test]
    fn difference_aligns_classes_by_name() {
        let ours = matrix(&["a", "b"], &[3.0, 1.0, 2.0, 4.0]);
        let theirs = matrix(&["b", "c"], &[4.0, 0.0, 0.0, 5.0]);
        let difference = ours.minus(&theirs, Normalise::Counts);
        assert_eq!(difference.classes, ["a", "b", "c"]);
        assert_eq!(difference.cells, [vec![3.0, 1.0, 0.0], vec![2.0, 0.0, 0.0], vec![0.0, 0.0, -5.0]]);
    }

    #[test]
    fn cost_is_the_mean_over_rows_and_needs_a_table_that_fits() {
        let some = matrix(&["no", "yes"], &[6.0, 2.0, 1.0, 1.0]);
        let table = CostTable::binary(0.0, 1.0, 10.0, -2.0).unwrap();
        assert_eq!(some.expected_cost(&table), Some((2.0 + 10.0 - 2.0) / 10.0));
        assert_eq!(some.expected_cost(&CostTable::new(1, vec![0.0]).unwrap()), None);
        assert_eq!(matrix(&[], &[]).accuracy(), None);
    }

    #[test]
    fn a_negative_or_missing_count_is_refused() {
        assert_eq!(ConfusionMatrix::new(vec!["a".into()], vec![f64::NAN]), None);
        assert_eq!(ConfusionMatrix::new(vec!["a".into()], vec![-1.0]), None);
        assert_eq!(ConfusionMatrix::new(vec!["a".into()], vec![]), None);
    }
}
