#!/usr/bin/env bash
# The wasm tests, in headless Chromium.
set -euo pipefail
source "$(dirname "$0")/env.sh"
node scripts/bundle.mjs
export CHROMEDRIVER=${CHROMEDRIVER:-/usr/bin/chromedriver} WASM_BINDGEN_TEST_TIMEOUT=120
cargo test --locked --target wasm32-unknown-unknown --test web
