//! The predictions of one cell, newest first.

use super::counts::Counted;
use crate::derive::shared::block;
use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::labelled::Labelled;
use crate::derive::{Ask, Context, Stop};
use crate::frame::{Table, Values};
use crate::order::Order;
use crate::units::Unit;
use crate::view::{Block, BlockBody, Callout, Cell, Grid, GridColumn, Summary, Tone};

const MAX_LISTED: usize = 200;
/// Columns that come first, where the table has them; features follow in the table's order.
const FIRST: [&str; 8] = ["time", "id", "label", "prediction", "score", "region", "segment", "latency_ms"];
/// Columns that say the same on every row, or that the list does not need.
const LEFT_OUT: [&str; 4] = ["model", "version", "variant", "row"];
const MAX_FEATURES: usize = 6;

/// The list, or a sentence where only counts are known.
pub(super) fn block_of(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    counted: &Counted,
    (actual, predicted): (usize, usize),
) -> Result<Block, Stop> {
    let name = |class: usize| counted.matrix.classes().get(class).cloned().unwrap_or_default();
    let (actual, predicted) = (name(actual), name(predicted));
    let title = format!("Predictions of {predicted} where {actual} is true");
    let rows = match &counted.rows {
        Some(rows) => Some(rows.clone()),
        None if counted.basis.is_none() => {
            ask.remark("the list holds the logged predictions, which may be fewer than the counters counted");
            let live = shown.tracked.live(context, ask, context.range, shown.version.as_ref())?;
            live.and_then(|frame| Labelled::read(&frame, shown.tracked.model))
        }
        None => None,
    };
    let Some((rows, table)) = rows.as_ref().and_then(|rows| Some((rows, rows.frame.table()?))) else {
        let text = Summary::text("only counts are known of these predictions: no single ones were logged");
        return Ok(block("cell", &title, BlockBody::Callout(Callout { tone: Tone::Neutral, text })));
    };
    let threshold = context.selection.thresholds.get(&shown.tracked.model.id).copied();
    let is_class =
        |place: Option<usize>, name: &str| place.and_then(|p| rows.classes.get(p)).is_some_and(|c| c == name);
    let decided = rows.decided(threshold);
    let mut places: Vec<(usize, f64)> = rows
        .places
        .iter()
        .enumerate()
        .filter(|(row, _)| {
            is_class(rows.actual.get(*row).copied(), &actual)
                && is_class(decided.get(*row).copied().flatten(), &predicted)
        })
        .map(|(row, &place)| (place, rows.times.get(row).copied().unwrap_or(f64::NAN)))
        .collect();
    // Newest first; rows without a time keep their order behind.
    places.order_by(|a, b| match (a.1.is_finite(), b.1.is_finite()) {
        (true, true) => b.1.total_cmp(&a.1),
        (a, b) => b.cmp(&a),
    });
    let n_total = places.len() as u64;
    places.truncate(MAX_LISTED);
    let columns = columns_of(table, &context.workspace.privacy.hidden_columns);
    let cells = |&(place, _): &(usize, f64)| columns.iter().map(|name| cell(table, name, place)).collect::<Vec<Cell>>();
    let heading = |name: &String| GridColumn {
        title: name.clone(),
        metric: None,
        unit: Unit::from(if name == "latency_ms" { "ms" } else { "none" }),
    };
    let grid = Grid {
        columns: columns.iter().map(heading).collect(),
        rows: places.iter().map(cells).collect(),
        row_keys: places.iter().map(|&(place, _)| table.text("id", place).unwrap_or_default()).collect(),
        row_target: Some("prediction".to_owned()),
        n_total: Some(n_total),
        ..Grid::default()
    };
    Ok(block("cell", &title, BlockBody::Grid(grid)))
}

fn columns_of(table: &Table, hidden: &[String]) -> Vec<String> {
    let is_shown = |name: &str| table.column(name).is_some() && !hidden.iter().any(|h| h == name);
    let first = FIRST.iter().copied().filter(|name| is_shown(name));
    let features = table.columns().iter().map(|c| c.name.as_str());
    let features = features.filter(|name| !FIRST.contains(name) && !LEFT_OUT.contains(name) && is_shown(name));
    first.chain(features.take(MAX_FEATURES)).map(str::to_owned).collect()
}

fn cell(table: &Table, name: &str, row: usize) -> Cell {
    let Some(column) = table.column(name) else { return Cell::Missing };
    match &column.values {
        Values::Time(values) => values.get(row).filter(|t| t.is_finite()).map_or(Cell::Missing, |&t| Cell::Time(t)),
        Values::Number(values) => values.get(row).filter(|v| v.is_finite()).map_or(Cell::Missing, |&v| Cell::Number(v)),
        _ => column.values.text_at(row).map_or(Cell::Missing, Cell::Text),
    }
}
