//! A button that opens something above the page: a menu, a picker, a text.
//!
//! The browser's own popover does the layering, Escape, light dismissal and the way back of the focus; this file places it.

use std::sync::atomic::{AtomicUsize, Ordering};

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// An id that no other element of the page has.
pub fn unique_id(prefix: &str) -> String {
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Closes the popover around a content.
#[derive(Clone, Copy)]
pub struct Close(NodeRef<html::Div>);

impl Close {
    /// Closes it; the focus goes back to its button.
    pub fn now(self) {
        if let Some(element) = self.0.get_untracked() {
            // It is refused only when the popover is closed already.
            let _ = element.hide_popover();
        }
    }
}

/// A button and the popover that it opens. The content is built when it opens and dropped when it closes.
#[component]
pub fn Popover(
    /// Classes of the button. Default is `button`.
    #[prop(into, default = "button".into())]
    class: Signal<String>,
    /// Name of the button for those who do not see it; empty if its text says it.
    #[prop(into, default = Signal::stored(String::new()))]
    label: Signal<String>,
    /// What the button shows.
    #[prop(into)]
    face: ViewFn,
    /// What the popover holds.
    content: impl Fn(Close) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let id = unique_id("popover");
    let panel = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let is_open = RwSignal::new(false);
    let is_opening =
        |event: &web_sys::Event| event.dyn_ref::<web_sys::ToggleEvent>().is_some_and(|e| e.new_state() == "open");
    let before_toggle = move |event: web_sys::Event| {
        if is_opening(&event) {
            is_open.set(true);
            if let (Some(panel), Some(button)) = (panel.get_untracked(), button.get_untracked()) {
                place(&panel, &button);
            }
        }
    };
    let after_toggle = move |event: web_sys::Event| {
        if is_opening(&event) {
            if let Some(panel) = panel.get_untracked() {
                focus_first(&panel);
            }
        } else {
            is_open.set(false);
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if let Some(panel) = panel.get_untracked() {
            move_focus(&panel, &event);
        }
    };
    let content = StoredValue::new(content);
    view! {
        <span class="anchor">
            <button
                type="button"
                class=class
                node_ref=button
                popovertarget=id.clone()
                aria-haspopup="true"
                aria-expanded=move || is_open.get().to_string()
                aria-label=move || Some(label.get()).filter(|l| !l.is_empty())
                title=move || Some(label.get()).filter(|l| !l.is_empty())
            >
                {face.run()}
            </button>
            <div
                class="popover"
                id=id
                popover="auto"
                node_ref=panel
                on:beforetoggle=before_toggle
                on:toggle=after_toggle
                on:keydown=on_key
            >
                {move || is_open.get().then(|| content.with_value(|content| content(Close(panel))))}
            </div>
        </span>
    }
}

/// Below the button, on the side that has room.
fn place(panel: &HtmlElement, button: &HtmlElement) {
    const GAP: f64 = 4.0;
    const EDGE: f64 = 8.0;
    let Some(window) = web_sys::window() else { return };
    let size = |side: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| side.ok().and_then(|v| v.as_f64());
    let (Some(width), Some(height)) = (size(window.inner_width()), size(window.inner_height())) else { return };
    let rect = button.get_bounding_client_rect();
    let style = panel.style();
    let set = |name: &str, value: &str| {
        // Our own property names are never refused.
        let _ = style.set_property(name, value);
    };
    let (below, above) = (height - rect.bottom(), rect.top());
    let is_above = below < 240.0 && above > below;
    if is_above {
        set("top", "auto");
        set("bottom", &format!("{}px", height - rect.top() + GAP));
        set("max-height", &format!("{}px", above - GAP - EDGE));
    } else {
        set("bottom", "auto");
        set("top", &format!("{}px", rect.bottom() + GAP));
        set("max-height", &format!("{}px", below - GAP - EDGE));
    }
    if width < 700.0 {
        set("left", &format!("{EDGE}px"));
        set("right", "auto");
    } else if rect.left() > width / 2.0 {
        set("left", "auto");
        set("right", &format!("{}px", (width - rect.right()).max(EDGE)));
    } else {
        set("right", "auto");
        set("left", &format!("{}px", rect.left().max(EDGE)));
    }
}

fn items(panel: &HtmlElement, selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = panel.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}

fn focus_first(panel: &HtmlElement) {
    let chosen = items(panel, "[data-autofocus], [aria-checked=true], .menu-item").into_iter().next();
    if let Some(element) = chosen {
        // An element that is not rendered yet does not take the focus.
        let _ = element.focus();
    }
}

/// Arrow keys, Home and End walk through a menu.
fn move_focus(panel: &HtmlElement, event: &web_sys::KeyboardEvent) {
    let items = items(panel, ".menu-item");
    let last = items.len().saturating_sub(1);
    let here = crate::web::document::focused();
    let at = here.and_then(|here| items.iter().position(|item| **item == here));
    if at.is_none() {
        return;
    }
    let to = match (event.key().as_str(), at) {
        ("ArrowDown", Some(at)) => {
            if at >= last {
                0
            } else {
                at + 1
            }
        }
        ("ArrowUp", Some(at)) => at.checked_sub(1).unwrap_or(last),
        ("Home", _) => 0,
        ("End", _) => last,
        _ => return,
    };
    event.prevent_default();
    if let Some(item) = items.get(to) {
        let _ = item.focus();
    }
}

/// One line of a menu.
#[component]
pub fn MenuItem(
    /// What it says.
    #[prop(into)]
    text: String,
    /// The key that does the same; empty for none.
    #[prop(into, optional)]
    key: String,
    /// Whether it is the chosen one of several; `None` if it is not a choice.
    #[prop(optional_no_strip, default = None)]
    chosen: Option<bool>,
    /// What it does.
    run: impl Fn() + 'static,
) -> impl IntoView {
    let role = if chosen.is_some() { "menuitemradio" } else { "menuitem" };
    view! {
        <button
            type="button"
            class="menu-item"
            role=role
            aria-checked=chosen.map(|c| c.to_string())
            on:click=move |_| run()
        >
            <span>{text}</span>
            <span class="spacer"></span>
            {(!key.is_empty()).then(|| view! { <kbd>{key}</kbd> })}
            {(chosen == Some(true)).then(|| super::icon::icon(super::icon::Icon::Check))}
        </button>
    }
}
