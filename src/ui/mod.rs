//! The page: Leptos only.

/// Mounts the app.
pub fn mount() {}
