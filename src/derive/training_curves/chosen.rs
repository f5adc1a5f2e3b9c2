//! Which runs are drawn, and what is drawn as one hue: a run, or the seeds of one setting.

use std::collections::HashMap;

use super::curve::{self, Curve};
use super::picture;
use crate::derive::shared::brushes;
use crate::derive::shared::sweep::{Objective, Sweep};
use crate::derive::{Ask, Context, Stop};
use crate::order::Order;

/// Best runs shown unless the setting or option `runs` says otherwise.
const BEST_RUNS: usize = 8;
/// More curves are not fetched: beyond it nobody can tell them apart.
const MAX_RUNS: usize = 50;

/// What is drawn as one hue: a run, or the seeds of one setting.
pub(super) struct Unit {
    pub(super) title: String,
    /// Runs of it; the first is the best.
    pub(super) runs: Vec<usize>,
    pub(super) validation: Shape,
    pub(super) training: Shape,
    /// Chosen by the viewer, or among the best few.
    pub(super) is_focus: bool,
}

/// One curve with its band.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) curve: Curve,
    pub(super) low: Vec<f64>,
    pub(super) high: Vec<f64>,
}

/// The runs to show as groups, best first: within the brushes if there are any, else the best few; and those chosen.
pub(super) fn chosen_units(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    sweep: &Sweep<'_>,
    objective: &Objective,
    by_seeds: bool,
) -> Result<Vec<Vec<usize>>, Stop> {
    let is_brushed = brushes::any(context, sweep);
    let held = brushes::held(context, sweep);
    let picked = picked(context);
    let is_picked = |run: &usize| picked.contains(&sweep.id(*run));
    let ranked = sweep.ranked(objective);
    let candidates = ranked.iter().copied().filter(|run| held.get(*run) == Some(&true) || is_picked(run));
    let candidates: Vec<usize> = candidates.collect();
    if candidates.is_empty() {
        return Err(Stop::empty("no run lies within the brushes; clear one to see curves"));
    }
    let groups = if by_seeds { sweep.settings(&candidates) } else { candidates.iter().map(|&run| vec![run]).collect() };
    let wanted = context.setting("runs").and_then(|n| n.parse().ok());
    let wanted = wanted.or_else(|| context.number("runs").map(|n| n as usize)).unwrap_or(BEST_RUNS).clamp(1, MAX_RUNS);
    let has_value = |run: &usize| objective.cost(*run).is_finite();
    // Where no run ended with a finite value there is nothing better to show than all of them.
    let any_value = candidates.iter().any(has_value);
    let limit = if is_brushed || !any_value { MAX_RUNS } else { wanted };
    let mut n_runs = 0;
    let mut shown: Vec<Vec<usize>> = Vec::new();
    for (place, group) in groups.into_iter().enumerate() {
        // A run without a value is shown when it is chosen, or when there is nothing better to show.
        let is_best = place < limit && (group.iter().any(has_value) || !any_value || candidates.len() <= limit);
        if (is_best && n_runs + group.len() <= MAX_RUNS) || group.iter().any(is_picked) {
            n_runs += group.len();
            shown.push(group);
        }
    }
    if is_brushed && n_runs < candidates.len() {
        ask.remark(format!("curves of the best {n_runs} of {} runs within the brushes", candidates.len()));
    }
    Ok(shown)
}

/// Ids of the runs that the viewer chose.
fn picked(context: &Context<'_>) -> Vec<String> {
    let chosen = context.setting("run").unwrap_or_default();
    chosen.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// The chosen runs with their curves, those in focus first.
pub(super) fn units(
    context: &Context<'_>,
    sweep: &Sweep<'_>,
    settings: Vec<Vec<usize>>,
    validation: &HashMap<String, Curve>,
    training: &HashMap<String, Curve>,
    by_seeds: bool,
) -> Vec<Unit> {
    let picked = picked(context);
    let is_picked = |run: &usize| picked.contains(&sweep.id(*run));
    let shape = |runs: &[usize], curves: &HashMap<String, Curve>| -> Shape {
        let found: Vec<&Curve> = runs.iter().filter_map(|&run| curves.get(&sweep.id(run))).collect();
        match found.as_slice() {
            [] => Shape::default(),
            [one] => Shape { curve: (*one).clone(), ..Shape::default() },
            several => {
                let (curve, low, high) = curve::mean(several);
                Shape { curve, low, high }
            }
        }
    };
    let mut units: Vec<Unit> = settings
        .into_iter()
        .map(|runs| Unit {
            title: if by_seeds {
                sweep.setting_name(runs.first().copied().unwrap_or(0))
            } else {
                name_of(sweep, &runs)
            },
            validation: shape(&runs, validation),
            training: shape(&runs, training),
            is_focus: runs.iter().any(is_picked),
            runs,
        })
        .collect();
    let n_lines: usize = units
        .iter()
        .map(|u| usize::from(!u.validation.curve.steps.is_empty()) + usize::from(!u.training.curve.steps.is_empty()))
        .sum();
    let n_colours = if n_lines > picture::MAX_LINES { picture::FOCUS_UNITS } else { units.len() };
    let n_picked = units.iter().filter(|u| u.is_focus).count();
    for unit in units.iter_mut().filter(|u| !u.is_focus).take(n_colours.saturating_sub(n_picked)) {
        unit.is_focus = true;
    }
    units.order_by_key(|u| !u.is_focus);
    units
}

fn name_of(sweep: &Sweep<'_>, runs: &[usize]) -> String {
    runs.first().map(|&run| sweep.name(run)).unwrap_or_default()
}
