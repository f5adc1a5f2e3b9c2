//! Asks again for everything visible.

use leptos::prelude::*;

use crate::ui::store::Store;
use crate::web::clock;

/// Moves the clock of the question to now and asks again, keeping the pictures until the answers come.
pub fn refresh(store: Store) {
    store.refreshed_ms.set(clock::now_ms());
    store.wants_refresh.set_value(true);
    super::show_visible::schedule(store);
}
