//! The cards of a classifier with labelled rows: which scores are shown, each with its own trend.

use std::collections::BTreeMap;

use super::figures::{self, Against};
use super::side::{Score, Side};
use crate::derive::Context;
use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::labelled::DEFAULT_THRESHOLD;
use crate::derive::shared::lines;
use crate::frame::Labels;
use crate::stats::interval::Proportion;
use crate::stats::metric_interval::BinaryMetric;
use crate::units::Direction;
use crate::view::Figure;

/// The headline scores; all of them on the panel's own page.
pub(super) fn figures_of(
    context: &Context<'_>,
    shown: &Chosen<'_>,
    side: &Side,
    against: Option<&Against>,
    threshold: Option<f64>,
) -> Vec<Figure> {
    let of = shown.labels();
    let f1_title = if side.labelled.is_binary { "F1" } else { "F1, mean over classes" };
    let f1 = figures::figure(context, "f1", f1_title, "none", Direction::Higher, &of);
    let mut found = vec![figures::accuracy(context, &of, side, against)];
    found.push(figures::bootstrapped(f1, side, Score::F1, against));
    if side.labelled.is_binary {
        found.push(figures::roc_auc(context, &of, side, against));
    }
    if !context.details {
        return found;
    }
    if side.labelled.is_binary {
        found.extend(rates_at(context, &of, side, against, threshold));
        found.extend(figures::of_probabilities(context, &of, side, against));
    } else {
        let mean = |id: &str, title: &str| figures::figure(context, id, title, "percentunit", Direction::Higher, &of);
        let precision = mean("precision", "Precision, mean over classes");
        let recall = mean("recall", "Recall, mean over classes");
        found.push(figures::bootstrapped(precision, side, Score::Precision, against));
        found.push(figures::bootstrapped(recall, side, Score::Recall, against));
    }
    found
}

/// Precision and recall of the positive class at the threshold.
fn rates_at(
    context: &Context<'_>,
    of: &Labels,
    side: &Side,
    against: Option<&Against>,
    threshold: Option<f64>,
) -> [Figure; 2] {
    let at = match threshold {
        Some(threshold) => format!(" at {threshold:.2}"),
        None if side.labelled.recorded.iter().any(Option::is_some) => String::new(),
        None => format!(" at {DEFAULT_THRESHOLD}"),
    };
    let rate = |id: &str, title: &str, score: Score, pick: fn(&Side) -> Option<Proportion>| {
        let figure = figures::figure(context, id, &format!("{title}{at}"), "percentunit", Direction::Higher, of);
        match against {
            Some(against) if !against.pairs.is_empty() => figures::bootstrapped(figure, side, score, Some(against)),
            _ => {
                let reference = against.and_then(|a| Some((pick(&a.side)?, a.title.as_str())));
                figures::rate(figure, pick(side), reference)
            }
        }
    };
    [rate("precision", "Precision", Score::Precision, precision_of), rate("recall", "Recall", Score::Recall, recall_of)]
}

/// Hits among rows that are chosen positive; `None` if there are none.
fn precision_of(side: &Side) -> Option<Proportion> {
    let rows = || side.chosen.iter().zip(&side.positives).filter(|(chosen, _)| **chosen == 1);
    let hits = rows().filter(|(_, is_positive)| **is_positive).count() as u64;
    Proportion::new(hits, rows().count() as u64).filter(|rate| rate.n() > 0)
}

/// Hits among rows that are positive; `None` if there are none.
fn recall_of(side: &Side) -> Option<Proportion> {
    let rows = || side.chosen.iter().zip(&side.positives).filter(|(_, is_positive)| **is_positive);
    let hits = rows().filter(|(chosen, _)| **chosen == 1).count() as u64;
    Proportion::new(hits, rows().count() as u64).filter(|rate| rate.n() > 0)
}

/// Each figure's own trend: its score on the rows of each step, where at least two steps have one.
pub(super) fn add_trends(figures: &mut [Figure], side: &Side, step_ms: f64) {
    let mut steps: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (row, &at) in side.labelled.times.iter().enumerate() {
        if at.is_finite() {
            steps.entry((at / step_ms).floor() as i64).or_default().push(row);
        }
    }
    if steps.len() < 2 {
        return;
    }
    let hits = side.hits();
    let accuracy = |rows: &[usize]| {
        let n_right = rows.iter().filter(|&&row| hits.get(row) == Some(&true)).count();
        n_right as f64 / rows.len() as f64
    };
    for figure in figures.iter_mut().filter(|figure| figure.value.is_some()) {
        let score = match figure.metric.as_str() {
            "accuracy" => None,
            "precision" => Some(Score::Precision),
            "recall" => Some(Score::Recall),
            "f1" => Some(Score::F1),
            "roc-auc" => Some(Score::Of(BinaryMetric::Auc)),
            "pr-auc" => Some(Score::Of(BinaryMetric::AveragePrecision)),
            "log-loss" => Some(Score::Of(BinaryMetric::LogLoss)),
            "brier" => Some(Score::Of(BinaryMetric::Brier)),
            "calibration-error" => Some(Score::Of(BinaryMetric::CalibrationError)),
            _ => continue,
        };
        let value = |rows: &[usize]| score.map_or_else(|| accuracy(rows), |score| side.score(score, rows));
        let x: Vec<f64> = steps.keys().map(|&step| (step as f64 + 0.5) * step_ms).collect();
        let y: Vec<f64> = steps.values().map(|rows| value(rows)).collect();
        figure.spark = lines::spark(&x, &y);
    }
}
