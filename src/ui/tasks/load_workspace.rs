//! Reads the workspace document beside the page, or a draft kept in this browser.

use std::sync::Arc;

use leptos::prelude::*;

use super::follow_engine::introduce;
use super::spawn::spawn;
use crate::ui::store::{Loaded, Store};
use crate::web::{clock, fetch, storage};

/// Reads the workspace of that name; `None` is `default`. A draft is `local:<name>`.
pub fn load_workspace(store: Store, name: Option<String>) {
    store.loaded.set(Loaded::Waiting);
    let name = name.unwrap_or_else(|| "default".to_owned());
    spawn(async move {
        let text = match name.strip_prefix("local:") {
            Some(draft) => storage::get(&format!("workspace:{draft}"))
                .ok_or_else(|| format!("this browser keeps no draft called \"{draft}\"")),
            None if is_plain(&name) => fetch::text(&format!("workspaces/{name}.json")).await,
            None => Err(format!("\"{name}\" is not a name of a workspace: letters, digits, - and _ only")),
        };
        let loaded = match text {
            Ok(text) => read(store, &text),
            Err(headline) => Loaded::Unreadable { headline, problems: Vec::new() },
        };
        clock::mark("workspace");
        store.loaded.set(loaded);
    });
}

/// A name that stays within the folder of workspaces: a link can never name another place.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn read(store: Store, text: &str) -> Loaded {
    match serde_json::from_str(text) {
        Ok(document) => {
            introduce(store, text);
            Loaded::Ready(Arc::new(document))
        }
        Err(error) => {
            Loaded::Unreadable { headline: "the workspace cannot be read".into(), problems: vec![error.to_string()] }
        }
    }
}
