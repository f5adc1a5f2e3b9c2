//! The only place that reads a clock, and the marks on the performance time line.

use wasm_bindgen::{JsCast, JsValue};

/// The viewer's clock, milliseconds since the Unix epoch, UTC.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Milliseconds on a clock that never goes back; only differences mean something. Works in the page and in a worker.
pub fn monotonic_ms() -> f64 {
    performance().map_or_else(js_sys::Date::now, |p| p.now())
}

/// A number in `0.0..1.0` for jitter; never for identity or secrets.
pub fn jitter() -> f64 {
    js_sys::Math::random()
}

/// Marks that a step was reached, as `sightline:<step>`.
pub fn mark(step: &str) {
    if let Some(performance) = performance() {
        // A mark that the browser refuses is lost; nothing depends on it.
        let _ = performance.mark(&format!("sightline:{step}"));
    }
}

fn performance() -> Option<web_sys::Performance> {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("performance")).ok()?.dyn_into().ok()
}
