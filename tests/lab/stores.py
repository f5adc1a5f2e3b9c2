"""The two MLflow servers and their filled stores, trained once per machine."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import environments
import services
from settings import CACHE, HERE, HOST, LAB
from steps import Step, run

MLFLOW_ENV = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true",
              "DO_NOT_TRACK": "true"}
# All that decides what a filled store holds.
DECISIVE = ["train.py", "sweeps.py", "curves.py", "odd_runs.py", "registry.py", "evaluation.py", "held_out.py",
            "settings.py"]


def start_mlflow(name: str, uri: str, python: Path, data: Path, flags: list[str]) -> None:
    services.start(name, f"{uri}/health", [
        str(python / "mlflow"), "server", "--host", HOST, "--port", uri.rsplit(":", 1)[1], "--workers", "1",
        "--backend-store-uri", f"sqlite:///{data}/mlflow.db", "--artifacts-destination", str(data / "artifacts"),
        *flags], env=MLFLOW_ENV, cwd=data)


def training_cache(name: str, requirements: str, options: list[str]) -> Path:
    """Where the filled store of one server is kept; its name covers all that decides its content."""
    digest = hashlib.sha256(" ".join(options).encode())
    for file in (*DECISIVE, requirements):
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
