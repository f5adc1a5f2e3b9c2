//! The menu of a panel.

use leptos::prelude::*;

use crate::state::{Command, Comparison};
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, MenuItem, Popover};
use crate::ui::store::{Overlay, Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::copy_link::{LinkRange, copy_link, copy_text};
use crate::ui::tasks::export_panel::{export_csv, export_png, export_svg};
use crate::ui::text::use_texts;

/// The menu of a panel.
#[component]
pub fn PanelMenu(
    /// Id of the panel.
    id: String,
    /// Whether it has the page for itself.
    details: bool,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts();
    let id = StoredValue::new(id);
    let content = move |close: Close| {
        let id = id.get_value();
        // Each line does its work and closes the menu.
        let act = |run: fn(Store, &str)| {
            let id = id.clone();
            move || {
                close.now();
                run(store, &id);
            }
        };
        let is_table = store.as_table.with(|set| set.contains(&id));
        let table_text = if is_table { "Show as picture" } else { "Show as table" };
        let is_compared = store.selection.with(|s| s.compare.contains(&Comparison::Previous));
        let compare_text = if is_compared { "Stop comparing" } else { "Compare with previous period" };
        let summary = {
            let id = id.clone();
            move || {
                close.now();
                let texts = texts.get_untracked();
                let view = store.panel(&id).with_untracked(|now| now.view.clone());
                let sentence = view.map(|view| texts.sentence(&view.summary)).unwrap_or_default();
                copy_text(store, sentence, "Summary copied.");
            }
        };
        view! {
            <div role="menu">
                {(!details)
                    .then(|| {
                        view! { <MenuItem text="View details" key="v" run=act(view_details) /> }
                    })}
                <MenuItem text=table_text run=act(toggle_table) />
                <MenuItem
                    text="Inspect..."
                    key="i"
                    run=act(|store, id| store.overlay.set(Some(Overlay::Inspect(id.to_owned()))))
                />
                <MenuItem
                    text="Explain..."
                    run=act(|store, id| store.overlay.set(Some(Overlay::Explain(id.to_owned()))))
                />
                <MenuItem
                    text=compare_text
                    run=act(|store, _| apply_command(store, &Command::ToggleComparison(Comparison::Previous)))
                />
                <hr class="menu-rule" />
                <MenuItem text="Export CSV" run=act(export_csv) />
                <MenuItem text="Export PNG" run=act(export_png) />
                <MenuItem text="Export SVG" run=act(export_svg) />
                <hr class="menu-rule" />
                <MenuItem
                    text="Copy link"
                    run=act(|store, id| copy_link(store, LinkRange::Relative, Some(id.to_owned())))
                />
                <MenuItem text="Copy summary" run=summary />
            </div>
        }
        .into_any()
    };
    view! {
        <span class="panel-actions">
            <Popover class="button square" label="Panel menu".to_owned() face=|| icon(Icon::More) content=content />
        </span>
    }
}

/// Gives the panel a page of its own.
pub fn view_details(store: Store, id: &str) {
    apply_command(store, &Command::OpenPanel(id.to_owned()));
}

/// Shows pictures as tables, or again as pictures.
pub fn toggle_table(store: Store, id: &str) {
    store.as_table.update(|set| {
        if !set.remove(id) {
            set.insert(id.to_owned());
        }
    });
}
