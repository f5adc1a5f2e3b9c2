#!/usr/bin/env bash
# The benchmarks, on the release bundle in Chromium, beside the peers on the lab's servers.
#   scripts/bench.sh [arguments of tests/bench/run.mjs]
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
scripts/setup.sh bench
LAB=tests/lab/lab.py
[[ -e tests/bench/run.mjs ]] || die "no benchmarks at tests/bench/run.mjs"
if [[ -e $LAB ]] && ! python3 $LAB status >/dev/null 2>&1; then
  trap 'say "Stopping the lab"; python3 $LAB down' EXIT
  trap 'exit 130' INT TERM
  say "Starting the lab with its long histories: the first time about 10 minutes on two cores"
  python3 $LAB up --long
fi
node tests/bench/run.mjs "$@"
