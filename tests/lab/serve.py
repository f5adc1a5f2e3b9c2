"""Exports the champion and challenger of each served model from the registry for MLServer.

    serve.py        writes $SIGHTLINE_LAB/models/<server name>/

One MLServer process per version, because MLServer's latency histogram knows only the path:
model, version and variant come from the scrape configuration.
Runs in the environment of `requirements-mlflow.txt`.
"""

from __future__ import annotations

import json
import os

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false")

import joblib
import mlflow

from settings import APP_ORIGINS, HOST, LAB, MLFLOW, SERVINGS


def main() -> None:
    mlflow.set_tracking_uri(MLFLOW)
    for one in SERVINGS:
        folder = LAB / "models" / one.name
        folder.mkdir(parents=True, exist_ok=True)
        model = mlflow.sklearn.load_model(f"models:/{one.model}/{one.version}")
        joblib.dump(model, folder / "model.joblib")
        (folder / "model-settings.json").write_text(json.dumps({
            "name": one.model,
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": {"uri": "./model.joblib", "version": one.version},
        }))
        (folder / "settings.json").write_text(json.dumps({
            "host": HOST,
            "http_port": one.http_port,
            "grpc_port": one.grpc_port,
            "metrics_port": one.metrics_port,
            "parallel_workers": 0,
            "cors_settings": {"allow_origins": APP_ORIGINS, "allow_methods": ["GET", "POST"]},
        }))


if __name__ == "__main__":
    main()
