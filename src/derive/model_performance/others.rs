//! The other chosen models: one row of headline scores each.

use super::side::{Score, Side, estimate};
use super::{counted, regression};
use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::evaluated::Basis;
use crate::derive::shared::labelled::Labelled;
use crate::derive::shared::tracking::Tracked;
use crate::derive::shared::{LEVEL, block, tally};
use crate::derive::{Ask, Context, Stop};
use crate::spec::Task;
use crate::stats::confusion::ConfusionMatrix;
use crate::stats::delong::auc_estimate;
use crate::stats::interval::wilson;
use crate::units::Unit;
use crate::view::{Block, BlockBody, Cell, Grid, GridColumn};

/// The table, on the panel's own page; `None` for no models. A model that fails is a row of dashes.
pub(super) fn table<'a>(
    context: &Context<'a>,
    ask: &mut Ask<'_>,
    models: Vec<Tracked<'a>>,
) -> Result<Option<Block>, Stop> {
    if models.is_empty() || !context.details {
        return Ok(None);
    }
    // All are asked before any is missed.
    let rows: Vec<_> =
        models.into_iter().map(|tracked| (tracked.model.id.clone(), row(context, ask, tracked))).collect();
    let column = |title: &str, metric: Option<&str>, unit: &str| GridColumn {
        title: title.to_owned(),
        metric: metric.map(str::to_owned),
        unit: Unit::from(unit),
    };
    let mut grid = Grid {
        columns: vec![
            column("Model", None, "none"),
            column("Rows", Some("support"), "short"),
            column("Accuracy", Some("accuracy"), "percentunit"),
            column("F1", Some("f1"), "none"),
            column("ROC-AUC", Some("roc-auc"), "none"),
            column("RMSE", Some("rmse"), "none"),
            column("From", None, "none"),
        ],
        row_target: Some("model".to_owned()),
        ..Grid::default()
    };
    for (id, row) in rows {
        let (title, cells) = match row {
            Ok(row) => row,
            Err(Stop::Pending) => return Err(Stop::Pending),
            Err(stop) => {
                ask.excuse(stop);
                (id.clone(), vec![Cell::Missing; 6])
            }
        };
        grid.rows.push(std::iter::once(Cell::Text(title)).chain(cells).collect());
        grid.row_keys.push(id);
    }
    Ok(Some(block("models", "Other models", BlockBody::Grid(grid)).in_details()))
}

fn row<'a>(context: &Context<'a>, ask: &mut Ask<'_>, tracked: Tracked<'a>) -> Result<(String, Vec<Cell>), Stop> {
    let version = tracked.chosen_version(context, ask)?;
    let shown = Chosen { tracked, version };
    let cells = if shown.tracked.model.task == Task::Regression {
        regression::cells(context, ask, &shown)?
    } else {
        classifier(context, ask, &shown)?
    };
    Ok((shown.title(), cells))
}

fn classifier(context: &Context<'_>, ask: &mut Ask<'_>, shown: &Chosen<'_>) -> Result<Vec<Cell>, Stop> {
    let live = shown.tracked.live(context, ask, context.range, shown.version.as_ref())?;
    if live.and_then(|frame| Labelled::read(&frame, shown.tracked.model)).is_none()
        && let Some(tally) = tally::over(context, ask, shown)?
    {
        return Ok(counts(&tally.matrix, shown.tracked.model.task == Task::Binary));
    }
    let rows = shown.tracked.labelled(context, ask, context.range, shown.version.as_ref())?;
    let Some(rows) = rows else { return Ok(vec![Cell::Missing; 6]) };
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied();
    let side = Side::new(&rows.labelled, threshold);
    let accuracy = side.accuracy().filter(|rate| rate.n() > 0);
    let f1 = estimate(&side, Score::F1).map(|(result, _)| (result.estimate, result.interval));
    let auc = auc_estimate(&side.labelled.scores, &side.positives, LEVEL).filter(|_| side.labelled.is_binary);
    Ok(vec![
        Cell::Number(side.n() as f64),
        accuracy.map_or(Cell::Missing, |rate| number(rate.rate(), wilson(rate, LEVEL))),
        f1.map_or(Cell::Missing, |(value, interval)| number(value, interval)),
        auc.map_or(Cell::Missing, |auc| number(auc.auc, auc.interval.ok())),
        Cell::Missing,
        Cell::Text(from(&rows.basis)),
    ])
}

/// What the serving counters give: no area, and F1 without its interval.
fn counts(matrix: &ConfusionMatrix, is_binary: bool) -> Vec<Cell> {
    let accuracy = counted::accuracy(matrix);
    vec![
        Cell::Number(matrix.n()),
        accuracy.map_or(Cell::Missing, |rate| number(rate.rate(), wilson(rate, LEVEL))),
        Cell::Number(counted::f1(matrix, is_binary)),
        Cell::Missing,
        Cell::Missing,
        Cell::Text("counters".to_owned()),
    ]
}

/// A number with its interval where it has one.
pub(super) fn number(value: f64, interval: Option<crate::stats::interval::Interval>) -> Cell {
    match interval {
        Some(interval) => Cell::Interval(value, interval.low, interval.high),
        None => Cell::Number(value),
    }
}

/// Where rows come from, in words.
pub(super) fn from(basis: &Basis) -> String {
    match basis {
        Basis::Live => "live predictions".to_owned(),
        Basis::Run(run) => format!("run {}", run.name),
    }
}
