"""Whether a recording keeps to its sizes, in brotli."""

from __future__ import annotations

import subprocess
from pathlib import Path

LARGEST_TOTAL, LARGEST_FIRST_SCREEN = 2_000_000, 300_000
# What the first screen of a role asks for at 1440 x 900 at an hour when the recording reaches furthest into the future,
# as seen in Chromium: a day back then lies up to two days back, and drift compares with earlier rows.
FIRST_SCREEN = {
    "data-scientist": ["manifest", "runs", "versions", "artifacts", "predictions-breast-cancer-recent",
                       "predictions-breast-cancer-older"],
    "ml-engineer": ["manifest", "versions", "latency-recent", "latency-older", "deployment-recent", "deployment-older",
                    "resources-recent"],
}


def brotli_size(file: Path) -> int:
    return len(subprocess.run(["brotli", "-q", "11", "-w", "24", "-c", file], check=True, capture_output=True).stdout)


def check_sizes(folder: Path) -> bool:
    sizes = {file.stem: brotli_size(file) for file in sorted(folder.glob("*.json"))}
    for name, size in sizes.items():
        print(f"{size / 1000:9.1f} KB  {name}.json")
    total = sum(sizes.values())
    print(f"{total / 1000:9.1f} KB  in all (at most {LARGEST_TOTAL / 1000:.0f})")
    good = total <= LARGEST_TOTAL
    for role, names in FIRST_SCREEN.items():
        first = sum(sizes[name] for name in names)
        print(f"{first / 1000:9.1f} KB  first screen of {role} (at most {LARGEST_FIRST_SCREEN / 1000:.0f})")
        good &= first <= LARGEST_FIRST_SCREEN
    return good
