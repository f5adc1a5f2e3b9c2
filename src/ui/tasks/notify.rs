//! Shows a small message.

use leptos::prelude::*;

use crate::ui::store::{Notice, Store};

/// Messages that stand at once; older ones go.
const AT_MOST: usize = 4;

/// Shows a message until it is closed; one that stands already is not repeated.
pub fn notify(store: Store, notice: Notice) {
    store.notices.update(|notices| {
        notices.retain(|n| *n != notice);
        notices.push(notice);
        let surplus = notices.len().saturating_sub(AT_MOST);
        notices.drain(..surplus);
    });
}

/// Closes a message.
pub fn dismiss(store: Store, notice: &Notice) {
    store.notices.update(|notices| notices.retain(|n| n != notice));
}
