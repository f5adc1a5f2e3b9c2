//! Applies a command to the selection and writes the address.

use leptos::prelude::*;

use crate::state::{Command, Selection, apply, parse, to_query};
use crate::ui::store::{Notice, Store};
use crate::web::{clock, url};

/// Applies `command`. A committed change is a step in the history, so that Back undoes it.
pub fn apply_command(store: Store, command: &Command) {
    let now_ms = clock::now_ms();
    let before = store.selection.get_untracked();
    let after = apply(&before, command, now_ms);
    if after == before {
        return;
    }
    change(store, after, command.is_committed());
}

/// Shows another selection, which no viewer chose: Back does not lead to the one before.
pub fn show(store: Store, selection: Selection) {
    change(store, selection, false);
}

fn change(store: Store, after: Selection, is_step: bool) {
    let before = store.selection.get_untracked();
    let query = to_query(&after);
    url::write(&query, is_step && query != to_query(&before));
    if after.from != before.from || after.to != before.to {
        store.refreshed_ms.set(clock::now_ms());
    }
    store.selection.set(after);
}

/// Takes the selection from the address, as after Back.
pub fn read_address(store: Store) {
    let (selection, notices) = parse(&url::query());
    for notice in notices {
        super::notify::notify(store, Notice::from_address(&notice));
    }
    if selection.workspace != store.selection.with_untracked(|s| s.workspace.clone()) {
        super::load_workspace::load_workspace(store, selection.workspace.clone());
    }
    store.selection.set(selection);
}
