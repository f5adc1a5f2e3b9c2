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


def ensure_npm(folder: Path) -> Path:
    """A copy of a folder with a `package.json` and its lock file, with its packages, made at the first call."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())).hexdigest()[:12]
    installed = CACHE / f"npm-{folder.name}-{digest}"
    done = installed / ".complete"
    if not done.exists():
        print(f"installing npm packages of {folder.name} (some seconds) ...", flush=True)
        shutil.rmtree(installed, ignore_errors=True)
        shutil.copytree(folder, installed, ignore=shutil.ignore_patterns("node_modules"))
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=installed, check=True)
        done.touch()
    return installed


if __name__ == "__main__":
    print(ensure(sys.argv[1]))
