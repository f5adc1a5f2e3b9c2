#!/usr/bin/env bash
# Builds if stale and serves the demo: no backend, no network beyond this host.
#   scripts/run.sh [port]
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
say "Serving until Ctrl-C"
exec node scripts/serve.mjs --port "${1:-8080}"
