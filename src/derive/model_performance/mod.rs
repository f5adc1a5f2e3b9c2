//! Model performance: the headline scores, the curves under one threshold, and the table by class.
//!
//! The first chosen model is shown in full, the others as rows of a table. Scores are computed from labelled predictions of the range;
//! where there are none, from the evaluation of the run behind the version, and the panel says so.

mod classes;
mod curves;
pub(super) mod figures;
mod logged;
mod others;
mod regression;
pub(super) mod side;
#[cfg(test)]
mod tests;

use self::curves::Named;
use self::figures::Against;
use self::side::{Score, Side};
use super::shared::chosen::{self, Chosen};
use super::shared::figures::say_change;
use super::shared::labelled::{Basis, DEFAULT_THRESHOLD, Evaluated, Labelled, remark_basis};
use super::shared::{lines, rollouts};
use super::{Ask, Context, Stop};
use crate::spec::Task;
use crate::stats::curves::Scores;
use crate::stats::interval::Proportion;
use crate::units::Direction;
use crate::view::{Figure, LineRole, Summary, View};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut models = chosen::models(context)?.into_iter();
    let Some(first) = models.next() else { return Err(Stop::empty("no model is chosen")) };
    let shown = chosen::choose(context, ask, first);
    let others = others::table(context, ask, models.collect());
    let shown = shown?;
    let mut view = if shown.tracked.model.task == Task::Regression {
        regression::derive(context, ask, &shown)?
    } else {
        classifier(context, ask, &shown)?
    };
    view.blocks.extend(others?);
    Ok(view)
}

fn classifier(context: &Context<'_>, ask: &mut Ask<'_>, shown: &Chosen<'_>) -> Result<View, Stop> {
    let evaluated = shown.tracked.labelled(context, ask, context.range, shown.version.as_ref());
    let before = context
        .reference_range()
        .map(|(title, range)| (title, range, shown.tracked.live(context, ask, range, shown.version.as_ref())));
    let baseline = chosen::baseline(context, ask, shown);
    let events = if context.details { rollouts::events(context, ask) } else { Ok(Vec::new()) };

    let evaluated = evaluated?.ok_or_else(|| nothing(shown))?;
    let baseline = match baseline? {
        Some(chosen) => {
            let rows = chosen.tracked.labelled(context, ask, context.range, chosen.version.as_ref())?;
            rows.map(|rows| (chosen, rows))
        }
        None => None,
    };
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied();
    remark_basis(context, ask, &evaluated.basis);
    remark_rows(ask, &evaluated, threshold);
    let side = Side::new(&evaluated.labelled, threshold);
    if side.n() == 0 {
        return Err(Stop::empty("no prediction has both a label and a score in this time range"));
    }
    let against = match (baseline, before) {
        (Some((chosen, rows)), _) => Some(against_model(&side, &chosen, &rows, context)),
        (None, Some((title, range, frame))) => against_range(&side, &evaluated, shown, title, range, frame?, threshold),
        (None, None) => None,
    };
    build(context, ask, shown, &evaluated, &side, against.as_ref(), threshold, &events?)
}

/// A comparison with the range or model of its rows, for lines.
struct Compared {
    against: Against,
    labels: crate::frame::Labels,
    range: crate::query::TimeRange,
    line_title: String,
}

fn against_model(side: &Side, chosen: &Chosen<'_>, rows: &Evaluated, context: &Context<'_>) -> Compared {
    // A moved threshold is of one model; another model keeps its own.
    let threshold = context.selection.thresholds.get(&chosen.tracked.model.id).copied();
    let other = Side::new(&rows.labelled, threshold);
    let pairs = side.labelled.pairs_with(&other.labelled);
    let title = match &rows.basis {
        Basis::Live => chosen.title(),
        Basis::Run(run) => format!("{} (run {})", chosen.title(), run.name),
    };
    Compared {
        against: Against { title, side: other, pairs },
        labels: chosen.labels(),
        range: context.range,
        line_title: chosen.title(),
    }
}

fn against_range(
    side: &Side,
    evaluated: &Evaluated,
    shown: &Chosen<'_>,
    title: &str,
    range: crate::query::TimeRange,
    frame: Option<std::sync::Arc<crate::frame::Frame>>,
    threshold: Option<f64>,
) -> Option<Compared> {
    if evaluated.basis != Basis::Live || side.n() == 0 {
        return None;
    }
    let labelled = Labelled::read(&frame?, shown.tracked.model)?;
    let other = Side::new(&labelled, threshold);
    (other.n() > 0).then(|| Compared {
        against: Against { title: title.to_owned(), side: other, pairs: Vec::new() },
        labels: shown.labels(),
        range,
        line_title: title.to_owned(),
    })
}

#[allow(clippy::too_many_arguments)] // one place that lays the panel out
fn build(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    evaluated: &Evaluated,
    side: &Side,
    compared: Option<&Compared>,
    threshold: Option<f64>,
    events: &[crate::view::Event],
) -> Result<View, Stop> {
    let against = compared.map(|c| &c.against);
    if let Some(compared) = compared {
        remark_comparison(ask, side, compared);
    }
    let figures = figures_of(context, shown, side, against, threshold);
    let mut sides = vec![Named { title: shown.title(), side, series: shown.labels(), role: LineRole::Main }];
    if let Some(compared) = compared {
        sides.push(Named {
            title: compared.line_title.clone(),
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
        blocks.extend(curves::confidence(&sides).map(crate::view::Block::in_details));
        ask.remark("no ROC-AUC: the predictions hold one score a row, not one a class");
    }
    let mut sides_in_time: Vec<(Named<'_>, crate::query::TimeRange)> = Vec::new();
    for (i, named) in sides.into_iter().enumerate() {
        let range = compared.filter(|_| i > 0).map_or(context.range, |c| c.range);
        sides_in_time.push((named, range));
    }
    if let Some((named, _)) = sides_in_time.first() {
        let hours = if context.range.width_ms() <= 72 * 3_600_000 { 1.0 } else { 24.0 };
        let line = curves::accuracy_line(named, hours * 3_600_000.0);
        if let Some(figure) = figures.first_mut().filter(|_| line.x.len() > 1) {
            figure.spark = lines::spark(&line.x, &line.y);
        }
    }
    blocks
        .extend(curves::accuracy_over_time(&sides_in_time, context.range, events).map(crate::view::Block::in_details));
    let ended = match &evaluated.basis {
        Basis::Live => None,
        Basis::Run(run) => Some(run.ended_ms).filter(|at| at.is_finite()),
    };
    Ok(View {
        summary: summary(shown, &figures, &evaluated.basis),
        n: Some((side.n() as f64, "predictions".to_owned())),
        as_of_ms: side.labelled.newest_ms().or(ended),
        figures,
        blocks,
        ..View::default()
    })
}

/// The first picture says whose numbers the panel shows.
fn name_model(blocks: &mut [crate::view::Block], model: &str) {
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
    of: &crate::frame::Labels,
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

fn nothing(shown: &Chosen<'_>) -> Stop {
    let id = &shown.tracked.model.id;
    if shown.tracked.identity.predictions.is_none() && shown.tracked.identity.experiments.is_empty() {
        return Stop::missing(
            format!("the workspace names neither predictions nor training runs of {}", shown.tracked.title()),
            format!(
                "{{ \"id\": \"{id}\", \"identity\": {{ \"{}\": {{ \"experiments\": [\"{id}\"], \"predictions\": \"{id}-predictions\" }} }} }}",
                shown.tracked.source.id
            ),
        );
    }
    Stop::empty(format!(
        "no labelled predictions of {} in this time range, and its run logged no evaluation",
        shown.title()
    ))
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

fn summary(shown: &Chosen<'_>, figures: &[Figure], basis: &Basis) -> Summary {
    let Some((accuracy, value)) = figures.first().and_then(|f| Some((f, f.value?))) else {
        return Summary::text(format!("{} has no decided predictions", shown.title()));
    };
    let mut sentence = Summary::text(format!("{} is right on ", shown.title()))
        .value(value, &accuracy.unit)
        .then(" of ")
        .value(accuracy.n.unwrap_or(f64::NAN), &crate::units::Unit::from("short"))
        .then(" predictions");
    if let Basis::Run(run) = basis {
        sentence = sentence.then(format!(" in the evaluation of run {}", run.name));
    }
    if let Some((auc, value)) = figures.iter().find(|f| f.metric == "roc-auc").and_then(|f| Some((f, f.value?))) {
        sentence = sentence.then(", ROC-AUC ").value(value, &auc.unit);
    }
    say_change(sentence, accuracy)
}
