//! The command palette: dashboards, panels, roles, models, ranges and commands by a few letters.

use leptos::html;
use leptos::prelude::*;

use crate::order::Order;
use crate::state::{Command, Comparison, QUICK_RANGES, TimeInput, current_role};
use crate::ui::components::dialog::open_when_mounted;
use crate::ui::components::popover::unique_id;
use crate::ui::panels::panel_title;
use crate::ui::store::{Overlay, Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::copy_link::{LinkRange, copy_link};
use crate::ui::tasks::follow_engine::restart_engine;
use crate::ui::tasks::refresh::refresh;
use crate::ui::tasks::set_theme::set_theme;

const AT_MOST: usize = 60;

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
enum Act {
    Command(Command),
    Refresh,
    RestartEngine,
    CopyLink(LinkRange),
    Theme(Option<&'static str>),
    Help,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    kind: &'static str,
    text: String,
    act: Act,
}

/// The palette.
#[component]
pub fn Palette() -> impl IntoView {
    let store = use_store();
    let element = NodeRef::<html::Dialog>::new();
    open_when_mounted(element);
    let entries = StoredValue::new(entries(store));
    let search = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let search = search.get();
        let mut ranked: Vec<(u32, Entry)> = entries.with_value(|entries| {
            entries.iter().filter_map(|entry| rank(entry, &search).map(|rank| (rank, entry.clone()))).collect()
        });
        ranked.order_by_key(|(rank, _)| *rank);
        ranked.into_iter().take(AT_MOST).map(|(_, entry)| entry).collect::<Vec<_>>()
    });
    let choose = move |entry: &Entry| {
        store.overlay.set(None);
        perform(store, &entry.act);
    };
    let by_key = move |event: web_sys::KeyboardEvent| {
        let last = found.with(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => active.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => active.update(|at| *at = at.checked_sub(1).unwrap_or(last)),
            "Enter" => {
                if let Some(entry) = found.with(|found| found.get(active.get_untracked()).cloned()) {
                    choose(&entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let list_id = unique_id("palette");
    let option_id = {
        let list_id = list_id.clone();
        move |at: usize| format!("{list_id}-{at}")
    };
    let active_id = {
        let option_id = option_id.clone();
        move || (!found.with(Vec::is_empty)).then(|| option_id(active.get()))
    };
    let option = move |(at, entry): (usize, Entry)| {
        let (text, kind) = (entry.text.clone(), entry.kind);
        view! {
            <div
                class="menu-item"
                role="option"
                id=option_id(at)
                data-active=move || (active.get() == at).then_some("")
                aria-selected=move || (active.get() == at).to_string()
                on:click=move |_| choose(&entry)
                on:pointermove=move |_| active.set(at)
            >
                <span class="option-text">{text}</span>
                <span class="spacer"></span>
                <span>{kind}</span>
            </div>
        }
    };
    view! {
        <dialog
            class="dialog palette"
            node_ref=element
            aria-label="Search and commands"
            on:close=move |_| store.overlay.set(None)
        >
            <input
                class="field"
                type="text"
                role="combobox"
                autofocus
                spellcheck="false"
                autocomplete="off"
                placeholder="Dashboards, panels, models, ranges, commands"
                aria-label="Search and commands"
                aria-expanded="true"
                aria-controls=list_id.clone()
                aria-activedescendant=active_id
                on:keydown=by_key
                on:input=move |event| {
                    search.set(event_target_value(&event));
                    active.set(0);
                }
            />
            <div class="options" role="listbox" aria-label="Found" id=list_id>
                {move || found.get().into_iter().enumerate().map(option.clone()).collect::<Vec<_>>()}
            </div>
        </dialog>
    }
}

fn perform(store: Store, act: &Act) {
    match act {
        Act::Command(command) => apply_command(store, command),
        Act::Refresh => refresh(store),
        Act::RestartEngine => restart_engine(store),
        Act::CopyLink(range) => copy_link(store, *range, None),
        Act::Theme(theme) => set_theme(store, *theme),
        Act::Help => store.overlay.set(Some(Overlay::Help)),
    }
}

/// How well an entry fits, lower is better: a prefix, the start of a word, within, all letters in order; `None` if not at all.
fn rank(entry: &Entry, search: &str) -> Option<u32> {
    let search = search.trim().to_lowercase();
    let text = entry.text.to_lowercase();
    if search.is_empty() || text.starts_with(&search) {
        return Some(0);
    }
    if text.split_whitespace().any(|word| word.starts_with(&search)) {
        return Some(1);
    }
    if text.contains(&search) || entry.kind.to_lowercase().starts_with(&search) {
        return Some(2);
    }
    let mut letters = text.chars();
    search.chars().filter(|c| !c.is_whitespace()).all(|c| letters.any(|l| l == c)).then_some(3)
}

fn entries(store: Store) -> Vec<Entry> {
    let document = store.workspace_untracked();
    let workspace = &document.spec;
    let role = store.selection.with_untracked(|s| current_role(s, workspace).map(|r| r.id.clone()));
    let entry = |kind, text: String, act| Entry { kind, text, act };
    let command = |kind, text: String, command| entry(kind, text, Act::Command(command));
    let mut all = vec![
        entry("Command", "Refresh".to_owned(), Act::Refresh),
        entry("Command", "Copy link".to_owned(), Act::CopyLink(LinkRange::Relative)),
        entry("Command", "Copy link with absolute range".to_owned(), Act::CopyLink(LinkRange::Locked)),
        command("Command", "Compare with previous period".to_owned(), Command::ToggleComparison(Comparison::Previous)),
        command("Command", "Stop comparing".to_owned(), Command::SetComparisons(Vec::new())),
        command("Command", "Clear filters".to_owned(), Command::ClearFilters),
        command("Command", "Kiosk".to_owned(), Command::ToggleKiosk),
        command("Command", "Reset view".to_owned(), Command::ResetAll),
        entry("Command", "Theme as the system".to_owned(), Act::Theme(None)),
        entry("Command", "Theme light".to_owned(), Act::Theme(Some("light"))),
        entry("Command", "Theme dark".to_owned(), Act::Theme(Some("dark"))),
        entry("Command", "Restart the engine".to_owned(), Act::RestartEngine),
        entry("Command", "Keys".to_owned(), Act::Help),
    ];
    let roles = workspace.roles.iter().filter(|r| Some(&r.id) != role.as_ref());
    all.extend(roles.map(|r| command("Role", r.title.clone(), Command::SetRole(r.id.clone()))));
    let dashboards = workspace.dashboards.iter();
    all.extend(dashboards.map(|d| command("Dashboard", d.title.clone(), Command::OpenDashboard(Some(d.id.clone())))));
    let panels = workspace.panels.keys();
    all.extend(panels.map(|id| command("Panel", panel_title(workspace, id), Command::OpenPanel(id.clone()))));
    let models = workspace.models.iter();
    all.extend(models.map(|m| {
        let only = Command::OnlyFilter { dimension: "model".to_owned(), value: m.id.clone() };
        command("Model", m.title.clone().unwrap_or_else(|| m.id.clone()), only)
    }));
    let input = |text: &str| Some(TimeInput(text.to_owned()));
    all.extend(QUICK_RANGES.iter().map(|quick| {
        let set = Command::SetRange { from: input(quick.from), to: input(quick.to) };
        command("Range", quick.title.to_owned(), set)
    }));
    all
}
