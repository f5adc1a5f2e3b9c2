//! The only place that reads a clock.

use wasm_bindgen::{JsCast, JsValue};

/// The viewer's clock, milliseconds since the Unix epoch, UTC.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Milliseconds on a clock that never goes back; only differences mean something. Works in the page and in a worker.
pub fn monotonic_ms() -> f64 {
    let performance = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("performance"));
    performance.ok().and_then(|p| p.dyn_into::<web_sys::Performance>().ok()).map_or_else(js_sys::Date::now, |p| p.now())
}
