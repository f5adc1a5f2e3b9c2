//! The error budget of the latency objective, and how fast it burns.

use std::sync::Arc;

use super::super::shared::histogram::{Group, grouped};
use super::super::shared::{block, figures, lines};
use super::super::{Ask, Context, Stop, Wanted};
use crate::format::duration;
use crate::frame::{Frame, Labels};
use crate::query::{Measure, TimeRange};
use crate::spec::MetricSpec;
use crate::stats::burn::{BurnState, BurnWindow, GoodTotal, Objective, WORKBOOK_WINDOWS, burn_rate, error_budget};
use crate::units::{Direction, Unit};
use crate::view::{Block, BlockBody, Cell, Figure, Grid, GridColumn, Tone};

/// Share of requests that must meet the latency objective, unless the panel's option `objective` says otherwise.
const OBJECTIVE: f64 = 0.95;

fn objective(context: &Context<'_>) -> Option<Objective> {
    Objective::new(context.number("objective").unwrap_or(OBJECTIVE))
}

/// Requests within the objective and all requests; `None` without a bucket that ends at or below the objective.
///
/// Only a bucket boundary at the objective counts exactly; a wider one would count slow requests as good.
fn good_total(group: &Group, target: f64, end_secs: f64) -> Option<GoodTotal> {
    let (_, within) = group.buckets.iter().rfind(|(bound, _)| *bound <= target * (1.0 + 1e-9))?;
    let good = within.y.iter().filter(|v| v.is_finite()).sum();
    Some(GoodTotal { end_secs, good, total: group.total()?.total() })
}

/// How much of the error budget is left: requests within the objective over all requests.
pub(super) fn figure(context: &Context<'_>, latency: &MetricSpec, whole: &[Group]) -> Option<Figure> {
    let target = latency.target?;
    let end_secs = context.range.to_ms as f64 / 1_000.0;
    let counts: Option<Vec<GoodTotal>> = whole.iter().map(|group| good_total(group, target, end_secs)).collect();
    let counts = counts?;
    let budget = error_budget(&counts, objective(context)?)?;
    let mut figure = figures::named("error-budget", "Error budget left", "percentunit", Direction::Higher);
    figure.value = Some(budget.remaining_share).filter(|v| v.is_finite());
    figure.n = Some(budget.total);
    let share = context.number("objective").unwrap_or(OBJECTIVE) * 100.0;
    figure.method = Some(format!("{share} % of requests within the objective; counted, not estimated: no interval"));
    Some(figure)
}

/// The buckets of the workbook's windows, each up to the end of the range.
pub(super) struct Burns {
    windows: Vec<(f64, Arc<Frame>)>,
}

/// Asks for the windows on the panel's own page, where the metric has an objective.
///
/// # Errors
/// Only [`Stop::Pending`]; a window that fails is missing from the table.
pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>, latency: &MetricSpec) -> Result<Option<Burns>, Stop> {
    if !context.details || latency.target.is_none() {
        return Ok(None);
    }
    let mut lengths: Vec<f64> = WORKBOOK_WINDOWS.iter().flat_map(|w| [w.short_secs, w.long_secs]).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.dedup();
    let mut asked = Vec::new();
    for secs in lengths {
        let range = TimeRange::new(context.range.to_ms - (secs * 1_000.0) as i64, context.range.to_ms);
        let by = ["model", "version", "le"];
        asked.push((secs, ask.series(context, &Wanted::whole(latency, Measure::Buckets, &by).within(range))));
    }
    let mut windows = Vec::new();
    let mut is_pending = false;
    for (secs, answer) in asked {
        match ask.spare(answer) {
            Ok(frame) => windows.extend(frame.map(|frame| (secs, frame))),
            Err(_) => is_pending = true,
        }
    }
    if is_pending { Err(Stop::Pending) } else { Ok(Some(Burns { windows })) }
}

impl Burns {
    /// Burn rates by model and version over each pair of windows; `None` without requests in any.
    pub(super) fn block(&self, context: &Context<'_>, latency: &MetricSpec) -> Option<Block> {
        let (target, objective) = (latency.target?, objective(context)?);
        let by_window: Vec<(f64, Vec<Group>)> =
            self.windows.iter().map(|(secs, frame)| (*secs, grouped(frame))).collect();
        let mut consumers: Vec<&Labels> = by_window.iter().flat_map(|(_, groups)| groups).map(|g| &g.labels).collect();
        consumers.sort();
        consumers.dedup();
        let end_secs = context.range.to_ms as f64 / 1_000.0;
        let rate = |labels: &Labels, secs: f64| {
            let (_, groups) = by_window.iter().find(|(length, _)| *length == secs)?;
            let counts = good_total(groups.iter().find(|g| g.labels == *labels)?, target, end_secs)?;
            burn_rate(&[counts], objective, end_secs, secs)
        };
        let state = |labels: &Labels, window: BurnWindow| {
            window.judged(rate(labels, window.long_secs), rate(labels, window.short_secs))
        };
        let rows = consumers.iter().flat_map(|labels| {
            WORKBOOK_WINDOWS.iter().map(move |window| row(lines::title(context, labels), &state(labels, *window)))
        });
        let column = |title: &str, metric: Option<&str>| GridColumn {
            title: title.to_owned(),
            metric: metric.map(str::to_owned),
            unit: Unit::from("none"),
        };
        let grid = Grid {
            columns: vec![
                column("Version", None),
                column("Windows", None),
                column("Burn rate, long", Some("burn-rate")),
                column("Burn rate, short", Some("burn-rate-short")),
                column("Alert above", None),
                column("State", None),
            ],
            rows: rows.collect(),
            ..Grid::default()
        };
        let title = "Burn rate of the error budget, 1 spends it in just the objective's period";
        (!grid.rows.is_empty()).then(|| block("burn-rate", title, BlockBody::Grid(grid)).in_details())
    }
}

fn row(title: String, state: &BurnState) -> Vec<Cell> {
    let BurnWindow { long_secs, short_secs, threshold } = state.window;
    let number = |rate: Option<f64>| rate.filter(|r| r.is_finite()).map_or(Cell::Missing, Cell::Number);
    let is_burning = state.long_rate.is_some_and(|rate| rate > threshold);
    let (tone, word) = match (state.long_rate, is_burning, state.is_firing) {
        (None, _, _) => (Tone::Unknown, "no requests"),
        (_, _, true) => (Tone::Bad, "burning"),
        // Either it stopped, or nothing was asked since.
        (_, true, false) => (Tone::Warning, "burned, not now"),
        _ => (Tone::Good, "within budget"),
    };
    vec![
        Cell::Text(title),
        Cell::Text(format!("{} and {}", duration(long_secs * 1_000.0), duration(short_secs * 1_000.0))),
        number(state.long_rate),
        number(state.short_rate),
        Cell::Number(threshold),
        Cell::Status(tone, word.to_owned()),
    ]
}
