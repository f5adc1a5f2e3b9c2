//! Confusion matrix: counts and shares by actual and predicted class, what the errors cost, and the predictions of a cell.
//!
//! A binary model with scores is decided here, so that the threshold is live; else counters by actual and predicted class are read;
//! where neither has data, the evaluation of the run behind the version, and the panel says so.
//! Settings read: `normalise`, `cell`, `cost-fp`, `cost-fn`.

mod cost;
mod counts;
mod listing;
#[cfg(test)]
mod tests;

use self::counts::Counted;
use super::model_performance::figures::{Against, accuracy as accuracy_of_rows};
use super::model_performance::side::Side;
use super::shared::chosen::{self, Chosen};
use super::shared::evaluated::Basis;
use super::shared::{block, figures};
use super::{Ask, Context, Stop};
use crate::spec::Task;
use crate::stats::confusion::{ConfusionMatrix, Normalise};
use crate::stats::interval::Proportion;
use crate::units::{Direction, Unit};
use crate::view::{Block, BlockBody, Control, Figure, Matrix, Summary, View};

pub(super) fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let models = chosen::served(context)?;
    let n_models = models.len();
    // A regression has no classes: the first model that has some is shown.
    let Some(tracked) = models.into_iter().find(|m| m.model.task != Task::Regression) else {
        return Err(Stop::empty("the chosen models predict numbers, and a confusion matrix needs classes"));
    };
    if n_models > 1 {
        ask.remark(format!("showing {}, the first of {n_models} chosen models", tracked.title()));
    }
    let shown = chosen::choose(context, ask, tracked)?;
    let counted = counts::of(context, ask, &shown, true);
    let reference = reference(context, ask, &shown);
    let counted = counted?.ok_or_else(|| nothing(&shown))?;
    let reference = reference?;
    counts::remark(context, ask, &counted);
    build(context, ask, &shown, &counted, reference.as_ref())
}

/// The counts of the other side with its name; `None` where there is none, or none that can be told apart.
fn reference<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'a>,
) -> Result<Option<(String, Counted)>, Stop> {
    let Some(versus) = chosen::versus(context, ask, shown)? else { return Ok(None) };
    match counts::of(&versus.other.context, ask, &versus.chosen, versus.is_model()) {
        Err(Stop::Empty { .. }) => Ok(None),
        counted => Ok(counted?.map(|counted| (versus.title, counted))),
    }
}

fn build(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    counted: &Counted,
    reference: Option<&(String, Counted)>,
) -> Result<View, Stop> {
    let matrix = &counted.matrix;
    let normalise = normalise(context);
    let selected = selected_cell(context, matrix);
    let costs = cost::Costs::of(context, ask, shown.tracked.model, matrix);
    let mut figures = vec![accuracy(context, shown, counted, reference)];
    figures.extend(cost::figures(shown, counted, costs.as_ref(), reference));
    let curve = costs.as_ref().and_then(|costs| cost::curve(context, shown, counted, costs));
    let half = curve.is_some() || reference.is_some();
    let mut blocks = vec![matrix_block(matrix, normalise, selected).of_width(if half { 6 } else { 12 })];
    blocks.extend(reference.map(|(title, other)| difference_block(matrix, &other.matrix, normalise, title)));
    blocks.extend(curve.map(|curve| if reference.is_some() { curve } else { curve.of_width(6) }));
    blocks.extend(costs.as_ref().map(|costs| cost::table(costs, matrix.classes())));
    if let Some((row, column)) = selected {
        blocks.push(listing::block_of(context, ask, shown, counted, (row as usize, column as usize))?);
    }
    Ok(View {
        summary: summary(shown, counted, &figures),
        n: Some((matrix.n(), "predictions".to_owned())),
        as_of_ms: counted.as_of_ms,
        figures,
        blocks,
        controls: controls(shown, normalise, costs.as_ref()),
        ..View::default()
    })
}

fn controls(shown: &Chosen<'_>, normalise: Normalise, costs: Option<&cost::Costs>) -> Vec<Control> {
    let shares = [("counts", "Counts"), ("row", "% of row"), ("column", "% of column"), ("all", "% of all")];
    let now = match normalise {
        Normalise::Counts => "counts",
        Normalise::Row => "row",
        Normalise::Column => "column",
        Normalise::All => "all",
    };
    let mut controls = vec![Control::choice("normalise", "Cells", &shares, now)];
    controls.extend(cost::controls(shown.tracked.model, costs));
    controls
}

/// What the cells show, by the setting or option `normalise`. Default is counts.
fn normalise(context: &Context<'_>) -> Normalise {
    let option = || context.panel.options.get("normalise").and_then(serde_json::Value::as_str);
    match context.setting("normalise").or_else(option) {
        Some("row") => Normalise::Row,
        Some("column") => Normalise::Column,
        Some("all") => Normalise::All,
        _ => Normalise::Counts,
    }
}

/// The setting `cell`, `row,column` by place or by class name; `None` outside the matrix.
fn selected_cell(context: &Context<'_>, matrix: &ConfusionMatrix) -> Option<(u32, u32)> {
    let (row, column) = context.setting("cell")?.split_once(',')?;
    let n = matrix.classes().len();
    let by_place = |text: &str| text.trim().parse::<usize>().ok().filter(|place| *place < n);
    let by_name = |text: &str| matrix.classes().iter().position(|class| class == text.trim());
    let cell = by_place(row).zip(by_place(column)).or_else(|| by_name(row).zip(by_name(column)))?;
    Some((cell.0 as u32, cell.1 as u32))
}

fn unit_of(normalise: Normalise) -> Unit {
    Unit::from(if normalise == Normalise::Counts { "short" } else { "percentunit" })
}

fn matrix_block(matrix: &ConfusionMatrix, normalise: Normalise, selected: Option<(u32, u32)>) -> Block {
    let n = matrix.classes().len();
    let counts: Vec<f64> = (0..n * n).map(|cell| matrix.count(cell / n, cell % n)).collect();
    let body = Matrix {
        metric: "confusion".to_owned(),
        row_title: "actual".to_owned(),
        column_title: "predicted".to_owned(),
        rows: matrix.classes().to_vec(),
        columns: matrix.classes().to_vec(),
        values: matrix.normalised(normalise).into_iter().flatten().collect(),
        counts: if normalise == Normalise::Counts { Vec::new() } else { counts },
        unit: unit_of(normalise),
        labelled: true,
        target: Some("cell".to_owned()),
        selected,
        ..Matrix::default()
    };
    let title = match normalise {
        Normalise::Counts => "Predictions by actual and predicted class",
        Normalise::Row => "Share of each actual class",
        Normalise::Column => "Share of each predicted class",
        Normalise::All => "Share of all predictions",
    };
    block("matrix", title, BlockBody::Matrix(body))
}

/// Counts of different totals cannot be subtracted, so differences are of shares; by actual class unless another share is chosen.
fn difference_block(ours: &ConfusionMatrix, theirs: &ConfusionMatrix, normalise: Normalise, title: &str) -> Block {
    let by = if normalise == Normalise::Counts { Normalise::Row } else { normalise };
    let difference = ours.minus(theirs, by);
    let body = Matrix {
        metric: "confusion-difference".to_owned(),
        row_title: "actual".to_owned(),
        column_title: "predicted".to_owned(),
        rows: difference.classes.clone(),
        columns: difference.classes,
        values: difference.cells.into_iter().flatten().collect(),
        unit: Unit::from("percentunit"),
        diverging: true,
        labelled: true,
        ..Matrix::default()
    };
    let of = match by {
        Normalise::Column => "predicted class",
        Normalise::All => "all predictions",
        _ => "actual class",
    };
    block("difference", &format!("Share of {of}, minus {title}"), BlockBody::Matrix(body)).of_width(6)
}

fn proportion(matrix: &ConfusionMatrix) -> Option<Proportion> {
    Proportion::new(matrix.n_correct().round() as u64, matrix.n().round() as u64)
}

/// Paired where both sides hold answers to the same rows, else as of independent rates.
fn accuracy(
    context: &Context<'_>,
    shown: &Chosen<'_>,
    counted: &Counted,
    reference: Option<&(String, Counted)>,
) -> Figure {
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied();
    if let Some((title, other)) = reference
        && let (Some(ours), Some(theirs)) = (&counted.rows, &other.rows)
    {
        let (ours, theirs) = (Side::new(ours, threshold), Side::new(theirs, threshold));
        let pairs = ours.labelled.pairs_with(&theirs.labelled);
        let against = Against { title: title.clone(), side: theirs, pairs };
        return accuracy_of_rows(context, &shown.labels(), &ours, Some(&against));
    }
    let mut figure = figures::named("accuracy", "Accuracy", "percentunit", Direction::Higher);
    figure.series = shown.labels();
    let Some(rate) = proportion(&counted.matrix) else { return figure };
    figures::fill_rate(&mut figure, rate);
    if let Some((title, rest)) = reference.and_then(|(title, other)| Some((title, proportion(&other.matrix)?))) {
        figures::compare_rates(&mut figure, rate, rest, title);
    }
    figure
}

fn nothing(shown: &Chosen<'_>) -> Stop {
    Stop::missing(
        format!(
            "no predictions of {} with a known label in this time range, and its run logged no matrix",
            shown.title()
        ),
        "\"metrics\": [\n  { \"id\": \"confusion-counts\", \"query\": { \"type\": \"counter\", \"source\": \"prom\", \"metric\": \"predictions_total\" } }\n]",
    )
}

fn summary(shown: &Chosen<'_>, counted: &Counted, figures: &[Figure]) -> Summary {
    let matrix = &counted.matrix;
    let n = matrix.classes().len();
    let sentence = match figures.first().and_then(|f| f.value) {
        Some(value) => Summary::text(format!("{} is right on ", shown.title()))
            .value(value, &Unit::from("percentunit"))
            .then(" of ")
            .value(matrix.n(), &Unit::from("short"))
            .then(" predictions"),
        None => Summary::text(format!("{} has no predictions", shown.title())),
    };
    let sentence = match &counted.basis {
        Some(Basis::Run(run)) => sentence.then(format!(" in the evaluation of run {}", run.name)),
        _ => sentence,
    };
    let sentence = figures.first().map_or(sentence.clone(), |figure| figures::say_change(sentence, figure));
    let errors = (0..n * n).filter(|cell| cell / n != cell % n);
    let worst = errors.max_by(|a, b| matrix.count(a / n, a % n).total_cmp(&matrix.count(b / n, b % n)));
    let name = |class: usize| matrix.classes().get(class).cloned().unwrap_or_default();
    match worst.filter(|cell| matrix.count(cell / n, cell % n) > 0.0) {
        Some(cell) => sentence
            .then(format!("; most often wrong by taking {} for {}: ", name(cell / n), name(cell % n)))
            .value(matrix.count(cell / n, cell % n), &Unit::from("short"))
            .then(" times"),
        None => sentence,
    }
}
