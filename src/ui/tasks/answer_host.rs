//! Does what the host page asks for, as far as a viewer could do it.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::apply_command::show;
use super::export_panel;
use super::login::login;
use super::spawn::spawn;
use crate::protocol::Secret;
use crate::share::host::{Format, Wish, id_of, read, with};
use crate::spec::Auth;
use crate::ui::store::Store;
use crate::web::host;

/// A picture that is not there yet is looked for so often, at this distance in milliseconds.
const DRAWN_TRIES: u32 = 20;
const DRAWN_AGAIN_MS: u32 = 250;

/// Answers one message, which came as JSON.
pub fn answer_host(store: Store, text: &str) {
    let message = match read(text) {
        Ok(message) => message,
        Err(mistake) => {
            return match id_of(text) {
                Some(id) => answer(id, Err(mistake)),
                None => host::tell("refused", &json!({ "message": mistake })),
            };
        }
    };
    let id = message.id;
    match message.wish {
        Wish::Set(parameters) => {
            let selection = store.selection.with_untracked(|s| with(s, &parameters));
            answer(id, selection.map(|selection| show(store, selection)).map(|()| Value::Null));
        }
        Wish::Token { source, token } => answer(id, take_token(store, source, token).map(|()| Value::Null)),
        Wish::Export { panel, format } => spawn(async move {
            let mut file = exported(store, &panel, format).await;
            // What has just arrived is drawn as soon as the charts' script is there.
            for _ in 0..DRAWN_TRIES {
                if file.is_some() || store.panel(&panel).with_untracked(|now| now.view.is_none()) {
                    break;
                }
                TimeoutFuture::new(DRAWN_AGAIN_MS).await;
                file = exported(store, &panel, format).await;
            }
            answer(id, file.map(Value::from).ok_or_else(|| format!("{panel} has nothing to export now as that")));
        }),
    }
}

async fn exported(store: Store, panel: &str, format: Format) -> Option<String> {
    match format {
        Format::Csv => export_panel::csv(store, panel),
        Format::Svg => export_panel::svgs(store, panel).into_iter().next().map(|(_, svg)| svg),
        Format::Png => export_panel::png(store, panel).await,
    }
}

/// A token goes only where the workspace asks for one.
fn take_token(store: Store, source: String, token: String) -> Result<(), String> {
    let document = store.workspace_untracked();
    let known = document.spec.sources.iter().find(|s| s.id.0 == source);
    match known.map(|s| s.auth) {
        Some(Auth::Bearer) => {
            login(store, source, Secret::Bearer(token));
            Ok(())
        }
        Some(_) => Err(format!("{source} takes no bearer token")),
        None => Err("there is no such source".to_owned()),
    }
}

fn answer(id: f64, result: Result<Value, String>) {
    host::tell(
        "result",
        &match result {
            Ok(value) => json!({ "id": id, "value": value }),
            Err(mistake) => json!({ "id": id, "error": mistake }),
        },
    );
}
