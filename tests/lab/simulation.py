"""What the lab simulates, as functions of time: load, latency, replicas, hardware, rollouts.

All functions take epoch seconds as an array and are deterministic, so that the back-filled history
and the live exporter continue each other. Times of planted events are relative to the anchor.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Iterator

import numpy as np

from settings import (
    AB_DAYS_AGO, ENVIRONMENT, EXPORTER_INSTANCE, HISTORY_STEP_SECONDS, LATENCY_LAW, MISSING_REPLICA_HOURS_AGO,
    QUEUE_SPIKE_HOURS_AGO, QUEUE_SPIKE_VALUE, ROLLBACK_DAYS_AGO, ROLLBACK_HOURS, ROLLOUT_DAYS_AGO,
)

HOUR, DAY = 3600, 86400
BREAST_CANCER_2_DAYS_AGO = 42
INCIDENT_DAYS_AGO, INCIDENT_MINUTES = 5, 40

VERSIONS = {"breast-cancer": ["1", "2", "3"], "digits": ["1", "2", "3"], "diabetes": ["2", "3"]}
# Deployments that run now: model, version, region, cores and bytes of the limit.
DEPLOYMENTS = [
    ("breast-cancer", "2", "eu-west"), ("breast-cancer", "3", "us-east"),
    ("digits", "2", "eu-west"), ("digits", "3", "us-east"), ("diabetes", "2", "eu-west"),
]
CPU_LIMIT_CORES, MEMORY_LIMIT_BYTES = 2.0, 2**30
MIN_REPLICAS, MAX_REPLICAS = 2, 8


@dataclass(frozen=True)
class Series:
    """Values at the asked times; for a counter, its rate per second. `alive` is where it exists."""

    name: str
    kind: str  # gauge or counter
    labels: dict[str, str]
    values: np.ndarray
    alive: np.ndarray


def noise(key: str, t: np.ndarray) -> np.ndarray:
    """Standard normal noise that depends on the key and the 240 s slot only."""
    def uniform(salt: int) -> np.ndarray:
        with np.errstate(over="ignore"):
            z = (t // HISTORY_STEP_SECONDS).astype(np.uint64) + np.uint64(zlib.crc32(key.encode()) + (salt << 40))
            z = z * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
        return ((z >> np.uint64(11)).astype(float) + 0.5) / 2**53
    return np.sqrt(-2 * np.log(uniform(1))) * np.cos(2 * math.pi * uniform(2))


def day_curve(model: str, t: np.ndarray) -> np.ndarray:
    """Requests a second of a whole model without noise: high by day, low at night and at weekends."""
    base = {"digits": 14.0, "breast-cancer": 8.0, "diabetes": 3.0}[model]
    day = 1 + 0.5 * np.sin(2 * math.pi * ((t % DAY) / DAY - 0.3))
    weekend = np.isin((t // DAY + 4) % 7, (0, 6))  # day 0 of the epoch was a Thursday
    return base * day * np.where(weekend, 0.75, 1.1)


def request_rate(model: str, t: np.ndarray) -> np.ndarray:
    """Requests a second of a whole model."""
    return day_curve(model, t) * np.clip(1 + 0.06 * noise(model, t), 0.7, 1.25)


def latency_p95(model: str, version: str, t: np.ndarray) -> np.ndarray:
    """The load-to-latency law, in seconds; version 3 of breast-cancer is 30 % slower."""
    base, capacity = LATENCY_LAW[model]
    slower = 1.3 if (model, version) == ("breast-cancer", "3") else 1.0
    return slower * base / (1 - request_rate(model, t) / capacity)


class Simulation:
    """All simulated series of one lab, with its planted events."""

    def __init__(self, anchor: int):
        self.anchor = anchor

    def ago(self, days: float = 0, hours: float = 0) -> float:
        return self.anchor - days * DAY - hours * HOUR

    def share(self, model: str, version: str, t: np.ndarray) -> np.ndarray:
        """Share of a model's traffic that a version gets, 0 to 1."""
        testing = t >= self.ago(AB_DAYS_AGO)
        if model == "diabetes":
            start = self.ago(ROLLBACK_DAYS_AGO)
            out = (t >= start) & (t < start + ROLLBACK_HOURS * HOUR)
            return np.where(out == (version == "3"), 1.0, 0.0)
        if model == "digits":
            second = np.zeros_like(t, dtype=float)
            for days, share in ROLLOUT_DAYS_AGO:
                second = np.where(t >= self.ago(days), share, second)
        else:
            second = np.where(t >= self.ago(BREAST_CANCER_2_DAYS_AGO), 1.0, 0.0)
        return {
            "1": 1 - second,
            "2": np.where(testing, 0.5, second),
            "3": np.where(testing, 0.5, 0.0),
        }[version]

    def incident(self, t: np.ndarray) -> np.ndarray:
        """Where the upstream of breast-cancer 2 failed."""
        start = self.ago(INCIDENT_DAYS_AGO)
        return (t >= start) & (t < start + INCIDENT_MINUTES * 60)

    def replicas(self, model: str, version: str, t: np.ndarray) -> np.ndarray:
        """Desired replicas: an autoscaler that follows the smooth part of the load."""
        rate = day_curve(model, t) * self.share(model, version, t)
        return np.clip(np.ceil(rate / 3), MIN_REPLICAS, MAX_REPLICAS)

    def series(self, t: np.ndarray) -> Iterator[Series]:
        """Every simulated series that goes on while the lab runs."""
        yield from self._deployments(t)
        yield from self._rollouts(t)
        yield from self._gpus(t)
        yield from self._node(t)

    def _deployments(self, t: np.ndarray) -> Iterator[Series]:
        for model, version, region in DEPLOYMENTS:
            share = self.share(model, version, t)
            alive = np.ones(len(t), bool) if model == "diabetes" else share > 0
            rate = request_rate(model, t) * share
            name = f"{model}-v{version}"
            what = {"model": model, "version": version, "region": region, "environment": ENVIRONMENT}
            kube = {"job": "kube-state-metrics", "instance": "kube-state-metrics:8080", "namespace": "ml", **what}
            pod = {"pod": f"{name}-0", "container": "model"}

            def gauge(metric, values, **labels):
                return Series(metric, "gauge", {**kube, **labels}, np.broadcast_to(values, t.shape), alive)

            desired = self.replicas(model, version, t)
            # A new replica takes one step to be ready.
            ready = np.minimum(desired, self.replicas(model, version, t - HISTORY_STEP_SECONDS))
            if name == "digits-v3":
                ready = np.where(t >= self.ago(hours=MISSING_REPLICA_HOURS_AGO), desired - 1, ready)
            yield gauge("kube_deployment_spec_replicas", desired, deployment=name)
            yield gauge("kube_deployment_status_replicas_ready", ready, deployment=name)
            yield gauge("kube_horizontalpodautoscaler_spec_min_replicas", MIN_REPLICAS, horizontalpodautoscaler=name)
            yield gauge("kube_horizontalpodautoscaler_spec_max_replicas", MAX_REPLICAS, horizontalpodautoscaler=name)
            for kind, factor in (("limits", 1.0), ("requests", 0.5)):
                metric = f"kube_pod_container_resource_{kind}"
                yield gauge(metric, factor * CPU_LIMIT_CORES, resource="cpu", unit="core", **pod)
                yield gauge(metric, factor * MEMORY_LIMIT_BYTES, resource="memory", unit="byte", **pod)
            # One restart in some 400 slots, and a crash loop of six during the incident.
            restarts = (noise(f"restart-{name}", t) > 2.8).astype(float)
            if name == "breast-cancer-v2":
                restarts = np.where(self.incident(t), 1.0, restarts)
            yield Series("kube_pod_container_status_restarts_total", "counter", {**kube, **pod},
                         restarts / HISTORY_STEP_SECONDS, alive)
            cadvisor = {**kube, "job": "cadvisor", "instance": "gpu-node-1:10250", **pod}
            cores = np.clip(0.05 + 0.09 * rate * (1 + 0.05 * noise(f"cpu-{name}", t)), 0.01, CPU_LIMIT_CORES)
            yield Series("container_cpu_usage_seconds_total", "counter", cadvisor, cores, alive)
            leak = ((t - self.anchor) % (6 * DAY)) / (6 * DAY) if name == "digits-v2" else 0.0
            memory = 4.2e8 + 4.5e8 * leak + 6e6 * rate + 4e6 * noise(f"memory-{name}", t)
            yield Series("container_memory_working_set_bytes", "gauge", cadvisor, np.round(memory), alive)
            if model in LATENCY_LAW:
                pressure = 1 / (1 - request_rate(model, t) / LATENCY_LAW[model][1])
                queue = np.maximum(0, np.round(0.8 * pressure + 0.8 * noise(f"queue-{name}", t)))
                if name == "digits-v2":
                    spike = self.ago(hours=QUEUE_SPIKE_HOURS_AGO)
                    queue = np.where((t >= spike) & (t < spike + HISTORY_STEP_SECONDS), QUEUE_SPIKE_VALUE, queue)
                labels = {"job": "load", "instance": EXPORTER_INSTANCE, **what}
                yield Series("inference_queue_depth", "gauge", labels, queue, alive)

    def _rollouts(self, t: np.ndarray) -> Iterator[Series]:
        rollback = self.ago(ROLLBACK_DAYS_AGO) + ROLLBACK_HOURS * HOUR
        for model, versions in VERSIONS.items():
            for version in versions:
                share = self.share(model, version, t)
                partial = (share > 0) & (share < 1) & (t < self.ago(AB_DAYS_AGO))
                states = {"in_progress": partial, "deployed": (share > 0) & ~partial}
                if (model, version) == ("diabetes", "3"):
                    # Its last half hour is the way back.
                    states["rolling_back"] = states["deployed"] & (t >= rollback - 1800)
                    states["deployed"] = states["deployed"] & (t < rollback - 1800)
                for state, alive in states.items():
                    labels = {"job": "deployer", "instance": "deployer:8080", "model": model, "version": version,
                              "environment": ENVIRONMENT, "state": state}
                    yield Series("model_version_info", "gauge", labels, share, alive)
        labels = {"job": "deployer", "instance": "deployer:8080", "model": "digits", "version": "3",
                  "environment": "staging", "state": "deployed"}
        yield Series("model_version_info", "gauge", labels, np.ones(len(t)), t >= self.ago(AB_DAYS_AGO + 3))

    def _gpus(self, t: np.ndarray) -> Iterator[Series]:
        always, load = np.ones(len(t), bool), request_rate("digits", t)
        for gpu in ("0", "1"):
            labels = {"job": "dcgm", "instance": "gpu-node-1:9400", "gpu": gpu, "modelName": "NVIDIA H100",
                      "Hostname": "gpu-node-1"}
            busy = 12 + (3.0 if gpu == "0" else 1.8) * load + 4 * noise(f"gpu-{gpu}", t)
            used = np.round(22_000 + 900 * load + 300 * noise(f"fb-{gpu}", t))
            yield Series("DCGM_FI_DEV_GPU_UTIL", "gauge", labels, np.round(np.clip(busy, 0, 100)), always)
            yield Series("DCGM_FI_DEV_FB_USED", "gauge", labels, used, always)
            yield Series("DCGM_FI_DEV_FB_FREE", "gauge", labels, 81_920 - used, always)

    def _node(self, t: np.ndarray) -> Iterator[Series]:
        always = np.ones(len(t), bool)
        load = sum(request_rate(model, t) for model in VERSIONS)
        node = {"job": "node", "instance": "gpu-node-1"}
        busy = np.clip(0.1 + 0.018 * load + 0.02 * noise("node-cpu", t), 0.02, 0.98)
        size, wobble = 5.0e11, 1 + 0.1 * noise("node-io", t)
        root = {**node, "device": "/dev/nvme0n1p1", "fstype": "ext4", "mountpoint": "/"}
        # The disk fills by 2 GB a day and is cleaned every 30 days.
        filled = 2.1e11 + 2e9 * (((t - self.anchor) % (30 * DAY)) / DAY)
        memory = 5.4e10 + 6e8 * load + 4e8 * noise("node-memory", t)
        disk, network = {**node, "device": "nvme0n1"}, {**node, "device": "eth0"}
        for name, kind, labels, values in (
            ("node_cpu_seconds_total", "counter", {**node, "cpu": "0", "mode": "user"}, busy),
            ("node_cpu_seconds_total", "counter", {**node, "cpu": "0", "mode": "idle"}, 1 - busy),
            ("node_disk_read_bytes_total", "counter", disk, 4e5 * load * wobble),
            ("node_disk_written_bytes_total", "counter", disk, 2.5e5 * load * wobble),
            ("node_network_receive_bytes_total", "counter", network, 9e4 * load * wobble),
            ("node_network_transmit_bytes_total", "counter", network, 6e4 * load * wobble),
            ("node_filesystem_size_bytes", "gauge", root, np.full(len(t), size)),
            ("node_filesystem_avail_bytes", "gauge", root, np.round(size - filled)),
            ("node_memory_MemTotal_bytes", "gauge", node, np.full(len(t), 1.35e11)),
            ("node_memory_MemAvailable_bytes", "gauge", node, np.round(1.35e11 - memory)),
        ):
            yield Series(name, kind, labels, values, always)
