#!/usr/bin/env bash
# The contact sheet: each role at 1440 and 390 pixels, light and dark, in one picture (shots/sheet.png).
#   scripts/shots.sh [workspace.json]
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/build.sh
scripts/setup.sh test
exec node scripts/shots.mjs "$@"
