//! The table of runs within the brushes, best first; pinned ones on top.

use super::study::Study;
use crate::derive::Context;
use crate::derive::shared::sweep::Param;
use crate::units::Unit;
use crate::view::{Cell, Grid, GridColumn, Tone};

/// Name, state, start, the parameters that vary (all with the setting `diff=all`), the objective, then the other metrics.
pub(super) fn grid(context: &Context<'_>, study: &Study<'_>) -> Grid {
    let sweep = study.sweep;
    let shows_all = context.setting("diff") == Some("all");
    let params: Vec<&Param> = sweep.params.iter().filter(|p| shows_all || differs(p)).collect();
    let mut metrics: Vec<&str> = vec![study.objective.key.as_str()];
    metrics.extend(sweep.metrics.iter().map(String::as_str).filter(|m| *m != study.objective.key));
    let values: Vec<Vec<f64>> = metrics.iter().map(|m| sweep.metric(m).unwrap_or_default()).collect();

    let column = |title: &str, metric: Option<&str>, unit: Unit| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit,
    };
    let mut columns = vec![
        column("Run", None, Unit::default()),
        column("State", None, Unit::default()),
        column("Started", None, Unit::default()),
    ];
    columns.extend(params.iter().map(|p| column(&p.key, None, Unit::default())));
    columns.extend(metrics.iter().enumerate().map(|(i, m)| {
        let unit = if i == 0 { study.objective.unit.clone() } else { Unit::default() };
        column(m, Some(m), unit)
    }));

    let row = |run: usize| -> Vec<Cell> {
        let start = sweep.start(run);
        let mut cells = vec![
            Cell::Text(sweep.name(run)),
            state(&sweep.status(run)),
            if start.is_finite() { Cell::Time(start) } else { Cell::Missing },
        ];
        cells.extend(params.iter().map(|p| param_cell(p, run)));
        cells.extend(values.iter().map(|v| match v.get(run) {
            Some(value) if !value.is_nan() => Cell::Number(*value),
            _ => Cell::Missing,
        }));
        cells
    };
    // Pinned runs stay on top, also outside the brushes.
    let wanted: Vec<&str> = context.setting("pin").unwrap_or_default().split(',').map(str::trim).collect();
    let pinned: Vec<usize> =
        study.ranked.iter().copied().filter(|&run| wanted.contains(&sweep.id(run).as_str())).collect();
    let others = study.ranked.iter().copied().filter(|run| study.is_held(*run) && !pinned.contains(run));
    let shown: Vec<usize> = pinned.iter().copied().chain(others).collect();
    Grid {
        columns,
        rows: shown.iter().map(|&run| row(run)).collect(),
        row_keys: shown.iter().map(|&run| sweep.id(run)).collect(),
        row_target: Some("run".to_owned()),
        n_total: Some(sweep.len() as u64),
        n_pinned: pinned.len(),
        pin_setting: Some("pin".to_owned()),
        ..Grid::default()
    }
}

/// Whether runs differ in it, one without the parameter counting as different.
fn differs(param: &Param) -> bool {
    param.varies || param.texts.iter().any(Option::is_none)
}

fn param_cell(param: &Param, run: usize) -> Cell {
    let text = param.text(run);
    match (param.numbers.as_ref().and_then(|n| n.get(run)), text) {
        (Some(number), Some(_)) if number.is_finite() => Cell::Number(*number),
        (_, Some(text)) => Cell::Text(text.to_owned()),
        _ => Cell::Missing,
    }
}

fn state(status: &str) -> Cell {
    let tone = match status {
        "FINISHED" => Tone::Good,
        "FAILED" => Tone::Bad,
        "KILLED" => Tone::Warning,
        "RUNNING" | "SCHEDULED" => Tone::Neutral,
        _ => Tone::Unknown,
    };
    Cell::Status(tone, status.to_lowercase())
}
