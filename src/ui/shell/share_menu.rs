//! Links to the present view, and kiosk.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, MenuItem, Popover};
use crate::ui::store::{Overlay, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::copy_link::{LinkRange, copy_link};

/// The share menu.
#[component]
pub fn ShareMenu() -> impl IntoView {
    let store = use_store();
    let content = move |close: Close| {
        let copy = move |range| {
            move || {
                close.now();
                copy_link(store, range, None);
            }
        };
        let kiosk = move || {
            close.now();
            apply_command(store, &Command::ToggleKiosk);
        };
        let print = move || {
            close.now();
            if let Some(window) = web_sys::window() {
                // A frame may forbid it; then nothing happens.
                let _ = window.print();
            }
        };
        let help = move || {
            close.now();
            store.overlay.set(Some(Overlay::Help));
        };
        let reset = move || {
            close.now();
            apply_command(store, &Command::ResetAll);
        };
        let draft = store.selection.with(|s| s.workspace.as_deref().is_some_and(|w| w.starts_with("local:")));
        view! {
            <div role="menu">
                <MenuItem text="Copy link" run=copy(LinkRange::Relative) />
                <MenuItem text="Copy link with absolute range" key="t c" run=copy(LinkRange::Locked) />
                {draft
                    .then(|| {
                        view! {
                            <p class="menu-heading">"This workspace is a draft in this browser: the link opens it here only."</p>
                        }
                    })}
                <hr class="menu-rule" />
                <MenuItem text="Kiosk" key="d k" run=kiosk />
                <MenuItem text="Print..." run=print />
                <MenuItem text="Reset view" run=reset />
                <MenuItem text="Keys" key="?" run=help />
            </div>
        }
        .into_any()
    };
    view! {
        <Popover class="button square" label="Share and more".to_owned() face=|| icon(Icon::Link) content=content />
    }
}
