#!/bin/bash
# Records the answers in v2/ and v3/ anew: starts MLflow 2.22 and 3.17 on loopback, fills each with seed.py, and runs the tests of the
# source against them, which keep every answer they get. Takes some minutes, most of it for the Python environments.
set -euo pipefail
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
export MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false DO_NOT_TRACK=true

start() { # start <major> <port> <packages...>
  local major=$1 port=$2 env="$work/env$1"; shift 2
  python3 -m venv "$env"
  "$env/bin/pip" install --quiet --disable-pip-version-check --prefer-binary "$@" scikit-learn
  # Newer releases break the spans of MLflow 2.22.5; pip would refuse this one beside its FastAPI, which is not used here.
  if [ "$major" = 2 ]; then
    "$env/bin/pip" install --quiet --disable-pip-version-check --no-deps opentelemetry-{api,sdk}==1.30.0
  fi
  mkdir -p "$work/data$major"
  # In a process group of its own, since the server leaves its workers to whoever stops it.
  (cd "$work/data$major" && exec setsid "$env/bin/mlflow" server --host 127.0.0.1 --port "$port" --workers 1 \
    --backend-store-uri "sqlite:///$work/data$major/mlflow.db" --artifacts-destination "$work/data$major/artifacts") \
    >"$work/server$major.log" 2>&1 &
  pids+=("-$!")
  for _ in $(seq 120); do curl -fs -o /dev/null "http://127.0.0.1:$port/health" && break; sleep 0.5; done
  MLFLOW_HTTP_REQUEST_MAX_RETRIES=1 "$env/bin/python" tests/recorded/mlflow/seed.py "http://127.0.0.1:$port"
}

start 3 25000 mlflow==3.17.2
# SQLAlchemy 2.1 has no longer a pool that MLflow 2.22.5 imports.
start 2 25001 mlflow==2.22.5 'sqlalchemy<2.1'
rm -rf tests/recorded/mlflow/v2 tests/recorded/mlflow/v3
RECORD_MLFLOW_3=127.0.0.1:25000 RECORD_MLFLOW_2=127.0.0.1:25001 cargo test --test source_mlflow -- --test-threads 1
