//! Tests that need a browser: `cargo test --target wasm32-unknown-unknown --test web`, run by scripts/test.sh.
#![cfg(target_arch = "wasm32")]
// Clippy knows only #[test] as a test.
#![allow(clippy::unwrap_used)]

mod bridge;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
