//! The theme: the system's, light, dark.

use leptos::prelude::*;

use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, MenuItem, Popover};
use crate::ui::store::use_store;
use crate::ui::tasks::set_theme::set_theme;
use crate::web::storage;

/// The theme menu.
#[component]
pub fn ThemeMenu() -> impl IntoView {
    let store = use_store();
    let content = move |close: Close| {
        let chosen = store.selection.with_untracked(|s| s.theme.clone()).or_else(|| storage::get("theme"));
        let item = |text: &'static str, theme: Option<&'static str>| {
            let run = move || {
                close.now();
                set_theme(store, theme);
            };
            view! { <MenuItem text=text chosen=Some(chosen.as_deref() == theme) run=run /> }
        };
        view! {
            <div role="menu">
                {item("As the system", None)} {item("Light", Some("light"))} {item("Dark", Some("dark"))}
            </div>
        }
        .into_any()
    };
    let face = move || icon(if store.is_dark.get() { Icon::Moon } else { Icon::Sun });
    view! {
        <span class="wide-only">
            <Popover class="button square" label="Theme".to_owned() face=move || face content=content />
        </span>
    }
}
