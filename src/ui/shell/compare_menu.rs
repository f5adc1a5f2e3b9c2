//! What the selection is compared with: nothing, the previous period, a fixed window, a baseline model, or the rest of the regions
//! or segments.

use leptos::prelude::*;

use crate::state::{Command, Comparison, TimeInput};
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Close, MenuItem, Popover};
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::follow_engine::ask_values;

/// Offsets that the menu offers beside the period just before.
const OFFSETS: [(&str, &str); 4] =
    [("1d", "A day earlier"), ("1w", "A week earlier"), ("1M", "A month earlier"), ("1y", "A year earlier")];

/// Makes a comparison of a dimension's value.
type Rest = fn(String) -> Comparison;
/// Dimensions of which one value is compared with all others.
const RESTS: [(&str, Rest); 2] = [("region", Comparison::Region), ("segment", Comparison::Segment)];

/// The comparison menu.
#[component]
pub fn CompareMenu() -> impl IntoView {
    let store = use_store();
    let titles = Memo::new(move |_| {
        store.resolved.with(|r| r.references.iter().map(|reference| reference.title.clone()).collect::<Vec<_>>())
    });
    let class =
        Signal::derive(move || if titles.with(Vec::is_empty) { "chip".to_owned() } else { "chip active".to_owned() });
    let face = move || {
        view! {
            {icon(Icon::Compare)}
            {move || {
                let titles = titles.get();
                if titles.is_empty() {
                    view! { "Compare" }.into_any()
                } else {
                    view! { "vs " <span class="chip-value">{titles.join(", ")}</span> }.into_any()
                }
            }}
        }
    };
    view! { <Popover class=class face=face content=move |close| menu(store, close).into_any() /> }
}

fn menu(store: Store, close: Close) -> impl IntoView {
    let chosen = store.selection.get_untracked().compare;
    let document = store.workspace_untracked();
    let item = |text: String, comparison: Comparison| {
        let is_chosen = chosen.contains(&comparison);
        let run = move || {
            close.now();
            apply_command(store, &Command::ToggleComparison(comparison.clone()));
        };
        view! { <MenuItem text=text chosen=Some(is_chosen) run=run /> }
    };
    let off = move || {
        close.now();
        apply_command(store, &Command::SetComparisons(Vec::new()));
    };
    let offsets: Vec<_> =
        OFFSETS.iter().map(|(span, text)| item((*text).to_owned(), Comparison::Offset((*span).to_owned()))).collect();
    let models: Vec<_> = document
        .spec
        .models
        .iter()
        .map(|m| item(m.title.clone().unwrap_or_else(|| m.id.clone()), Comparison::Model(m.id.clone(), None)))
        .collect();
    let has_models = !models.is_empty();
    view! {
        <div role="menu">
            <MenuItem text="Off" chosen=Some(chosen.is_empty()) run=off />
            {item("Previous period".to_owned(), Comparison::Previous)}
            {offsets}
        </div>
        <hr class="menu-rule" />
        {window_form(store, close)}
        {has_models
            .then(|| {
                view! {
                    <hr class="menu-rule" />
                    <p class="menu-heading">"Baseline model"</p>
                    <div role="menu">{models}</div>
                }
            })}
        {RESTS.map(|(dimension, comparison)| rest_menu(store, close, dimension, comparison)).into_iter().collect::<Vec<_>>()}
    }
}

/// Values of a dimension that are listed at once, the rest by typing into the address or the filter.
const MOST_VALUES: usize = 50;

/// One value of a dimension against all others, as far as values are known; nothing where the workspace has no such dimension.
fn rest_menu(
    store: Store,
    close: Close,
    dimension: &'static str,
    comparison: fn(String) -> Comparison,
) -> Option<impl IntoView> {
    let document = store.workspace_untracked();
    let spec = document.spec.dimensions.iter().find(|d| d.id == dimension)?;
    let title = spec.title.clone().unwrap_or_else(|| capital(dimension));
    ask_values(store, dimension);
    let chosen = store.selection.with_untracked(|s| s.compare.clone());
    let items = move || {
        let known = store.values.with(|known| known.get(dimension).cloned());
        let Some(known) = known else {
            return view! { <p class="menu-heading">"Asking the sources..."</p> }.into_any();
        };
        if known.values.is_empty() {
            let text = known.failure.map_or_else(|| format!("No {dimension} is known."), |failure| failure.text);
            return view! { <p class="menu-heading">{text}</p> }.into_any();
        }
        let item = |value: &String| {
            let comparison = comparison(value.clone());
            let is_chosen = chosen.contains(&comparison);
            let run = move || {
                close.now();
                apply_command(store, &Command::ToggleComparison(comparison.clone()));
            };
            view! { <MenuItem text=value.clone() chosen=Some(is_chosen) run=run /> }
        };
        let items: Vec<_> = known.values.iter().take(MOST_VALUES).map(item).collect();
        view! { <div role="menu" data-rest=dimension>{items}</div> }.into_any()
    };
    Some(view! {
        <hr class="menu-rule" />
        <p class="menu-heading">{title} " against the rest"</p>
        {items}
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn window_form(store: Store, close: Close) -> impl IntoView {
    let current = store.selection.with_untracked(|s| {
        s.compare.iter().find_map(|c| match c {
            Comparison::Window(from, to) => Some((from.0.clone(), to.0.clone())),
            _ => None,
        })
    });
    let (from, to) = current.unwrap_or_else(|| ("now-2w/w".to_owned(), "now-2w/w".to_owned()));
    let (from, to) = (RwSignal::new(from), RwSignal::new(to));
    let set = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let input = |text: RwSignal<String>| TimeInput(text.get_untracked().trim().to_owned());
        let others =
            store.selection.get_untracked().compare.into_iter().filter(|c| !matches!(c, Comparison::Window(..)));
        let all = others.chain([Comparison::Window(input(from), input(to))]).collect();
        close.now();
        apply_command(store, &Command::SetComparisons(all));
    };
    let field = |name: &'static str, text: RwSignal<String>| {
        view! {
            <label class="labelled">
                <span>{name}</span>
                <input
                    class="field"
                    type="text"
                    spellcheck="false"
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                />
            </label>
        }
    };
    view! {
        <form class="popover-text" on:submit=set>
            <div class="row">{field("Fixed window from", from)} {field("to", to)}</div>
            <button type="submit" class="button outlined">
                "Compare with this window"
            </button>
        </form>
    }
}
