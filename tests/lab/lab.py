#!/usr/bin/env python3
"""Starts, fills and ends the real backends of the lab. See README.md beside this file.

Everything that `up` makes lies in `$SIGHTLINE_LAB` (default `.lab/`) or in the cache folder.
Each step is skipped when its result is there, so that `up` can be repeated.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time

import environments
import lab_workspace
import services
import settings
from backfill import backfill, backfill_alerts
from planted import write_truth
from servers import start_model_servers, start_node_exporter, start_prometheus, start_victoria_metrics
from settings import HERE, HOST, LAB
from steps import PROGRAMS, Step, check_programs, run
from stores import fill_mlflow

MAX_AGE_SECONDS = 6 * 3600  # older data no longer ends near now
STATE = LAB / "state.json"
DATA_FOLDERS = ["mlflow", "mlflow.draft", "mlflow2", "mlflow2.draft", "models", "prometheus", "victoria-metrics",
                "config", "logs", "run"]
STATE_FILES = ["state.json", "truth.json", "confusion.json", "history_end.json", "exporter_state.json", "live_load.json",
               "workspace.json"]


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
    is_new = not state
    if is_new:
        anchor = int(time.time()) // 3600 * 3600
        write_truth(anchor)
        with Step("replaying 336 hours"):
            run(python / "python", HERE / "load.py", "past", anchor, log="load-past")
        backfill(python, anchor, options.vm)
        state = {"anchor": anchor, "started": int(time.time()), "long": options.long}
    lab_workspace.write(settings.read_json(LAB / "truth.json")["historyEnd"])
    if options.vm:
        start_victoria_metrics()
    with Step("starting the load"):
        services.start("load", f"http://{HOST}:{settings.EXPORTER_PORT}/metrics", [
            str(python / "python"), str(HERE / "load.py"), "live", str(state["anchor"]), str(options.load_seconds)])
        start_node_exporter()
    if is_new:
        with Step("evaluating the alerting rules over 65 days"):
            backfill_alerts()
        settings.write_json(STATE, state)
    with Step("starting Prometheus"):
        start_prometheus()
    print(f"ready: Prometheus {settings.PROMETHEUS}  MLflow {settings.MLFLOW}  truths {LAB / 'truth.json'}  "
          f"workspace {lab_workspace.WRITTEN}", flush=True)


def clear() -> None:
    """Removes what the lab made in its folder, and nothing that somebody else may keep there."""
    for name in DATA_FOLDERS:
        shutil.rmtree(LAB / name, ignore_errors=True)
    for pattern in (*STATE_FILES, "*.om", "recent.prom"):
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
