#!/usr/bin/env bash
# Everything that decides whether we are green, cheapest first. Ends at the first failure.
#   scripts/test.sh [--no-e2e]
set -euo pipefail
source "$(dirname "$0")/env.sh"
started=$SECONDS
step() { say "[$((SECONDS - started)) s] $*"; }

step "Tools and browsers"
scripts/setup.sh test lab
cargo fetch --locked --quiet

step "Format"
cargo fmt --check

step "Scripts"
for script in scripts/*.sh .ci/run; do bash -n "$script"; done
node --test --test-reporter=dot tests/js/*.test.mjs

step "Lints of the core, natively: the first time it compiles every crate, about 3 minutes on two cores"
cargo clippy --locked --all-targets --quiet -- -D warnings

step "Native tests"
cargo test --locked --quiet

step "Lints of the page and the engine, for wasm32: the first time about 3 minutes"
cargo clippy --locked --target wasm32-unknown-unknown --lib --bins --test web --quiet -- -D warnings

step "Wasm tests in headless Chromium"
scripts/test-web.sh

if [[ ${1:-} != --no-e2e ]]; then
  step "End to end"
  scripts/e2e.sh
fi
step "All green"
