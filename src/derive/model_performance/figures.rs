//! The headline numbers of a classifier, each with its interval and its change.
//!
//! Against other rows (another period) the change is of independent samples; against another version on the same rows it is paired.

use super::side::{Score, Side, difference, estimate, paired_difference};
use crate::derive::Context;
use crate::derive::shared::{LEVEL, figures};
use crate::frame::Labels;
use crate::stats::delong::{auc_difference, auc_estimate};
use crate::stats::dist::z_of_level;
use crate::stats::interval::{PairedCounts, Proportion, mcnemar_exact_p, newcombe_paired};
use crate::stats::metric_interval::BinaryMetric;
use crate::units::Direction;
use crate::view::Figure;

/// What a side is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Against {
    /// What it is, such as "previous period".
    pub(crate) title: String,
    /// Its rows.
    pub(crate) side: Side,
    /// Rows that both decided, `(ours, theirs)`; empty for independent rows.
    pub(crate) pairs: Vec<(usize, usize)>,
}

/// A figure of this panel: takes the target and direction of the workspace's metric of that id, if there is one.
pub(crate) fn figure(context: &Context<'_>, id: &str, title: &str, unit: &str, good: Direction, of: &Labels) -> Figure {
    let mut figure = figures::named(id, title, unit, good);
    figure.series = of.clone();
    figure.target = context.metric(id).and_then(|metric| metric.target);
    figure
}

/// Share of right decisions: Wilson's interval; the change by Newcombe's, paired with `McNemar`'s exact test on the same rows.
pub(crate) fn accuracy(context: &Context<'_>, of: &Labels, side: &Side, against: Option<&Against>) -> Figure {
    let mut figure = figure(context, "accuracy", "Accuracy", "percentunit", Direction::Higher, of);
    let Some(rate) = side.accuracy() else { return figure };
    figures::fill_rate(&mut figure, rate);
    let Some(against) = against else { return figure };
    if against.pairs.is_empty() {
        if let Some(reference) = against.side.accuracy() {
            figures::compare_rates(&mut figure, rate, reference, &against.title);
        }
        return figure;
    }
    let (ours, theirs) = (side.hits(), against.side.hits());
    let hit = |hits: &[bool], row: usize| hits.get(row).copied().unwrap_or(false);
    let first: Vec<bool> = against.pairs.iter().map(|&(row, _)| hit(&ours, row)).collect();
    let second: Vec<bool> = against.pairs.iter().map(|&(_, row)| hit(&theirs, row)).collect();
    let counts = PairedCounts::of(&first, &second);
    let n = counts.n().max(1) as f64;
    let rates = ((counts.both + counts.first_only) as f64 / n, (counts.both + counts.second_only) as f64 / n);
    let interval = newcombe_paired(counts, LEVEL).map(|i| (i.low, i.high));
    compare_on_pairs(&mut figure, rates, interval, against);
    figure.p = Some(mcnemar_exact_p(counts.first_only, counts.second_only)).filter(|p| p.is_finite());
    add_method(&mut figure, &format!("change on {} shared rows: Newcombe, paired; McNemar's exact test", counts.n()));
    figure
}

/// A score with its bootstrap interval.
pub(crate) fn bootstrapped(mut figure: Figure, side: &Side, score: Score, against: Option<&Against>) -> Figure {
    match estimate(side, score) {
        Some((result, words)) => {
            figure.value = Some(result.estimate);
            figure.low = result.interval.map(|i| i.low);
            figure.high = result.interval.map(|i| i.high);
            figure.method =
                Some(if result.interval.is_some() { words } else { "too few rows for an interval".to_owned() });
        }
        None => figure.method = Some(undefined(side)),
    }
    figure.n = Some(side.n() as f64);
    let Some(against) = against else { return figure };
    if against.pairs.is_empty() {
        let change = difference(side, &against.side, score);
        let reference = against.side.score_of_all(score);
        if let Some(reference) = reference {
            let interval = change.and_then(|c| c.interval).map(|i| (i.low, i.high));
            figures::compare(&mut figure, reference, interval, &against.title);
        }
        return figure;
    }
    let mine: Vec<usize> = against.pairs.iter().map(|pair| pair.0).collect();
    let other: Vec<usize> = against.pairs.iter().map(|pair| pair.1).collect();
    let values = (side.score(score, &mine), against.side.score(score, &other));
    let change = paired_difference(side, &against.side, &against.pairs, score);
    compare_on_pairs(&mut figure, values, change.and_then(|c| c.interval).map(|i| (i.low, i.high)), against);
    add_method(&mut figure, &format!("change on {} shared rows: paired bootstrap", against.pairs.len()));
    figure
}

/// Area under the ROC curve: `DeLong`'s interval on the logit scale.
pub(crate) fn roc_auc(context: &Context<'_>, of: &Labels, side: &Side, against: Option<&Against>) -> Figure {
    let mut figure = figure(context, "roc-auc", "ROC-AUC", "none", Direction::Higher, of);
    figure.n = Some(side.n() as f64);
    let Some(estimate) = auc_estimate(&side.labelled.scores, &side.positives, LEVEL) else {
        figure.method = Some(undefined(side));
        return figure;
    };
    figure.value = Some(estimate.auc);
    figure.n = Some((estimate.n_positive + estimate.n_negative) as f64);
    match estimate.interval {
        Ok(interval) => {
            figure.low = Some(interval.low);
            figure.high = Some(interval.high);
            figure.method = Some("DeLong interval on the logit scale".to_owned());
        }
        Err(reason) => figure.method = Some(format!("no interval: {}", reason.reason())),
    }
    let Some(against) = against else { return figure };
    if against.pairs.is_empty() {
        if let Some(reference) = auc_estimate(&against.side.labelled.scores, &against.side.positives, LEVEL) {
            // Of independent samples the variances add up; where either is not estimated there is no interval.
            let is_known = estimate.interval.is_ok() && reference.interval.is_ok();
            let spread = z_of_level(LEVEL) * estimate.standard_error.hypot(reference.standard_error);
            let delta = estimate.auc - reference.auc;
            let interval = is_known.then_some((delta - spread, delta + spread));
            figures::compare(&mut figure, reference.auc, interval, &against.title);
        }
        return figure;
    }
    let score = |scores: &[f64], row: usize| scores.get(row).copied().unwrap_or(f64::NAN);
    let first: Vec<f64> = against.pairs.iter().map(|&(row, _)| score(&side.labelled.scores, row)).collect();
    let second: Vec<f64> = against.pairs.iter().map(|&(_, row)| score(&against.side.labelled.scores, row)).collect();
    let labels: Vec<bool> =
        against.pairs.iter().map(|&(row, _)| side.positives.get(row).copied().unwrap_or(false)).collect();
    let Some(change) = auc_difference(&first, &second, &labels, LEVEL) else { return figure };
    let interval = change.test.ok().map(|test| (test.interval.low, test.interval.high));
    compare_on_pairs(&mut figure, (change.first_auc, change.second_auc), interval, against);
    figure.p = change.test.ok().map(|test| test.p);
    add_method(&mut figure, &format!("change on {} shared rows: DeLong, paired", change.n));
    figure
}

/// A rate with Wilson's interval, its change against independent rows by Newcombe's.
pub(crate) fn rate(mut figure: Figure, rate: Option<Proportion>, reference: Option<(Proportion, &str)>) -> Figure {
    let Some(rate) = rate else {
        figure.method = Some("there is no such row".to_owned());
        return figure;
    };
    figures::fill_rate(&mut figure, rate);
    if let Some((reference, title)) = reference {
        figures::compare_rates(&mut figure, rate, reference, title);
    }
    figure
}

/// The scores of a binary model's probabilities.
pub(crate) fn of_probabilities(
    context: &Context<'_>,
    of: &Labels,
    side: &Side,
    against: Option<&Against>,
) -> Vec<Figure> {
    let scores = [
        ("pr-auc", "PR-AUC", Direction::Higher, BinaryMetric::AveragePrecision),
        ("log-loss", "Log loss", Direction::Lower, BinaryMetric::LogLoss),
        ("brier", "Brier score", Direction::Lower, BinaryMetric::Brier),
        ("calibration-error", "Calibration error", Direction::Lower, BinaryMetric::CalibrationError),
    ];
    let of = |(id, title, good, metric)| {
        bootstrapped(figure(context, id, title, "none", good, of), side, Score::Of(metric), against)
    };
    scores.into_iter().map(of).collect()
}

fn compare_on_pairs(figure: &mut Figure, (ours, theirs): (f64, f64), interval: Option<(f64, f64)>, against: &Against) {
    let shown = figure.value;
    figure.value = Some(ours);
    figures::compare(figure, theirs, interval, &against.title);
    figure.value = shown;
}

fn add_method(figure: &mut Figure, words: &str) {
    figure.method = Some(match figure.method.take() {
        Some(method) => format!("{method}; {words}"),
        None => words.to_owned(),
    });
}

/// Why a score has no value.
fn undefined(side: &Side) -> String {
    let n_positive = side.positives.iter().filter(|p| **p).count();
    if side.n() == 0 {
        "no rows".to_owned()
    } else if !side.labelled.has_scores() {
        "the rows have no scores".to_owned()
    } else if n_positive == 0 {
        "no row is of the positive class".to_owned()
    } else if n_positive == side.n() {
        "every row is of the positive class".to_owned()
    } else {
        "not defined on these rows".to_owned()
    }
}
