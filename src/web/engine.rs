//! The engine's shell.

/// Starts the engine in its worker.
pub fn register() {}
