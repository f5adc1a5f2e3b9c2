//! The conversation for gauges, rates, instants and expressions: all parts at once, then one frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::{is_too_many_points, read_matrix};
use super::grid::Grid;
use super::matrix::{Matrix, Samples};
use super::plan::{Plan, Role, Subject, every, plan};
use super::request::{Limits, range_query};
use crate::frame::{Envelope, Frame, Labels, Sampled, Series, Warning, XKind};
use crate::query::{Measure, Selector, SeriesQuery};
use crate::source::{Exchange, Failure, Request, Response};
use crate::units::Unit;

/// How often a server that allows fewer points than usual is asked again, each time with twice the step.
const MAX_COARSENINGS: u32 = 5;
/// Tags of one attempt; more than a plan has parts.
const TAGS_PER_ATTEMPT: u32 = 1_024;

/// Asks a plan's parts and puts their answers together.
pub(super) struct SeriesExchange {
    query: SeriesQuery,
    /// Selector or expression, conditions included.
    text: String,
    grid: Grid,
    limits: Limits,
    plan: Plan,
    answers: Vec<Option<Matrix>>,
    attempt: u32,
    is_asked: bool,
    warnings: Vec<Warning>,
}

impl SeriesExchange {
    /// Starts the conversation about a selector or an expression whose conditions are already in `text`.
    pub(super) fn new(query: SeriesQuery, text: String, limits: Limits) -> Result<Self, Failure> {
        let step_ms = Grid::allowed_step(query.range, query.step_ms);
        let warnings = if step_ms > query.step_ms { vec![coarser(step_ms)] } else { Vec::new() };
        let grid = Grid::new(query.range, step_ms);
        let plan = Plan { parts: Vec::new(), sampled: None };
        let mut exchange =
            Self { query, text, grid, limits, plan, answers: Vec::new(), attempt: 0, is_asked: false, warnings };
        exchange.prepare()?;
        Ok(exchange)
    }

    fn prepare(&mut self) -> Result<(), Failure> {
        let subject = match self.query.selector {
            Selector::Named { .. } => Subject::Selector(&self.text),
            Selector::Expression(_) => Subject::Expression(&self.text),
        };
        self.plan = plan(&self.query, subject, self.grid, self.limits)?;
        self.answers = self.plan.parts.iter().map(|_| None).collect();
        self.is_asked = false;
        Ok(())
    }

    /// Notes what is less than perfect; told by several parts, it counts once.
    pub(super) fn note(&mut self, warning: Warning) {
        note(&mut self.warnings, warning);
    }

    fn ask_coarser(&mut self) -> Result<(), Failure> {
        self.attempt += 1;
        let step_ms = self.grid.step_ms.saturating_mul(2);
        self.grid = Grid::new(self.query.range, step_ms);
        self.warnings = vec![coarser(step_ms)];
        self.prepare()
    }

    /// The part that a tag of this attempt names.
    fn part(&self, tag: u32) -> Option<usize> {
        let i = tag.checked_sub(self.attempt * TAGS_PER_ATTEMPT)? as usize;
        (i < self.plan.parts.len()).then_some(i)
    }
}

impl Exchange for SeriesExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return Vec::new();
        }
        let first_tag = self.attempt * TAGS_PER_ATTEMPT;
        let tagged = (first_tag..).zip(&self.plan.parts);
        tagged.map(|(tag, part)| range_query(tag, &part.promql, part.grid, self.limits)).collect()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(part) = self.part(tag) else { return Ok(()) };
        let matrix = match read_matrix(&response) {
            Ok(matrix) => matrix,
            Err(failure)
                if part == 0 && is_too_many_points(&failure, self.grid.step_ms) && self.attempt < MAX_COARSENINGS =>
            {
                return self.ask_coarser();
            }
            Err(failure) if part == 0 => return Err(failure),
            // Extremes are a refinement that may cost the server too much.
            Err(failure) => {
                self.plan.sampled = Some(every(self.grid.step_ms));
                self.note(Warning::gap(format!("no extremes within the steps: {failure}"), 1).quoting());
                Matrix::default()
            }
        };
        if let Some(answer) = self.answers.get_mut(part) {
            *answer = Some(matrix);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        let mut columns: BTreeMap<Labels, Columns> = BTreeMap::new();
        let (mut has_envelope, mut n_elsewhere) = (false, 0);
        let answers = std::mem::take(&mut self.answers);
        for (part, answer) in self.plan.parts.iter().zip(answers) {
            let matrix = answer.unwrap_or_default();
            for warning in matrix.warnings {
                note(&mut self.warnings, warning);
            }
            for samples in matrix.series {
                let (y, n) = self.grid.placed(&samples);
                n_elsewhere = n_elsewhere.max(n);
                let labels = self.labels(samples);
                if part.role == Role::Value {
                    columns.insert(labels, Columns { value: y, ..Columns::default() });
                } else if let Some(entry) = columns.get_mut(&labels) {
                    has_envelope = true;
                    merge(if part.role == Role::Low { &mut entry.low } else { &mut entry.high }, y);
                }
            }
        }
        if n_elsewhere > 0 {
            self.note(Warning::gap("points lay between the steps", n_elsewhere));
        }
        let x = self.grid.x();
        let series = columns.into_iter().map(|(labels, columns)| columns.into_series(labels, &x, has_envelope));
        let mut frame = Frame::from_series(series.collect());
        frame.warnings = std::mem::take(&mut self.warnings);
        frame.sampled = self.plan.sampled.take().map(|how| Sampled { how });
        Ok(frame)
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some((self.answers.iter().filter(|a| a.is_some()).count() as u32, self.answers.len() as u32))
    }
}

impl SeriesExchange {
    /// A named metric's name is no label of its series: it stands in the query. Bucket bounds are written one way.
    fn labels(&self, samples: Samples) -> Labels {
        let mut labels = samples.labels;
        if matches!(self.query.selector, Selector::Named { .. }) {
            labels.remove("__name__");
        }
        if self.query.measure == Measure::Buckets {
            super::fold::write_bound(&mut labels);
        }
        labels
    }
}

/// Puts a piece's values beside those of other pieces.
fn merge(known: &mut Vec<f64>, piece: Vec<f64>) {
    if known.is_empty() {
        *known = piece;
        return;
    }
    for (cell, value) in known.iter_mut().zip(piece).filter(|(cell, _)| cell.is_nan()) {
        *cell = value;
    }
}

/// Adds a warning; a known text keeps the higher count.
pub(super) fn note(warnings: &mut Vec<Warning>, warning: Warning) {
    match warnings.iter_mut().find(|w| w.text == warning.text) {
        Some(known) => known.count = known.count.max(warning.count),
        None => warnings.push(warning),
    }
}

/// The notice of a step that is not the wanted one.
pub(super) fn coarser(step_ms: i64) -> Warning {
    Warning::note(format!("a coarser step, {}: the server limits the points of a series", every(step_ms)), 1)
}

/// Values of one series on the grid; `low` and `high` may be empty.
#[derive(Default)]
struct Columns {
    value: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Columns {
    fn into_series(self, labels: Labels, x: &Arc<[f64]>, has_envelope: bool) -> Series {
        // Where an extreme is missing the value is its own: `min` and `max` prefer the number to `NaN`.
        let extreme = |found: &[f64], pick: fn(f64, f64) -> f64| -> Arc<[f64]> {
            let at = |i: usize| found.get(i).copied().unwrap_or(f64::NAN);
            self.value.iter().enumerate().map(|(i, &y)| pick(y, at(i))).collect()
        };
        let envelope =
            has_envelope.then(|| Envelope { low: extreme(&self.low, f64::min), high: extreme(&self.high, f64::max) });
        Series {
            labels,
            unit: Unit::default(),
            x_kind: XKind::Time,
            x: Arc::clone(x),
            y: self.value.into(),
            envelope,
            times: None,
        }
    }
}
