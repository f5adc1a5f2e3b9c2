//! The window of a provider's log-in page, and the way back from it.

use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen(module = "/js/login-page.js")]
extern "C" {
    #[wasm_bindgen(js_name = openWindow)]
    fn open_window(source: &str, tell: &Closure<dyn FnMut(String, String)>);
    /// Leads the window that was opened for one of these sources to an address.
    #[wasm_bindgen(js_name = leadWindow)]
    pub fn lead(sources: Vec<String>, url: &str);
    /// Closes the window that was opened for one of these sources, and hears nothing of it any more.
    #[wasm_bindgen(js_name = endWindow)]
    pub fn end(sources: Vec<String>);
}

/// What is learnt of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WindowNews {
    /// The browser did not open it.
    Blocked,
    /// It is closed, or cannot be seen from here any more; it may still come back.
    Closed,
    /// The provider has sent the viewer back with this query.
    Back(String),
}

/// Opens the window for the sign-in of a source; in a click, or the browser refuses. One of before is closed.
pub fn open(source: &str, react: impl Fn(WindowNews) + 'static) {
    let tell = Closure::new(move |what: String, query: String| {
        react(match what.as_str() {
            "blocked" => WindowNews::Blocked,
            "closed" => WindowNews::Closed,
            _ => WindowNews::Back(query),
        });
    });
    open_window(source, &tell);
    // As long as the page: a window may come back at any time.
    tell.forget();
}
