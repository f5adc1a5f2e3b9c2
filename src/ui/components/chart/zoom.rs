//! Zooming a chart: a time axis zooms the selection, another one its panel, both through the address.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::store::Store;
use crate::ui::tasks::apply_command::apply_command;
use crate::view::{Block, BlockBody, half_around, shown_span, zoom_text};

/// What a zoom of a block changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    /// The time range of the selection.
    Time,
    /// The panel's setting `zoom`.
    Panel,
}

fn axis(block: &Block) -> Option<Axis> {
    match &block.body {
        _ if super::is_over_time(block) => Some(Axis::Time),
        BlockBody::Lines(lines) if lines.zooms_panel => Some(Axis::Panel),
        _ => None,
    }
}

/// Shows the span between two positions of the x axis.
pub(super) fn zoom(store: Store, panel: &str, block: Signal<Block>, (from, to): (f64, f64)) {
    match block.try_with_untracked(axis).flatten() {
        Some(Axis::Time) => {
            apply_command(store, &Command::Zoom { from_ms: from.round() as i64, to_ms: to.round() as i64 });
        }
        Some(Axis::Panel) => {
            if let Some(text) = zoom_text(from, to) {
                set(store, panel, Some(text));
            }
        }
        None => {}
    }
}

/// Goes back out: twice the time range, or all of another axis.
pub(super) fn zoom_out(store: Store, panel: &str, block: Signal<Block>) {
    match block.try_with_untracked(axis).flatten() {
        Some(Axis::Time) => {
            let shown = store.resolved.with_untracked(|r| r.range);
            apply_command(store, &Command::ZoomOut { shown });
        }
        Some(Axis::Panel) => set(store, panel, None),
        None => {}
    }
}

/// Shows half of what is shown, around the keyboard cursor or the middle.
pub(super) fn zoom_in(store: Store, panel: &str, block: Signal<Block>, cursor: Option<f64>) {
    let span = block.with_untracked(|block| match &block.body {
        BlockBody::Lines(lines) => shown_span(lines),
        _ => None,
    });
    if let Some(span) = span.filter(|span| span.0 < span.1) {
        zoom(store, panel, block, half_around(span, cursor.unwrap_or(f64::midpoint(span.0, span.1))));
    }
}

fn set(store: Store, panel: &str, value: Option<String>) {
    apply_command(store, &Command::SetSetting { panel: panel.to_owned(), name: "zoom".to_owned(), value });
}
