//! Keeps the root element's theme.

use leptos::prelude::*;

use crate::ui::store::Store;
use crate::web::document;
use crate::web::listen::Listener;

/// Follows the selection and the system.
pub fn use_theme(store: Store) {
    Effect::new(move |_| {
        let theme = if store.is_dark.get() { "dark" } else { "light" };
        document::set_root_attribute("data-theme", Some(theme));
        if let Some(root) = document::root() {
            // Our own property is never refused.
            let _ = root.style().set_property("color-scheme", theme);
        }
    });
    let listener = Listener::on_media("(prefers-color-scheme: dark)", move |_| store.bump_theme());
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || drop(listener.try_update_value(Option::take)));
}
