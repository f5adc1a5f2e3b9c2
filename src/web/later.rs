//! The part of this program that comes later: see `js/later.js`. Without it everything works too, from a first call that waits.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/js/later.js")]
extern "C" {
    /// Fetches the later part of this program in the background; again does nothing.
    #[wasm_bindgen(js_name = loadLater)]
    pub fn load();
}
