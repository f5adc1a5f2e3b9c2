"""Serves /metrics: the counters of the live load, and the simulated series where the back-filled history ends."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

import settings
from history import selector
from settings import HOST, LAB
from simulation import Simulation


class Exporter:
    """Counters of the live load and the simulated series, in the text format of Prometheus."""

    def __init__(self, anchor: int):
        self.simulation = Simulation(anchor)
        self.lock = threading.Lock()
        self.counters: Counter = Counter()
        self.state_file = LAB / "exporter_state.json"
        state = settings.read_json(self.state_file) or settings.read_json(LAB / "history_end.json")
        self.simulated: dict[str, float] = state["counters"]
        self.simulated_at: float = state["end"]

    def add(self, name: str, labels: dict[str, str], n: float = 1) -> None:
        with self.lock:
            self.counters[name, selector(name, labels)] += n

    def text(self) -> str:
        now = time.time()
        families: dict[tuple[str, str], list[str]] = defaultdict(list)
        with self.lock:
            for (name, series), value in self.counters.items():
                families[name, "counter"].append(f"{series} {value}")
            elapsed, self.simulated_at = now - self.simulated_at, now
            for one in self.simulation.series(np.array([now])):
                if not one.alive[0]:
                    continue
                series, value = selector(one.name, one.labels), float(one.values[0])
                if one.kind == "counter":
                    self.simulated[series] = value = self.simulated.get(series, 0.0) + value * max(elapsed, 0)
                    if "restarts" in one.name:
                        value = int(value)
                families[one.name, one.kind].append(f"{series} {value}")
        return "".join(
            f"# TYPE {name} {kind}\n" + "\n".join(lines) + "\n" for (name, kind), lines in families.items())

    def save(self) -> None:
        """Keeps the simulated counters, so that a later start goes on from them."""
        with self.lock:
            settings.write_json(self.state_file, {"end": self.simulated_at, "counters": self.simulated})


def serve_metrics(exporter: Exporter) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = exporter.text().encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((HOST, settings.EXPORTER_PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
