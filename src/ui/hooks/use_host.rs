//! In a frame: hears the host page, and tells it what happens here.

use std::collections::BTreeSet;

use leptos::prelude::*;
use serde_json::json;

use crate::protocol::Lamp;
use crate::share::host::told;
use crate::spec::{Auth, SourceSpec};
use crate::state::Selection;
use crate::ui::store::{EngineState, Loaded, Store};
use crate::ui::tasks::answer_host::answer_host;
use crate::web::{document, host};

/// Follows the host for as long as the app lives; outside a frame, or where the workspace names no host, does nothing.
pub fn use_host(store: Store) {
    if !host::is_embedded() {
        return;
    }
    let listens = StoredValue::new(false);
    Effect::new(move |_| {
        let Loaded::Ready(document) = store.loaded.get() else { return };
        if !listens.get_value() && !document.spec.embed.origins.is_empty() {
            listens.set_value(true);
            host::listen(&document.spec.embed.origins, move |text| answer_host(store, &text));
        }
    });
    Effect::new(move |before: Option<Selection>| {
        let selection = store.selection.get();
        let range = store.resolved.with(|r| r.range);
        for (name, detail) in told(before.as_ref(), &selection, range) {
            host::tell(name, &detail);
        }
        selection
    });
    tell_sources(store);
    tell_trouble(store);
}

/// Tells the host that the panels stand. Called whenever they do.
pub fn tell_ready() {
    if host::is_embedded() {
        host::tell("ready", &json!({ "build": document::meta("sightline-build") }));
    }
}

/// Which sources want a log-in: the host may lend a token, so that nobody types one in a frame.
fn tell_sources(store: Store) {
    let waiting = Memo::new(move |_| {
        let document = store.workspace();
        let wants = |lamp: &&Lamp| {
            let takes_token = |s: &SourceSpec| s.id.0 == lamp.source && s.auth == Auth::Bearer;
            lamp.needs_login && document.spec.sources.iter().any(takes_token)
        };
        store.lamps.with(|lamps| lamps.values().filter(wants).map(|l| l.source.clone()).collect::<BTreeSet<_>>())
    });
    Effect::new(move |before: Option<BTreeSet<String>>| {
        let sources = waiting.get();
        let before = before.unwrap_or_default();
        let new: Vec<&String> = sources.difference(&before).collect();
        if !new.is_empty() {
            host::tell("auth-required", &json!({ "sources": new }));
        }
        sources
    });
}

fn tell_trouble(store: Store) {
    let trouble = Memo::new(move |_| match (store.loaded.get(), store.engine_state.get()) {
        (Loaded::Unreadable { headline, .. }, _) => Some(headline),
        (_, EngineState::Stopped) => Some("The engine stopped several times and stays off.".to_owned()),
        _ => None,
    });
    Effect::new(move |_| {
        if let Some(message) = trouble.get() {
            host::tell("error", &json!({ "message": message }));
        }
    });
}
