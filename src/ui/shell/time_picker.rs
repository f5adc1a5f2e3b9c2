//! The time range: quick ranges, both ends as text, the zone, and the buttons that shift and widen it.

use leptos::prelude::*;

use crate::state::{Command, Direction, QUICK_RANGES, TimeInput, Zone, readable_range, readable_time, resolve_time};
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, MenuItem, Popover, unique_id};
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::web::{clock, intl};

/// The time range picker.
#[component]
pub fn TimePicker() -> impl IntoView {
    let store = use_store();
    let shown = move || store.resolved.with_untracked(|r| r.range);
    let shift = move |direction| apply_command(store, &Command::ShiftRange { shown: shown(), direction });
    let words = Memo::new(move |_| {
        store.resolved.with(|r| {
            // Changes with the zone, which the selection does far more often.
            store.texts.track();
            let zone = store.selection.with_untracked(|s| s.zone.clone());
            let words = readable_range(&r.from, &r.to, r.range, &*intl::rules(&zone));
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
    });
    let zone = Memo::new(move |_| store.selection.with(|s| zone_word(&s.zone)));
    let face = move || {
        view! {
            {icon(Icon::Clock)}
            <span class="time-words">{move || words.get()}</span>
            <span class="zone-name wide-only">{move || zone.get()}</span>
        }
    };
    view! {
        <div class="joined">
            <button
                type="button"
                class="button square wide-only"
                aria-label="Range back"
                on:click=move |_| shift(Direction::Back)
            >
                {icon(Icon::Left)}
            </button>
            <Popover class="button time-button" face=face content=move |close| picker(store, close).into_any() />
            <button
                type="button"
                class="button square wide-only"
                aria-label="Range forward"
                on:click=move |_| shift(Direction::Forward)
            >
                {icon(Icon::Right)}
            </button>
            <button
                type="button"
                class="button square wide-only"
                aria-label="Zoom out"
                on:click=move |_| apply_command(store, &Command::ZoomOut { shown: shown() })
            >
                {icon(Icon::ZoomOut)}
            </button>
        </div>
    }
}

fn zone_word(zone: &Zone) -> String {
    match zone {
        Zone::Browser => intl::browser_zone(),
        Zone::Utc => "UTC".to_owned(),
        Zone::Named(name) => name.clone(),
    }
}

fn picker(store: Store, close: Close) -> impl IntoView {
    let written = store.resolved.with_untracked(|r| (r.from.0.clone(), r.to.0.clone()));
    let zone = store.selection.with_untracked(|s| s.zone.clone());
    let rules = StoredValue::new_local(intl::rules(&zone));
    let readable = |text: &str, end| rules.with_value(|rules| readable_time(text, end, clock::now_ms(), &**rules));
    let (from, to) = (RwSignal::new(readable(&written.0, false)), RwSignal::new(readable(&written.1, true)));
    let mistake = move |text: String, end: bool| {
        rules.with_value(|rules| resolve_time(&text, end, clock::now_ms(), &**rules).err()).map(|e| e.reason.to_owned())
    };
    let from_mistake = Memo::new(move |_| mistake(from.get(), false));
    let to_mistake = Memo::new(move |_| mistake(to.get(), true));
    let is_wrong = move || from_mistake.with(Option::is_some) || to_mistake.with(Option::is_some);
    let use_range = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if is_wrong() {
            return;
        }
        let input = |text: RwSignal<String>| Some(TimeInput(text.get_untracked().trim().to_owned()));
        close.now();
        apply_command(store, &Command::SetRange { from: input(from), to: input(to) });
    };
    let quick = QUICK_RANGES.iter().map(|quick| {
        let is_chosen = from.with_untracked(|f| f == quick.from) && to.with_untracked(|t| t == quick.to);
        let choose = move || {
            let input = |text: &str| Some(TimeInput(text.to_owned()));
            close.now();
            apply_command(store, &Command::SetRange { from: input(quick.from), to: input(quick.to) });
        };
        view! { <MenuItem text=quick.title chosen=Some(is_chosen) run=choose /> }
    });
    view! {
        <div class="time-picker">
            <div>
                <form on:submit=use_range>
                    {end_field("From", from, from_mistake)} {end_field("To", to, to_mistake)}
                    <p class="faint">"Such as now-6h, now/d, 2026-11-20 or 2026-11-20 14:00"</p>
                    <button type="submit" class="button primary" disabled=is_wrong>
                        "Use range"
                    </button>
                </form>
                {zone_field(store, &zone)}
            </div>
            <div class="quick-ranges" role="menu" aria-label="Quick ranges">
                {quick.collect::<Vec<_>>()}
            </div>
        </div>
    }
}

fn end_field(name: &'static str, text: RwSignal<String>, mistake: Memo<Option<String>>) -> impl IntoView {
    let note = unique_id("note");
    view! {
        <label class="labelled">
            <span>{name}</span>
            <input
                class="field"
                type="text"
                spellcheck="false"
                autocomplete="off"
                prop:value=move || text.get()
                aria-invalid=move || mistake.with(Option::is_some).to_string()
                aria-describedby=note.clone()
                on:input=move |event| text.set(event_target_value(&event))
            />
            <span class="error-text" id=note>
                {move || mistake.get()}
            </span>
        </label>
    }
}

fn zone_field(store: Store, zone: &Zone) -> impl IntoView + use<> {
    let chosen = match zone {
        Zone::Browser => String::new(),
        Zone::Utc => "UTC".to_owned(),
        Zone::Named(name) => name.clone(),
    };
    let names = std::iter::once((String::new(), format!("Browser, {}", intl::browser_zone())))
        .chain(std::iter::once(("UTC".to_owned(), "UTC".to_owned())))
        .chain(intl::known_zones().into_iter().map(|name| (name.clone(), name)));
    let options = names.map(|(value, text)| {
        let is_chosen = value == chosen;
        view! {
            <option value=value selected=is_chosen>
                {text}
            </option>
        }
    });
    let set = move |event: web_sys::Event| {
        let zone = match event_target_value(&event).as_str() {
            "" => Zone::Browser,
            "UTC" => Zone::Utc,
            name => Zone::Named(name.to_owned()),
        };
        apply_command(store, &Command::SetZone(zone));
    };
    view! {
        <label class="labelled">
            <span>"Time zone"</span>
            <select class="field" on:change=set>
                {options.collect::<Vec<_>>()}
            </select>
        </label>
    }
}
