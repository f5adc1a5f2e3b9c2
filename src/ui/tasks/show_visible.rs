//! Tells the engine what is visible, whenever that or the question changes.

use std::collections::BTreeMap;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use crate::protocol::{PanelRequest, Show, ToEngine};
use crate::state::current_panel;
use crate::ui::store::{Loaded, PanelNow, Question, Store};

/// Changes within this time are told together.
const GATHER_MS: u32 = 24;

/// Follows the question and the visible panels for as long as the app lives.
pub fn follow(store: Store) {
    Effect::new(move |earlier: Option<Question>| {
        let question = store.question.get();
        if earlier.as_ref() == Some(&question) {
            return question;
        }
        if earlier.as_ref().is_some_and(|earlier| earlier.role != question.role) {
            forget(store);
        }
        let generation = store.generation.get_untracked().wrapping_add(1);
        store.generation.set(generation);
        if !earlier.is_some_and(|earlier| question.is_refresh_of(&earlier)) {
            store.asked_generation.set(generation);
        }
        schedule(store);
        question
    });
    Effect::new(move |_| {
        store.visible.track();
        store.loaded.track();
        schedule(store);
    });
}

/// Forgets what was shown, under another list of fields or login: no picture is kept until the new one comes.
pub(super) fn forget(store: Store) {
    for (_, panel) in store.panels() {
        panel.update(|now| *now = PanelNow { generation: now.generation, ..PanelNow::default() });
    }
    store.inspections.update(BTreeMap::clear);
    store.values.update(BTreeMap::clear);
    store.overlay.set(None);
}

/// Tells the engine soon.
pub fn schedule(store: Store) {
    // Replacing the timer cancels the one that waits.
    store.show_timer.set_value(Some(Timeout::new(GATHER_MS, move || send(store))));
}

/// Tells the engine now, and again after it was replaced.
pub fn send(store: Store) {
    let Some(engine) = store.engine() else { return };
    if !matches!(store.loaded.get_untracked(), Loaded::Ready(_)) {
        return;
    }
    let question = store.question.get_untracked();
    let workspace = store.workspace_untracked();
    let on_its_own = current_panel(&question.selection, &workspace.spec).map(str::to_owned);
    let request = |(id, width): (&String, &u32)| PanelRequest {
        panel: id.clone(),
        width_px: *width,
        details: on_its_own.as_deref() == Some(id),
    };
    let now_ms = store.refreshed_ms.get_untracked();
    let show = Show {
        generation: store.generation.get_untracked(),
        panels: store.visible.with_untracked(|visible| visible.iter().map(request).collect()),
        selection: question.selection,
        role: question.role,
        range: question.range,
        references: question.references,
        now_ms,
    };
    engine.send(ToEngine::Show(Box::new(show)));
    if store.wants_refresh.with_value(|wanted| *wanted) {
        store.wants_refresh.set_value(false);
        engine.send(ToEngine::Refresh { now_ms });
    }
}
