"""Processes of the lab: start in the background, wait until ready, end by pid.

A pid file names the process *and its start time*, so that a recycled pid is never taken for ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from settings import LAB


def _start_ticks(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot; `None` if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _pid_file(name: str) -> Path:
    return LAB / "run" / f"{name}.pid"


def running_pid(name: str) -> int | None:
    """The pid of a service that we started and that still runs."""
    try:
        pid, ticks = _pid_file(name).read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if _start_ticks(int(pid)) == ticks else None


def names() -> list[str]:
    """Services with a pid file, in the order of their start."""
    files = sorted((LAB / "run").glob("*.pid"), key=lambda file: file.stat().st_mtime)
    return [file.stem for file in files]


def answers(url: str) -> bool:
    """Whether `url` answers with a success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status < 300
    except (urllib.error.URLError, OSError):
        return False


def start(name: str, ready_url: str, command: list[str], env: dict[str, str] | None = None,
          cwd: Path | None = None, timeout_seconds: float = 90) -> None:
    """Starts a service unless it runs already, and waits until `ready_url` answers."""
    log = LAB / "logs" / f"{name}.log"
    if running_pid(name) is None:
        if answers(ready_url):
            raise SystemExit(f"{ready_url} is already taken by a process that the lab did not start")
        for folder in (log.parent, _pid_file(name).parent):
            folder.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=True,
            )
        _pid_file(name).write_text(f"{process.pid} {_start_ticks(process.pid)}")
    deadline = time.monotonic() + timeout_seconds
    while not answers(ready_url):
        if running_pid(name) is None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            stop(name)
            raise SystemExit(f"{name} did not become ready at {ready_url}\n{tail}")
        time.sleep(0.1)


def _session_is_alive(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has waited for keeps its group; it does not count.
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[2] == str(leader) and fields[0] != "Z":
            return True
    return False


def stop(name: str) -> bool:
    """Ends a service and its children (its own process group); `False` if it did not run."""
    pid = running_pid(name)
    if pid is not None:
        for sign, patience_seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            try:
                os.killpg(pid, sign)
            except ProcessLookupError:
                break
            deadline = time.monotonic() + patience_seconds
            while _session_is_alive(pid) and time.monotonic() < deadline:
                try:
                    os.waitpid(pid, os.WNOHANG)  # reap it if it is our own child
                except ChildProcessError:
                    pass
                time.sleep(0.05)
            if not _session_is_alive(pid):
                break
    _pid_file(name).unlink(missing_ok=True)
    return pid is not None
