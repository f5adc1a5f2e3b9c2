"""Fills Prometheus with 65 days of history and then of alerts, and VictoriaMetrics with the last 15 days."""

from __future__ import annotations

import shutil
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import alert_history
import backends
import services
import settings
from servers import start_prometheus, start_victoria_metrics
from settings import HERE, LAB
from steps import Step, run


def create_blocks(text: Path) -> None:
    """OpenMetrics text into Prometheus' storage; the text is removed."""
    # The hidden flag makes two blocks of it rather than one per two hours, in a fiftieth of the time.
    run("promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1458h", "-q", text,
        LAB / "prometheus", log=text.name)
    text.unlink()


def backfill_alerts() -> None:
    """What the rules would have raised: evaluated by Prometheus itself over the history that it holds.

    The live series must be there before the rules are: Prometheus restores at its start only those alerts
    that its first evaluations find, and leaves the others to begin anew.
    """
    end = settings.read_json(LAB / "truth.json")["historyEnd"] // 1000
    text = LAB / "alerts.om"
    start_prometheus(with_rules=False)
    try:
        text.write_text(alert_history.open_metrics(end - settings.HISTORY_DAYS * 86400, end))
        wait_for_live_series()
    finally:
        services.stop("prometheus")
    create_blocks(text)


def wait_for_live_series(patience_seconds: float = 120) -> None:
    """Until the exporter has been scraped."""
    deadline = time.monotonic() + patience_seconds
    while not backends.instant("count_over_time(kube_deployment_spec_replicas[10s]) > 0", time.time() * 1000):
        if time.monotonic() > deadline:
            raise SystemExit("Prometheus has not scraped the load's exporter")
        time.sleep(0.5)


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
            list(pool.map(create_blocks, halves))
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
