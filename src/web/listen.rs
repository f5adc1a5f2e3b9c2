//! Event listeners that end with their guard.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

/// A listener; dropping it removes it.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `react` on each `event` at `target`.
    pub fn new(target: &EventTarget, event: &'static str, react: impl FnMut(Event) + 'static) -> Self {
        let closure = Closure::wrap(Box::new(react) as Box<dyn FnMut(Event)>);
        // Only a null callback is refused, and this is none.
        let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        Self { target: target.clone(), event, closure }
    }

    /// Listens at the window; `None` where there is none.
    pub fn on_window(event: &'static str, react: impl FnMut(Event) + 'static) -> Option<Self> {
        web_sys::window().map(|window| Self::new(&window, event, react))
    }

    /// Listens at the document; `None` where there is none.
    pub fn on_document(event: &'static str, react: impl FnMut(Event) + 'static) -> Option<Self> {
        super::document::document().map(|document| Self::new(&document, event, react))
    }

    /// Listens to changes of a media query; `None` where the browser has none.
    pub fn on_media(query: &str, react: impl FnMut(Event) + 'static) -> Option<Self> {
        let media = web_sys::window()?.match_media(query).ok().flatten()?;
        Some(Self::new(&media, "change", react))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.closure.as_ref().unchecked_ref());
    }
}
