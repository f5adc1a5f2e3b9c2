//! Predictions as serving counters have them: how many of each actual and predicted class.
//!
//! The counter is the metric in the slot `confusion-counts`, with the labels `actual` and `predicted`. Counts are exact increases.

use std::collections::BTreeMap;

use super::chosen::Chosen;
use super::classes::matrix_of_cells;
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::Measure;
use crate::spec::Task;
use crate::stats::confusion::ConfusionMatrix;

const BY: [&str; 4] = ["model", "version", "actual", "predicted"];

/// Counts of a version over a range.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// The counts.
    pub(crate) matrix: ConfusionMatrix,
    /// The newest instant, milliseconds.
    pub(crate) as_of_ms: Option<f64>,
}

/// The counts of a version over the range of the context's side; `None` where nothing was counted, and for what has no classes.
///
/// A failure is remarked and gives `None`: other sources may still do.
///
/// # Errors
/// Only [`Stop::Pending`].
pub(crate) fn over(context: &Context<'_>, ask: &mut Ask<'_>, shown: &Chosen<'_>) -> Result<Option<Tally>, Stop> {
    let Some(frame) = counted(context, ask, shown, None)? else { return Ok(None) };
    let (mut as_of_ms, mut cells) = (None, Vec::new());
    for (series, actual, predicted) in own(context, ask, shown, &frame) {
        let count: f64 = series.y.iter().filter(|y| y.is_finite()).sum();
        cells.push((actual, predicted, count));
        as_of_ms = as_of_ms.into_iter().chain(series.last().map(|p| p.0)).reduce(f64::max);
    }
    let matrix = matrix_of_cells(shown.tracked.model, cells);
    Ok(matrix.map(|matrix| Tally { matrix, as_of_ms }))
}

/// The hits and the total of each step over the range of the context's side, by the step's end in milliseconds.
///
/// # Errors
/// Only [`Stop::Pending`].
pub(crate) fn in_time(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    step_ms: i64,
) -> Result<Vec<(f64, u64, u64)>, Stop> {
    let Some(frame) = counted(context, ask, shown, Some(step_ms))? else { return Ok(Vec::new()) };
    let mut steps: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for (series, actual, predicted) in own(context, ask, shown, &frame) {
        for (at, count) in series.points().filter(|(_, count)| count.is_finite() && *count >= 0.0) {
            let step = steps.entry(at as i64).or_default();
            step.0 += if actual == predicted { count } else { 0.0 };
            step.1 += count;
        }
    }
    let whole = |(at, (hits, n)): (i64, (f64, f64))| (at as f64, hits.round() as u64, n.round() as u64);
    Ok(steps.into_iter().map(whole).collect())
}

fn counted(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    step_ms: Option<i64>,
) -> Result<Option<std::sync::Arc<Frame>>, Stop> {
    let Some(metric) = context.metric("confusion-counts").filter(|_| shown.tracked.model.task != Task::Regression)
    else {
        return Ok(None);
    };
    let wanted = match step_ms {
        Some(step_ms) => Wanted::over_time(metric, Measure::Increase, &BY).every(step_ms),
        None => Wanted::whole(metric, Measure::Increase, &BY),
    };
    match ask.series(context, &wanted) {
        Ok(frame) => Ok(Some(frame)),
        Err(Stop::Pending) => Err(Stop::Pending),
        Err(Stop::Failed(failure)) => {
            ask.remark(format!("the counters by class were not read: {}", failure.text));
            ask.fail(failure);
            Ok(None)
        }
        Err(Stop::Empty { .. }) => Ok(None),
    }
}

/// The series of the model and version, with their classes.
///
/// Series without a label `model` are of the only model there is; those without `version` are of all versions together.
fn own<'f>(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    frame: &'f Frame,
) -> Vec<(&'f Series, String, String)> {
    let is_only_model = context.workspace.models.len() == 1;
    let carries_version = frame.series().iter().any(|s| s.labels.get("version").is_some());
    if !carries_version && shown.version.is_some() && !frame.series().is_empty() {
        ask.remark("the counters carry no version: all versions are counted together");
    }
    let is_own = |series: &Series| {
        let model = series.labels.get("model");
        let of_model = model.map_or(is_only_model, |model| model == shown.tracked.model.id);
        let version = series.labels.get("version");
        let of_version = shown.version.as_ref().is_none_or(|v| !carries_version || version == Some(v.name.as_str()));
        of_model && of_version
    };
    let classes = |series: &'f Series| {
        let label = |name: &str| series.labels.get(name).map(str::to_owned);
        Some((series, label("actual")?, label("predicted")?))
    };
    frame.series().iter().filter(|series| is_own(series)).filter_map(classes).collect()
}
