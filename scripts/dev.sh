#!/usr/bin/env bash
# Trunk with the development profile: unoptimised, rebuilt and reloaded at each change.
#   scripts/dev.sh [port]
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/setup.sh build
cargo fetch --locked --target wasm32-unknown-unknown --quiet
say "Building for development: the first time about 2 minutes, then seconds; served at http://127.0.0.1:${1:-8080}/"
# Into a folder of its own, so that it never passes for a release.
exec trunk serve --port "${1:-8080}" --dist dist-dev
