//! The one place that starts background tasks.

use std::future::Future;

/// Runs a task that has handled its own errors.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    leptos::task::spawn_local(task);
}
