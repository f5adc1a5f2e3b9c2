//! The list of keys, and the switch that turns single keys off.

use leptos::prelude::*;

use crate::ui::components::dialog::Dialog;
use crate::ui::hooks::use_shortcuts::SHORTCUTS;
use crate::ui::store::use_store;
use crate::web::storage;

/// The dialog.
#[component]
pub fn HelpDialog() -> impl IntoView {
    let store = use_store();
    let rows = SHORTCUTS.map(|(keys, what)| {
        let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> " " }).collect::<Vec<_>>();
        view! { <dt>{keys}</dt><dd>{what}</dd> }
    });
    let switch = move |event: web_sys::Event| {
        let is_on = event_target_checked(&event);
        store.has_shortcuts.set(is_on);
        storage::set("shortcuts", (!is_on).then_some("off"));
    };
    let close = Callback::new(move |()| store.overlay.set(None));
    view! {
        <Dialog title="Keys" class="narrow" on_close=close>
            <label class="row">
                <input type="checkbox" prop:checked=move || store.has_shortcuts.get() on:change=switch />
                "Single keys are shortcuts"
            </label>
            <dl class="keys">{rows.into_iter().collect::<Vec<_>>()}</dl>
            <p class="muted">
                "In a chart: arrow keys move the cursor, Enter drills down, + and - zoom. Click filters, drag on a time or step axis zooms, double-click goes back."
            </p>
        </Dialog>
    }
}
