//! Initiatives and when each reached which stage.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derive::{Ask, Context, Stop};
use crate::frame::{Frame, Table};
use crate::query::TimeRange;
use crate::spec::{MetricQuerySpec, MetricSpec};
use crate::stats::survival::Case;

/// The stages in order, where the panel's option `stages` does not name others.
const STAGES: [&str; 4] = ["first run", "registered", "deployed", "first value"];
/// More milestones than this are too many to read row by row.
const MAX_ROWS: u32 = 20_000;
const DAY_MS: f64 = 86_400_000.0;

/// One initiative.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Initiative {
    pub(super) name: String,
    pub(super) model: String,
    pub(super) owner: String,
    /// When each stage was reached, in order of the stages, milliseconds; `None` where it was not by the last look.
    pub(super) reached: Vec<Option<f64>>,
}

/// Every initiative as it stood at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Initiatives {
    pub(super) all: Vec<Initiative>,
    /// The instant of the last look, milliseconds.
    pub(super) as_of_ms: f64,
    /// Rows of stages that are not among the named ones.
    pub(super) n_unknown: usize,
}

/// The names of the stages, in order; at least two.
pub(super) fn stages(context: &Context<'_>) -> Vec<String> {
    let named = context.panel.options.get("stages").and_then(serde_json::Value::as_array);
    let named: Vec<String> =
        named.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect();
    if named.len() > 1 { named } else { STAGES.map(str::to_owned).to_vec() }
}

/// Asks for every milestone of the context's side, whenever it was.
///
/// # Errors
/// As [`Ask::rows`].
pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, metric: &MetricSpec) -> Result<Arc<Frame>, Stop> {
    let mut whole = metric.clone();
    // What is unfinished has no time, and what began before the range is a part of what is waited for.
    if let MetricQuerySpec::Table { time, .. } = &mut whole.query {
        *time = None;
    }
    // The range says nothing for a table without time; the same one keeps it one question.
    ask.rows(context, &whole, TimeRange::new(0, 0), &["initiative", "stage", time_part(metric), "owner"], MAX_ROWS)
}

/// The column of the instants: the table's time, or the part `at`.
fn time_part(metric: &MetricSpec) -> &str {
    match &metric.query {
        MetricQuerySpec::Table { time: Some(column), .. } => column,
        _ => "at",
    }
}

impl Initiatives {
    /// The initiatives of the rows as they stood at `as_of_ms`: what was reached later is not reached.
    pub(super) fn read(metric: &MetricSpec, frame: &Frame, stages: &[String], as_of_ms: f64) -> Self {
        let mut found: BTreeMap<(String, String), Initiative> = BTreeMap::new();
        let mut n_unknown = 0;
        let Some(table) = frame.table() else { return Self { as_of_ms, ..Self::default() } };
        for row in 0..table.n_rows() {
            let filled = |name: &str| table.text(name, row).filter(|text| !text.trim().is_empty());
            let model = filled("model").unwrap_or_default();
            let Some(name) = filled("initiative").or_else(|| filled("model")) else {
                n_unknown += 1;
                continue;
            };
            let stage = filled("stage").map(|stage| plain(&stage));
            let place = stages.iter().position(|known| stage.as_deref() == Some(plain(known).as_str()));
            let Some(place) = place else {
                n_unknown += 1;
                continue;
            };
            let one = found.entry((model.clone(), name.clone())).or_insert_with(|| Initiative {
                name,
                model,
                owner: String::new(),
                reached: vec![None; stages.len()],
            });
            if let Some(owner) = filled("owner") {
                one.owner = owner;
            }
            let at_ms = instant(table, time_part(metric), row);
            if let Some(slot) = one.reached.get_mut(place)
                && at_ms.is_finite()
                && at_ms <= as_of_ms
            {
                // A stage that is reached again was reached the first time.
                *slot = Some(slot.map_or(at_ms, |known: f64| known.min(at_ms)));
            }
        }
        Self { all: found.into_values().collect(), as_of_ms, n_unknown }
    }

    /// Days from one stage to another, of those that reached the first: finished, or open until the last look.
    ///
    /// An initiative that skipped the later stage, or reached it before the earlier one, is left out.
    pub(super) fn cases(&self, from: usize, to: usize, model: Option<&str>) -> Vec<Case> {
        let of_model = self.all.iter().filter(|one| model.is_none_or(|model| one.model == model));
        of_model.filter_map(|one| one.case(from, to, self.as_of_ms)).collect()
    }

    /// Initiatives whose stages are not in order, or that skipped one.
    pub(super) fn n_disordered(&self) -> usize {
        self.all.iter().filter(|one| !one.is_ordered()).count()
    }

    /// Initiatives that did not begin by the last look.
    pub(super) fn n_idle(&self) -> usize {
        self.all.iter().filter(|one| one.reached.iter().all(Option::is_none)).count()
    }

    /// The models of the initiatives, in order.
    pub(super) fn models(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.all.iter().map(|one| one.model.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The newest stage reached, milliseconds.
    pub(super) fn newest_ms(&self) -> Option<f64> {
        self.all.iter().flat_map(|one| one.reached.iter().flatten().copied()).reduce(f64::max)
    }
}

impl Initiative {
    /// The last stage reached and when.
    pub(super) fn last(&self) -> Option<(usize, f64)> {
        let mut reached = self.reached.iter().enumerate().filter_map(|(place, at)| at.map(|at| (place, at)));
        reached.next_back()
    }

    fn case(&self, from: usize, to: usize, as_of_ms: f64) -> Option<Case> {
        let at = |place: usize| self.reached.get(place).copied().flatten();
        let start = at(from)?;
        let is_skipped = at(to).is_none() && self.last().is_some_and(|(last, _)| last > to);
        let end = at(to).unwrap_or(as_of_ms);
        let duration = (end - start) / DAY_MS;
        (!is_skipped && duration >= 0.0).then(|| Case { duration, happened: at(to).is_some() })
    }

    fn is_ordered(&self) -> bool {
        let n_reached = self.reached.iter().flatten().count();
        let has_gap = self.last().is_some_and(|(last, _)| last + 1 != n_reached);
        let instants: Vec<f64> = self.reached.iter().flatten().copied().collect();
        !has_gap && instants.is_sorted()
    }
}

/// Days between two instants in milliseconds.
pub(super) fn days(from_ms: f64, to_ms: f64) -> f64 {
    (to_ms - from_ms) / DAY_MS
}

/// A stage's name as people compare it.
fn plain(stage: &str) -> String {
    stage.trim().to_lowercase().replace(['-', '_'], " ")
}

/// Milliseconds, also of a number that the source gave as text.
fn instant(table: &Table, column: &str, row: usize) -> f64 {
    let found = table.number(column, row);
    if !found.is_nan() {
        return found;
    }
    table.text(column, row).and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN)
}
