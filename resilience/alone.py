"""`python -m resilience.alone COMMAND...`: run a command, and leave nothing running that it has started.

Servers of tests have sessions of their own, and outlive tests that are ended before their time. Here they become
children of this process when their parents are gone, and are ended with it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

_SET_CHILD_SUBREAPER = 36
"""Source: prctl(2)."""


def main(command: Sequence[str]) -> int:
    """Run the command to its end, or until SIGTERM; SIGINT is for the command alone to heed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(command, preexec_fn=_heed_interrupts)  # noqa: PLW1509 - this process has one thread

    def end(_number: int, _frame: FrameType | None) -> None:
        child.kill()

    signal.signal(signal.SIGTERM, end)
    try:
        return child.wait()
    finally:
        _end_the_rest()


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _end_the_rest() -> None:
    """End all children until there are none; the children of each become this process's own by its end."""
    with suppress(ChildProcessError):
        while True:
            for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split():
                os.kill(int(pid), signal.SIGKILL)
            os.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
