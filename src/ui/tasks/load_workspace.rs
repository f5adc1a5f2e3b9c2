//! Reads the workspace document beside the page, or a draft kept in this browser.

use std::sync::Arc;

use leptos::prelude::*;

use super::follow_engine::introduce;
use super::notify::notify;
use super::spawn::spawn;
use crate::spec;
use crate::ui::store::{Loaded, Notice, Store};
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
    match spec::read(text) {
        Ok(read) => {
            introduce(store, text);
            let n_problems = read.problems.len();
            store.problems.set(read.problems);
            if n_problems > 0 {
                let parts = if n_problems == 1 { "1 part".to_owned() } else { format!("{n_problems} parts") };
                notify(store, Notice::new(format!("{parts} of the workspace could not be used; the rest works.")));
            }
            Loaded::Ready(Arc::new(read.document))
        }
        Err(problem) => Loaded::Unreadable {
            headline: "The document beside this page is not a workspace that this version can read.".to_owned(),
            problems: vec![problem.to_string()],
        },
    }
}
