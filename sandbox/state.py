"""What a running sandbox leaves in its folder: one file that says where it is, and a lock while it lives."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "sandbox.json"
LOG = "sandbox.log"
LOCK = "lock"
MODULE = "sandbox.daemon"
"""The module that a sandbox process runs; its command line is known by it."""


@dataclass(frozen=True)
class State:
    """Where a sandbox is, as written to `sandbox.json`."""

    endpoint_url: str
    pid: int
    ca_bundle: str
    accounts: Mapping[str, str]
    started_at: float
    ports: Mapping[str, int]


def read(home: Path) -> State | None:
    """Return what the last sandbox in this folder wrote; None where there is nothing readable."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return State(**json.loads((home / FILE).read_text()))
    return None


def write(home: Path, state: State) -> None:
    """Write the file in one step, so that nobody reads half of it."""
    draft = home / f"{FILE}.draft"
    draft.write_text(json.dumps(asdict(state), indent=2) + "\n")
    draft.rename(home / FILE)


def forget(home: Path) -> None:
    """Remove the file."""
    (home / FILE).unlink(missing_ok=True)


def take_lock(home: Path) -> int | None:
    """Return a descriptor that holds the folder's lock, for heirs of it too; None where it is taken."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_ours(pid: int, home: Path) -> bool:
    """Tell whether a pid is a sandbox process of this folder, and not one that got the number since."""
    words = _command_line(pid)
    return MODULE in words and str(home) in words


def _command_line(pid: int) -> list[str]:
    listing = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return listing.read_bytes().decode(errors="replace").split("\0")
        return []
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.split()
