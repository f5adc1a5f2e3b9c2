//! A classifier by its labelled rows: scores, curves under one threshold, accuracy over time.

use std::collections::BTreeMap;

use super::curves::{self, Named};
use super::figures::{self, Against};
use super::side::{Score, Side};
use super::{classes, logged, step_ms, summary};
use crate::derive::shared::chosen::{Chosen, Versus};
use crate::derive::shared::evaluated::{Basis, Evaluated, remark_basis};
use crate::derive::shared::labelled::{DEFAULT_THRESHOLD, Labelled};
use crate::derive::shared::lines;
use crate::derive::{Ask, Context, Stop};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::stats::curves::Scores;
use crate::stats::interval::Proportion;
use crate::stats::metric_interval::BinaryMetric;
use crate::units::Direction;
use crate::view::{Block, Event, Figure, LineRole, View};

/// A comparison with other rows, for lines.
struct Compared {
    against: Against,
    labels: Labels,
    range: TimeRange,
}

/// The panel; the events are asked already, so that they are fetched together with the other side's rows.
pub(super) fn view(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    evaluated: &Evaluated,
    versus: Option<&Versus<'_>>,
    events: Result<Vec<Event>, Stop>,
) -> Result<View, Stop> {
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied();
    remark_basis(context, ask, &evaluated.basis);
    remark_rows(ask, evaluated, threshold);
    let side = Side::new(&evaluated.labelled, threshold);
    if side.n() == 0 {
        return Err(Stop::empty("no prediction has both a label and a score in this time range"));
    }
    let compared = match versus {
        Some(versus) if versus.is_model() => model(context, ask, &side, versus)?,
        Some(versus) if evaluated.basis == Basis::Live => other_rows(ask, shown, versus, threshold)?,
        _ => None,
    };
    build(context, ask, shown, evaluated, &side, compared.as_ref(), &events?)
}

/// Another model or version over the same range; a moved threshold is of one model, another keeps its own.
fn model(context: &Context<'_>, ask: &mut Ask<'_>, side: &Side, versus: &Versus<'_>) -> Result<Option<Compared>, Stop> {
    let chosen = &versus.chosen;
    let rows = chosen.tracked.labelled(context, ask, context.range, chosen.version.as_ref())?;
    let Some(rows) = rows else {
        ask.remark(format!("{} has no labelled predictions to compare with", versus.title));
        return Ok(None);
    };
    let threshold = context.selection.thresholds.get(&chosen.tracked.model.id).copied();
    let other = Side::new(&rows.labelled, threshold);
    let pairs = side.labelled.pairs_with(&other.labelled);
    let title = match &rows.basis {
        Basis::Live => versus.title.clone(),
        Basis::Run(run) => format!("{} (run {})", versus.title, run.name),
    };
    Ok(Some(Compared { against: Against { title, side: other, pairs }, labels: versus.labels(), range: context.range }))
}

/// The same version over another time, or the rest of a dimension: other rows, taken as independent.
fn other_rows(
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    versus: &Versus<'_>,
    threshold: Option<f64>,
) -> Result<Option<Compared>, Stop> {
    let (other, version) = (&versus.other.context, shown.version.as_ref());
    let frame = match shown.tracked.live(other, ask, other.range, version) {
        // The remark says why they cannot be told apart.
        Err(Stop::Empty { .. }) => None,
        known => known?,
    };
    let side =
        frame.and_then(|frame| Labelled::read(&frame, shown.tracked.model)).map(|rows| Side::new(&rows, threshold));
    let Some(side) = side.filter(|side| side.n() > 0) else { return Ok(None) };
    Ok(Some(Compared {
        against: Against { title: versus.title.clone(), side, pairs: Vec::new() },
        labels: versus.labels(),
        range: other.range,
    }))
}

fn build(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    evaluated: &Evaluated,
    side: &Side,
    compared: Option<&Compared>,
    events: &[Event],
) -> Result<View, Stop> {
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied();
    let against = compared.map(|c| &c.against);
    if let Some(compared) = compared {
        remark_comparison(ask, side, compared);
    }
    let figures = figures_of(context, shown, side, against, threshold);
    let mut sides = vec![Named { title: shown.title(), side, series: shown.labels(), role: LineRole::Main }];
    if let Some(compared) = compared {
        sides.push(Named {
            title: compared.against.title.clone(),
            side: &compared.against.side,
            series: compared.labels.clone(),
            role: LineRole::Reference,
        });
    }
    let mut blocks = if side.labelled.has_scores() {
        curves::curves(&shown.tracked.model.id, threshold, &sides)
    } else if let (Basis::Run(run), true) = (&evaluated.basis, evaluated.is_matrix_only) {
        logged::curves(ask, shown, run, threshold)?
    } else {
        Vec::new()
    };
    let mut figures = figures;
    if let (Basis::Run(run), true) = (&evaluated.basis, evaluated.is_matrix_only) {
        logged::fill(ask, shown, run, &mut figures)?;
    }
    name_model(&mut blocks, &shown.title());
    let is_binary = side.labelled.is_binary;
    blocks.extend(side.matrix().map(|matrix| classes::per_class(&matrix, !is_binary)));
    if !is_binary {
        blocks.extend(curves::confidence(&sides).map(Block::in_details));
        ask.remark("no ROC-AUC: the predictions hold one score a row, not one a class");
    }
    let mut sides_in_time: Vec<(Named<'_>, TimeRange)> = Vec::new();
    for (i, named) in sides.into_iter().enumerate() {
        let range = compared.filter(|_| i > 0).map_or(context.range, |c| c.range);
        sides_in_time.push((named, range));
    }
    add_trends(&mut figures, side, step_ms(context) as f64);
    let step_ms = step_ms(context);
    let drawn = sides_in_time.iter().map(|(named, range)| (curves::accuracy_line(named, step_ms as f64), *range));
    blocks.extend(curves::accuracy_over_time(drawn, context.range, step_ms, events).map(Block::in_details));
    let ended = match &evaluated.basis {
        Basis::Live => None,
        Basis::Run(run) => Some(run.ended_ms).filter(|at| at.is_finite()),
    };
    Ok(View {
        summary: summary(shown, &figures, &whose(&evaluated.basis)),
        n: Some((side.n() as f64, "predictions".to_owned())),
        as_of_ms: side.labelled.newest_ms().or(ended),
        figures,
        blocks,
        ..View::default()
    })
}

/// Each figure's own trend: its score on the rows of each step, where at least two steps have one.
fn add_trends(figures: &mut [Figure], side: &Side, step_ms: f64) {
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

/// The first picture says whose numbers the panel shows.
fn name_model(blocks: &mut [Block], model: &str) {
    if let Some(first) = blocks.first_mut() {
        first.title = format!("{model}, {}", first.title);
    }
}

fn figures_of(
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

/// Ends the sentence on the accuracy of rows that are not live.
fn whose(basis: &Basis) -> String {
    match basis {
        Basis::Live => String::new(),
        Basis::Run(run) => format!(" in the evaluation of run {}", run.name),
    }
}

fn remark_rows(ask: &mut Ask<'_>, evaluated: &Evaluated, threshold: Option<f64>) {
    let labelled = &evaluated.labelled;
    if labelled.n_left_out > 0 {
        ask.remark(format!("{} rows without a label or an answer are left out", labelled.n_left_out));
    }
    if threshold.is_some() && labelled.is_binary && !labelled.has_scores() {
        ask.remark("the rows have no scores, so the threshold does not move them");
    }
    let scored = Scores::new(&labelled.scores, &labelled.positives());
    if labelled.has_scores() && (scored.n_positive() == 0 || scored.n_negative() == 0) {
        ask.remark("only one class is among the labels: there are no curves");
    }
    let is_outside = |score: &f64| score.is_finite() && !(0.0..=1.0).contains(score);
    if labelled.has_scores() && labelled.scores.iter().any(is_outside) {
        ask.remark("some scores lie outside 0 to 1: they are no probabilities");
    }
}

fn remark_comparison(ask: &mut Ask<'_>, side: &Side, compared: &Compared) {
    let pairs = &compared.against.pairs;
    if pairs.is_empty() {
        return;
    }
    let n = pairs.len();
    if n < side.n() {
        let hits = side.hits();
        let right = pairs.iter().filter(|&&(row, _)| hits.get(row) == Some(&true)).count();
        ask.remark(format!(
            "changes rest on the newest answer to each of {n} rows that both scored, {right} of them right here"
        ));
    }
}
