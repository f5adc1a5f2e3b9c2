//! Where the counts come from: rows of scored predictions, counters, or the run's evaluation.

use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::labelled::{Basis, Labelled, matrix_of_cells, remark_basis};
use crate::derive::{Ask, Context, Stop};
use crate::query::{Measure, TimeRange};
use crate::spec::Task;
use crate::stats::confusion::ConfusionMatrix;

/// A matrix with what it rests on.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    /// The counts.
    pub(super) matrix: ConfusionMatrix,
    /// The rows behind them, where there are some.
    pub(super) rows: Option<Labelled>,
    /// Where they come from; `None` for counters.
    pub(super) basis: Option<Basis>,
    /// The newest instant, milliseconds.
    pub(super) as_of_ms: Option<f64>,
}

/// The counts of a version over a range; with `or_run` the run's evaluation stands in where there is nothing live.
pub(super) fn of(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    range: TimeRange,
    or_run: bool,
) -> Result<Option<Counted>, Stop> {
    let (tracked, version) = (&shown.tracked, shown.version.as_ref());
    let threshold = context.selection.thresholds.get(&tracked.model.id).copied();
    if tracked.model.task == Task::Binary {
        let live = tracked.live(context, ask, range, version)?;
        let rows = live.and_then(|frame| Labelled::read(&frame, tracked.model)).filter(Labelled::has_scores);
        if let Some(found) = rows.and_then(|rows| from_rows(rows, threshold, Basis::Live)) {
            return Ok(Some(found));
        }
    }
    if let Some(found) = from_counters(context, ask, shown, range)? {
        return Ok(Some(found));
    }
    if or_run {
        let rows = tracked.labelled(context, ask, range, version)?;
        return Ok(rows.and_then(|found| {
            let is_matrix_only = found.is_matrix_only;
            let mut counted = from_rows(found.labelled, threshold, found.basis)?;
            if is_matrix_only {
                counted.rows = None;
            }
            Some(counted)
        }));
    }
    let live = tracked.live(context, ask, range, version)?;
    let rows = live.and_then(|frame| Labelled::read(&frame, tracked.model));
    Ok(rows.and_then(|rows| from_rows(rows, threshold, Basis::Live)))
}

fn from_rows(rows: Labelled, threshold: Option<f64>, basis: Basis) -> Option<Counted> {
    let matrix = rows.matrix(&rows.decided(threshold)).filter(|matrix| matrix.n() > 0.0)?;
    let ended = match &basis {
        Basis::Live => None,
        Basis::Run(run) => Some(run.ended_ms).filter(|at| at.is_finite()),
    };
    Some(Counted { matrix, as_of_ms: rows.newest_ms().or(ended), rows: Some(rows), basis: Some(basis) })
}

/// Increases of the counter in the slot `confusion-counts` over the whole range.
fn from_counters(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    range: TimeRange,
) -> Result<Option<Counted>, Stop> {
    let Some(metric) = context.metric("confusion-counts") else { return Ok(None) };
    let by = ["model", "version", "actual", "predicted"];
    let frame = match ask.series_at(context, metric, Measure::Increase, &by, range, range.width_ms()) {
        Ok(frame) => frame,
        // Without the counters the run's evaluation may still do.
        Err(Stop::Failed(failure)) => {
            ask.remark(format!("the counters by class were not read: {}", failure.text));
            ask.fail(failure);
            return Ok(None);
        }
        Err(stop) => return Err(stop),
    };
    let mut as_of_ms = None;
    let mut cells = Vec::new();
    for series in frame.series() {
        let label = |name: &str| series.labels.get(name);
        let is_ours = label("model") == Some(shown.tracked.model.id.as_str())
            && shown.version.as_ref().is_none_or(|v| label("version") == Some(v.name.as_str()));
        if let (true, Some(actual), Some(predicted)) = (is_ours, label("actual"), label("predicted")) {
            let count: f64 = series.y.iter().filter(|y| y.is_finite()).sum();
            cells.push((actual.to_owned(), predicted.to_owned(), count));
            as_of_ms = as_of_ms.into_iter().chain(series.last().map(|p| p.0)).reduce(f64::max);
        }
    }
    let matrix = matrix_of_cells(shown.tracked.model, cells);
    Ok(matrix.map(|matrix| Counted { matrix, rows: None, basis: None, as_of_ms }))
}

/// Says where the counts come from, and what that means for the threshold.
pub(super) fn remark(context: &Context<'_>, ask: &mut Ask<'_>, counted: &Counted) {
    match &counted.basis {
        Some(basis) => remark_basis(context, ask, basis),
        None => ask.remark("counted by the serving counters, as decided there"),
    }
    let left_out = counted.rows.as_ref().map_or(0, |rows| rows.n_left_out);
    if left_out > 0 {
        ask.remark(format!("{left_out} rows without a label or an answer are left out"));
    }
}
