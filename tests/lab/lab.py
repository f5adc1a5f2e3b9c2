#!/usr/bin/env python3
"""Starts, fills and ends the real backends of the lab. See README.md beside this file.

Everything that `up` makes lies in `$SIGHTLINE_LAB` (default `.lab/`) or in the cache folder.
Each step is skipped when its result is there, so that `up` can be repeated.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environments
import prometheus_config
import services
import settings
from settings import CACHE, HERE, HOST, LAB

MAX_AGE_SECONDS = 6 * 3600  # older data no longer ends near now
MLFLOW_ENV = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true",
              "DO_NOT_TRACK": "true"}
PROGRAMS = {"prometheus": "prometheus", "promtool": "prometheus", "brotli": "brotli",
            "prometheus-node-exporter": "prometheus-node-exporter", "victoria-metrics": "victoria-metrics"}
STATE = LAB / "state.json"
DATA_FOLDERS = ["mlflow", "mlflow.draft", "mlflow2", "mlflow2.draft", "models", "prometheus", "victoria-metrics",
                "config", "logs", "run"]
STATE_FILES = ["state.json", "truth.json", "confusion.json", "history_end.json", "exporter_state.json", "live_load.json"]


class Step:
    """Says what is being done and how long it took."""

    def __init__(self, what: str):
        self.what = what

    def __enter__(self):
        print(f"{self.what} ...", end=" ", flush=True)
        self.started = time.monotonic()

    def __exit__(self, failure, *_):
        print("failed" if failure else f"{time.monotonic() - self.started:.1f} s", flush=True)


def run(*command, log: str, **options) -> str:
    """Runs a helper script to its end; its output goes to a log, its last line is returned."""
    path = LAB / "logs" / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as output:
        result = subprocess.run([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, **options)
    lines = path.read_text(errors="replace").splitlines()
    if result.returncode != 0:
        raise SystemExit("\n".join([f"{log} failed, see {path}", *lines[-15:]]))
    return lines[-1] if lines else ""


def check_programs(wanted: list[str]) -> None:
    missing = sorted({PROGRAMS[name] for name in wanted if shutil.which(name) is None})
    if missing:
        raise SystemExit(f"missing programs; run: apt-get install -y --no-install-recommends {' '.join(missing)}")


def start_mlflow(name: str, uri: str, python: Path, data: Path, flags: list[str]) -> None:
    services.start(name, f"{uri}/health", [
        str(python / "mlflow"), "server", "--host", HOST, "--port", uri.rsplit(":", 1)[1], "--workers", "1",
        "--backend-store-uri", f"sqlite:///{data}/mlflow.db", "--artifacts-destination", str(data / "artifacts"),
        *flags], env=MLFLOW_ENV, cwd=data)


def training_cache(name: str, requirements: str, options: list[str]) -> Path:
    """Where the filled store of one server is kept; its name covers all that decides its content."""
    digest = hashlib.sha256(" ".join(options).encode())
    for file in ("train.py", "evaluation.py", "held_out.py", "settings.py", requirements):
        digest.update((HERE / file).read_bytes())
    return CACHE / f"training-{name}-{digest.hexdigest()[:12]}"


def fill_mlflow(name: str, uri: str, environment: str, options: list[str], flags: list[str]) -> None:
    """Starts an MLflow server with its training runs, trained now or copied from the cache."""
    python, data = environments.ensure(environment), LAB / name
    cache = training_cache(name, f"requirements-{environment}.txt", options)
    if not data.exists() and cache.exists():
        shutil.copytree(cache, data)
    if not data.exists():
        draft = LAB / f"{name}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            with Step(f"training into {name}"):
                start_mlflow(name, uri, python, draft, flags)
                run(python / "python", HERE / "train.py", uri, *options, log=f"train-{name}")
        finally:
            services.stop(name)
        shutil.copytree(draft, cache.with_suffix(".draft"), dirs_exist_ok=True)
        cache.with_suffix(".draft").rename(cache)
        draft.rename(data)
    with Step(f"starting {name}"):
        start_mlflow(name, uri, python, data, flags)


def start_model_servers(mlflow_python: Path) -> None:
    mlserver = environments.ensure("mlserver")
    with Step("starting four model servers"):
        if not all((LAB / "models" / one.name / "model.joblib").exists() for one in settings.SERVINGS):
            run(mlflow_python / "python", HERE / "serve.py", log="serve")

        def start(one: settings.Serving) -> None:
            folder = LAB / "models" / one.name
            services.start(one.name, f"http://{HOST}:{one.http_port}/v2/health/ready",
                           [str(mlserver / "mlserver"), "start", str(folder)],
                           env={"OMP_NUM_THREADS": "1"}, cwd=folder)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(start, settings.SERVINGS))


def backfill(python: Path, anchor: int, with_vm: bool) -> None:
    """65 days into Prometheus and, if it is wanted, the last 15 into VictoriaMetrics."""
    shutil.rmtree(LAB / "prometheus", ignore_errors=True)
    (LAB / "exporter_state.json").unlink(missing_ok=True)
    end = int(time.time())
    end -= end % settings.HISTORY_STEP_SECONDS
    with Step("simulating 65 days"):
        run(python / "python", HERE / "history.py", anchor, end, LAB, LAB / "confusion.json", log="history")
    with Step("back-filling Prometheus"):
        halves = [LAB / f"history.{index}.om" for index in range(2)]
        with ThreadPoolExecutor(2) as pool:
            # The hidden flag makes two blocks of it rather than one per two hours, in a fiftieth of the time.
            list(pool.map(lambda half: run("promtool", "tsdb", "create-blocks-from", "openmetrics",
                                           "--max-block-duration=1458h", "-q", half, LAB / "prometheus",
                                           log=half.name), halves))
        for half in halves:
            half.unlink()
    if with_vm:
        with Step("filling VictoriaMetrics"):
            start_victoria_metrics()
            with (LAB / "recent.prom").open("rb") as body:
                size = str((LAB / "recent.prom").stat().st_size)
                request = urllib.request.Request(f"{settings.VICTORIA_METRICS}/api/v1/import/prometheus", body,
                                                 {"content-length": size})
                urllib.request.urlopen(request, timeout=120).close()
            urllib.request.urlopen(f"{settings.VICTORIA_METRICS}/internal/force_flush", timeout=60).close()
    (LAB / "recent.prom").unlink()
    settings.update_truth(historyEnd=end * 1000)


def start_victoria_metrics() -> None:
    services.start("victoria-metrics", f"{settings.VICTORIA_METRICS}/health", [
        "victoria-metrics", f"-storageDataPath={LAB}/victoria-metrics",
        f"-httpListenAddr={HOST}:18428", "-retentionPeriod=3", "-search.latencyOffset=0s"])


def start_prometheus() -> None:
    config = prometheus_config.write(LAB / "config")
    services.start("node-exporter", f"{settings.NODE_EXPORTER}/metrics",
                   ["prometheus-node-exporter", f"--web.listen-address={HOST}:19100"])
    services.start("prometheus", f"{settings.PROMETHEUS}/-/ready", [
        "prometheus", f"--config.file={config}", f"--storage.tsdb.path={LAB}/prometheus",
        "--storage.tsdb.retention.time=120d", f"--web.listen-address={HOST}:19090",
        f"--web.cors.origin={settings.PROMETHEUS_ORIGIN_REGEX}"])


def write_truth(anchor: int) -> None:
    """The planted values, in epoch milliseconds and plain units."""
    def ago(days: float = 0, hours: float = 0) -> int:
        return int((anchor - days * 86400 - hours * 3600) * 1000)

    spike = ago(hours=settings.QUEUE_SPIKE_HOURS_AGO)
    first_sample = -(-spike // (settings.HISTORY_STEP_SECONDS * 1000)) * settings.HISTORY_STEP_SECONDS * 1000
    settings.update_truth(
        anchor=anchor * 1000,
        predictions={"from": ago(hours=settings.PREDICTION_HOURS), "to": anchor * 1000},
        shiftedFeature={"model": "breast-cancer", "feature": settings.SHIFTED_FEATURE,
                        "amount": settings.SHIFT_AMOUNT, "from": ago(hours=settings.SHIFT_HOURS_AGO)},
        degradedVersion={"model": "digits", "version": "3", "variant": "challenger",
                         "from": ago(hours=settings.SHIFT_HOURS_AGO)},
        gaugeSpike={"metric": "inference_queue_depth", "model": "digits", "version": "2",
                    "time": first_sample, "value": settings.QUEUE_SPIKE_VALUE},
        curveSpike={"experiment": "long-history", "run": "spike", "metric": "val_loss",
                    "step": settings.CURVE_SPIKE_STEP, "value": settings.CURVE_SPIKE_VALUE},
        breakingPoint={"model": "digits", "objectiveSeconds": settings.LATENCY_OBJECTIVE_SECONDS,
                       "requestsPerSecond": settings.breaking_point("digits"),
                       "law": dict(zip(("baseSeconds", "capacity"), settings.LATENCY_LAW["digits"]))},
        rollout={"model": "digits", "version": "2",
                 "steps": [{"time": ago(days), "share": share} for days, share in settings.ROLLOUT_DAYS_AGO]},
        rollback={"model": "diabetes", "version": "3", "from": ago(settings.ROLLBACK_DAYS_AGO),
                  "to": ago(settings.ROLLBACK_DAYS_AGO, -settings.ROLLBACK_HOURS)},
        missingReplica={"deployment": "digits-v3", "from": ago(hours=settings.MISSING_REPLICA_HOURS_AGO)},
        incident={"model": "breast-cancer", "version": "2", "kind": "upstream", "from": ago(5),
                  "to": ago(5) + 40 * 60_000},
        experiments=[{"experiment": name, "from": ago(plan["days"]), **plan}
                     for name, plan in settings.EXPERIMENTS.items()],
        alertsFiring=["ReplicasMissing", "ChallengerAccuracyLow"],
    )


def up(options) -> None:
    state = settings.read_json(STATE, {})
    old = time.time() - state.get("started", 0) > MAX_AGE_SECONDS
    other_fill = bool(state) and options.long and not state.get("long")
    # No state means that there is nothing, or the rest of an `up` that was interrupted.
    if options.fresh or other_fill or not state or (old and not all_running()):
        down()
        clear()
        state = {}
    LAB.mkdir(parents=True, exist_ok=True)
    unused = {"brotli"} if options.vm else {"brotli", "victoria-metrics"}
    check_programs([name for name in PROGRAMS if name not in unused])
    python = environments.ensure("mlflow")
    fill_mlflow("mlflow", settings.MLFLOW, "mlflow", ["--long"] if options.long else [], [
        "--allowed-hosts", f"localhost:*,{HOST}:*", "--cors-allowed-origins", ",".join(settings.APP_ORIGINS)])
    if options.mlflow2:
        fill_mlflow("mlflow2", settings.MLFLOW2, "mlflow2", ["--small"], [])
        services.start("mlflow2-cors", f"{settings.MLFLOW2_GATEWAY}/health", [
            sys.executable, str(HERE / "cors_gateway.py"), settings.MLFLOW2, settings.MLFLOW2_GATEWAY])
    start_model_servers(python)
    if not state:
        anchor = int(time.time()) // 3600 * 3600
        write_truth(anchor)
        with Step("replaying 336 hours"):
            run(python / "python", HERE / "load.py", "past", anchor, log="load-past")
        backfill(python, anchor, options.vm)
        state = {"anchor": anchor, "started": int(time.time()), "long": options.long}
        settings.write_json(STATE, state)
    if options.vm:
        start_victoria_metrics()
    with Step("starting the load and Prometheus"):
        services.start("load", f"http://{HOST}:{settings.EXPORTER_PORT}/metrics", [
            str(python / "python"), str(HERE / "load.py"), "live", str(state["anchor"]), str(options.load_seconds)])
        start_prometheus()
    print(f"ready: Prometheus {settings.PROMETHEUS}  MLflow {settings.MLFLOW}  truths {LAB / 'truth.json'}", flush=True)


def clear() -> None:
    """Removes what the lab made in its folder, and nothing that somebody else may keep there."""
    for name in DATA_FOLDERS:
        shutil.rmtree(LAB / name, ignore_errors=True)
    for pattern in (*STATE_FILES, "history.*.om", "recent.prom"):
        for file in LAB.glob(pattern):
            file.unlink()


def all_running() -> bool:
    names = services.names()
    return "prometheus" in names and all(services.running_pid(name) for name in names)


def down() -> None:
    """Ends the services in the reverse order of their start; other processes are never touched."""
    for name in reversed(services.names()):
        if services.stop(name):
            print(f"stopped {name}", flush=True)


def status() -> int:
    for name in services.names():
        pid = services.running_pid(name)
        print(f"{name:28} {'pid ' + str(pid) if pid else 'not running'}")
    return 0 if all_running() else 1


def wait_for_signal() -> None:
    print("Ctrl-C stops the lab", flush=True)
    while True:
        signal.pause()


def interrupt(*_) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    upper = commands.add_parser("up")
    upper.add_argument("--wait", action="store_true", help="stay, and stop everything at a signal")
    upper.add_argument("--fresh", action="store_true", help="throw the lab's data away first")
    upper.add_argument("--long", action="store_true", help="log the long histories of the curve benchmark")
    upper.add_argument("--load-seconds", type=float, default=60)
    upper.add_argument("--vm", action=argparse.BooleanOptionalAction, default=True)
    upper.add_argument("--mlflow2", action=argparse.BooleanOptionalAction, default=True)
    commands.add_parser("down")
    commands.add_parser("status")
    for name in ("record", "truth", "check"):
        commands.add_parser(name, add_help=False)
    options, rest = parser.parse_known_args()
    if options.command in ("record", "truth", "check"):
        python = environments.ensure("mlflow")
        check_programs(["brotli"] if options.command == "record" else [])
        os.execv(python / "python", [str(python / "python"), str(HERE / f"{options.command}.py"), *rest])
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    if options.command == "down":
        down()
        return 0
    if options.command == "status":
        return status()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        up(options)
        if options.wait:
            wait_for_signal()
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
        down()
        return 0 if options.wait else 130
    except BaseException:
        down()
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
