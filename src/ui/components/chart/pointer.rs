//! What the pointer does on a chart: DESIGN's table of gestures.

use leptos::prelude::*;

use super::{Cursor, item, zoom};
use crate::chart::Drawing;
use crate::state::Command;
use crate::ui::store::Store;
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::choose::choose;
use crate::view::{Block, BlockBody, Item, Lines};
use crate::web::charts::ChartEvent;

/// Takes one event of the chart.
pub(super) fn take(
    store: Store,
    panel: &str,
    block: Signal<Block>,
    drawing: Memo<Option<Drawing>>,
    cursor: RwSignal<Cursor>,
    event: ChartEvent,
) {
    let found = |at: Option<(usize, usize)>| {
        at.and_then(|at| drawing.try_with_untracked(|d| d.as_ref().and_then(|d| item(&d.series, at))).flatten())
    };
    match event {
        ChartEvent::Hover { x, item, px, py } => {
            // The chart may be gone when a late event comes.
            let _ = cursor.try_set(Cursor { x, item: found(item), place: Some((px, py)) });
            if block.try_with_untracked(super::is_over_time) == Some(true) {
                store.crosshair.set(x);
            }
        }
        ChartEvent::Leave => {
            let _ = cursor.try_set(Cursor::default());
            store.crosshair.set(None);
        }
        ChartEvent::Click { item, ctrl: false, .. } => {
            if let Some(item) = found(item) {
                click(store, panel, block, item);
            }
        }
        // A drag over a scatter of runs brushes the parameter on its x axis.
        ChartEvent::Zoom { from, to } if brushed_axis(block).is_some() => {
            let key = brushed_axis(block).unwrap_or_default();
            apply_command(store, &Command::SetBrush { axis: key, low: from, high: to, is_final: true });
        }
        ChartEvent::ZoomOut if brushed_axis(block).is_some() => {
            let key = brushed_axis(block).unwrap_or_default();
            apply_command(store, &Command::ClearBrush { axis: key });
        }
        ChartEvent::Zoom { from, to } => zoom::zoom(store, panel, block, (from, to)),
        ChartEvent::ZoomOut => zoom::zoom_out(store, panel, block),
        ChartEvent::AxisBrush { axis, intervals } => brush(store, block, axis, &intervals),
        // With Ctrl or Cmd a click is for annotations.
        ChartEvent::Click { .. } | ChartEvent::Rendered => {}
    }
}

/// A click, or Enter at the keyboard cursor: chooses what is there.
pub(super) fn click(store: Store, panel: &str, block: Signal<Block>, item: Item) {
    let chosen = block.try_with_untracked(|block| choice(block, item)).flatten();
    if let Some((target, key)) = chosen {
        choose(store, panel, &target, &key);
    }
}

/// The target and the key of an item, if it can be chosen.
fn choice(block: &Block, item: Item) -> Option<(String, String)> {
    match (&block.body, item) {
        (BlockBody::Lines(body), Item::Line(i)) => line_choice(body, i),
        (BlockBody::Bars(body), Item::Bar(i)) => Some((body.target.clone()?, body.bars.get(i)?.key.clone())),
        (BlockBody::Map(body), Item::Bar(i)) => {
            Some((body.values.target.clone()?, body.values.bars.get(i)?.key.clone()))
        }
        (BlockBody::Scatter(body), Item::Point(i)) => Some((body.target.clone()?, body.points.get(i)?.key.clone())),
        (BlockBody::Parallel(body), Item::Run(i)) => Some(("run".to_owned(), body.runs.get(i)?.key.clone())),
        (BlockBody::Matrix(body), Item::Cell(i)) => {
            let n_columns = body.columns.len().max(1);
            let target = body.target.clone()?;
            let key = match target.as_str() {
                "cell" => format!("{},{}", i / n_columns, i % n_columns),
                _ => body.rows.get(i / n_columns)?.clone(),
            };
            Some((target, key))
        }
        _ => None,
    }
}

/// The label that tells a line from the others, the model first.
fn line_choice(body: &Lines, i: usize) -> Option<(String, String)> {
    let series = &body.lines.get(i)?.series;
    if let Some(run) = series.get("run_id") {
        return Some(("run".to_owned(), run.to_owned()));
    }
    let differs = |name: &str| body.lines.iter().any(|line| line.series.get(name) != series.get(name));
    let names = ["model", "version", "region", "segment", "environment"];
    let told_apart = names.iter().find(|name| series.get(name).is_some() && differs(name));
    told_apart.and_then(|name| Some(((*name).to_owned(), series.get(name)?.to_owned())))
}

/// The parameter or metric that a drag brushes, where the chart is a scatter of runs.
fn brushed_axis(block: Signal<Block>) -> Option<String> {
    let key = block.try_with_untracked(|block| match &block.body {
        BlockBody::Scatter(body) => Some(body.x_key.clone()).filter(|key| !key.is_empty()),
        _ => None,
    });
    key.flatten()
}

fn brush(store: Store, block: Signal<Block>, axis: usize, intervals: &[(f64, f64)]) {
    let key = block.try_with_untracked(|block| match &block.body {
        BlockBody::Parallel(body) => body.axes.get(axis).map(|a| a.key.clone()),
        _ => None,
    });
    let Some(key) = key.flatten() else { return };
    let command = match intervals.first() {
        Some(&(low, high)) => Command::SetBrush { axis: key, low, high, is_final: true },
        None => Command::ClearBrush { axis: key },
    };
    apply_command(store, &command);
}
