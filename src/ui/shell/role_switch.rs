//! The role switch: segments where there is room, a list where there is not.

use leptos::prelude::*;

use crate::state::{Command, current_role};
use crate::ui::store::use_store;
use crate::ui::tasks::apply_command::apply_command;

/// The role switch.
#[component]
pub fn RoleSwitch() -> impl IntoView {
    let store = use_store();
    let roles = Memo::new(move |_| {
        let document = store.workspace();
        document.spec.roles.iter().map(|r| (r.id.clone(), r.title.clone())).collect::<Vec<_>>()
    });
    let current = Memo::new(move |_| {
        let document = store.workspace();
        store.selection.with(|s| current_role(s, &document.spec).map(|r| r.id.clone())).unwrap_or_default()
    });
    let switch = move |id: String| apply_command(store, &Command::SetRole(id));
    // Arrow keys move within the group, as in a set of radio buttons.
    let by_key = move |event: web_sys::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        let roles = roles.get_untracked();
        let here = roles.iter().position(|(id, _)| *id == current.get_untracked()).unwrap_or(0);
        let to = (here as isize + step).rem_euclid(roles.len().max(1) as isize) as usize;
        if let Some((id, _)) = roles.get(to) {
            switch(id.clone());
            let button = format!("role-{id}");
            request_animation_frame(move || {
                let element = crate::web::document::document().and_then(|d| d.get_element_by_id(&button));
                if let Some(element) =
                    element.and_then(|e| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(e).ok())
                {
                    let _ = element.focus();
                }
            });
        }
    };
    let segment = move |(id, title): (String, String)| {
        let is_current = {
            let id = id.clone();
            move || current.with(|current| *current == id)
        };
        let tab = {
            let is_current = is_current.clone();
            move || if is_current() { "0" } else { "-1" }
        };
        let element_id = format!("role-{id}");
        view! {
            <button
                type="button"
                role="radio"
                id=element_id
                data-role=id.clone()
                data-text=title.clone()
                aria-checked=move || is_current().to_string()
                tabindex=tab
                on:click=move |_| switch(id.clone())
            >
                {title.clone()}
            </button>
        }
    };
    let option = move |(id, title): (String, String)| {
        let value = id.clone();
        view! {
            <option value=value selected=move || current.with(|current| *current == id)>
                {title}
            </option>
        }
    };
    view! {
        <div class="segments" role="radiogroup" aria-label="Role" on:keydown=by_key>
            {move || roles.get().into_iter().map(segment).collect::<Vec<_>>()}
        </div>
        <select
            class="button outlined role-select"
            aria-label="Role"
            on:change=move |event| switch(event_target_value(&event))
        >
            {move || roles.get().into_iter().map(option).collect::<Vec<_>>()}
        </select>
    }
}
