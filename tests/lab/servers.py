"""Starting the servers that hold or make the metrics: model servers, Prometheus, VictoriaMetrics."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environments
import prometheus_config
import services
import settings
from settings import HERE, HOST, LAB
from steps import Step, run


def port_of(uri: str) -> str:
    return uri.rsplit(":", 1)[1]


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


def start_victoria_metrics() -> None:
    services.start("victoria-metrics", f"{settings.VICTORIA_METRICS}/health", [
        "victoria-metrics", f"-storageDataPath={LAB}/victoria-metrics",
        f"-httpListenAddr={HOST}:{port_of(settings.VICTORIA_METRICS)}", "-retentionPeriod=3", "-search.latencyOffset=0s"])


def start_node_exporter() -> None:
    services.start("node-exporter", f"{settings.NODE_EXPORTER}/metrics",
                   ["prometheus-node-exporter", f"--web.listen-address={HOST}:{port_of(settings.NODE_EXPORTER)}"])


def start_prometheus(with_rules: bool = True) -> None:
    config = prometheus_config.write(LAB / "config", with_rules)
    services.start("prometheus", f"{settings.PROMETHEUS}/-/ready", [
        "prometheus", f"--config.file={config}", f"--storage.tsdb.path={LAB}/prometheus",
        "--storage.tsdb.retention.time=120d", f"--web.listen-address={HOST}:{port_of(settings.PROMETHEUS)}",
        f"--web.cors.origin={settings.PROMETHEUS_ORIGIN_REGEX}",
        # Alerts go on from their own beginning, however short their rule's `for`, as long as the data is kept.
        "--rules.alert.for-grace-period=0s", "--rules.alert.for-outage-tolerance=6h"])
