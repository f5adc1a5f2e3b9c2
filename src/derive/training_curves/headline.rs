//! The best value of the runs on the screen, and the sentence about it.

use super::chosen::Unit;
use super::picture;
use crate::derive::shared::figures;
use crate::derive::shared::sweep::{Objective, Sweep};
use crate::frame::Labels;
use crate::stats::curve_marks::best_step;
use crate::view::{Figure, Summary};

/// The best value over all steps of the runs on the screen, with its run and step.
pub(super) fn best_figure(
    sweep: &Sweep<'_>,
    objective: &Objective,
    units: &[Unit],
    baseline: Option<&picture::Baseline>,
) -> (Vec<Figure>, Option<(String, f64, f64)>) {
    let direction = objective.improves();
    let marked = units.iter().filter_map(|u| {
        let mark = best_step(&u.validation.curve.values, direction)?;
        Some((u, *u.validation.curve.steps.get(mark.place)?, mark.value))
    });
    let turned = |value: f64| if direction == crate::stats::pareto::Direction::Maximise { -value } else { value };
    let Some((unit, step, value)) = marked.min_by(|a, b| turned(a.2).total_cmp(&turned(b.2))) else {
        return (Vec::new(), None);
    };
    let title = format!("Best {}, {} at step {step}", objective.key, unit.title);
    let mut figure = figures::named(&objective.key, &title, objective.unit.id(), objective.direction);
    let run = unit.runs.first().copied().unwrap_or(0);
    figure.series = Labels::new().with("run_id", sweep.id(run)).with("key", objective.key.clone());
    figure.value = Some(value);
    figure.n = Some(unit.validation.curve.values.len() as f64);
    let of = if unit.runs.len() > 1 { format!("mean of {} seeds", unit.runs.len()) } else { "one run".to_owned() };
    figure.method = Some(format!(
        "{} of {} logged steps of {of}: no interval for a value picked as the best",
        objective.superlative(),
        unit.validation.curve.values.len()
    ));
    figure.spark = crate::derive::shared::lines::spark(&unit.validation.curve.steps, &unit.validation.curve.values);
    if let Some(baseline) = baseline
        && let Some(mark) = best_step(&baseline.curve.values, direction)
    {
        figures::compare(&mut figure, mark.value, None, &baseline.title);
    }
    (vec![figure], Some((unit.title.clone(), step, value)))
}

/// The best value with its run and step, and how many runs are drawn.
pub(super) fn summary(
    sweep: &Sweep<'_>,
    objective: &Objective,
    best: Option<&(String, f64, f64)>,
    n_shown: usize,
) -> Summary {
    let of = format!("{n_shown} of {} runs of {} shown", sweep.len(), sweep.experiment);
    match best {
        Some((title, step, value)) => Summary::text(format!("the {} {} is ", objective.superlative(), objective.key))
            .value(*value, &objective.unit)
            .then(format!(", reached by {title} at step {step}; {of}")),
        None => Summary::text(format!("no run has logged a finite {}; {of}", objective.key)),
    }
}
