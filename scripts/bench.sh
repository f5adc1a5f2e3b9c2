#!/usr/bin/env bash
# The benchmarks, on the release bundle in Chromium, beside the peers' own servers.
#   scripts/bench.sh [arguments of tests/bench/run.mjs]
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
scripts/setup.sh bench
PEERS=tests/bench/peers.py

say "Building the bench entry"
cargo build --release --locked --quiet --target wasm32-unknown-unknown --features bench --bin bench
wasm-bindgen --target web --no-typescript --out-dir dist-bench "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/bench.wasm"
# As the engine is built, so that its times are the product's.
wasm-opt -Oz dist-bench/bench_bg.wasm -o dist-bench/bench_bg.wasm

trap 'say "Stopping the servers"; python3 $PEERS down' EXIT
trap 'exit 130' INT TERM
say "Starting MLflow, TensorBoard and Prometheus with large data: at first for minutes, later in seconds"
addresses=$(python3 $PEERS up | tee /dev/stderr | tail -n 1)
node tests/bench/run.mjs --peers "$addresses" "$@"
