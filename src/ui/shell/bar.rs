//! The top bar: who looks, at what, since when, compared with what.

use leptos::prelude::*;

use super::compare_menu::CompareMenu;
use super::filters::Filters;
use super::health::Health;
use super::refresh_menu::RefreshMenu;
use super::role_switch::RoleSwitch;
use super::share_menu::ShareMenu;
use super::theme_menu::ThemeMenu;
use super::time_picker::TimePicker;
use crate::ui::components::icon::{Icon, icon};
use crate::ui::store::{Overlay, use_store};
use crate::web::storage;

/// The top bar.
#[component]
pub fn Bar() -> impl IntoView {
    let store = use_store();
    let name = move || {
        let document = store.workspace();
        document.metadata.title.clone().unwrap_or_else(|| document.metadata.name.clone())
    };
    let notice = move || {
        store.workspace().metadata.notice.clone().map(|text| {
            view! { <p class="banner">{text}</p> }
        })
    };
    let fold = move |_| {
        let is_out = !store.is_rail_out.get_untracked();
        store.is_rail_out.set(is_out);
        storage::set("rail", (!is_out).then_some("in"));
    };
    view! {
        <header class="bar">
            <div class="bar-row">
                <button
                    type="button"
                    class="button square"
                    aria-label="Dashboards"
                    aria-expanded=move || store.is_rail_out.get().to_string()
                    aria-controls="rail"
                    on:click=fold
                >
                    {icon(Icon::Menu)}
                </button>
                <span class="workspace-name" title=name>
                    {name}
                </span>
                <RoleSwitch />
                <span class="spacer"></span>
                <TimePicker />
                <RefreshMenu />
                <span class="wide-only">
                    <button
                        type="button"
                        class="button square"
                        aria-label="Search and commands"
                        title="Search and commands (Ctrl K)"
                        on:click=move |_| store.overlay.set(Some(Overlay::Palette))
                    >
                        {icon(Icon::Search)}
                    </button>
                </span>
                <ShareMenu />
                <ThemeMenu />
            </div>
            <div class="bar-row filters">
                <Filters />
                <CompareMenu />
                <span class="spacer"></span>
                <Health />
            </div>
            {notice}
        </header>
    }
}
