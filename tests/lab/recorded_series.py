"""Recording series: which metrics share a file, and which part of time."""

from __future__ import annotations

import backends
from recorded import HOUR_MS, OLDER_BUCKET_MS, RECENT_BUCKET_MS, RECENT_MS, Recording
from thinning import encode, kind_of, thin

HISTORY_MS = 66 * 24 * HOUR_MS

# Which metrics share a file: those that one dashboard's panels need together.
GROUPS = {
    "latency": ["rest_server_request_duration_seconds_bucket", "rest_server_request_duration_seconds_count",
                "rest_server_request_duration_seconds_sum"],
    "deployment": ["model_version_info", "kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready",
                   "kube_horizontalpodautoscaler_spec_min_replicas", "kube_horizontalpodautoscaler_spec_max_replicas",
                   "kube_pod_container_status_restarts_total", "inference_queue_depth"],
    "resources": ["container_cpu_usage_seconds_total", "container_memory_working_set_bytes",
                  "kube_pod_container_resource_limits", "kube_pod_container_resource_requests",
                  "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "node_cpu_seconds_total",
                  "node_disk_read_bytes_total", "node_disk_written_bytes_total", "node_network_receive_bytes_total",
                  "node_network_transmit_bytes_total", "node_filesystem_size_bytes", "node_filesystem_avail_bytes",
                  "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"],
    "outcomes": ["predictions_total"],
    "errors": ["prediction_errors_total"],
    "experiments": ["experiment_exposures_total", "experiment_conversions_total"],
}


def record_group(recording: Recording, group: str, names: list[str]) -> None:
    """Writes the recent and the older file of a group."""
    border = recording.now_ms - RECENT_MS
    parts: dict[str, list[dict]] = {"recent": [], "older": []}
    for name in names:
        # Metrics of node_exporter on this machine are none of the demo's business.
        selector = name + '{instance="gpu-node-1"}' if name.startswith("node_") else name
        for labels, samples in backends.raw_samples(selector, recording.now_ms - HISTORY_MS, recording.now_ms):
            recording.note_labels(labels)
            kind = kind_of(name)
            recent = thin([one for one in samples if one[0] > border], kind, RECENT_BUCKET_MS)
            older = thin([one for one in samples if one[0] <= border], kind, OLDER_BUCKET_MS)
            if recent and older:
                older.append(recent[0])
            for part, kept in (("recent", recent), ("older", older)):
                if kept:
                    parts[part].append(encode(name, labels, kept))
    for part, series in parts.items():
        if series:
            file = recording.write(f"{group}-{part}", {"series": series})
            start, end, bucket = ((border, recording.now_ms, RECENT_BUCKET_MS) if part == "recent" else
                                  (recording.now_ms - HISTORY_MS, border, OLDER_BUCKET_MS))
            found = sorted({one["name"] for one in series})
            recording.series.append({"file": file, "names": found, "from": start, "to": end, "bucketMs": bucket})
