#!/usr/bin/env bash
# End-to-end tests on the release bundle and the real backends of the lab, in Chromium and Firefox.
# Whatever is not running yet is started, and stopped again.
#   scripts/e2e.sh [playwright arguments]       e.g. scripts/e2e.sh --project=chromium bundle
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
scripts/setup.sh test lab
LAB=tests/lab/lab.py
FAILURES=test-results/failures.txt

# The last lines are what a person reads first: they say what failed, after the lab has said good-bye.
finish() {
  local code=$?
  if [[ ${LAB_IS_OURS:-} ]]; then
    say "Stopping the lab"
    python3 $LAB down || true
  fi
  if [[ -s $FAILURES ]]; then
    say "What did not pass at once"
    cat $FAILURES
  fi
  exit $code
}
rm -f $FAILURES
trap finish EXIT
trap 'exit 130' INT TERM

if [[ -e $LAB ]] && ! python3 $LAB status >/dev/null 2>&1; then
  LAB_IS_OURS=yes
  say "Starting the lab: real servers with real training, the first time about 10 minutes on two cores, then about 2"
  python3 $LAB up
fi
# The servers of the bundle are Playwright's own children: see the configuration.
playwright test --config tests/e2e/playwright.config.mjs "$@"
