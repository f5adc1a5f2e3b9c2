//! Keeps the root element's `data-ready`: there while every visible panel has left loading.

use leptos::prelude::*;

use super::use_host::tell_ready;
use crate::protocol::ToEngine;
use crate::state::current_dashboard;
use crate::ui::store::{Loaded, Phase, Store};
use crate::web::{charts, clock, document, later, turns};

/// Follows the panels for as long as the app lives.
pub fn use_ready(store: Store) {
    let first_panel = StoredValue::new(false);
    let all_panels = StoredValue::new(false);
    Effect::new(move |_| {
        let has_one = store.visible.with(|visible| visible.keys().any(|id| !store.is_loading(id)));
        if has_one && !first_panel.get_value() {
            first_panel.set_value(true);
            clock::mark("first-panel");
        }
    });
    let is_ready = Memo::new(move |_| is_ready(store));
    Effect::new(move |_| {
        if !is_ready.get() {
            document::set_root_attribute("data-ready", None);
            return;
        }
        // The charts of the last panels are handed in within this task: the first turn comes after that, the second after them.
        turns::later(move || {
            turns::later(move || {
                if is_ready.get_untracked() {
                    document::set_root_attribute("data-ready", Some(""));
                    tell_ready();
                    if !all_panels.get_value() {
                        all_panels.set_value(true);
                        clock::mark("all-panels");
                        bring_the_rest(store);
                    }
                }
            });
        });
    });
}

/// What the first dashboard did without is fetched now, so that no later click waits for it.
fn bring_the_rest(store: Store) {
    later::load();
    charts::load_more();
    if let Some(engine) = store.engine() {
        engine.send(ToEngine::LoadLater);
    }
}

fn is_ready(store: Store) -> bool {
    match store.loaded.get() {
        Loaded::Waiting => return false,
        Loaded::Unreadable { .. } => return true,
        Loaded::Ready(_) => {}
    }
    let visible = store.visible.get();
    if visible.is_empty() {
        return has_no_panels(store);
    }
    visible
        .keys()
        .filter(|id| is_known(store, id))
        .all(|id| !store.is_loading(id) && store.panel(id).with(|now| now.phase != Phase::Loading))
}

fn has_no_panels(store: Store) -> bool {
    let document = store.workspace();
    store.selection.with(|selection| {
        let dashboard = current_dashboard(selection, &document.spec);
        dashboard.is_none_or(|d| d.sections.iter().all(|section| section.panels.is_empty()))
    })
}

/// A panel that the workspace does not have is an error card and never loads.
fn is_known(store: Store, id: &str) -> bool {
    store.workspace().spec.panels.contains_key(id)
}
