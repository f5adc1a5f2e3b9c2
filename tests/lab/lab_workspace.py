"""The workspace of this very lab: `workspace.json` beside this file, with what only a running lab knows.

What is filled in: where the simulated history ends, and where the servers listen.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from urllib.parse import urlsplit

import settings
from settings import HERE, LAB, PORT_SHIFT

TEMPLATE = HERE / "workspace.json"
WRITTEN = LAB / "workspace.json"


def moved(url: str) -> str:
    """The address with the lab's ports."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{parts.port + PORT_SHIFT}").geturl()


def filled_in(document: dict, history_end_ms: int) -> dict:
    """The template for a lab whose history ends at `history_end_ms`."""
    end = datetime.fromtimestamp(history_end_ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    sources = []
    for source in document["spec"]["sources"]:
        # Only the samples of Prometheus are back-filled; what MLflow holds is real.
        border = {"simulatedBefore": end} if source["kind"] == "prometheus" else {}
        sources.append({**source, "url": moved(source["url"]), **border})
    # The template names its schema relative to its own place.
    rest = {key: value for key, value in document.items() if key != "$schema"}
    return {**rest, "spec": {**document["spec"], "sources": sources}}


def write(history_end_ms: int) -> None:
    settings.write_json(WRITTEN, filled_in(json.loads(TEMPLATE.read_text()), history_end_ms))
