"""Starting and stopping the sandbox's process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sandbox import state
from sandbox.errors import SandboxError
from sandbox.ports import listen

STOP_SECONDS = 30.0
LOCK_SECONDS = 1.0
MISLEADING = ("AWS_", "MOTO_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LOG_LINES = 15


def running(home: Path) -> state.State | None:
    """Return where the folder's sandbox is; None where none runs, whatever an earlier one left behind."""
    found = state.read(home)
    return found if found and state.is_ours(found.pid, home) else None


def start(home: Path, port: int) -> state.State:
    """Start a sandbox that outlives this process, and wait until it answers.

    Raises:
        SandboxError: one is up already or coming up, or the new one cannot start.
    """
    lock = _take_lock(home)
    try:
        listen(port).close()  # says at once that a port is taken, before the new process has loaded
        state.forget(home)
        report = _launch(home, port, lock)
    finally:
        os.close(lock)
    if "error" in report:
        raise SandboxError(report["error"])
    found = running(home)
    if found is None:
        raise SandboxError(f"the sandbox ended right after its start, see {home / state.LOG}")
    return found


def _take_lock(home: Path) -> int:
    """Take the folder's lock; one that just ended may hold it for another moment."""
    deadline = time.monotonic() + LOCK_SECONDS
    while (lock := state.take_lock(home)) is None:
        found = running(home)
        if found or time.monotonic() > deadline:
            where = f"at {found.endpoint_url} (pid {found.pid})" if found else f"in {home}, and is coming up"
            raise SandboxError(
                f"a sandbox is running {where}: use it, or end it with `python -m sandbox down`"
            )
        time.sleep(0.05)
    return lock


def _launch(home: Path, port: int, lock: int) -> dict[str, str]:
    """Start the process, which inherits the lock, and return its report."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", state.MODULE, "--home", str(home)]
    command += ["--port", str(port), "--report", str(writing)]
    with (home / state.LOG).open("wb") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).resolve().parent.parent,
            env=_environment(),
            start_new_session=True,
            pass_fds=(lock, writing),
        )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        line = pipe.readline()
    if line:
        report: dict[str, str] = json.loads(line)
        return report
    child.wait()
    return {"error": f"the sandbox did not start; the end of {home / state.LOG}:\n{_tail(home / state.LOG)}"}


def _environment() -> dict[str, str]:
    """Return this process's environment without what would lead AWS or HTTP calls elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(MISLEADING)}


def stop(home: Path) -> state.State | None:
    """Stop the folder's sandbox and wait for its end; None where none runs.

    Raises:
        SandboxError: it does not end in time.
    """
    found = running(home)
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while state.is_ours(found.pid, home):
        if time.monotonic() > deadline:
            raise SandboxError(
                f"the sandbox (pid {found.pid}) does not end, see {home / state.LOG}; kill it if it must go"
            )
        time.sleep(0.05)
    state.forget(home)
    return found


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
