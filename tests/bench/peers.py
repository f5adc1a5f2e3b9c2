#!/usr/bin/env python3
"""The servers that the benchmarks ask and are compared with, apart from the lab's and on ports of their own.

    peers.py up      starts them, filled, and prints their addresses as JSON on the last line
    peers.py down    ends what `up` started

- MLflow with the lab's long histories (10 runs x 10 metrics x 10,000 steps) and an experiment of 10,000 runs;
- TensorBoard on the same long histories as event files;
- Prometheus with 1,000 series.

Their data is made once and kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sightline" / "bench"
# The lab's modules take their working folder from here when they are imported.
os.environ["SIGHTLINE_LAB"] = str(HOME)
sys.path.insert(0, str(HERE.parent / "lab"))

import environments  # noqa: E402
import services  # noqa: E402
import stores  # noqa: E402
from settings import APP_ORIGINS, HOST, PROMETHEUS_ORIGIN_REGEX  # noqa: E402
from steps import Step, run  # noqa: E402

MLFLOW = f"http://{HOST}:15100"
TENSORBOARD = f"http://{HOST}:16006"
PROMETHEUS = f"http://{HOST}:19190"


def drop_old_data() -> None:
    """Throws the data away if it was made by other scripts than today's."""
    digest = hashlib.sha256()
    for name in ("peers.py", "fill.py", "events.py", "requirements-tensorboard.txt"):
        digest.update((HERE / name).read_bytes())
    digest.update(stores.training_cache("mlflow", "requirements-mlflow.txt", ["--long"]).name.encode())
    stamp = HOME / "made-by"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        down()
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(parents=True)
        stamp.write_text(digest.hexdigest())


def made(name: str, make) -> Path:
    """A part of the data, made aside at the first call so that half of one is never taken for it."""
    path, draft = HOME / name, HOME / f"{name}.draft"
    if not path.exists():
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        with Step(f"filling {name}"):
            make(draft)
        draft.rename(path)
    return path


def start_mlflow(python: Path) -> None:
    flags = ["--allowed-hosts", f"localhost:*,{HOST}:*", "--cors-allowed-origins", ",".join(APP_ORIGINS)]
    stores.fill_mlflow("mlflow", MLFLOW, "mlflow", ["--long"], flags)
    database = HOME / "mlflow" / "mlflow.db"
    made("runs", lambda _: run(python / "python", HERE / "fill.py", "runs", database, log="runs"))


def start_tensorboard() -> None:
    tools = environments.ensure("tensorboard", HERE)
    database = HOME / "mlflow" / "mlflow.db"
    logs = made("events", lambda folder: run(tools / "python", HERE / "events.py", database, folder, log="events"))
    services.start("tensorboard", TENSORBOARD, [
        str(tools / "tensorboard"), "--logdir", str(logs), "--host", HOST, "--port", TENSORBOARD.rsplit(":", 1)[1]])


def start_prometheus(python: Path) -> None:
    def blocks(folder: Path) -> None:
        text = HOME / "series.om"
        run(python / "python", HERE / "fill.py", "series", text, log="series")
        run("promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", text, folder, log="blocks")
        text.unlink()

    data = made("prometheus", blocks)
    config = HOME / "prometheus.yml"
    config.write_text("global: {}\n")
    services.start("prometheus", f"{PROMETHEUS}/-/ready", [
        "prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}", "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={HOST}:{PROMETHEUS.rsplit(':', 1)[1]}", f"--web.cors.origin={PROMETHEUS_ORIGIN_REGEX}"])


def down() -> None:
    for name in reversed(services.names()):
        services.stop(name)


def up() -> None:
    drop_old_data()
    python = environments.ensure("mlflow")
    started, failed = {}, {}
    starts = {"mlflow": (MLFLOW, lambda: start_mlflow(python)), "tensorboard": (TENSORBOARD, start_tensorboard),
              "prometheus": (PROMETHEUS, lambda: start_prometheus(python))}
    for name, (address, start) in starts.items():
        # One that does not start costs its rows, not the others.
        try:
            start()
            started[name] = address
        except (SystemExit, subprocess.CalledProcessError, OSError) as error:
            failed[name] = str(error)
    for name, reason in failed.items():
        print(f"no {name}: {reason}", file=sys.stderr, flush=True)
    print(json.dumps(started), flush=True)


if __name__ == "__main__":
    {"up": up, "down": down}[sys.argv[1]]()
