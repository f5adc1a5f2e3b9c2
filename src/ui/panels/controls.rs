//! What the viewer may set on a panel: switches, lists and sliders, kept in the address.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::view::{Control, ControlKind};

/// Up to this many choices stand side by side.
const SEGMENTS: usize = 4;

/// The controls of a panel; nothing for none.
pub fn controls(panel: &str, controls: &[Control], details: bool) -> Option<impl IntoView + use<>> {
    let store = use_store();
    let shown: Vec<_> = controls
        .iter()
        .filter(|control| details || !control.details)
        .map(|control| one(store, panel.to_owned(), control))
        .collect();
    (!shown.is_empty()).then(|| view! { <div class="controls">{shown}</div> })
}

fn one(store: Store, panel: String, control: &Control) -> AnyView {
    let name = control.name.clone();
    let set = move |value: String| {
        let command = Command::SetSetting { panel: panel.clone(), name: name.clone(), value: Some(value) };
        apply_command(store, &command);
    };
    match &control.kind {
        ControlKind::Choice(options) if options.len() <= SEGMENTS => segments(control, options, set),
        ControlKind::Choice(options) => list(control, options, set),
        ControlKind::Slider { low, high, step } => slider(control, (*low, *high, *step), set),
    }
}

fn segments(control: &Control, options: &[(String, String)], set: impl Fn(String) + Clone + 'static) -> AnyView {
    let buttons: Vec<_> = options
        .iter()
        .map(|(value, title)| {
            let is_chosen = *value == control.value;
            let (value, set) = (value.clone(), set.clone());
            view! {
                <button
                    type="button"
                    role="radio"
                    data-text=title.clone()
                    data-option=value.clone()
                    aria-checked=is_chosen.to_string()
                    on:click=move |_| set(value.clone())
                >
                    {title.clone()}
                </button>
            }
        })
        .collect();
    view! {
        <div class="segments" role="radiogroup" aria-label=control.title.clone() data-control=control.name.clone()>
            {buttons}
        </div>
    }
    .into_any()
}

fn list(control: &Control, options: &[(String, String)], set: impl Fn(String) + 'static) -> AnyView {
    let options: Vec<_> = options
        .iter()
        .map(|(value, title)| {
            view! {
                <option value=value.clone() selected=*value == control.value>
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

fn slider(control: &Control, (low, high, step): (f64, f64, f64), set: impl Fn(String) + 'static) -> AnyView {
    let shown = RwSignal::new(control.value.clone());
    view! {
        <label class="threshold">
            <span>{control.title.clone()}</span>
            <input
                type="range"
                min=low.to_string()
                max=high.to_string()
                step=step.to_string()
                data-control=control.name.clone()
                prop:value=control.value.clone()
                on:input=move |event| shown.set(event_target_value(&event))
                on:change=move |event| set(event_target_value(&event))
            />
            <output>{move || shown.get()}</output>
        </label>
    }
    .into_any()
}
