//! What a chosen decision threshold does to the cost of errors: a what-if on predictions whose truth is known.

use crate::derive::shared::LEVEL;
use crate::derive::shared::chosen::{self, Chosen};
use crate::derive::shared::evaluated::Basis;
use crate::derive::shared::labelled::{DEFAULT_THRESHOLD, Labelled};
use crate::derive::shared::tally;
use crate::derive::{Ask, Context, Stop};
use crate::spec::{ModelSpec, PanelKind, Task};
use crate::stats::bootstrap::{Config, Design, bootstrap};
use crate::stats::confusion::CostTable;
use crate::stats::interval::Interval;
use crate::units::{Direction, Unit};
use crate::view::Figure;

/// Resamples times rows, so that many rows are drawn less often.
const MAX_DRAWN_ROWS: usize = 4_000_000;
/// More rows than this have no interval.
const MAX_ROWS: usize = 200_000;
/// Costs where the workspace gives none, as the confusion matrix takes them: of a false positive and of a false negative.
const DEFAULT_COSTS: [f64; 2] = [1.0, 5.0];

/// The cost of errors at the chosen threshold less that at the default, on the same predictions.
#[derive(Clone, Debug)]
pub(in crate::derive) struct WhatIf {
    /// Whose threshold it is.
    pub(in crate::derive) model: String,
    /// Shown name of the model and version.
    pub(in crate::derive) title: String,
    /// The chosen threshold.
    pub(in crate::derive) threshold: f64,
    /// Predictions with a score and a known truth.
    pub(in crate::derive) n_rows: usize,
    /// Where they are from.
    pub(in crate::derive) rests_on: String,
    /// Change of the cost of a decision; negative is cheaper.
    pub(in crate::derive) per_decision: f64,
    /// Its interval, by paired bootstrap; `None` for too few or too many rows.
    pub(in crate::derive) interval: Option<Interval>,
    /// Decisions of the range that the change is multiplied by; `None` where they are not known.
    pub(in crate::derive) n_decisions: Option<f64>,
    /// Unit of the costs; `none` where the workspace names none.
    pub(in crate::derive) unit: Unit,
    /// Cost of a false positive and of a false negative.
    pub(in crate::derive) errors: [f64; 2],
}

impl WhatIf {
    /// Change of the cost over the decisions of the range, if their number is known and the costs are in `unit`.
    pub(in crate::derive) fn over_range(&self, unit: &Unit) -> Option<(f64, Option<Interval>)> {
        let n = self.n_decisions.filter(|_| self.unit == *unit)?;
        let times = |interval: Interval| Interval::new(interval.low * n, interval.high * n);
        Some((self.per_decision * n, self.interval.and_then(times)))
    }

    /// What of a thousand decisions changes, as a figure.
    pub(in crate::derive) fn figure(&self) -> Figure {
        let interval = self.interval.map(|i| (i.low * 1_000.0, i.high * 1_000.0));
        let why = if interval.is_some() {
            "paired bootstrap over predictions"
        } else {
            "no interval: too few or too many predictions"
        };
        Figure {
            metric: "threshold-cost".to_owned(),
            series: crate::frame::Labels::new().with("model", self.model.as_str()),
            title: format!("What if: cost of errors of 1,000 decisions at threshold {}", self.threshold),
            unit: self.unit.clone(),
            direction: Direction::Lower,
            value: Some(self.per_decision * 1_000.0),
            n: Some(self.n_rows as f64),
            low: interval.map(|i| i.0),
            high: interval.map(|i| i.1),
            method: Some(format!("change against threshold {DEFAULT_THRESHOLD}; {why}; {}", self.rests_on)),
            ..Figure::default()
        }
    }
}

/// The what-if of the first binary model whose threshold the viewer moved; `None` where no threshold differs from the default.
///
/// # Errors
/// Only [`Stop::Pending`]: what cannot be read is remarked.
pub(in crate::derive) fn what_if(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<Option<WhatIf>, Stop> {
    let thresholds = &context.selection.thresholds;
    let moved = |model: &ModelSpec| {
        let threshold = thresholds.get(&model.id).copied().filter(|t| t.is_finite())?;
        (model.task == Task::Binary && (threshold - DEFAULT_THRESHOLD).abs() > 1e-9).then_some(threshold)
    };
    let Ok(models) = chosen::served(context) else { return Ok(None) };
    let Some((tracked, threshold)) = models.into_iter().find_map(|m| moved(m.model).map(|threshold| (m, threshold)))
    else {
        return Ok(None);
    };
    let name = tracked.title();
    match of_model(context, ask, tracked, threshold) {
        Ok(found) => {
            if found.is_none() {
                ask.remark(format!(
                    "the threshold of {name} changes nothing here: no scored predictions with a known truth"
                ));
            }
            Ok(found)
        }
        Err(Stop::Pending) => Err(Stop::Pending),
        Err(stop) => {
            ask.excuse(stop);
            ask.remark(format!("the threshold of {name} is not followed: its predictions were not read"));
            Ok(None)
        }
    }
}

fn of_model<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    tracked: crate::derive::shared::tracking::Tracked<'a>,
    threshold: f64,
) -> Result<Option<WhatIf>, Stop> {
    let shown: Chosen<'a> = chosen::choose(context, ask, tracked)?;
    let rows = shown.tracked.labelled(context, ask, context.range, shown.version.as_ref());
    let counted = tally::over(context, ask, &shown);
    let (rows, counted) = (rows?, counted?);
    let Some(found) = rows.filter(|found| !found.is_matrix_only && found.labelled.has_scores()) else {
        return Ok(None);
    };
    let model = shown.tracked.model;
    let errors = costs_of(context, model);
    let Some(table) = table_of(model, errors) else { return Ok(None) };
    let changes = changes(&found.labelled, &table, threshold);
    if changes.is_empty() {
        return Ok(None);
    }
    let n_live = (found.basis == Basis::Live).then_some(changes.len() as f64);
    let rests_on = match &found.basis {
        Basis::Live => "predictions of this time range with a known truth".to_owned(),
        Basis::Run(run) => format!("the evaluation of run {}", run.name),
    };
    Ok(Some(WhatIf {
        model: model.id.clone(),
        title: shown.title(),
        threshold,
        n_rows: changes.len(),
        rests_on,
        per_decision: mean(&changes),
        interval: interval(&changes),
        n_decisions: counted.map(|tally| tally.matrix.n()).or(n_live),
        unit: model.cost_unit.as_deref().map_or_else(|| Unit::from("none"), Unit::new),
        errors,
    }))
}

/// Costs of a false positive and of a false negative: as tried out in the confusion matrix, else of the workspace, else the defaults.
fn costs_of(context: &Context<'_>, model: &ModelSpec) -> [f64; 2] {
    let [fp, negative] = DEFAULT_COSTS;
    let given = |row: usize, column: usize| model.costs.as_ref().and_then(|table| table.get(row)?.get(column).copied());
    [("cost-fp", given(0, 1).unwrap_or(fp)), ("cost-fn", given(1, 0).unwrap_or(negative))].map(|(name, cost)| {
        let of_panel = |id: &str| context.selection.settings.get(id)?.get(name)?.trim().parse::<f64>().ok();
        let named = context.workspace.panels.iter().filter(|(_, panel)| panel.kind == PanelKind::ConfusionMatrix);
        let mut ids = named.map(|(id, _)| id.as_str()).chain([PanelKind::ConfusionMatrix.id()]);
        ids.find_map(of_panel).filter(|typed| typed.is_finite()).unwrap_or(cost)
    })
}

/// The table with the two costs of errors; what right answers cost or bring is the workspace's.
fn table_of(model: &ModelSpec, [false_positive, false_negative]: [f64; 2]) -> Option<CostTable> {
    let right = |class: usize| {
        model
            .costs
            .as_ref()
            .and_then(|table| table.get(class)?.get(class).copied())
            .filter(|c| c.is_finite())
            .unwrap_or(0.0)
    };
    CostTable::binary(right(0), false_positive, false_negative, right(1))
}

/// What each scored prediction costs more at the threshold than at the default.
fn changes(rows: &Labelled, table: &CostTable, threshold: f64) -> Vec<f64> {
    let cost = |actual: usize, score: f64, at: f64| table.cost(actual, usize::from(score >= at));
    let change = |(&actual, &score): (&usize, &f64)| {
        Some(cost(actual, score, threshold)? - cost(actual, score, DEFAULT_THRESHOLD)?).filter(|_| score.is_finite())
    };
    rows.actual.iter().zip(&rows.scores).filter_map(change).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn interval(changes: &[f64]) -> Option<Interval> {
    let n = changes.len();
    if !(2..=MAX_ROWS).contains(&n) {
        return None;
    }
    let n_resamples = (MAX_DRAWN_ROWS / n).clamp(200, 2_000);
    let config = Config { n_resamples, level: LEVEL, seed: 16, ..Config::default() };
    let of_drawn = |drawn: &[usize]| drawn.iter().filter_map(|&row| changes.get(row)).sum::<f64>() / drawn.len() as f64;
    bootstrap(Design::Rows(n), config, of_drawn)?.interval
}
