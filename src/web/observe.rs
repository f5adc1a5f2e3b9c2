//! Observers of an element: whether it is near the screen, and how wide it is. Each ends with its guard.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, ResizeObserver,
    ResizeObserverEntry,
};

/// Distance from the screen at which an element counts as near, in CSS pixels.
const MARGIN: &str = "240px 0px";

/// Tells whether an element is near the screen.
pub struct NearScreen {
    observer: IntersectionObserver,
    _closure: Closure<dyn FnMut(js_sys::Array)>,
}

impl NearScreen {
    /// Calls `react` with `true` when the element comes near and `false` when it goes; `None` if the browser refuses.
    pub fn new(element: &Element, mut react: impl FnMut(bool) + 'static) -> Option<Self> {
        let closure = Closure::wrap(Box::new(move |entries: js_sys::Array| {
            let newest = entries.iter().last().and_then(|e| e.dyn_into::<IntersectionObserverEntry>().ok());
            if let Some(entry) = newest {
                react(entry.is_intersecting());
            }
        }) as Box<dyn FnMut(js_sys::Array)>);
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let observer = IntersectionObserver::new_with_options(closure.as_ref().unchecked_ref(), &options).ok()?;
        observer.observe(element);
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for NearScreen {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Tells an element's width.
pub struct Width {
    observer: ResizeObserver,
    _closure: Closure<dyn FnMut(js_sys::Array)>,
}

impl Width {
    /// Calls `react` with the content width in CSS pixels, at once and on each change; `None` if the browser refuses.
    pub fn new(element: &Element, mut react: impl FnMut(f64) + 'static) -> Option<Self> {
        let closure = Closure::wrap(Box::new(move |entries: js_sys::Array| {
            let newest = entries.iter().last().and_then(|e| e.dyn_into::<ResizeObserverEntry>().ok());
            if let Some(entry) = newest {
                react(entry.content_rect().width());
            }
        }) as Box<dyn FnMut(js_sys::Array)>);
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for Width {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
