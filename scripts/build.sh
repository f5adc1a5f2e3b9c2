#!/usr/bin/env bash
# The release bundle in dist/, ready for any static host. Does nothing when dist/ is made from the present sources.
#   scripts/build.sh [--force]
set -euo pipefail
source "$(dirname "$0")/env.sh"

if [[ ${1:-} != --force ]] && node scripts/lib/inputs.mjs; then
  say "dist/ is up to date"
  exit 0
fi
scripts/setup.sh build
say "Fetching crates at their locked versions"
cargo fetch --locked --target wasm32-unknown-unknown --quiet
say "Building the release bundle: from scratch about 5 minutes on two cores (two binaries with link-time optimisation), later about one"
started=$SECONDS
trunk build --release
say "Built dist/ in $((SECONDS - started)) s"
node scripts/size.mjs
