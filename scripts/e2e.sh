#!/usr/bin/env bash
# End-to-end tests on the release bundle and the real backends of the lab, in Chromium and Firefox.
# Whatever is not running yet is started, and stopped again.
#   scripts/e2e.sh [playwright arguments]       e.g. scripts/e2e.sh --project=chromium bundle
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
scripts/setup.sh test lab
LAB=tests/lab/lab.py

if [[ -e $LAB ]] && ! python3 $LAB status >/dev/null 2>&1; then
  trap 'say "Stopping the lab"; python3 $LAB down' EXIT
  trap 'exit 130' INT TERM
  say "Starting the lab: real servers with real training, the first time about 10 minutes on two cores, then about 2"
  python3 $LAB up
fi
# The servers of the bundle are Playwright's own children: see the configuration.
playwright test --config tests/e2e/playwright.config.mjs "$@"
