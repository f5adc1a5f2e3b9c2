//! Saves what a panel shows as a file.

mod picture;

use leptos::prelude::*;

use super::notify::notify;
use super::spawn::spawn;
use crate::ui::store::{Notice, Store};
use crate::view::{View, csv_text, twin};
use crate::web::download;

/// Saves every point of the panel as CSV, one table after the other under its name.
pub fn export_csv(store: Store, panel: &str) {
    let Some(text) = csv(store, panel) else { return };
    let result = download::save_text(&format!("{panel}.csv"), "text/csv;charset=utf-8", &text);
    if let Err(reason) = result {
        notify(store, Notice::new(format!("Not saved: {reason}.")));
    }
}

/// Every point of the panel as CSV; `None` where it shows nothing now.
pub fn csv(store: Store, panel: &str) -> Option<String> {
    store.panel(panel).with_untracked(|now| now.view.as_deref().map(csv_of))
}

fn csv_of(view: &View) -> String {
    let figures = (!view.figures.is_empty()).then(|| (String::new(), twin::of_figures(&view.figures).grid));
    let blocks = view.blocks.iter().map(|block| {
        let title = if block.title.is_empty() { block.id.clone() } else { block.title.clone() };
        (title, twin::twin(block).grid)
    });
    let tables: Vec<_> = figures.into_iter().chain(blocks).filter(|(_, grid)| !grid.rows.is_empty()).collect();
    if let [(_, only)] = tables.as_slice() {
        return csv_text(only);
    }
    let titled = |(title, grid): &(String, crate::view::Grid)| {
        let heading = if title.is_empty() { String::new() } else { crate::view::csv_line(title) };
        format!("{heading}{}", csv_text(grid))
    };
    tables.iter().map(titled).collect::<Vec<_>>().join("\n")
}

/// Saves the panel's charts and maps as one picture.
pub fn export_png(store: Store, panel: &str) {
    let panel = panel.to_owned();
    spawn(async move {
        let address = png(store, &panel).await;
        let saved = address.and_then(|address| download::save_address(&format!("{panel}.png"), &address));
        if saved.is_none() {
            notify(store, Notice::new("Not saved: this panel has no picture now."));
        }
    });
}

/// The panel's charts and maps as one picture's data address; `None` where it draws nothing now.
pub async fn png(store: Store, panel: &str) -> Option<String> {
    let svg_of = |block: &str| {
        let key = (panel.to_owned(), block.to_owned());
        store.svg_makers.with_value(|makers| makers.get(&key).and_then(|make| make()))
    };
    picture::png_of(panel, svg_of).await
}

/// Saves the panel's charts as vector graphics, one file each.
pub fn export_svg(store: Store, panel: &str) {
    let pictures = svgs(store, panel);
    if pictures.is_empty() {
        notify(store, Notice::new("Not saved: this panel has no picture now."));
    }
    for (block, svg) in pictures {
        if let Err(reason) = download::save_text(&format!("{panel}-{block}.svg"), "image/svg+xml", &svg) {
            notify(store, Notice::new(format!("Not saved: {reason}.")));
        }
    }
}

/// The panel's charts as vector graphics, by block.
pub fn svgs(store: Store, panel: &str) -> Vec<(String, String)> {
    store.svg_makers.with_value(|makers| {
        let of_panel = makers.iter().filter(|((of, _), _)| of == panel);
        of_panel.filter_map(|((_, block), make)| make().map(|svg| (block.clone(), svg))).collect()
    })
}
