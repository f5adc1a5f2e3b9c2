//! Where the counts come from: rows of scored predictions, counters, or the run's evaluation.

use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::evaluated::{Basis, remark_basis};
use crate::derive::shared::labelled::Labelled;
use crate::derive::shared::tally;
use crate::derive::{Ask, Context, Stop};
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

/// The counts of a version over the range of the context's side; with `or_run` the run's evaluation stands in where there is nothing live.
pub(super) fn of(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    or_run: bool,
) -> Result<Option<Counted>, Stop> {
    let (tracked, version, range) = (&shown.tracked, shown.version.as_ref(), context.range);
    let threshold = context.selection.thresholds.get(&tracked.model.id).copied();
    if tracked.model.task == Task::Binary {
        let live = tracked.live(context, ask, range, version)?;
        let rows = live.and_then(|frame| Labelled::read(&frame, tracked.model)).filter(Labelled::has_scores);
        if let Some(found) = rows.and_then(|rows| from_rows(rows, threshold, Basis::Live)) {
            return Ok(Some(found));
        }
    }
    if let Some(found) = tally::over(context, ask, shown)? {
        return Ok(Some(Counted { matrix: found.matrix, rows: None, basis: None, as_of_ms: found.as_of_ms }));
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
