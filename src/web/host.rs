//! The page that shows this one in a frame: a port to it, once it has proved its origin. See `js/host.js`.

use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen(module = "/js/host.js")]
extern "C" {
    /// Whether this document is the one for frames, and is in one.
    #[wasm_bindgen(js_name = isEmbedded)]
    pub fn is_embedded() -> bool;
    #[wasm_bindgen(js_name = listen)]
    fn listen_at(origins: Vec<String>, take: &Closure<dyn FnMut(String)>);
    #[wasm_bindgen(js_name = tell)]
    fn tell_text(name: &str, detail: &str);
}

/// Waits for a host of one of these origins; each of its messages, as JSON, comes to `take`.
pub fn listen(origins: &[String], take: impl FnMut(String) + 'static) {
    let take = Closure::new(take);
    listen_at(origins.to_vec(), &take);
    // As long as the page: a host may reload and come back.
    take.forget();
}

/// Tells the host something, if there is one: the name of the event and an object.
pub fn tell(name: &str, detail: &serde_json::Value) {
    tell_text(name, &detail.to_string());
}
