"""Large data for the benchmarks' own servers, in the environment of the lab's `requirements-mlflow.txt`.

    fill.py runs DATABASE     10,000 runs of ridge regressions, each really fitted, into an MLflow store
    fill.py series FILE       1,000 series of 240 points as OpenMetrics text

The runs go into the store's tables at once: one by one over HTTP they would take ten minutes.
"""

from __future__ import annotations

import math
import sys
import uuid
from pathlib import Path

import numpy as np

EXPERIMENT = "bench-runs"
N_RUNS = 10_000
N_SERIES, N_POINTS, STEP_SECONDS = 1_000, 240, 15
SERIES_END = 1_767_225_600
BEGIN_MS = 1_767_225_600_000


def fits():
    """Parameters and errors of ridge regressions with random settings on the diabetes data."""
    from sklearn.datasets import load_diabetes

    inputs, target = load_diabetes(return_X_y=True)
    target = (target - target.mean()) / target.std()
    random = np.random.default_rng(7)
    for _ in range(N_RUNS):
        alpha = float(10 ** random.uniform(-4, 2))
        n_features, share, seed = int(random.integers(2, 11)), float(random.uniform(0.3, 0.9)), int(random.integers(1_000))
        power = float(random.uniform(0.5, 2.0))
        split = np.random.default_rng(seed)
        order, columns = split.permutation(len(inputs)), split.permutation(inputs.shape[1])[:n_features]
        x = np.sign(inputs[:, columns]) * np.abs(inputs[:, columns]) ** power
        n_train = int(share * len(x))
        train, held = order[:n_train], order[n_train:]
        mean, spread = x[train].mean(axis=0), x[train].std(axis=0) + 1e-12
        x = np.column_stack([np.ones(len(x)), (x - mean) / spread])
        gram = x[train].T @ x[train] + alpha * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, x[train].T @ target[train])
        error = (x @ weights - target) ** 2
        params = {"alpha": f"{alpha:.3g}", "features": str(n_features), "train_share": f"{share:.3f}",
                  "power": f"{power:.3f}", "seed": str(seed)}
        yield params, {"train_rmse": math.sqrt(error[train].mean()), "val_rmse": math.sqrt(error[held].mean())}


def runs(database: Path) -> None:
    from mlflow.store.tracking.dbmodels import models
    from sqlalchemy import create_engine, delete, insert, select

    engine = create_engine(f"sqlite:///{database}")
    experiments = models.SqlExperiment.__table__
    tables = {name: getattr(models, f"Sql{name}").__table__ for name in ("Run", "Param", "LatestMetric", "Metric", "Tag")}
    rows = {name: [] for name in tables}
    with engine.begin() as connection:
        found = connection.execute(select(experiments.c.experiment_id).where(experiments.c.name == EXPERIMENT)).scalar()
        if found is not None:
            stale = select(tables["Run"].c.run_uuid).where(tables["Run"].c.experiment_id == found)
            for name in ("Param", "LatestMetric", "Metric", "Tag"):
                connection.execute(delete(tables[name]).where(tables[name].c.run_uuid.in_(stale)))
            connection.execute(delete(tables["Run"]).where(tables["Run"].c.experiment_id == found))
            connection.execute(delete(experiments).where(experiments.c.experiment_id == found))
        number = connection.execute(select(experiments.c.experiment_id).order_by(experiments.c.experiment_id.desc())).scalar() + 1
        connection.execute(insert(experiments).values(
            experiment_id=number, name=EXPERIMENT, artifact_location=f"mlflow-artifacts:/{number}",
            lifecycle_stage="active", creation_time=BEGIN_MS, last_update_time=BEGIN_MS))
        for place, (params, metrics) in enumerate(fits()):
            run, begin = uuid.UUID(int=place + 1, version=4).hex, BEGIN_MS + place * 1_000
            rows["Run"].append(dict(
                run_uuid=run, name=f"ridge-{place}", source_type="UNKNOWN", source_name="", entry_point_name="",
                user_id="bench", status="FINISHED", start_time=begin, end_time=begin + 900, source_version="",
                lifecycle_stage="active", artifact_uri=f"mlflow-artifacts:/{number}/{run}/artifacts", experiment_id=number))
            rows["Tag"].append(dict(key="mlflow.runName", value=f"ridge-{place}", run_uuid=run))
            rows["Param"] += [dict(key=key, value=value, run_uuid=run) for key, value in params.items()]
            for key, value in metrics.items():
                point = dict(key=key, value=value, timestamp=begin + 900, step=0, is_nan=False, run_uuid=run)
                rows["Metric"].append(point)
                rows["LatestMetric"].append(point)
        for name, table in tables.items():
            connection.execute(insert(table), rows[name])
    print(f"{len(rows['Run'])} runs in experiment {number}")


def series(path: Path) -> None:
    """CPU seconds of 1,000 pods as counters, each at a rate that wanders."""
    random = np.random.default_rng(11)
    start = SERIES_END - (N_POINTS - 1) * STEP_SECONDS
    with path.open("w") as out:
        out.write("# TYPE bench_cpu_seconds counter\n")
        for pod in range(N_SERIES):
            rate = np.clip(random.uniform(0.05, 1.5) + random.normal(0, 0.03, N_POINTS).cumsum(), 0.01, None)
            total = (rate * STEP_SECONDS).cumsum()
            for point in range(N_POINTS):
                out.write(f'bench_cpu_seconds_total{{pod="bench-{pod:04}",instance="node-{pod % 40}:10250"}} '
                          f"{total[point]:.4f} {start + point * STEP_SECONDS}\n")
        out.write("# EOF\n")


if __name__ == "__main__":
    {"runs": runs, "series": series}[sys.argv[1]](Path(sys.argv[2]))
