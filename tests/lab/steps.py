"""Running the parts of `up`: what is said meanwhile, where their output goes, which programs they need."""

from __future__ import annotations

import shutil
import subprocess
import time

from settings import LAB

PROGRAMS = {"prometheus": "prometheus", "promtool": "prometheus", "brotli": "brotli",
            "prometheus-node-exporter": "prometheus-node-exporter", "victoria-metrics": "victoria-metrics"}


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
