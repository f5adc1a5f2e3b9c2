"""The registry: three versions a model, with aliases, tags and descriptions, and traces of their predictions."""

from __future__ import annotations

import mlflow
import numpy as np

import evaluation
import held_out
from settings import VARIANT_VERSIONS
from sweeps import Trained


def choose_versions(trained: list[Trained], differs_by: str) -> list[Trained]:
    """Version 1, 2, 3: the weakest, the best, and the best of another kind."""
    ranked = sorted(trained, key=lambda one: -one.score)
    best = ranked[0]
    other = next(one for one in ranked[1:] if one.setting[differs_by] != best.setting[differs_by])
    return [ranked[-1], best, other]


def register(name: str, versions: list[Trained], split, about: str, owner: str, task: str) -> None:
    """Logs three models, registers them as versions and sets aliases, tags and descriptions."""
    client = mlflow.MlflowClient()
    notes = ["first release", "current production model", "candidate in an A/B test"]
    for number, (one, note) in enumerate(zip(versions, notes), start=1):
        mlflow.set_experiment(experiment_id=client.get_run(one.run_id).info.experiment_id)
        with mlflow.start_run(run_id=one.run_id):
            place = {"name": "model", "serialization_format": "pickle"} if mlflow.__version__ >= "3" else {
                "artifact_path": "model"}
            info = mlflow.sklearn.log_model(one.model, registered_model_name=name,
                                            pip_requirements=["scikit-learn"], **place)
            evaluation.log_predictions(one.model, split)
        version = str(info.registered_model_version)
        settings_text = ", ".join(f"{key} {value}" for key, value in one.setting.items())
        assert version == str(number), f"{name} already had versions"
        client.update_model_version(name, version, description=f"{note}: {settings_text}")
        client.set_model_version_tag(name, version, "stage_note", note)
        client.set_model_version_tag(name, version, "val_score", f"{one.score:.4f}")
    for alias, version in VARIANT_VERSIONS.items():
        client.set_registered_model_alias(name, alias, version)
    client.update_registered_model(name, description=about)
    for key, value in (("owner", owner), ("team", owner.split("@")[1].split(".")[0]), ("task", task)):
        client.set_registered_model_tag(name, key, value)


def traces(versions: list[Trained], n: int = 24) -> None:
    """Real predictions under MLflow tracing; every sixth request is malformed and fails."""
    mlflow.set_experiment("digits-mlp")
    x, _ = held_out.digits().test

    @mlflow.trace(span_type="PARSER")
    def preprocess(pixels):
        return np.asarray(pixels, dtype=float).reshape(1, -1)

    @mlflow.trace(name="predict", span_type="CHAIN")
    def predict(row_id, pixels, version):
        mlflow.update_current_trace(tags={"model": "digits", "version": version, "row": row_id})
        row = preprocess(pixels)
        with mlflow.start_span("forward", span_type="TOOL") as span:
            span.set_inputs({"shape": list(row.shape)})
            digit = int(versions[int(version) - 1].model.predict(row)[0])
            span.set_outputs({"digit": digit})
        return digit

    for index in range(n):
        pixels = x[index].tolist()
        if index % 6 == 5:
            pixels = pixels[:60]  # four pixels short: the scaler refuses it
        try:
            predict(f"dg-{index}", pixels, "2" if index % 2 else "3")
        except ValueError:
            pass
    mlflow.flush_trace_async_logging()
