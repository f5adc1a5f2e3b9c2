//! Refresh now, and how often by itself.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, MenuItem, Popover};
use crate::ui::store::use_store;
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::refresh::refresh;

/// Grafana's periods; zero is "auto".
const PERIODS: [(Option<u32>, &str); 12] = [
    (None, "Off"),
    (Some(0), "Auto"),
    (Some(5), "5s"),
    (Some(10), "10s"),
    (Some(30), "30s"),
    (Some(60), "1m"),
    (Some(300), "5m"),
    (Some(900), "15m"),
    (Some(1_800), "30m"),
    (Some(3_600), "1h"),
    (Some(7_200), "2h"),
    (Some(86_400), "1d"),
];

/// The refresh button with its menu.
#[component]
pub fn RefreshMenu() -> impl IntoView {
    let store = use_store();
    let chosen = Memo::new(move |_| store.selection.with(|s| s.refresh_seconds));
    let word = move || {
        let seconds = chosen.get()?;
        let known = PERIODS.iter().find(|(period, _)| *period == Some(seconds));
        Some(known.map_or_else(|| format!("{seconds}s"), |(_, word)| (*word).to_owned()))
    };
    let content = move |close: Close| {
        let items = PERIODS.map(|(period, word)| {
            let run = move || {
                close.now();
                apply_command(store, &Command::SetRefresh(period));
            };
            view! { <MenuItem text=word chosen=Some(chosen.get_untracked() == period) run=run /> }
        });
        view! {
            <p class="menu-heading">"Refresh by itself"</p>
            <div role="menu">{items.into_iter().collect::<Vec<_>>()}</div>
        }
        .into_any()
    };
    view! {
        <div class="joined">
            <button
                type="button"
                class="button square"
                aria-label="Refresh"
                title="Refresh (d r)"
                on:click=move |_| refresh(store)
            >
                {icon(Icon::Refresh)}
            </button>
            <Popover
                class="button"
                label="Refresh period".to_owned()
                face=move || view! { <span class="wide-only">{word}</span> {icon(Icon::Down)} }
                content=content
            />
        </div>
    }
}
