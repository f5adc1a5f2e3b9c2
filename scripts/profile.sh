#!/usr/bin/env bash
# Finds out anew which functions a cold start runs, and writes the lists of those that come later (scripts/later/).
set -euo pipefail
source "$(dirname "$0")/env.sh"
scripts/setup.sh test
say "Building a bundle that tells which of its functions run"
SIGHTLINE_PROFILE=yes trunk build --release --dist dist-profile
node scripts/profile.mjs
