//! Worker entry: runs the engine.

#[cfg(target_arch = "wasm32")]
fn main() {
    sightline::web::engine::register();
}

/// The engine exists only in a browser's worker.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
