"""Fills an MLflow server with real training runs, registered models and traces.

    train.py URI [--small] [--long]

`--small` is the fill of the MLflow 2 server; `--long` adds the histories for the curve benchmark.
Runs in the environment of `requirements-mlflow.txt` (with `--small`, of `requirements-mlflow2.txt`).
"""

from __future__ import annotations

import argparse
import logging
import os
import time
import warnings

os.environ.update(OMP_NUM_THREADS="1", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true",
                  MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", GIT_PYTHON_REFRESH="quiet")
warnings.filterwarnings("ignore")

import mlflow

import held_out
from odd_runs import long_history, odd_runs
from registry import choose_versions, register, traces
from sweeps import breast_cancer_sweep, diabetes_boosting, digits_sweep, wine_forest

logging.getLogger("mlflow").setLevel(logging.ERROR)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("uri")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    mlflow.set_tracking_uri(options.uri)
    started = time.monotonic()

    cancer = breast_cancer_sweep(options.small)
    diabetes = diabetes_boosting(options.small)
    register("breast-cancer", choose_versions(cancer, "penalty"), held_out.breast_cancer(),
             "Malignant or benign, from ten measurements of cell nuclei.",
             "dana.ito@health.example", "binary classification")
    if not options.small:
        odd_runs()
        digits_versions = choose_versions(digits_sweep(), "hidden")
        register("digits", digits_versions, held_out.digits(), "Handwritten digits of 8 x 8 pixels.",
                 "sam.okafor@vision.example", "multiclass classification")
        register("diabetes", choose_versions(diabetes, "learning_rate"), held_out.diabetes(),
                 "Disease progression after one year.", "dana.ito@health.example", "regression")
        wine_forest()
        long_history(options.long)
        traces(digits_versions)
    print(f"training took {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
