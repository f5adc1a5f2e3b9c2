//! The chart library as the page sees it: loaded once, when the first chart wants it.

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::web::{charts, document};

/// How far the chart library is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// Under way.
    Loading,
    /// Charts can be drawn.
    Ready,
    /// It cannot be loaded.
    Failed,
}

/// The state of the library; asks for it at the first call.
#[allow(clippy::disallowed_methods)] // nothing to report: the state says it
pub(super) fn use_library() -> Signal<Library> {
    if charts::is_loaded() {
        return Signal::stored(Library::Ready);
    }
    let state = RwSignal::new(Library::Loading);
    let url = document::chunks().into_iter().find(|(name, _)| name == "charts").map(|(_, url)| url);
    spawn_local(async move {
        let loaded = match url {
            Some(url) => charts::load(&url).await.is_ok(),
            None => false,
        };
        // The chart may be gone by now.
        let _ = state.try_set(if loaded { Library::Ready } else { Library::Failed });
    });
    state.into()
}
