"""Reading the lab's backends over HTTP, for the recording and for the expected numbers.

Independent of Sightline's own code on purpose. Standard library only.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timezone

from settings import MLFLOW, PROMETHEUS

MLFLOW_API = "/api/2.0/mlflow"


def get(url: str, **parameters):
    """Gets JSON; `None` for 404."""
    if parameters:
        url += "?" + urllib.parse.urlencode(parameters, doseq=True)
    try:
        with urllib.request.urlopen(url, timeout=120) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise RuntimeError(f"{url} answered {error.code}: {error.read()[:300]!r}") from error


def post(url: str, body: dict):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as response:
        return json.load(response)


# -- Prometheus ---------------------------------------------------------------------------------


def instant(expression: str, at_ms: float) -> list[tuple[dict, float]]:
    """An instant query: labels and value of each series."""
    answer = get(f"{PROMETHEUS}/api/v1/query", query=expression, time=at_ms / 1000)
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


def raw_samples(selector: str, from_ms: float, to_ms: float) -> list[tuple[dict, list[tuple[int, float]]]]:
    """The stored samples of each series with `from < time <= to`, times in epoch milliseconds."""
    seconds = max(1, round((to_ms - from_ms) / 1000))
    answer = get(f"{PROMETHEUS}/api/v1/query", query=f"{selector}[{seconds}s]", time=to_ms / 1000)
    return [
        (one["metric"], [(round(time * 1000), float(value)) for time, value in one["values"]])
        for one in answer["data"]["result"]
    ]


# -- MLflow -------------------------------------------------------------------------------------


def experiments() -> list[dict]:
    answer = post(f"{MLFLOW}{MLFLOW_API}/experiments/search", {"max_results": 1000})
    return answer.get("experiments", [])


def experiment_id(name: str) -> str:
    return next(one["experiment_id"] for one in experiments() if one["name"] == name)


def runs(experiment: str) -> list[dict]:
    """All runs of an experiment, all pages."""
    found, token = [], None
    while True:
        body = {"experiment_ids": [experiment], "max_results": 1000} | ({"page_token": token} if token else {})
        answer = post(f"{MLFLOW}{MLFLOW_API}/runs/search", body)
        found += answer.get("runs", [])
        token = answer.get("next_page_token")
        if not token:
            return found


def tags(run: dict) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["data"].get("tags", [])}


def params(run: dict) -> dict[str, str]:
    return {param["key"]: param["value"] for param in run["data"].get("params", [])}


def metrics(run: dict) -> dict[str, float | str]:
    """Last values; `NaN` is the string that the server sends."""
    return {metric["key"]: metric["value"] for metric in run["data"].get("metrics", [])}


def metric_history(run_id: str, key: str) -> list[dict]:
    """Every logged point of a metric, all pages."""
    points, token = [], None
    while True:
        parameters = {"run_id": run_id, "metric_key": key, "max_results": 25000}
        answer = get(f"{MLFLOW}{MLFLOW_API}/metrics/get-history", **parameters,
                     **({"page_token": token} if token else {}))
        points += answer.get("metrics", [])
        token = answer.get("next_page_token")
        if not token:
            return points


def artifact(run: dict, path: str):
    """A JSON artifact of a run; `None` if it is not there."""
    experiment, run_id = run["info"]["experiment_id"], run["info"]["run_id"]
    return get(f"{MLFLOW}/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run_id}/artifacts/{path}")


def artifact_paths(run_id: str, folder: str) -> list[str]:
    answer = get(f"{MLFLOW}{MLFLOW_API}/artifacts/list", run_id=run_id, path=folder)
    return [file["path"] for file in (answer or {}).get("files", []) if not file["is_dir"]]


def prediction_rows(model: str, from_ms: float, to_ms: float) -> Iterator[dict]:
    """The logged predictions with `from <= time < to`, in the order of time."""
    for run in sorted(runs(experiment_id(f"{model}-predictions")), key=lambda run: tags(run)["day"]):
        midnight = datetime.fromisoformat(tags(run)["day"]).replace(tzinfo=timezone.utc).timestamp() * 1000
        for hour in range(24):
            start = midnight + hour * 3_600_000
            if start >= to_ms or start + 3_600_000 <= from_ms:
                continue
            table = artifact(run, f"predictions/{tags(run)['day']}T{hour:02d}.json")
            for values in table["data"] if table else []:
                row = dict(zip(table["columns"], values))
                if from_ms <= row["time"] < to_ms:
                    yield row
