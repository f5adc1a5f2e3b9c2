//! Random numbers that cannot be foretold.

use wasm_bindgen::{JsCast, JsValue};

/// 32 bytes of the browser's generator; `None` if it gives none. Works in the page and in a worker, also without `https`.
pub fn bytes() -> Option<[u8; 32]> {
    let crypto = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("crypto")).ok()?;
    let mut bytes = [0; 32];
    crypto.dyn_into::<web_sys::Crypto>().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}
