//! Where labelled rows come from: the live predictions of a range, or the evaluation of the run behind a version.

use std::sync::Arc;

use super::classes::matrix_of_cells;
use super::labelled::Labelled;
use super::tracking::{Tracked, Version};
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Table};
use crate::query::{ArtifactShape, TimeRange};
use crate::source::Cause;
use crate::spec::Task;
use crate::stats::confusion::ConfusionMatrix;

/// Where rows come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Basis {
    /// The table of live predictions, over the asked range.
    Live,
    /// The evaluation of a training run: its name, and when it ended in milliseconds.
    Run(RunName),
}

/// A run by its id and shown name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunName {
    /// Run id.
    pub(crate) id: String,
    /// Shown name.
    pub(crate) name: String,
    /// When it ended, milliseconds; `NaN` if not known.
    pub(crate) ended_ms: f64,
}

/// Rows of one model version with where they come from.
#[derive(Clone, Debug)]
pub(crate) struct Evaluated {
    /// The rows.
    pub(crate) labelled: Labelled,
    /// Where they come from.
    pub(crate) basis: Basis,
    /// Whether only a matrix of counts was logged, so that there are neither scores nor single rows.
    pub(crate) is_matrix_only: bool,
}

/// Says on the panel that the rows are a run's and not the range's, and which filters do not reach them.
pub(crate) fn remark_basis(context: &Context<'_>, ask: &mut Ask<'_>, basis: &Basis) {
    let Basis::Run(run) = basis else { return };
    ask.remark(format!("no predictions in this time range: as of run {}", run.name));
    remark_not_followed(context, ask, "the run's evaluation does not carry it");
}

/// Says which filters of the side do not reach what a run logged once, and that it is not compared by them; `why` ends the sentence.
pub(crate) fn remark_not_followed(context: &Context<'_>, ask: &mut Ask<'_>, why: &str) {
    let rest = context.rest().map(|rest| rest.dimension);
    for (dimension, filter) in &context.filters() {
        let is_set = !filter.include.is_empty() || !filter.exclude.is_empty();
        if !is_set || matches!(dimension.as_str(), "model" | "version") {
            continue;
        }
        let what = if rest == Some(dimension.as_str()) { "compared" } else { "filtered" };
        ask.remark(format!("not {what} by {dimension}: {why}"));
    }
}

impl Tracked<'_> {
    /// The version's live predictions of a range; `None` where there are none.
    ///
    /// # Errors
    /// As [`Ask::frame`]; a table that does not exist is no error.
    pub(crate) fn live(
        &self,
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        range: TimeRange,
        version: Option<&Version>,
    ) -> Result<Option<Arc<Frame>>, Stop> {
        match self.predictions(context, ask, range, version.map(|v| v.name.as_str())) {
            Ok(frame) => Ok(frame.filter(|f| f.table().is_some_and(|t| t.n_rows() > 0))),
            Err(Stop::Failed(failure)) if failure.cause == Cause::NotFound => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    /// The run behind a version, or the newest finished run of the model's experiments where no version is registered.
    ///
    /// # Errors
    /// As [`Ask::frame`].
    pub(crate) fn run_of(&self, ask: &mut Ask<'_>, version: Option<&Version>) -> Result<Option<RunName>, Stop> {
        if self.source.is_none() {
            return Ok(None);
        }
        let frame = match self.runs(ask) {
            Ok(frame) => Some(frame),
            Err(Stop::Failed(failure)) if failure.cause == Cause::NotFound => None,
            Err(stop) => return Err(stop),
        };
        let table = frame.as_ref().and_then(|f| f.table());
        let named = |table: &Table, row: usize| RunName {
            id: table.text("run_id", row).unwrap_or_default(),
            name: table.text("name", row).filter(|n| !n.is_empty()).unwrap_or_else(|| "without a name".to_owned()),
            ended_ms: table.number("end", row),
        };
        let rows = |table: &Table| 0..table.n_rows();
        if let Some(version) = version.filter(|v| !v.run_id.is_empty()) {
            let found = table.and_then(|t| {
                rows(t).find(|&r| t.text("run_id", r).as_deref() == Some(&version.run_id)).map(|r| named(t, r))
            });
            let short = version.run_id.chars().take(8).collect();
            let unlisted = RunName { id: version.run_id.clone(), name: short, ended_ms: version.created_ms };
            return Ok(Some(found.unwrap_or(unlisted)));
        }
        let finished = |table: &Table, row: &usize| table.text("status", *row).as_deref() == Some("FINISHED");
        // Runs come newest first.
        Ok(table.and_then(|t| rows(t).find(|r| finished(t, r)).map(|r| named(t, r))))
    }

    /// A classifier's rows: live ones of the range, else the evaluation of the run behind the version, else its logged matrix.
    ///
    /// # Errors
    /// As [`Ask::frame`]; `None` if there is nothing of the kind.
    pub(crate) fn labelled(
        &self,
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        range: TimeRange,
        version: Option<&Version>,
    ) -> Result<Option<Evaluated>, Stop> {
        if let Some(frame) = self.live(context, ask, range, version)?
            && let Some(labelled) = Labelled::read(&frame, self.model)
        {
            return Ok(Some(Evaluated { labelled, basis: Basis::Live, is_matrix_only: false }));
        }
        let Some(run) = self.run_of(ask, version)? else { return Ok(None) };
        if let Some(labelled) = self.evaluated(ask, &run)?.and_then(|frame| Labelled::read(&frame, self.model)) {
            return Ok(Some(Evaluated { labelled, basis: Basis::Run(run), is_matrix_only: false }));
        }
        let matrix = self.logged_matrix(ask, &run)?;
        let labelled = matrix.and_then(|matrix| Labelled::of_matrix(&matrix, self.model.task == Task::Binary));
        Ok(labelled.map(|labelled| Evaluated { labelled, basis: Basis::Run(run), is_matrix_only: true }))
    }

    /// The evaluation table of a run.
    ///
    /// # Errors
    /// Only while it is missing, or when the source fails.
    pub(crate) fn evaluated(&self, ask: &mut Ask<'_>, run: &RunName) -> Result<Option<Arc<Frame>>, Stop> {
        let frame = self.artifact(ask, &run.id, "eval/predictions.json", ArtifactShape::Rows)?;
        Ok(frame.filter(|f| f.table().is_some_and(|t| t.n_rows() > 0)))
    }

    /// The confusion matrix that a run logged.
    ///
    /// # Errors
    /// As [`Tracked::evaluated`].
    pub(crate) fn logged_matrix(&self, ask: &mut Ask<'_>, run: &RunName) -> Result<Option<ConfusionMatrix>, Stop> {
        let frame = self.artifact(ask, &run.id, "eval/confusion_matrix.json", ArtifactShape::Confusion)?;
        let Some(table) = frame.as_ref().and_then(|f| f.table()) else { return Ok(None) };
        let cells = (0..table.n_rows()).filter_map(|row| {
            Some((table.text("actual", row)?, table.text("predicted", row)?, table.number("count", row)))
        });
        Ok(matrix_of_cells(self.model, cells))
    }
}
