//! The curves as lines with marks, and their legend.

use super::chosen::{Shape, Unit};
use super::curve::{Axis, Curve, kept_rows, smoothed};
use crate::derive::Context;
use crate::derive::shared::sweep::{Objective, Sweep};
use crate::frame::Labels;
use crate::stats::curve_marks::{Patience, best_step, early_stop};
use crate::view::{AxisSpec, Cell, Grid, GridColumn, Line, LineRole, Lines, MarkShape, PointMark, Tone, XScale};

/// Above this many lines only a few are coloured.
pub(super) const MAX_LINES: usize = 10;
/// How many of them.
pub(super) const FOCUS_UNITS: usize = 3;
/// Steps without improvement after which training could have stopped, unless the option `patience` says otherwise.
const PATIENCE: usize = 5;
const EPOCH_PARAMS: [&str; 5] = ["epochs", "n_epochs", "num_epochs", "max_epochs", "num_train_epochs"];

/// The run that is compared with.
pub(super) struct Baseline {
    pub(super) title: String,
    pub(super) run: String,
    pub(super) curve: Curve,
}

/// What the picture needs besides the curves.
pub(super) struct Paint<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) sweep: &'a Sweep<'a>,
    pub(super) objective: &'a Objective,
    pub(super) training_key: Option<&'a str>,
    pub(super) axis: Axis,
    pub(super) by_seeds: bool,
    pub(super) baseline: Option<&'a Baseline>,
}

/// Whether the y axis is logarithmic.
pub(super) fn is_log(context: &Context<'_>) -> bool {
    context.setting("scale").or_else(|| context.option("scale")) == Some("log")
}

/// Share of the past that smoothing keeps, 0 to 0.99.
pub(super) fn smoothing(context: &Context<'_>) -> f64 {
    let chosen = context.setting("smoothing").and_then(|s| s.parse::<f64>().ok());
    let share = chosen.or_else(|| context.number("smoothing")).filter(|s| s.is_finite()).unwrap_or(0.0);
    share.clamp(0.0, 0.99)
}

/// The number of epochs that a run was asked to train.
pub(super) fn n_epochs(sweep: &Sweep<'_>, run: usize) -> Option<f64> {
    let param = EPOCH_PARAMS.iter().find_map(|key| sweep.param(key))?;
    param.numbers.as_ref()?.get(run).copied().filter(|n| n.is_finite())
}

/// The part of the x axis that the viewer zoomed to, as `from..to`.
fn zoom(context: &Context<'_>) -> Option<(f64, f64)> {
    let (from, to) = context.setting("zoom")?.split_once("..")?;
    let (from, to) = (from.parse::<f64>().ok()?, to.parse::<f64>().ok()?);
    (from < to && from.is_finite() && to.is_finite()).then_some((from, to))
}

impl Paint<'_> {
    pub(super) fn title(&self) -> String {
        match self.training_key {
            Some(key) => format!("{} (solid) and {key} (dashed)", self.objective.key),
            None => self.objective.key.clone(),
        }
    }

    pub(super) fn lines(&self, units: &[Unit]) -> Lines {
        let (title, unit) = match self.axis {
            Axis::Step => ("Step", "none"),
            Axis::Epoch => ("Epoch", "none"),
            Axis::Time => ("Time since the run began", "s"),
        };
        let zoom = zoom(self.context);
        let x = AxisSpec {
            title: title.to_owned(),
            unit: unit.into(),
            min: zoom.map(|z| z.0),
            max: zoom.map(|z| z.1),
            ..AxisSpec::default()
        };
        let scale = if is_log(self.context) { XScale::Log } else { XScale::Linear };
        let mut lines = Vec::new();
        for (place, unit) in units.iter().enumerate() {
            self.add_unit(&mut lines, unit, &format!("#{place}"));
        }
        if let Some(baseline) = self.baseline {
            let shape = Shape { curve: baseline.curve.clone(), ..Shape::default() };
            let labels = Labels::new().with("run_id", baseline.run.clone()).with("key", self.objective.key.clone());
            let run = self.sweep.place(&baseline.run);
            lines.extend(self.line(
                &shape,
                run,
                &baseline.title,
                labels,
                &format!("#{}", units.len()),
                LineRole::Reference,
            ));
        }
        Lines {
            metric: self.objective.key.clone(),
            x,
            y: AxisSpec { unit: self.objective.unit.clone(), scale, ..AxisSpec::default() },
            marks: self.marks(units),
            lines,
            zooms_panel: true,
            ..Lines::default()
        }
    }

    fn labels(&self, unit: &Unit, key: &str) -> Labels {
        let run = unit.runs.first().map(|&run| self.sweep.id(run)).unwrap_or_default();
        let labels = Labels::new().with("key", key);
        if self.by_seeds && unit.runs.len() > 1 {
            labels.with("setting", unit.title.clone())
        } else {
            labels.with("run_id", run)
        }
    }

    fn add_unit(&self, lines: &mut Vec<Line>, unit: &Unit, entity: &str) {
        let run = unit.runs.first().copied();
        let labels = self.labels(unit, &self.objective.key);
        if !unit.is_focus {
            lines.extend(self.line(&unit.validation, run, &unit.title, labels, entity, LineRole::Muted));
            return;
        }
        lines.extend(self.line(&unit.validation, run, &unit.title, labels.clone(), entity, LineRole::Validation));
        if smoothing(self.context) > 0.0 {
            let labels = labels.with("smoothing", "0");
            let title = format!("{} raw", unit.title);
            lines.extend(self.line(&unit.validation, run, &title, labels, entity, LineRole::Raw));
        }
        if let Some(key) = self.training_key {
            let title = format!("{} train", unit.title);
            let labels = self.labels(unit, key);
            lines.extend(self.line(&unit.training, run, &title, labels.clone(), entity, LineRole::Training));
            if smoothing(self.context) > 0.0 {
                let title = format!("{title} raw");
                let labels = labels.with("smoothing", "0");
                lines.extend(self.line(&unit.training, run, &title, labels, entity, LineRole::Raw));
            }
        }
    }

    /// A curve as a line: smoothed unless it is the raw one, within the zoom, reduced to the panel's pixels.
    fn line(
        &self,
        shape: &Shape,
        run: Option<usize>,
        title: &str,
        series: Labels,
        entity: &str,
        role: LineRole,
    ) -> Option<Line> {
        let x = self.positions(&shape.curve, run)?;
        let share = if role == LineRole::Raw { 0.0 } else { smoothing(self.context) };
        let is_log = is_log(self.context);
        let drawn = |values: &[f64]| -> Vec<f64> {
            let on_axis = |v: &f64| if is_log && *v <= 0.0 { f64::NAN } else { *v };
            smoothed(values, share).iter().map(on_axis).collect()
        };
        let y = drawn(&shape.curve.values);
        let (low, high) =
            if role == LineRole::Raw { (Vec::new(), Vec::new()) } else { (drawn(&shape.low), drawn(&shape.high)) };
        let (start, end) = match zoom(self.context) {
            Some((from, to)) => {
                (x.partition_point(|&v| v < from).saturating_sub(1), (x.partition_point(|&v| v <= to) + 1).min(x.len()))
            }
            None => (0, x.len()),
        };
        let rows: Vec<usize> = kept_rows(x.get(start..end)?, y.get(start..end)?, self.context.width_px.max(1) as usize)
            .into_iter()
            .map(|row| row + start)
            .collect();
        let at = |values: &[f64]| -> Vec<f64> { rows.iter().filter_map(|&row| values.get(row).copied()).collect() };
        (!rows.is_empty()).then(|| Line {
            title: title.to_owned(),
            series,
            entity: entity.to_owned(),
            role,
            x: at(&x),
            y: at(&y),
            low: at(&low),
            high: at(&high),
            ..Line::default()
        })
    }

    fn positions(&self, curve: &Curve, run: Option<usize>) -> Option<Vec<f64>> {
        let start = run.map_or(f64::NAN, |run| self.sweep.start(run));
        curve.positions(self.axis, run.and_then(|run| n_epochs(self.sweep, run)), start)
    }

    fn patience(&self) -> Patience {
        let n_points = self.context.number("patience").map_or(PATIENCE, |n| n.max(1.0) as usize);
        Patience { n_points, min_delta: 0.0 }
    }

    /// Best step and early stop of the runs in focus; of the best one only where there are more than a few.
    fn marks(&self, units: &[Unit]) -> Vec<PointMark> {
        let n_focus = units.iter().filter(|u| u.is_focus).count();
        let n_marked = if n_focus > FOCUS_UNITS { 1 } else { n_focus };
        let mut marks = Vec::new();
        for (place, unit) in units.iter().enumerate().filter(|(_, u)| u.is_focus).take(n_marked) {
            let curve = &unit.validation.curve;
            let Some(x) = self.positions(curve, unit.runs.first().copied()) else { continue };
            let mut mark = |row: usize, what: &str, shape: MarkShape| {
                let (Some(&x), Some(&y), Some(step)) = (x.get(row), curve.values.get(row), curve.steps.get(row)) else {
                    return;
                };
                let (title, entity) = (format!("{what}, step {step}"), format!("#{place}"));
                marks.push(PointMark { x, y, title, entity, shape });
            };
            if let Some(best) = best_step(&curve.values, self.objective.improves()) {
                mark(best.place, "best", MarkShape::Circle);
            }
            if let Some(stop) = early_stop(&curve.values, self.objective.improves(), self.patience()) {
                mark(stop.stopped, "early stop", MarkShape::Square);
            }
        }
        marks
    }

    /// One row a run: last, lowest, highest, best step, early stop.
    pub(super) fn legend(&self, units: &[Unit]) -> Grid {
        let key = &self.objective.key;
        let number = |title: &str, metric: Option<String>| GridColumn {
            title: title.to_owned(),
            unit: if metric.is_some() { self.objective.unit.clone() } else { "none".into() },
            metric,
        };
        let mut columns = vec![
            number(if self.by_seeds { "Setting" } else { "Run" }, None),
            number("State", None),
            number(&format!("Last {key}"), Some(key.clone())),
            number("Lowest", Some(key.clone())),
            number("Highest", Some(key.clone())),
            number("Best step", None),
            number("Early stop", None),
            number("Steps", None),
        ];
        columns.extend(self.training_key.map(|key| number(&format!("Last {key}"), Some(key.to_owned()))));
        let patience = self.patience();
        let row = |unit: &Unit| -> Vec<Cell> {
            let curve = &unit.validation.curve;
            let value = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
            let step = |row: Option<usize>| value(row.and_then(|row| curve.steps.get(row).copied()));
            let best = best_step(&curve.values, self.objective.improves());
            let stop = early_stop(&curve.values, self.objective.improves(), patience);
            let mut cells = vec![
                Cell::Text(unit.title.clone()),
                self.state(unit),
                value(curve.last()),
                value(curve.extent().map(|e| e.0)),
                value(curve.extent().map(|e| e.1)),
                step(best.map(|b| b.place)),
                step(stop.map(|s| s.stopped)),
                Cell::Number(curve.steps.len() as f64),
            ];
            if self.training_key.is_some() {
                cells.push(value(unit.training.curve.last()));
            }
            cells
        };
        let run_id = |unit: &Unit| unit.runs.first().map(|&run| self.sweep.id(run)).unwrap_or_default();
        Grid {
            columns,
            rows: units.iter().map(row).collect(),
            row_keys: units.iter().map(run_id).collect(),
            row_target: Some("run".to_owned()),
            n_total: Some(self.sweep.len() as u64),
            ..Grid::default()
        }
    }

    fn state(&self, unit: &Unit) -> Cell {
        let n_missing = unit.validation.curve.n_missing() + unit.training.curve.n_missing();
        if n_missing > 0 {
            return Cell::Status(Tone::Bad, format!("{n_missing} values not finite"));
        }
        let states: Vec<String> = unit.runs.iter().map(|&run| self.sweep.status(run)).collect();
        let any = |state: &str| states.iter().any(|s| s == state);
        match () {
            () if any("FAILED") => Cell::Status(Tone::Bad, "failed".to_owned()),
            () if any("KILLED") => Cell::Status(Tone::Warning, "killed".to_owned()),
            () if any("RUNNING") => Cell::Status(Tone::Neutral, "running".to_owned()),
            () if any("FINISHED") => Cell::Status(Tone::Good, "finished".to_owned()),
            () => Cell::Status(Tone::Unknown, states.first().map(|s| s.to_lowercase()).unwrap_or_default()),
        }
    }
}
