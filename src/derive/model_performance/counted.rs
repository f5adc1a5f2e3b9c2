//! A classifier by what the serving counters count: predictions by actual and predicted class, as decided there.
//!
//! Rates and what follows from them are computed; what needs scores is named as missing. The threshold moves nothing here.

use super::{classes, curves, figures, step_ms, summary};
use crate::derive::shared::chosen::{Chosen, Versus};
use crate::derive::shared::tally::{self, Tally};
use crate::derive::shared::{LEVEL, lines};
use crate::derive::{Ask, Context, Stop};
use crate::spec::Task;
use crate::stats::confusion::{ConfusionMatrix, PrecisionRecall, Resampling, resampled};
use crate::stats::interval::Proportion;
use crate::units::Direction;
use crate::view::{Block, Event, Figure, LineRole, View};

/// Cells drawn again for one interval, which bounds the time.
const MAX_DRAWN: usize = 2_000_000;
const SEED: u64 = 20;

/// What cannot be computed from counts.
const NEEDS_SCORES: [(&str, &str); 5] = [
    ("roc-auc", "ROC-AUC"),
    ("pr-auc", "PR-AUC"),
    ("log-loss", "Log loss"),
    ("brier", "Brier score"),
    ("calibration-error", "Calibration error"),
];

/// The panel; the events are asked already.
pub(super) fn view(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    tally: &Tally,
    versus: Option<&Versus<'_>>,
    events: Result<Vec<Event>, Stop>,
) -> Result<View, Stop> {
    let step_ms = step_ms(context);
    let steps = tally::in_time(context, ask, shown, step_ms);
    let theirs = versus.map(|v| tally::over(&v.other.context, ask, &v.chosen));
    let their_steps = versus.map(|v| tally::in_time(&v.other.context, ask, &v.chosen, step_ms));
    let (steps, events) = (steps?, events?);
    let theirs = theirs.transpose()?.flatten();
    let their_steps = their_steps.transpose()?.unwrap_or_default();
    ask.remark("counted by the serving counters, as decided there: the threshold does not move them");
    ask.remark("from counts alone: no ROC-AUC, PR-AUC, log loss, Brier score or calibration error, which need scores");
    let against = match (versus, &theirs) {
        (Some(versus), Some(theirs)) => Some((versus.title.as_str(), &theirs.matrix)),
        (Some(versus), None) => {
            ask.remark(format!("nothing was counted to compare with: {}", versus.title));
            None
        }
        (None, _) => None,
    };
    let line = rate_line(&shown.title(), shown.labels(), LineRole::Main, &steps, step_ms);
    let mut figures = figures_of(context, shown, &tally.matrix, against);
    if let Some(figure) = figures.first_mut().filter(|_| line.x.len() > 1) {
        figure.spark = lines::spark(&line.x, &line.y);
    }
    let mut drawn = vec![(line, context.range)];
    if let (Some(versus), Some(_)) = (versus, &theirs) {
        let line = rate_line(&versus.title, versus.labels(), LineRole::Reference, &their_steps, step_ms);
        drawn.push((line, versus.other.context.range));
    }
    let over_time = curves::accuracy_over_time(drawn.into_iter(), context.range, step_ms, &events);
    let is_binary = shown.tracked.model.task == Task::Binary;
    let mut blocks: Vec<Block> = over_time.into_iter().collect();
    if let Some(first) = blocks.first_mut() {
        first.title = format!("{}, {}", shown.title(), first.title);
    }
    blocks.push(classes::per_class(&tally.matrix, !is_binary));
    Ok(View {
        summary: summary(shown, &figures, " that the serving counters counted"),
        n: Some((tally.matrix.n(), "predictions".to_owned())),
        as_of_ms: tally.as_of_ms,
        figures,
        blocks,
        ..View::default()
    })
}

/// Rates of steps that end at their instant.
fn rate_line(
    title: &str,
    series: crate::frame::Labels,
    role: LineRole,
    steps: &[(f64, u64, u64)],
    step_ms: i64,
) -> crate::view::Line {
    let middle = |&(end, hits, n): &(f64, u64, u64)| (end - step_ms as f64 / 2.0, hits, n);
    curves::rate_line(title, series, role, steps.iter().map(middle))
}

/// Accuracy, precision, recall and F1; on the panel's own page also what counts cannot give, each with the reason.
fn figures_of(
    context: &Context<'_>,
    shown: &Chosen<'_>,
    matrix: &ConfusionMatrix,
    against: Option<(&str, &ConfusionMatrix)>,
) -> Vec<Figure> {
    let of = shown.labels();
    let figure = |id: &str, title: &str, unit: &str| figures::figure(context, id, title, unit, Direction::Higher, &of);
    let rate = |figure: Figure, pick: fn(&ConfusionMatrix) -> Option<Proportion>| {
        let reference = against.and_then(|(title, other)| Some((pick(other)?, title)));
        figures::rate(figure, pick(matrix), reference)
    };
    let is_binary = shown.tracked.model.task == Task::Binary;
    let mut found = vec![rate(figure("accuracy", "Accuracy", "percentunit"), accuracy)];
    if is_binary {
        found.push(rate(figure("precision", "Precision", "percentunit"), precision));
        found.push(rate(figure("recall", "Recall", "percentunit"), recall));
        found.push(scored(figure("f1", "F1", "none"), matrix, against, |m| of_positive(m).f1));
    } else {
        let mean = |id: &str, title: &str, unit: &str| figure(id, &format!("{title}, mean over classes"), unit);
        let macro_mean = |m: &ConfusionMatrix| m.averages().macro_mean;
        found.push(scored(mean("precision", "Precision", "percentunit"), matrix, against, |m| macro_mean(m).precision));
        found.push(scored(mean("recall", "Recall", "percentunit"), matrix, against, |m| macro_mean(m).recall));
        found.push(scored(mean("f1", "F1", "none"), matrix, against, |m| macro_mean(m).f1));
    }
    if context.details && is_binary {
        found.extend(NEEDS_SCORES.map(|(id, title)| Figure {
            n: Some(matrix.n()),
            method: Some("cannot be computed from counts: it needs scores".to_owned()),
            ..figure(id, title, "none")
        }));
    }
    found
}

/// A score without a formula for its interval: stratified bootstrap of the counts.
fn scored(
    mut figure: Figure,
    matrix: &ConfusionMatrix,
    against: Option<(&str, &ConfusionMatrix)>,
    score: impl Fn(&ConfusionMatrix) -> f64,
) -> Figure {
    let n_cells = matrix.classes().len().pow(2).max(1);
    let n_resamples = (MAX_DRAWN / n_cells).clamp(200, 2_000);
    let settings = Resampling { n_resamples, level: LEVEL, seed: SEED };
    figure.value = Some(score(matrix));
    figure.n = Some(matrix.n());
    let one = |drawn: &[ConfusionMatrix]| drawn.first().map_or(f64::NAN, &score);
    match resampled(&[matrix], settings, one) {
        Some(interval) => {
            (figure.low, figure.high) = (Some(interval.low), Some(interval.high));
            figure.method = Some(format!("stratified bootstrap of the counts, {n_resamples} resamples"));
        }
        None => figure.method = Some("too few predictions for an interval".to_owned()),
    }
    if let Some((title, other)) = against {
        let change = |drawn: &[ConfusionMatrix]| match drawn {
            [ours, theirs] => score(ours) - score(theirs),
            _ => f64::NAN,
        };
        let interval = resampled(&[matrix, other], settings, change).map(|i| (i.low, i.high));
        crate::derive::shared::figures::compare(&mut figure, score(other), interval, title);
    }
    figure
}

/// Share of right decisions.
pub(super) fn accuracy(matrix: &ConfusionMatrix) -> Option<Proportion> {
    proportion(matrix.n_correct(), matrix.n())
}

/// Hits among those called positive.
fn precision(matrix: &ConfusionMatrix) -> Option<Proportion> {
    proportion(matrix.count(1, 1), matrix.count(0, 1) + matrix.count(1, 1))
}

/// Hits among those that are positive.
fn recall(matrix: &ConfusionMatrix) -> Option<Proportion> {
    proportion(matrix.count(1, 1), matrix.count(1, 0) + matrix.count(1, 1))
}

fn proportion(hits: f64, n: f64) -> Option<Proportion> {
    Proportion::new(hits.round() as u64, n.round() as u64).filter(|rate| rate.n() > 0)
}

/// Scores of the positive class, the second.
fn of_positive(matrix: &ConfusionMatrix) -> PrecisionRecall {
    matrix.per_class().get(1).map(|report| report.scores).unwrap_or_default()
}

/// F1 as the table of models shows it: of the positive class, or the mean over classes.
pub(super) fn f1(matrix: &ConfusionMatrix, is_binary: bool) -> f64 {
    if is_binary { of_positive(matrix).f1 } else { matrix.averages().macro_mean.f1 }
}
