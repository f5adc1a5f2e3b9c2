//! Precision, recall and F1 of a confusion matrix, by class and on average.

use super::ConfusionMatrix;

/// Precision, recall and F1, each in `0.0..=1.0`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PrecisionRecall {
    /// True positives by predicted positives; 0 when nothing was predicted.
    pub precision: f64,
    /// True positives by actual positives; 0 when there are none.
    pub recall: f64,
    /// Harmonic mean of both; 0 when both are.
    pub f1: f64,
}

/// One class's row of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassReport {
    /// The class's name.
    pub class: String,
    /// One-against-rest scores.
    pub scores: PrecisionRecall,
    /// Actual rows of the class.
    pub support: f64,
}

/// The three averages of scikit-learn's `average=` parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Averages {
    /// The plain mean over classes.
    pub macro_mean: PrecisionRecall,
    /// The mean weighted by support.
    pub weighted: PrecisionRecall,
    /// From summed counts; for single-label classes all three equal the accuracy.
    pub micro: PrecisionRecall,
}

impl ConfusionMatrix {
    /// Precision, recall, F1 and support of each class against the rest.
    pub fn per_class(&self) -> Vec<ClassReport> {
        let report = |(class, name): (usize, &String)| {
            let (hits, support) = (self.count(class, class), self.row_sum(class));
            let scores = precision_recall(hits, self.column_sum(class), support);
            ClassReport { class: name.clone(), scores, support }
        };
        self.classes.iter().enumerate().map(report).collect()
    }

    /// Macro, weighted and micro averages; all 0 for an empty matrix.
    ///
    /// Like scikit-learn, the macro mean counts every class of the matrix, also one without rows.
    pub fn averages(&self) -> Averages {
        let report = self.per_class();
        let (n, correct) = (self.n(), self.n_correct());
        Averages {
            macro_mean: weighted_mean(report.iter().map(|row| (row.scores, 1.0))),
            weighted: weighted_mean(report.iter().map(|row| (row.scores, row.support))),
            micro: precision_recall(correct, n, n),
        }
    }
}

/// Precision, recall and F1 from true positives, predicted positives and actual positives.
///
/// A ratio without a denominator is 0 (scikit-learn, `zero_division=0`).
pub fn precision_recall(hits: f64, predicted: f64, actual: f64) -> PrecisionRecall {
    let ratio = |top: f64, bottom: f64| if bottom > 0.0 { top / bottom } else { 0.0 };
    PrecisionRecall {
        precision: ratio(hits, predicted),
        recall: ratio(hits, actual),
        f1: ratio(2.0 * hits, predicted + actual),
    }
}

fn weighted_mean(scores: impl Iterator<Item = (PrecisionRecall, f64)>) -> PrecisionRecall {
    let mut sum = PrecisionRecall::default();
    let mut total = 0.0;
    for (score, weight) in scores {
        sum.precision += weight * score.precision;
        sum.recall += weight * score.recall;
        sum.f1 += weight * score.f1;
        total += weight;
    }
    if total <= 0.0 {
        return PrecisionRecall::default();
    }
    PrecisionRecall { precision: sum.precision / total, recall: sum.recall / total, f1: sum.f1 / total }
}
