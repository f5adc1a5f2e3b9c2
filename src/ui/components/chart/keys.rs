//! The keyboard cursor of a chart: arrows walk over its points, Enter chooses, + and - zoom, Escape leaves.

use leptos::prelude::*;

use super::{Cursor, pointer, zoom};
use crate::ui::store::Store;
use crate::view::{Block, BlockBody, Item, nearest};

/// A key that a chart understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// So many points on.
    Step(isize),
    /// To the first or last point.
    End(bool),
    /// Chooses what the cursor is on.
    Choose,
    /// Half the axis around the cursor, or back out.
    Zoom(bool),
    /// Removes the cursor.
    Leave,
}

/// The key by its name.
pub(super) fn key(name: &str) -> Option<Key> {
    Some(match name {
        "ArrowRight" | "ArrowDown" => Key::Step(1),
        "ArrowLeft" | "ArrowUp" => Key::Step(-1),
        "PageDown" => Key::Step(10),
        "PageUp" => Key::Step(-10),
        "Home" => Key::End(false),
        "End" => Key::End(true),
        "Enter" => Key::Choose,
        "+" | "=" => Key::Zoom(true),
        "-" => Key::Zoom(false),
        "Escape" => Key::Leave,
        _ => return None,
    })
}

/// Does what the key says.
pub(super) fn press(store: Store, panel: &str, block: Signal<Block>, cursor: RwSignal<Cursor>, key: Key) {
    let now = cursor.get_untracked();
    match key {
        Key::Choose => {
            if let Some(item) = now.item {
                pointer::click(store, panel, block, item);
            }
        }
        Key::Zoom(true) => zoom::zoom_in(store, panel, block, now.x),
        Key::Zoom(false) => zoom::zoom_out(store, panel, block),
        Key::Leave => cursor.set(Cursor::default()),
        Key::Step(_) | Key::End(_) => {
            let next = block.with_untracked(|block| moved(block, now, key));
            if let Some(next) = next {
                if block.with_untracked(super::is_over_time) {
                    store.crosshair.set(next.x);
                }
                cursor.set(next);
            }
        }
    }
}

/// The cursor after a step; at the last point when there was none, since the newest value is what people ask for first.
fn moved(block: &Block, now: Cursor, key: Key) -> Option<Cursor> {
    let n = n_items(block);
    let last = n.checked_sub(1)?;
    let place = match (key, place(block, now)) {
        (Key::End(true), _) => last,
        (Key::End(false), _) => 0,
        (Key::Step(by), Some(at)) => at.saturating_add_signed(by).min(last),
        (_, None) if matches!(block.body, BlockBody::Lines(_)) => last,
        _ => 0,
    };
    Some(match &block.body {
        BlockBody::Lines(body) => {
            let longest = body.lines.iter().max_by_key(|l| l.x.len())?;
            Cursor { x: longest.x.get(place).copied(), item: None, place: None }
        }
        BlockBody::Bars(_) | BlockBody::Map(_) => Cursor { x: None, item: Some(Item::Bar(place)), place: None },
        BlockBody::Matrix(_) => Cursor { x: None, item: Some(Item::Cell(place)), place: None },
        BlockBody::Scatter(_) => Cursor { x: None, item: Some(Item::Point(place)), place: None },
        BlockBody::Parallel(_) => Cursor { x: None, item: Some(Item::Run(place)), place: None },
        _ => return None,
    })
}

fn n_items(block: &Block) -> usize {
    match &block.body {
        BlockBody::Lines(body) => body.lines.iter().map(|l| l.x.len()).max().unwrap_or(0),
        BlockBody::Bars(body) => body.bars.len(),
        BlockBody::Map(body) => body.values.bars.len(),
        BlockBody::Matrix(body) => body.values.len(),
        BlockBody::Scatter(body) => body.points.len(),
        BlockBody::Parallel(body) => body.runs.len(),
        _ => 0,
    }
}

fn place(block: &Block, now: Cursor) -> Option<usize> {
    match (&block.body, now.item) {
        (BlockBody::Lines(body), _) => {
            let longest = body.lines.iter().max_by_key(|l| l.x.len())?;
            nearest(&longest.x, now.x?)
        }
        (_, Some(Item::Bar(i) | Item::Cell(i) | Item::Point(i) | Item::Run(i) | Item::Line(i))) => Some(i),
        (_, None) => None,
    }
}
