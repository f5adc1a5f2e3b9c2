#!/usr/bin/env bash
# The benchmarks, on the release bundle in Chromium, beside the peers on the lab's servers.
#   scripts/bench.sh [arguments of tests/bench/run.mjs]
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
scripts/setup.sh bench
LAB=tests/lab/lab.py

say "Building the bench entry"
cargo build --release --locked --quiet --target wasm32-unknown-unknown --features bench --bin bench
wasm-bindgen --target web --no-typescript --out-dir dist-bench "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/bench.wasm"
# As the engine is built, so that its times are the product's.
wasm-opt -Oz dist-bench/bench_bg.wasm -o dist-bench/bench_bg.wasm

# MLflow's own pages are the peer of the cold start.
if ! node -e 'fetch("http://127.0.0.1:15000/version").then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))'; then
  trap 'say "Stopping the lab"; python3 $LAB down' EXIT
  trap 'exit 130' INT TERM
  say "Starting the lab"
  python3 $LAB up
fi
node tests/bench/run.mjs "$@"
