//! Copies a link to the present view.

use leptos::prelude::*;

use super::notify::notify;
use super::spawn::spawn;
use crate::calendar;
use crate::state::{Selection, TimeInput, to_query};
use crate::ui::store::{Notice, Store};
use crate::web::{clipboard, url};

/// What the link's time range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRange {
    /// As written, such as the last day, whenever it is opened.
    Relative,
    /// The instants that are shown now.
    Locked,
}

/// Copies a link to what is shown, or to one panel of it.
pub fn copy_link(store: Store, range: LinkRange, panel: Option<String>) {
    copy_text(store, link(store, range, panel), "Link copied.");
}

/// The link's address.
pub fn link(store: Store, range: LinkRange, panel: Option<String>) -> String {
    let shown = store.selection.get_untracked();
    let mut selection = Selection { panel: panel.or(shown.panel.clone()), ..shown };
    if range == LinkRange::Locked {
        let instants = store.resolved.with_untracked(|r| r.range);
        let written = |ms: i64| calendar::instant_text(ms).map(TimeInput);
        (selection.from, selection.to) = (written(instants.from_ms), written(instants.to_ms));
    }
    url::address_with(&to_query(&selection))
}

/// Copies `text` and says so; where the clipboard is denied, shows the text instead.
pub fn copy_text(store: Store, text: String, done: &'static str) {
    spawn(async move {
        let notice = match clipboard::copy(&text).await {
            Ok(()) => Notice::new(done),
            Err(denied) => Notice::new(format!("Not copied: {denied}. {text}")),
        };
        notify(store, notice);
    });
}
