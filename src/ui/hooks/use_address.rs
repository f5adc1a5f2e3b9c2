//! Follows Back and Forward.

use leptos::prelude::*;

use crate::ui::store::Store;
use crate::ui::tasks::apply_command::read_address;
use crate::web::listen::Listener;

/// Takes the selection from the address whenever the history moves.
pub fn use_address(store: Store) {
    let listener = Listener::on_window("popstate", move |_| read_address(store));
    let listener = StoredValue::new_local(listener);
    on_cleanup(move || drop(listener.try_update_value(Option::take)));
}
