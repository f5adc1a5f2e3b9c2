"""Python environments of the lab, each in a cache folder named after the hash of its requirements."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from settings import CACHE, HERE


def ensure(name: str, folder_of_requirements: Path = HERE) -> Path:
    """The `bin` folder of the environment for `requirements-<name>.txt`, made at the first call."""
    requirements = folder_of_requirements / f"requirements-{name}.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = CACHE / f"venv-{name}-{digest}"
    done = folder / ".complete"
    if not done.exists():
        print(f"installing {requirements.name} (about a minute) ...", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check",
             "--prefer-binary", "-r", requirements],
            check=True,
        )
        done.touch()
    return folder / "bin"


if __name__ == "__main__":
    print(ensure(sys.argv[1]))
