//! One side of a comparison: a version's rows with the decisions made on them, its scores and their intervals.
//!
//! Intervals of scores without a formula come from a stratified bootstrap: rows are drawn within their class.

use crate::derive::shared::LEVEL;
use crate::derive::shared::labelled::Labelled;
use crate::stats::bootstrap::{Bootstrap, Config, Design, bootstrap};
use crate::stats::confusion::{ConfusionMatrix, PrecisionRecall, precision_recall};
use crate::stats::interval::Proportion;
use crate::stats::metric_interval::BinaryMetric;

/// Work that one bootstrap may cost, in drawn rows.
const MAX_DRAWN_ROWS: usize = 4_000_000;
const MAX_RESAMPLES: usize = 2_000;
const MIN_RESAMPLES: usize = 200;
const SEED: u64 = 20;

/// A score that is read off rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Score {
    /// Precision of the positive class, or the plain mean over the classes of a multiclass model.
    Precision,
    /// Recall, as precision.
    Recall,
    /// F1, as precision.
    F1,
    /// A score of the probabilities.
    Of(BinaryMetric),
}

/// A version's rows with their decisions.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// The rows that could be decided.
    pub(crate) labelled: Labelled,
    /// The chosen class of each row.
    pub(crate) chosen: Vec<usize>,
    /// Whether the label is the positive class.
    pub(crate) positives: Vec<bool>,
}

impl Side {
    /// Decides the rows; those that cannot be decided at the threshold are left out.
    pub(crate) fn new(labelled: &Labelled, threshold: Option<f64>) -> Self {
        let decided = labelled.decided(threshold);
        let kept: Vec<usize> = (0..labelled.n()).filter(|&row| decided.get(row).is_some_and(Option::is_some)).collect();
        let labelled = labelled.taken(&kept);
        let chosen = kept.iter().filter_map(|&row| decided.get(row).copied().flatten()).collect();
        let positives = labelled.positives();
        Self { labelled, chosen, positives }
    }

    /// Number of rows.
    pub(crate) fn n(&self) -> usize {
        self.chosen.len()
    }

    /// Whether each row was decided rightly.
    pub(crate) fn hits(&self) -> Vec<bool> {
        self.labelled.actual.iter().zip(&self.chosen).map(|(actual, chosen)| actual == chosen).collect()
    }

    /// The rate of right decisions.
    pub(crate) fn accuracy(&self) -> Option<Proportion> {
        Proportion::new(self.hits().iter().filter(|hit| **hit).count() as u64, self.n() as u64)
    }

    /// Counts by actual and chosen class.
    pub(crate) fn matrix(&self) -> Option<ConfusionMatrix> {
        let decided: Vec<Option<usize>> = self.chosen.iter().copied().map(Some).collect();
        self.labelled.matrix(&decided)
    }

    /// The score of the given rows, with repetitions; `NaN` where it is not defined.
    pub(crate) fn score(&self, score: Score, rows: &[usize]) -> f64 {
        match score {
            Score::Precision => self.of_classes(rows, |scores| scores.precision),
            Score::Recall => self.of_classes(rows, |scores| scores.recall),
            Score::F1 => self.of_classes(rows, |scores| scores.f1),
            Score::Of(metric) => {
                let scores: Vec<f64> = rows.iter().filter_map(|&row| self.labelled.scores.get(row).copied()).collect();
                let labels: Vec<bool> = rows.iter().filter_map(|&row| self.positives.get(row).copied()).collect();
                metric.of(&scores, &labels)
            }
        }
    }

    /// The score of all rows.
    pub(crate) fn score_of_all(&self, score: Score) -> Option<f64> {
        let rows: Vec<usize> = (0..self.n()).collect();
        Some(self.score(score, &rows)).filter(|value| value.is_finite())
    }

    /// Of the positive class, or the plain mean over the classes.
    fn of_classes(&self, rows: &[usize], pick: impl Fn(PrecisionRecall) -> f64) -> f64 {
        let n_classes = self.labelled.classes.len();
        // Hits, predicted and actual rows of each class in one pass.
        let mut counts = vec![(0.0, 0.0, 0.0); n_classes];
        for &row in rows {
            let (Some(&actual), Some(&chosen)) = (self.labelled.actual.get(row), self.chosen.get(row)) else {
                continue;
            };
            if let Some(count) = counts.get_mut(actual) {
                count.0 += f64::from(u8::from(actual == chosen));
                count.2 += 1.0;
            }
            if let Some(count) = counts.get_mut(chosen) {
                count.1 += 1.0;
            }
        }
        let of = |&(hits, predicted, actual): &(f64, f64, f64)| pick(precision_recall(hits, predicted, actual));
        if self.labelled.is_binary {
            return counts.get(1).map_or(f64::NAN, of);
        }
        counts.iter().map(of).sum::<f64>() / n_classes as f64
    }

    fn strata(&self) -> Vec<u32> {
        self.labelled.actual.iter().map(|&class| class as u32).collect()
    }
}

/// How a bootstrap is done over `n` rows, and in words.
fn config(n: usize) -> (Config, String) {
    let n_resamples = (MAX_DRAWN_ROWS / n.max(1)).clamp(MIN_RESAMPLES, MAX_RESAMPLES);
    let words = format!("stratified bootstrap, {n_resamples} resamples");
    (Config { n_resamples, level: LEVEL, seed: SEED, ..Config::default() }, words)
}

/// The score of a side with its interval, and the method in words.
pub(crate) fn estimate(side: &Side, score: Score) -> Option<(Bootstrap, String)> {
    let (config, words) = config(side.n());
    let strata = side.strata();
    bootstrap(Design::Strata(&strata), config, |rows| side.score(score, rows)).map(|result| (result, words))
}

/// The difference of a score over two independent sets of rows.
pub(crate) fn difference(ours: &Side, theirs: &Side, score: Score) -> Option<Bootstrap> {
    let n_ours = ours.n();
    let (config, _) = config(n_ours + theirs.n());
    let n_classes = ours.labelled.classes.len().max(1) as u32;
    let mut strata = ours.strata();
    strata.extend(theirs.strata().iter().map(|class| class + n_classes));
    bootstrap(Design::Strata(&strata), config, |drawn| {
        let (mine, other): (Vec<usize>, Vec<usize>) = drawn.iter().partition(|&&row| row < n_ours);
        let other: Vec<usize> = other.into_iter().map(|row| row - n_ours).collect();
        ours.score(score, &mine) - theirs.score(score, &other)
    })
}

/// The difference of a score over rows that both sides decided.
pub(crate) fn paired_difference(
    ours: &Side,
    theirs: &Side,
    pairs: &[(usize, usize)],
    score: Score,
) -> Option<Bootstrap> {
    let (config, _) = config(pairs.len());
    let class = |&(row, _): &(usize, usize)| ours.labelled.actual.get(row).map_or(0, |&class| class as u32);
    let strata: Vec<u32> = pairs.iter().map(class).collect();
    bootstrap(Design::Strata(&strata), config, |drawn| {
        let drawn = || drawn.iter().filter_map(|&pair| pairs.get(pair));
        let mine: Vec<usize> = drawn().map(|pair| pair.0).collect();
        let other: Vec<usize> = drawn().map(|pair| pair.1).collect();
        ours.score(score, &mine) - theirs.score(score, &other)
    })
}
