//! A classifier by its labelled rows: scores, curves under one threshold, accuracy over time.

use super::curves::{self, Named};
use super::figures::Against;
use super::side::Side;
use super::{cards, classes, logged, step_ms, summary};
use crate::derive::shared::chosen::{Chosen, Versus};
use crate::derive::shared::evaluated::{Basis, Evaluated, remark_basis};
use crate::derive::shared::labelled::Labelled;
use crate::derive::{Ask, Context, Stop};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::stats::curves::Scores;
use crate::view::{Block, Event, LineRole, View};

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
    let figures = cards::figures_of(context, shown, side, against, threshold);
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
    cards::add_trends(&mut figures, side, step_ms(context) as f64);
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

/// The first picture says whose numbers the panel shows.
fn name_model(blocks: &mut [Block], model: &str) {
    if let Some(first) = blocks.first_mut() {
        first.title = format!("{model}, {}", first.title);
    }
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
