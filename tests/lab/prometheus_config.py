"""The configuration of the lab's Prometheus: what it scrapes, under which labels, and its alerts."""

from __future__ import annotations

import json
from pathlib import Path

from settings import EXPORTER_INSTANCE, EXPORTER_PORT, HOST, NODE_EXPORTER, SCRAPE_SECONDS, SERVINGS


def _accuracy(selector: str) -> str:
    """Share of predictions on the diagonal; PromQL cannot compare two labels, so each class is named."""
    by = "sum by (model, version, environment)"
    hits = " + ".join(
        f'{by} (increase(predictions_total{{{selector},actual="{digit}",predicted="{digit}"}}[1h]))'
        for digit in range(10))
    return f"({hits}) / {by} (increase(predictions_total{{{selector}}}[1h]))"


RULES = [
    {
        "alert": "ReplicasMissing",
        # All of six minutes, so that a replica that is just starting raises nothing.
        "expr": "min_over_time((kube_deployment_spec_replicas - kube_deployment_status_replicas_ready)[6m:10s]) > 0",
        "for": "10s",
        "labels": {"severity": "warning"},
        "annotations": {"summary": "{{ $labels.deployment }} has fewer ready replicas than desired"},
    },
    {
        "alert": "ChallengerAccuracyLow",
        "expr": _accuracy('model="digits",variant="challenger"') + " < 0.9",
        "for": "10s",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "accuracy of {{ $labels.model }} {{ $labels.version }} over one hour is below 90 %"},
    },
    {
        "alert": "LatencyObjectiveMissed",
        "expr": "histogram_quantile(0.95, sum by (model, version, environment, le) "
                '(rate(rest_server_request_duration_seconds_bucket{status_code="200"}[10m]))) > 0.25',
        "for": "1m",
        "labels": {"severity": "critical"},
        "annotations": {"summary": "p95 of {{ $labels.model }} {{ $labels.version }} is over 250 ms"},
    },
]


def write(folder: Path, with_rules: bool = True) -> Path:
    """Writes `prometheus.yml` and its rules; both are JSON, which YAML contains."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = folder / "rules.yml"
    rules.write_text(json.dumps({"groups": [{"name": "lab", "rules": RULES}]}, indent=1))
    every = f"{SCRAPE_SECONDS}s"
    config = {
        "global": {"scrape_interval": every, "evaluation_interval": every},
        "rule_files": [str(rules)] if with_rules else [],
        "scrape_configs": [
            {"job_name": "mlserver", "static_configs": [
                {"targets": [one.target], "labels": {**one.labels(), "instance": one.instance}} for one in SERVINGS]},
            # The exporter names job and instance of the series that it simulates.
            {"job_name": "load", "honor_labels": True,
             "static_configs": [
                {"targets": [f"{HOST}:{EXPORTER_PORT}"], "labels": {"instance": EXPORTER_INSTANCE}}]},
            {"job_name": "node", "static_configs": [
                {"targets": [NODE_EXPORTER.removeprefix("http://")], "labels": {"instance": f"{HOST}:19100"}}]},
        ],
    }
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config, indent=1))
    return path
