//! Parallel coordinates: an axis for each parameter that varies, and one for the objective.

use super::Study;
use super::importance::Importance;
use crate::derive::Context;
use crate::derive::shared::sweep::Param;
use crate::order::Order;
use crate::view::{AxisSpec, Brush, Parallel, ParallelAxis, ParallelRun, XScale};

/// More axes than this are drawn only on the panel's own page, the most important first.
const MAX_AXES: usize = 7;

/// The axes with all runs; `None` if no parameter varies.
pub(super) fn parallel(context: &Context<'_>, study: &Study<'_>, importance: Option<&Importance>) -> Option<Parallel> {
    let sweep = study.sweep;
    let mut shown: Vec<&Param> = sweep.params.iter().filter(|p| p.varies).collect();
    if !context.details && shown.len() > MAX_AXES {
        let share = |p: &Param| if p.is_seed() { -1.0 } else { importance.map_or(0.0, |i| i.share(&p.key)) };
        let mut by_share = shown.clone();
        by_share.order_by(|a, b| share(b).total_cmp(&share(a)));
        by_share.truncate(MAX_AXES);
        shown.retain(|p| {
            by_share.iter().any(|kept| kept.key == p.key) || context.selection.brushes.contains_key(&p.key)
        });
    }
    if shown.is_empty() {
        return None;
    }
    let flipped: Vec<&str> = context.setting("flip").unwrap_or_default().split(',').map(str::trim).collect();
    let brush = |key: &str| context.selection.brushes.get(key).map(|&(low, high)| Brush { low, high });
    let mut axes: Vec<ParallelAxis> = shown
        .iter()
        .map(|p| ParallelAxis {
            key: p.key.clone(),
            title: p.key.clone(),
            scale: if p.is_log() { XScale::Log } else { XScale::Linear },
            flipped: flipped.contains(&p.key.as_str()),
            categories: p.categories.clone(),
            brush: brush(&p.key),
            ..ParallelAxis::default()
        })
        .collect();
    let objective = study.objective;
    axes.push(ParallelAxis {
        key: objective.key.clone(),
        title: objective.key.clone(),
        unit: objective.unit.clone(),
        flipped: flipped.contains(&objective.key.as_str()),
        brush: brush(&objective.key),
        ..ParallelAxis::default()
    });
    let mut columns: Vec<Vec<f64>> = shown.iter().map(|p| p.positions()).collect();
    columns.push(objective.values.clone());
    let run = |run: usize| ParallelRun {
        key: sweep.id(run),
        title: sweep.name(run),
        values: columns.iter().map(|c| c.get(run).copied().filter(|v| v.is_finite()).unwrap_or(f64::NAN)).collect(),
        focus: study.is_held(run),
    };
    Some(Parallel { colour_axis: shown.len(), axes, runs: (0..sweep.len()).map(run).collect() })
}

/// The x axis of a scatter by one parameter.
pub(super) fn scatter_axis(param: &Param) -> AxisSpec {
    AxisSpec {
        title: param.key.clone(),
        scale: if param.is_log() { XScale::Log } else { XScale::Linear },
        categories: param.categories.clone(),
        ..AxisSpec::default()
    }
}
