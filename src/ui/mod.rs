//! The page: Leptos only.
//!
//! `store` holds the signals, `tasks` the verbs (one a file), `hooks` what follows the browser, `shell` the frame around the
//! page, `pages` and `panels` what is in it, `components` the parts that know nothing of the app.
//! Whatever comes from a backend or the address is shown as text nodes, never as markup.

// Components take their props by value, whether they keep them or not.
#![allow(clippy::needless_pass_by_value)]

pub mod components;
mod hooks;
mod pages;
mod panels;
mod shell;
pub mod store;
pub mod tasks;
pub mod text;

use leptos::prelude::*;

use crate::web::{clock, document};

/// Mounts the app, replacing the shell that the document painted.
pub fn mount() {
    console_error_panic_hook::set_once();
    if let Some(boot) = document::document().and_then(|d| d.get_element_by_id("boot")) {
        boot.remove();
    }
    mount_to_body(shell::App);
    clock::mark("shell");
}
