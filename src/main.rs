//! Page entry: mounts the app.

#[cfg(target_arch = "wasm32")]
fn main() {
    sightline::ui::mount();
}

/// The page exists only in a browser.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
