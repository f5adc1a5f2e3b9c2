//! The address bar: the query string of one document. The path and the fragment are never touched.

use wasm_bindgen::JsValue;

/// The query string with its `?`; empty if there is none.
pub fn query() -> String {
    web_sys::window().and_then(|w| w.location().search().ok()).unwrap_or_default()
}

/// The whole address with another query string (without `?`).
pub fn address_with(query: &str) -> String {
    let location = web_sys::window().map(|w| w.location());
    let part = |read: fn(&web_sys::Location) -> Result<String, JsValue>| {
        location.as_ref().and_then(|l| read(l).ok()).unwrap_or_default()
    };
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{}{mark}{query}", part(web_sys::Location::origin), part(web_sys::Location::pathname))
}

/// Writes the query string (without `?`) as a new step of the history, or in place of the current one.
pub fn write(query: &str, is_new_step: bool) {
    let Some(history) = web_sys::window().and_then(|w| w.history().ok()) else { return };
    let address = address_with(query);
    // Browsers refuse after too many writes in a short time; the next one will be right again.
    let _ = if is_new_step {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    };
}
