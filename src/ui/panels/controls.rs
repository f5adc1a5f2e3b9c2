//! What the viewer may set on a panel: switches, lists and sliders, kept in the address.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::state::Command;
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::view::{Control, ControlKind};

/// Up to this many choices stand side by side.
const SEGMENTS: usize = 4;

/// The controls of a panel, with their present values in `settings`; nothing for none.
pub fn controls(
    panel: &str,
    shapes: &[Control],
    settings: Memo<Vec<Control>>,
    details: bool,
) -> Option<impl IntoView + use<>> {
    let store = use_store();
    let shown: Vec<_> = shapes
        .iter()
        .filter(|control| details || !control.details)
        .map(|control| one(store, panel.to_owned(), control, settings))
        .collect();
    (!shown.is_empty()).then(|| view! { <div class="controls">{shown}</div> })
}

fn one(store: Store, panel: String, control: &Control, settings: Memo<Vec<Control>>) -> AnyView {
    let name = control.name.clone();
    let value = {
        let name = name.clone();
        Memo::new(move |_| {
            let found = settings.with(|all| all.iter().find(|c| c.name == name).map(|c| c.value.clone()));
            found.unwrap_or_default()
        })
    };
    let set = move |value: String| {
        let command = Command::SetSetting { panel: panel.clone(), name: name.clone(), value: Some(value) };
        apply_command(store, &command);
    };
    match &control.kind {
        ControlKind::Choice(options) if options.len() <= SEGMENTS => segments(control, options, value, set),
        ControlKind::Choice(options) => list(control, options, value, set),
        ControlKind::Slider { low, high, step } => slider(control, (*low, *high, *step), value, set),
    }
}

fn segments(
    control: &Control,
    options: &[(String, String)],
    value: Memo<String>,
    set: impl Fn(String) + Clone + 'static,
) -> AnyView {
    let group = NodeRef::<html::Div>::new();
    let values: Vec<String> = options.iter().map(|(value, _)| value.clone()).collect();
    let buttons: Vec<_> = options
        .iter()
        .enumerate()
        .map(|(at, (option, title))| {
            let (option, set, values) = (option.clone(), set.clone(), values.clone());
            let chosen = option.clone();
            let is_chosen = Memo::new(move |_| value.with(|value| *value == chosen));
            // One stop for Tab: the chosen one, or the first where none is.
            let is_stop = move || is_chosen.get() || (at == 0 && value.with(|value| !values.contains(value)));
            view! {
                <button
                    type="button"
                    role="radio"
                    data-text=title.clone()
                    data-option=option.clone()
                    aria-checked=move || is_chosen.get().to_string()
                    tabindex=move || if is_stop() { "0" } else { "-1" }
                    on:click=move |_| set(option.clone())
                >
                    {title.clone()}
                </button>
            }
        })
        .collect();
    // Arrow keys move within the group, as in a set of radio buttons.
    let by_key = move |event: web_sys::KeyboardEvent| {
        let n = values.len();
        let Some(to) = group.get_untracked().and_then(|group| neighbour(&group, &event.key(), n)) else { return };
        event.prevent_default();
        if let Some(value) = values.get(to) {
            set(value.clone());
        }
    };
    view! {
        <div
            class="segments"
            role="radiogroup"
            aria-label=control.title.clone()
            data-control=control.name.clone()
            node_ref=group
            on:keydown=by_key
        >
            {buttons}
        </div>
    }
    .into_any()
}

/// Moves the focus to the next or previous of `n` buttons and returns its place.
fn neighbour(group: &web_sys::HtmlElement, key: &str, n: usize) -> Option<usize> {
    let buttons = group.children();
    let here = crate::web::document::focused()?;
    let at = (0..n).find(|&i| buttons.item(i as u32).as_ref() == Some(&here))?;
    let to = match key {
        "ArrowRight" | "ArrowDown" => (at + 1) % n,
        "ArrowLeft" | "ArrowUp" => (at + n - 1) % n,
        _ => return None,
    };
    let button: web_sys::HtmlElement = buttons.item(to as u32)?.dyn_into().ok()?;
    // A button that is not rendered does not take the focus.
    let _ = button.focus();
    Some(to)
}

fn list(
    control: &Control,
    options: &[(String, String)],
    value: Memo<String>,
    set: impl Fn(String) + 'static,
) -> AnyView {
    let options: Vec<_> = options
        .iter()
        .map(|(option, title)| {
            let chosen = option.clone();
            view! {
                <option value=option.clone() selected=move || value.with(|value| *value == chosen)>
                    {title.clone()}
                </option>
            }
        })
        .collect();
    view! {
        <label class="row faint">
            <span>{control.title.clone()}</span>
            <select
                class="button outlined"
                data-control=control.name.clone()
                on:change=move |event| set(event_target_value(&event))
            >
                {options}
            </select>
        </label>
    }
    .into_any()
}

fn slider(
    control: &Control,
    (low, high, step): (f64, f64, f64),
    value: Memo<String>,
    set: impl Fn(String) + 'static,
) -> AnyView {
    let shown = RwSignal::new(value.get_untracked());
    Effect::new(move |_| shown.set(value.get()));
    view! {
        <label class="threshold">
            <span>{control.title.clone()}</span>
            <input
                type="range"
                min=low.to_string()
                max=high.to_string()
                step=step.to_string()
                data-control=control.name.clone()
                prop:value=move || shown.get()
                on:input=move |event| shown.set(event_target_value(&event))
                on:change=move |event| set(event_target_value(&event))
            />
            <output>{move || shown.get()}</output>
        </label>
    }
    .into_any()
}
