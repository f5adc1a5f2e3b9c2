"""Talking to a model server, as a client of it does."""

from __future__ import annotations

import http.client
import json
import time

import numpy as np

import settings
from settings import HOST


class Server:
    """A kept-alive connection to one model server."""

    def __init__(self, serving: settings.Serving):
        self.serving = serving
        self.connection = http.client.HTTPConnection(HOST, serving.http_port, timeout=10)

    def infer(self, x: np.ndarray, model: str | None = None) -> tuple[np.ndarray, np.ndarray, float]:
        """Sends rows; returns predictions, class probabilities and the latency in milliseconds.

        Raises `ValueError` with the status if the server refuses, `TimeoutError` if it is too slow.
        """
        body = json.dumps({
            "inputs": [{"name": "x", "shape": list(x.shape), "datatype": "FP64", "data": x.ravel().tolist()}],
            "outputs": [{"name": "predict"}, {"name": "predict_proba"}],
        })
        started = time.perf_counter()
        try:
            self.connection.request("POST", f"/v2/models/{model or self.serving.model}/infer", body,
                                    {"content-type": "application/json"})
            response = self.connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        latency_ms = (time.perf_counter() - started) * 1000
        if response.status != 200:
            raise ValueError(response.status)
        outputs = {output["name"]: output for output in json.loads(answer)["outputs"]}
        probabilities = np.reshape(outputs["predict_proba"]["data"], outputs["predict_proba"]["shape"])
        return np.ravel(outputs["predict"]["data"]).astype(int), probabilities, latency_ms
