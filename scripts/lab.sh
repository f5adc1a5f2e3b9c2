#!/usr/bin/env bash
# Real backends with real data, and the app on them, until Ctrl-C.
#   scripts/lab.sh [port]      the backends allow 8080 and 8090 to 8099
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/setup.sh lab
scripts/build.sh
LAB=tests/lab/lab.py
WORKSPACE=${SIGHTLINE_LAB:-.lab}/workspace.json  # written by the lab: it says where its simulated past ends

server=
stop() {
  trap - EXIT INT TERM
  if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
  say "Stopping the lab"
  python3 $LAB down
}
trap stop EXIT
trap 'exit 0' INT TERM
say "Starting the lab: real servers with real training, the first time about 10 minutes on two cores, then about 2"
python3 $LAB up --load-seconds "${LOAD_SECONDS:-3600}"
node scripts/serve.mjs --port "${1:-8080}" --default $WORKSPACE &
server=$!
say "Ctrl-C stops the app and the backends"
wait "$server"
