//! Threshold curves of a binary classifier: ROC, precision-recall, cost, and the counts at one threshold.
//!
//! [`Scores`] sorts once; every count at a threshold is then a binary search, so that a cursor can follow the mouse.
//! A row is predicted positive when its score is at or above the threshold.

use super::confusion::{ConfusionMatrix, CostTable, PrecisionRecall, precision_recall};

/// Scores with their labels, sorted once from high to low.
///
/// ```
/// use sightline::stats::curves::Scores;
/// let scores = Scores::new(&[0.9, 0.4, 0.6, f64::NAN], &[true, false, true, true]);
/// assert_eq!(scores.auc(), Some(1.0));
/// assert_eq!(scores.at(0.5).true_positives, 2);
/// assert_eq!(scores.n_missing(), 1);
/// assert_eq!(Scores::new(&[0.9], &[true]).auc(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Distinct scores, descending.
    thresholds: Vec<f64>,
    /// Positives at or above each threshold.
    true_positives: Vec<usize>,
    /// Negatives at or above each threshold.
    false_positives: Vec<usize>,
    n_positive: usize,
    n_negative: usize,
    n_missing: usize,
}

/// The four counts of a binary classifier at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCounts {
    /// Negatives predicted negative.
    pub true_negatives: usize,
    /// Negatives predicted positive.
    pub false_positives: usize,
    /// Positives predicted negative.
    pub false_negatives: usize,
    /// Positives predicted positive.
    pub true_positives: usize,
}

/// One point of the ROC curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// Scores at or above it are predicted positive; infinite for the first point.
    pub threshold: f64,
    /// Share of negatives predicted positive.
    pub false_positive_rate: f64,
    /// Share of positives predicted positive.
    pub true_positive_rate: f64,
}

/// One point of the precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrPoint {
    /// Scores at or above it are predicted positive; infinite for the end point without predictions.
    pub threshold: f64,
    /// Share of predicted positives that are; 1 by convention for the end point.
    pub precision: f64,
    /// Share of positives that are predicted.
    pub recall: f64,
}

/// Cost at one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostPoint {
    /// Scores at or above it are predicted positive; infinite: none is.
    pub threshold: f64,
    /// Mean cost of a row, in the cost table's unit.
    pub cost_per_row: f64,
}

impl Scores {
    /// Sorts `scores` with their labels (`true` is positive).
    ///
    /// Rows with a non-finite score, and rows beyond the shorter slice, are left out and counted.
    pub fn new(scores: &[f64], labels: &[bool]) -> Self {
        let is_scored = |(score, _): &(&f64, &bool)| score.is_finite();
        let rows = scores.iter().zip(labels).filter(is_scored);
        let mut rows: Vec<(f64, bool)> = rows.map(|(score, label)| (*score, *label)).collect();
        rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut sorted = Self {
            thresholds: Vec::new(),
            true_positives: Vec::new(),
            false_positives: Vec::new(),
            n_positive: 0,
            n_negative: 0,
            n_missing: scores.len().max(labels.len()) - rows.len(),
        };
        for tied in rows.chunk_by(|a, b| a.0 == b.0) {
            let n_positive = tied.iter().filter(|row| row.1).count();
            sorted.n_positive += n_positive;
            sorted.n_negative += tied.len() - n_positive;
            sorted.thresholds.extend(tied.first().map(|row| row.0));
            sorted.true_positives.push(sorted.n_positive);
            sorted.false_positives.push(sorted.n_negative);
        }
        sorted
    }

    /// Rows with a label and a finite score.
    pub fn n(&self) -> usize {
        self.n_positive + self.n_negative
    }

    /// Positive rows.
    pub fn n_positive(&self) -> usize {
        self.n_positive
    }

    /// Negative rows.
    pub fn n_negative(&self) -> usize {
        self.n_negative
    }

    /// Rows left out.
    pub fn n_missing(&self) -> usize {
        self.n_missing
    }

    /// The distinct scores, from high to low.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// The counts at `threshold`, in O(log n); a `NaN` threshold predicts nothing positive.
    pub fn at(&self, threshold: f64) -> BinaryCounts {
        self.at_place(self.thresholds.partition_point(|score| *score >= threshold))
    }

    /// The ROC curve from (0, 0) to (1, 1), a point for every distinct score.
    ///
    /// scikit-learn's `roc_curve` with `drop_intermediate=False`. `None` unless both classes are present.
    pub fn roc(&self) -> Option<Vec<RocPoint>> {
        if self.n_positive == 0 || self.n_negative == 0 {
            return None;
        }
        let point = |(threshold, counts): (f64, BinaryCounts)| RocPoint {
            threshold,
            false_positive_rate: counts.false_positives as f64 / self.n_negative as f64,
            true_positive_rate: counts.true_positives as f64 / self.n_positive as f64,
        };
        Some(self.steps().map(point).collect())
    }

    /// Area under the ROC curve: the chance that a positive scores above a negative, ties half counted.
    ///
    /// `None` unless both classes are present.
    pub fn auc(&self) -> Option<f64> {
        let area = |pair: &[RocPoint]| match pair {
            [a, b] => {
                (b.false_positive_rate - a.false_positive_rate)
                    * f64::midpoint(a.true_positive_rate, b.true_positive_rate)
            }
            _ => 0.0,
        };
        Some(self.roc()?.windows(2).map(area).sum())
    }

    /// Whether every positive scores above every negative, so that the AUC is 1; false with a class missing.
    pub fn is_separated(&self) -> bool {
        self.auc() == Some(1.0)
    }

    /// The precision-recall curve by rising threshold, ending at precision 1 and recall 0.
    ///
    /// scikit-learn's `precision_recall_curve`. `None` without positives.
    pub fn precision_recall(&self) -> Option<Vec<PrPoint>> {
        if self.n_positive == 0 {
            return None;
        }
        let point = |(threshold, counts): (f64, BinaryCounts)| {
            let scores = counts.scores();
            PrPoint { threshold, precision: scores.precision, recall: scores.recall }
        };
        let mut curve: Vec<PrPoint> = self.steps().skip(1).map(point).collect();
        curve.reverse();
        curve.push(PrPoint { threshold: f64::INFINITY, precision: 1.0, recall: 0.0 });
        Some(curve)
    }

    /// Average precision: the precision at each threshold, weighted by the recall gained there; no interpolation.
    ///
    /// scikit-learn's `average_precision_score`. `None` without positives.
    pub fn average_precision(&self) -> Option<f64> {
        let step = |pair: &[PrPoint]| match pair {
            [a, b] => (a.recall - b.recall) * a.precision,
            _ => 0.0,
        };
        Some(self.precision_recall()?.windows(2).map(step).sum())
    }

    /// Mean cost of a row at every threshold, from "none positive" to "all positive".
    ///
    /// `None` without rows or if the table is not 2 x 2.
    pub fn cost_curve(&self, table: &CostTable) -> Option<Vec<CostPoint>> {
        if self.n() == 0 || table.n_classes() != 2 {
            return None;
        }
        let (tn, fp) = (table.cost(0, 0)?, table.cost(0, 1)?);
        let (fn_, tp) = (table.cost(1, 0)?, table.cost(1, 1)?);
        let point = |(threshold, counts): (f64, BinaryCounts)| {
            let total = counts.true_negatives as f64 * tn
                + counts.false_positives as f64 * fp
                + counts.false_negatives as f64 * fn_
                + counts.true_positives as f64 * tp;
            CostPoint { threshold, cost_per_row: total / self.n() as f64 }
        };
        Some(self.steps().map(point).collect())
    }

    /// The cheapest threshold, the highest of equals; `None` as for [`Scores::cost_curve`].
    pub fn cheapest(&self, table: &CostTable) -> Option<CostPoint> {
        let cheaper = |best: CostPoint, point: CostPoint| {
            if point.cost_per_row < best.cost_per_row { point } else { best }
        };
        self.cost_curve(table)?.into_iter().reduce(cheaper)
    }

    /// Threshold and counts from "none positive" down through every distinct score.
    fn steps(&self) -> impl Iterator<Item = (f64, BinaryCounts)> + '_ {
        let thresholds = std::iter::once(f64::INFINITY).chain(self.thresholds.iter().copied());
        thresholds.enumerate().map(|(n_passed, threshold)| (threshold, self.at_place(n_passed)))
    }

    /// Counts when the `n_passed` highest distinct scores are predicted positive.
    fn at_place(&self, n_passed: usize) -> BinaryCounts {
        let passed = |counts: &[usize]| n_passed.checked_sub(1).and_then(|last| counts.get(last)).copied().unwrap_or(0);
        let (hits, alarms) = (passed(&self.true_positives), passed(&self.false_positives));
        BinaryCounts {
            true_negatives: self.n_negative - alarms,
            false_positives: alarms,
            false_negatives: self.n_positive - hits,
            true_positives: hits,
        }
    }
}

impl BinaryCounts {
    /// Precision, recall and F1 of the positive class; a ratio without a denominator is 0.
    pub fn scores(&self) -> PrecisionRecall {
        let predicted = self.true_positives + self.false_positives;
        let actual = self.true_positives + self.false_negatives;
        precision_recall(self.true_positives as f64, predicted as f64, actual as f64)
    }

    /// The 2 x 2 matrix with the names of the negative and the positive class.
    pub fn matrix(&self, negative: &str, positive: &str) -> Option<ConfusionMatrix> {
        let counts = [self.true_negatives, self.false_positives, self.false_negatives, self.true_positives];
        let counts = counts.iter().map(|&count| count as f64).collect();
        ConfusionMatrix::new(vec![negative.to_owned(), positive.to_owned()], counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> Scores {
        let scores = [0.1, 0.4, 0.35, 0.8, f64::NAN, 0.4];
        Scores::new(&scores, &[false, false, true, true, true, true])
    }

    #[test]
    fn a_missing_score_is_counted_and_left_out() {
        assert_eq!((scores().n(), scores().n_missing()), (5, 1));
    }

    #[test]
    fn counts_at_a_threshold_include_equal_scores() {
        let counts = scores().at(0.4);
        assert_eq!((counts.true_positives, counts.false_positives), (2, 1));
        assert_eq!(scores().at(f64::NAN).false_negatives, 3);
        assert_eq!(scores().at(0.0).false_negatives, 0);
    }

    #[test]
    fn a_tie_between_classes_counts_half() {
        assert_eq!(Scores::new(&[0.5, 0.5], &[true, false]).auc(), Some(0.5));
        assert!(Scores::new(&[0.9, 0.5], &[true, false]).is_separated());
    }

    #[test]
    fn one_class_has_no_roc_and_no_positives_no_precision() {
        assert_eq!(Scores::new(&[0.5], &[true]).auc(), None);
        assert_eq!(Scores::new(&[0.5], &[false]).average_precision(), None);
        assert_eq!(Scores::new(&[], &[]).auc(), None);
    }

    #[test]
    fn the_cheapest_threshold_moves_with_the_price_of_a_miss() {
        let dear_alarm = CostTable::binary(0.0, 100.0, 1.0, 0.0).unwrap();
        let dear_miss = CostTable::binary(0.0, 1.0, 100.0, 0.0).unwrap();
        assert_eq!(scores().cheapest(&dear_alarm).unwrap().threshold, 0.8);
        assert_eq!(scores().cheapest(&dear_miss).unwrap().threshold, 0.35);
        assert_eq!(scores().cheapest(&CostTable::new(1, vec![1.0]).unwrap()), None);
    }
}
