//! Takes the time range from the clipboard.

use leptos::prelude::*;

use super::apply_command::apply_command;
use super::notify::notify;
use super::spawn::spawn;
use crate::state::{Command, range_from_text};
use crate::ui::store::{Notice, Store};
use crate::web::{clipboard, clock, intl};

/// Shows the range that the clipboard holds, or says why not.
pub fn paste_range(store: Store) {
    spawn(async move {
        let text = match clipboard::paste().await {
            Ok(text) => text,
            Err(denied) => return notify(store, Notice::new(format!("Not pasted: {denied}."))),
        };
        let zone = store.selection.with_untracked(|s| s.zone.clone());
        match range_from_text(&text, clock::now_ms(), &*intl::rules(&zone)) {
            Some((from, to)) => apply_command(store, &Command::SetRange { from: Some(from), to: Some(to) }),
            None => notify(store, Notice::new("The clipboard holds no time range.")),
        }
    });
}
