//! What is stuck: initiatives that wait longer for their next stage than nine of ten of the finished ones did.

use super::stages::{Initiatives, days};
use crate::derive::business_impact::conversion::{column, number};
use crate::derive::shared::block;
use crate::order::Order;
use crate::stats::quantile::quantile;
use crate::view::{Block, BlockBody, Cell, Grid};

/// The share of the finished ones that an initiative must outwait.
const SHARE: f64 = 0.9;
/// Fewer finished ones than this say nothing about how long it takes.
const MIN_FINISHED: usize = 5;

/// An initiative that waits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Waiting {
    pub(super) name: String,
    pub(super) model: String,
    pub(super) owner: String,
    /// Place of the stage that it waits for.
    pub(super) stage: usize,
    pub(super) since_ms: f64,
    pub(super) days: f64,
    /// Days that nine of ten of the finished ones took at most; `NaN` where too few are finished.
    pub(super) limit: f64,
    pub(super) n_finished: usize,
}

impl Waiting {
    pub(super) fn is_stuck(&self) -> bool {
        self.days > self.limit
    }
}

/// Every initiative that began and is not done, the longest over its limit first.
pub(super) fn waiting(initiatives: &Initiatives, n_stages: usize) -> Vec<Waiting> {
    let of_step = |to: usize| -> (f64, usize) {
        let cases = initiatives.cases(to - 1, to, None);
        let finished: Vec<f64> = cases.iter().filter(|case| case.happened).map(|case| case.duration).collect();
        let is_enough = finished.len() >= MIN_FINISHED;
        let limit = is_enough.then(|| quantile(&finished, SHARE)).flatten().unwrap_or(f64::NAN);
        (limit, finished.len())
    };
    let limits: Vec<(f64, usize)> = (1..n_stages).map(of_step).collect();
    let mut found: Vec<Waiting> = Vec::new();
    for one in &initiatives.all {
        let Some((last, since_ms)) = one.last() else { continue };
        let Some(&(limit, n_finished)) = limits.get(last) else { continue };
        found.push(Waiting {
            name: one.name.clone(),
            model: one.model.clone(),
            owner: one.owner.clone(),
            stage: last + 1,
            since_ms,
            days: days(since_ms, initiatives.as_of_ms),
            limit,
            n_finished,
        });
    }
    let over = |one: &Waiting| if one.limit.is_nan() { f64::NEG_INFINITY } else { one.days - one.limit };
    found.order_by(|a, b| over(b).total_cmp(&over(a)).then(b.days.total_cmp(&a.days)));
    found
}

/// The waiting initiatives as rows; a click filters by the model.
pub(super) fn table(id: &str, title: &str, shown: &[&Waiting], stages: &[String]) -> Option<Block> {
    let row = |one: &&Waiting| {
        let text = |text: &str| if text.is_empty() { Cell::Missing } else { Cell::Text(text.to_owned()) };
        vec![
            text(&one.name),
            text(&one.owner),
            text(stages.get(one.stage).map_or("", String::as_str)),
            number(one.days),
            number(one.limit),
            Cell::Number(one.n_finished as f64),
            Cell::Time(one.since_ms),
        ]
    };
    let is_keyed = shown.iter().all(|one| !one.model.is_empty());
    let grid = Grid {
        columns: vec![
            column("Initiative", None, "none"),
            column("Owner", None, "none"),
            column("Waits for", None, "none"),
            column("Waiting", Some("waiting-days"), "d"),
            column("90 % took at most", Some("finished-days"), "d"),
            column("n finished", Some("finished-days"), "short"),
            column("Since", None, "none"),
        ],
        rows: shown.iter().map(row).collect(),
        row_keys: if is_keyed { shown.iter().map(|one| one.model.clone()).collect() } else { Vec::new() },
        row_target: is_keyed.then(|| "model".to_owned()),
        ..Grid::default()
    };
    (!grid.rows.is_empty()).then(|| block(id, title, BlockBody::Grid(grid)))
}
