//! The page's verbs, one a file. Only tasks write to the store.

pub mod answer_host;
pub mod apply_command;
pub mod choose;
pub mod copy_link;
pub mod export_panel;
pub mod follow_engine;
pub mod load_outlines;
pub mod load_workspace;
pub mod login;
pub mod notify;
pub mod paste_range;
pub mod refresh;
pub mod set_theme;
pub mod show_visible;
pub mod sign_in;
pub mod spawn;
