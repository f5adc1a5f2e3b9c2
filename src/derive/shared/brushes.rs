//! Brushes over the runs: one filter for the parallel axes, the scatter, the table and the curves.
//!
//! A brush names a parameter or a metric and holds an interval of its axis; on an axis of names the interval is of indices.

use super::sweep::Sweep;
use crate::derive::Context;

/// For each run whether every brush holds it. A run without a value on a brushed axis is not held.
///
/// A brush on what these runs do not have is passed over, since brushes stay when the viewer changes the experiment.
pub(crate) fn held(context: &Context<'_>, sweep: &Sweep<'_>) -> Vec<bool> {
    let mut held = vec![true; sweep.len()];
    for (key, &(low, high)) in &context.selection.brushes {
        let positions = sweep.param(key).map(super::sweep::Param::positions).or_else(|| sweep.metric(key));
        for (run, position) in positions.into_iter().flatten().enumerate() {
            if let Some(is_held) = held.get_mut(run) {
                *is_held &= (low..=high).contains(&position);
            }
        }
    }
    held
}

/// Whether some brush is on what these runs have.
pub(crate) fn any(context: &Context<'_>, sweep: &Sweep<'_>) -> bool {
    let is_axis = |key: &String| sweep.param(key).is_some() || sweep.metrics.contains(key);
    context.selection.brushes.keys().any(is_axis)
}
