//! Filters as chips, each with a picker that searches and takes several values.

use leptos::prelude::*;

use crate::state::{Command, Filter};
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, Popover, unique_id};
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::follow_engine::ask_values;

/// Options shown at once; typing narrows them.
const AT_MOST: usize = 200;

/// One chip per dimension of the workspace, the model first.
#[component]
pub fn Filters() -> impl IntoView {
    let store = use_store();
    let dimensions = Memo::new(move |_| dimensions(store));
    let has_filters = Memo::new(move |_| store.selection.with(|s| !s.filters.is_empty()));
    let clear = move || {
        has_filters.get().then(|| {
            view! {
                <button
                    type="button"
                    class="button"
                    on:click=move |_| apply_command(store, &Command::ClearFilters)
                >
                    "Clear filters"
                </button>
            }
        })
    };
    view! {
        {move || {
            let chips = dimensions.get().into_iter();
            chips.map(|(id, title)| view! { <FilterChip id=id title=title /> }).collect::<Vec<_>>()
        }}
        {clear}
    }
}

/// Ids and titles.
fn dimensions(store: Store) -> Vec<(String, String)> {
    let document = store.workspace();
    let titled = |id: &str, title: Option<&String>| {
        let mut letters = id.chars();
        let default = || letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        (id.to_owned(), title.cloned().unwrap_or_else(default))
    };
    let mut all: Vec<_> = document.spec.dimensions.iter().map(|d| titled(&d.id, d.title.as_ref())).collect();
    if !document.spec.models.is_empty() && all.iter().all(|(id, _)| id != "model") {
        all.insert(0, titled("model", None));
    }
    all
}

/// The values of a dimension as far as they are known: id and shown name.
fn options(store: Store, dimension: &str) -> Vec<(String, String)> {
    let document = store.workspace();
    let mut options: Vec<(String, String)> = Vec::new();
    if dimension == "model" {
        let models = document.spec.models.iter();
        options.extend(models.map(|m| (m.id.clone(), m.title.clone().unwrap_or_else(|| m.id.clone()))));
    }
    let mut add = |value: &String| {
        if options.iter().all(|(id, _)| id != value) {
            options.push((value.clone(), value.clone()));
        }
    };
    if dimension != "model" {
        store.values.with(|known| known.get(dimension).iter().flat_map(|k| &k.values).for_each(&mut add));
    }
    store.selection.with(|s| {
        s.filters.get(dimension).iter().flat_map(|f| f.include.iter().chain(&f.exclude)).for_each(&mut add);
    });
    options
}

/// The chip of one dimension.
#[component]
fn FilterChip(
    /// Dimension id.
    id: String,
    /// Shown name.
    title: String,
) -> impl IntoView {
    let store = use_store();
    let filter = {
        let id = id.clone();
        Memo::new(move |_| store.selection.with(|s| s.filters.get(&id).cloned().unwrap_or_default()))
    };
    let words = {
        let id = id.clone();
        Memo::new(move |_| {
            let options = options(store, &id);
            filter_words(&filter.get(), |value| {
                options.iter().find(|(id, _)| id == value).map_or_else(|| value.to_owned(), |(_, title)| title.clone())
            })
        })
    };
    let class =
        Signal::derive(move || if words.with(Option::is_some) { "chip active".to_owned() } else { "chip".to_owned() });
    let name = title.clone();
    let face = move || {
        let name = name.clone();
        view! {
            {name}
            {move || words.get().map(|words| view! { <span class="chip-value">{words}</span> })}
            {icon(Icon::Down)}
        }
    };
    let content = move |close: Close| {
        ask_values(store, &id);
        view! { <Picker id=id.clone() title=title.clone() close=close /> }.into_any()
    };
    view! { <Popover class=class face=face content=content /> }
}

/// The filter in words; `None` without one.
fn filter_words(filter: &Filter, title: impl Fn(&str) -> String) -> Option<String> {
    let list = |values: &[String]| match values {
        [] => None,
        [one] => Some(title(one)),
        [first, rest @ ..] => Some(format!("{} +{}", title(first), rest.len())),
    };
    match (list(&filter.include), list(&filter.exclude)) {
        (None, None) => None,
        (Some(include), None) => Some(include),
        (None, Some(exclude)) => Some(format!("not {exclude}")),
        (Some(include), Some(exclude)) => Some(format!("{include}, not {exclude}")),
    }
}

/// A combobox with many choices: type to narrow, Enter or click to include, with Alt to exclude.
#[component]
fn Picker(
    /// Dimension id.
    id: String,
    /// Shown name.
    title: String,
    /// Closes the popover.
    close: Close,
) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(id);
    let search = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let list_id = unique_id("options");
    let found = Memo::new(move |_| {
        let wanted = search.get().to_lowercase();
        let matches = |(value, title): &(String, String)| {
            title.to_lowercase().contains(&wanted) || value.to_lowercase().contains(&wanted)
        };
        id.with_value(|id| options(store, id)).into_iter().filter(matches).take(AT_MOST).collect::<Vec<_>>()
    });
    let choose = move |value: String, is_exclusion: bool| {
        let dimension = id.get_value();
        let command = if is_exclusion {
            Command::Exclude { dimension, value }
        } else {
            Command::ToggleFilter { dimension, value }
        };
        apply_command(store, &command);
    };
    let by_key = move |event: web_sys::KeyboardEvent| {
        let last = found.with(Vec::len).saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => active.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => active.update(|at| *at = at.checked_sub(1).unwrap_or(last)),
            "Enter" => {
                let value = found.with(|found| found.get(active.get_untracked()).map(|(value, _)| value.clone()));
                if let Some(value) = value {
                    choose(value, event.alt_key());
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let option_id = {
        let list_id = list_id.clone();
        move |at: usize| format!("{list_id}-{at}")
    };
    let active_id = {
        let option_id = option_id.clone();
        move || (!found.with(Vec::is_empty)).then(|| option_id(active.get()))
    };
    let option = move |(at, (value, title)): (usize, (String, String))| {
        let state = {
            let value = value.clone();
            Memo::new(move |_| {
                store.selection.with(|s| {
                    let filter = id.with_value(|id| s.filters.get(id).cloned().unwrap_or_default());
                    (filter.include.contains(&value), filter.exclude.contains(&value))
                })
            })
        };
        let class = move || if state.get().1 { "menu-item excluded" } else { "menu-item" };
        let tick = move || match state.get() {
            (true, _) => Some(icon(Icon::Check).into_any()),
            (_, true) => Some(icon(Icon::Close).into_any()),
            _ => None,
        };
        let note = move || state.get().1.then_some("left out");
        view! {
            <div
                class=class
                role="option"
                id=option_id(at)
                data-value-id=value.clone()
                data-active=move || (active.get() == at).then_some("")
                aria-selected=move || state.get().0.to_string()
                on:click=move |event| choose(value.clone(), event.alt_key())
                on:pointermove=move |_| active.set(at)
            >
                <span class="option-box">{tick}</span>
                <span class="option-text" title=title.clone()>
                    {title.clone()}
                </span>
                <span class="spacer"></span>
                <span>{note}</span>
            </div>
        }
    };
    let nothing = move || {
        found.with(Vec::is_empty).then(|| {
            let known = id.with_value(|id| store.values.with(|known| known.get(id).cloned()));
            let text = match known {
                None => "Asking the sources...".to_owned(),
                Some(known) => match known.failure {
                    Some(failure) => failure.text,
                    None => "No values.".to_owned(),
                },
            };
            view! { <p class="menu-heading">{text}</p> }
        })
    };
    let clear = move |_| {
        close.now();
        apply_command(store, &Command::ClearFilter { dimension: id.get_value() });
    };
    view! {
        <div class="combobox">
            <input
                class="field"
                type="text"
                role="combobox"
                data-autofocus=""
                spellcheck="false"
                autocomplete="off"
                placeholder="Search"
                aria-label=format!("Search {title}")
                aria-expanded="true"
                aria-controls=list_id.clone()
                aria-activedescendant=active_id
                on:keydown=by_key
                on:input=move |event| {
                    search.set(event_target_value(&event));
                    active.set(0);
                }
            />
            <div class="options" role="listbox" aria-multiselectable="true" aria-label=title.clone() id=list_id>
                {move || found.get().into_iter().enumerate().map(option.clone()).collect::<Vec<_>>()}
                {nothing}
            </div>
            <div class="row">
                <span class="faint">"Alt-click leaves out"</span>
                <span class="spacer"></span>
                <button type="button" class="button" on:click=clear>
                    "Clear"
                </button>
            </div>
        </div>
    }
}
