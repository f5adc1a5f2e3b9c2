//! Starts the engine and brings its news into the store.

use leptos::prelude::*;

use super::notify::notify;
use crate::protocol::{FromEngine, SignInStage, ToEngine};
use crate::ui::store::{EngineState, KnownValues, Loaded, Notice, Store};
use crate::web::document;
use crate::web::engine_client::{EngineClient, EngineEvent, script};
use crate::web::login_window;

/// Starts the engine. It is told the workspace as soon as that is read.
pub fn start_engine(store: Store) {
    let engine = EngineClient::start(script(), move |event| take(store, event));
    store.set_engine(engine);
}

/// Tells the engine where the page is and what the workspace says.
pub fn introduce(store: Store, workspace: &str) {
    store.workspace_text.set_value(workspace.to_owned());
    let Some(engine) = store.engine() else { return };
    engine.send(ToEngine::Start {
        base_url: document::base_url(),
        workspace: workspace.to_owned(),
        chunks: document::chunks(),
    });
}

fn take(store: Store, event: EngineEvent) {
    match event {
        EngineEvent::Said(said) => {
            store.engine_state.set(EngineState::Running);
            hear(store, *said);
        }
        EngineEvent::Lost => {
            store.engine_state.set(EngineState::Restarting);
            store.sign_ins.update(std::collections::BTreeMap::clear);
            notify(store, Notice::new("The engine stopped and is being started again. What you see is from before."));
        }
        EngineEvent::Restarted => {
            if matches!(store.loaded.get_untracked(), Loaded::Ready(_)) {
                let text = store.workspace_text.with_value(Clone::clone);
                introduce(store, &text);
                super::show_visible::send(store);
            }
        }
        EngineEvent::Renewed => {
            store.engine_state.set(EngineState::Running);
            // Those who stay signed in are told of by the new one.
            store.sign_ins.update(std::collections::BTreeMap::clear);
            // Before all else, so that nothing is asked without them.
            if let Some(engine) = store.engine() {
                engine.send(ToEngine::TakeOver);
            }
            if matches!(store.loaded.get_untracked(), Loaded::Ready(_)) {
                let text = store.workspace_text.with_value(Clone::clone);
                introduce(store, &text);
                super::show_visible::send(store);
            }
        }
        EngineEvent::GivenUp => {
            store.engine_state.set(EngineState::Stopped);
            notify(store, Notice::new("The engine stopped several times and stays off. Reload the page to try again."));
        }
    }
}

fn hear(store: Store, said: FromEngine) {
    match said {
        FromEngine::Panel(update) => {
            if update.generation < store.asked_generation.get_untracked() {
                return;
            }
            let panel = store.panel(&update.panel);
            if update.generation >= panel.with_untracked(|now| now.generation) {
                panel.update(|now| now.take(*update));
            }
        }
        FromEngine::Health(lamp) => store.lamps.update(|lamps| drop(lamps.insert(lamp.source.clone(), lamp))),
        FromEngine::Values { dimension, values, failure } => {
            store.values.update(|known| drop(known.insert(dimension, KnownValues { values, failure })));
        }
        FromEngine::Inspection { panel, requests } => {
            store.inspections.update(|known| drop(known.insert(panel, requests)));
        }
        FromEngine::SignIn { sources, stage } => {
            match &stage {
                SignInStage::Ready { url } => login_window::lead(sources.clone(), url),
                SignInStage::In { .. } | SignInStage::Failed(_) | SignInStage::Out => {
                    login_window::end(sources.clone());
                }
                SignInStage::Preparing | SignInStage::Finishing => {}
            }
            let news = sources.into_iter().map(|source| (source, stage.clone()));
            store.sign_ins.update(|known| known.extend(news));
        }
        FromEngine::Pong { .. } | FromEngine::TookOver => {}
    }
}

/// Replaces the engine as somebody wishes. Who is signed in stays so.
pub fn restart_engine(store: Store) {
    if let Some(engine) = store.engine() {
        engine.restart();
    }
}

/// Asks for the values of a dimension; they arrive in the store.
pub fn ask_values(store: Store, dimension: &str) {
    if let Some(engine) = store.engine() {
        engine.send(ToEngine::Values { dimension: dimension.to_owned() });
    }
}

/// Asks for what is behind a panel; it arrives in the store.
pub fn ask_inspection(store: Store, panel: &str) {
    store.inspections.update(|known| drop(known.remove(panel)));
    if let Some(engine) = store.engine() {
        engine.send(ToEngine::Inspect { panel: panel.to_owned() });
    }
}
