#!/usr/bin/env bash
# Installs what is missing, and only that. Groups (default: all):
#   build  wasm target, Trunk, wasm-bindgen, npm packages
#   test   build, and Chromium with its driver, Firefox
#   lab    Prometheus, node_exporter, VictoriaMetrics, ClickHouse, nginx, brotli, Python's venv
#   bench  test and lab
# System packages need root or sudo; without either the one line to run is printed.
set -euo pipefail
source "$(dirname "$0")/env.sh"

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif sudo -n true 2>/dev/null || { [[ -t 0 ]] && command -v sudo >/dev/null; }; then
    sudo "$@"
  else
    return 77
  fi
}

# Debian starts a service as soon as it is installed; ours are started by the lab, on other ports, with other data.
# A policy that answers 101 ("action forbidden") prevents that, and is taken away again whatever happens.
POLICY=/usr/sbin/policy-rc.d
POLICY_SET=
forbid_services() {
  [[ -e $POLICY ]] && return
  POLICY_SET=yes
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"
}
allow_services() {
  [[ -n $POLICY_SET ]] && as_root rm -f "$POLICY"
  POLICY_SET=
}
trap allow_services EXIT
trap 'exit 130' INT TERM

installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) == "install ok installed" ]]; }

# apt PACKAGE...: those that are missing, in one go.
apt() {
  command -v dpkg-query >/dev/null || die "not a Debian system: install the equivalents of: $*"
  local missing=()
  local package
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  [[ ${#missing[@]} == 0 ]] && return
  as_root true || die "system packages are missing, run this once as root:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  say "Installing system packages: ${missing[*]}"
  forbid_services
  local log
  log=$(mktemp)
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}")
  # The first attempt fails on a machine whose package lists are absent or old.
  if ! as_root "${install[@]}" >"$log" 2>&1; then
    if ! { as_root apt-get update -q && as_root "${install[@]}"; } >>"$log" 2>&1; then
      tail -n 20 "$log" >&2
      die "apt-get could not install ${missing[*]}"
    fi
  fi
  rm -f "$log"
  allow_services
}

# cargo_tool NAME VERSION BINARY [cargo flags]: into a cache in the home folder that outlives a clone.
cargo_tool() {
  local crate=$1 version=$2 binary=$3 root
  shift 3
  root=$TOOLS/${binary}-$version
  [[ -x $root/bin/$binary ]] && return
  say "Compiling $crate $version, once per machine: about $([[ $binary == trunk ]] && echo 10 || echo 3) minutes on two cores"
  mkdir -p "$TOOLS"
  # Built aside and moved when done, so that an interrupted build is never taken for a tool.
  # Our own RUSTFLAGS and target folder are not this tool's business.
  (
    cd "$TOOLS"
    exec 9>".lock-$binary"
    flock 9
    [[ -x $root/bin/$binary ]] && exit
    rm -rf "$root.partial"
    env -u RUSTFLAGS -u CARGO_TARGET_DIR -u CARGO_BUILD_TARGET \
      cargo install "$crate@$version" --root "$root.partial" --quiet "$@"
    rm -rf "$root"
    mv "$root.partial" "$root"
  )
}

setup_build() {
  command -v cargo >/dev/null || die "cargo is missing: install rustup from https://rustup.rs, then open a new shell"
  command -v node >/dev/null || die "Node 20 or later is missing"
  if ! command -v cc >/dev/null; then apt gcc libc6-dev; fi
  if [[ ! -d $(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown ]]; then
    command -v rustup >/dev/null || die "the target wasm32-unknown-unknown is missing: install it with your Rust"
    say "Adding Rust's wasm32 target"
    rustup target add wasm32-unknown-unknown
  fi
  local part
  for part in rustfmt clippy; do
    cargo "${part/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$part"
  done
  [[ -n $WASM_BINDGEN_VERSION ]] || die "Cargo.lock names no wasm-bindgen"
  # Without --locked: its lock file names a withdrawn crate.
  cargo_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen
  cargo_tool trunk "$TRUNK_VERSION" trunk --locked
  local stamp=node_modules/.sightline-stamp wanted
  wanted=$(sha256sum package-lock.json | cut -d' ' -f1)
  if [[ $(cat "$stamp" 2>/dev/null || true) != "$wanted" ]]; then
    say "Installing npm packages at their locked versions"
    # No package needs an install script, so none may run one.
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    echo "$wanted" >"$stamp"
  fi
}

setup_test() {
  setup_build
  apt chromium chromium-driver firefox-esr
}

setup_lab() {
  apt prometheus prometheus-node-exporter victoria-metrics clickhouse-server nginx-light python3 python3-venv brotli
}

for group in "${@:-all}"; do
  case $group in
    build) setup_build ;;
    test) setup_test ;;
    lab) setup_lab ;;
    bench | all) setup_test && setup_lab ;;
    *) die "unknown group $group: build, test, lab, bench or all" ;;
  esac
done
