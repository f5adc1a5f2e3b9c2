//! The document: its root element, its base address, its metadata.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement};

/// The document.
pub fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// The root element.
pub fn root() -> Option<HtmlElement> {
    document()?.document_element()?.dyn_into().ok()
}

/// Sets or removes an attribute of the root element.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = root() else { return };
    // The names are our own literals, which the browser takes.
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// The base address against which relative addresses resolve.
pub fn base_url() -> String {
    document().and_then(|d| d.base_uri().ok().flatten()).unwrap_or_default()
}

/// The `content` of the `<meta>` element of that name.
pub fn meta(name: &str) -> Option<String> {
    document()?.query_selector(&format!("meta[name=\"{name}\"]")).ok()??.get_attribute("content")
}

/// Addresses of the lazy scripts by name, as the build wrote them into the page; the build's plain names where it did not.
pub fn chunks() -> Vec<(String, String)> {
    let text = meta("sightline-chunks").unwrap_or_default();
    let named: std::collections::BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_default();
    named.into_iter().collect()
}

/// The present value of a custom property of the root element, such as `--accent`; empty if there is none.
pub fn token(name: &str) -> String {
    let style =
        web_sys::window().zip(root()).and_then(|(window, root)| window.get_computed_style(&root).ok().flatten());
    style.and_then(|s| s.get_property_value(name).ok()).map(|v| v.trim().to_owned()).unwrap_or_default()
}

/// Sets the title of the window.
pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Whether nobody can see the page now.
pub fn is_hidden() -> bool {
    document().is_some_and(|d| d.hidden())
}

/// The element that has the keyboard.
pub fn focused() -> Option<Element> {
    document()?.active_element()
}

/// Whether the keyboard is in a field, where letters are text and not shortcuts.
pub fn is_typing() -> bool {
    focused().is_some_and(|e| {
        matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || e.has_attribute("contenteditable")
    })
}

/// Whether the media query holds now.
pub fn media_matches(query: &str) -> bool {
    web_sys::window().and_then(|w| w.match_media(query).ok().flatten()).is_some_and(|m| m.matches())
}
