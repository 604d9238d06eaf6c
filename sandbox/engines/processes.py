"""Starting, ending and finding server processes, so that none outlives its sandbox."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox import machine_time
from sandbox.engines.errors import ProgramFailed
from sandbox.engines.locate import locate

PID_FILE = "pid"
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Launcher:
    """Starts processes that die with this one.

    The kernel's parent-death signal fires when the THREAD that started the child ends, not its process. All
    children are therefore started by one thread that lives as long as the launcher.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-launcher")

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own, so that Ctrl-C in a terminal reaches the sandbox only.

        Args:
            command: program and arguments, with `dies_with_parent` right before the program.
            log: file that its output is appended to.
        """
        return self._thread.submit(_popen, command, log).result()

    def close(self) -> None:
        """End the thread, and with it every child still running."""
        self._thread.shutdown()


def dies_with_parent(signal_name: str) -> list[str]:
    """Give the words that make the program after them get a signal when its parent is gone.

    They must be the last wrapper: the kernel forgets the wish when a process changes its user.
    """
    return [str(locate("setpriv")), "--pdeathsig", signal_name, "--"]


def _popen(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**_ENVIRONMENT, **machine_time.inherited()},
            cwd="/",
        )


def run(program: str, command: Sequence[str], script: str = "") -> None:
    """Run a tool to its end with the servers' environment.

    Args:
        program: what to call it in an error.
        command: the program's path and arguments, after the wrappers it needs.
        script: what the tool reads from its standard input.

    Raises:
        ProgramFailed: it ended with an error.
    """
    done = subprocess.run(
        command,
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**_ENVIRONMENT, **machine_time.inherited()},
        cwd="/",
        check=False,
    )
    if done.returncode != 0:
        raise ProgramFailed(program, done.stdout)


def end_leftovers(servers: Path) -> list[int]:
    """Kill servers that an earlier sandbox left running, found by the pid files below a folder.

    A pid may have been given to another process since: one is killed only while its command line names the
    data directory beside the pid file.

    Returns:
        The pids that were killed.
    """
    ended = []
    for pid_file in servers.glob(f"*/{PID_FILE}"):
        pid = int(pid_file.read_text() or 0)
        data = pid_file.parent / "data"
        if pid and serves(pid, data):
            _kill(pid, data)
            ended.append(pid)
        pid_file.unlink(missing_ok=True)
    return ended


def serves(pid: int, data: Path) -> bool:
    """Tell whether a process is alive and was started on this data directory."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    name = os.fsencode(data)
    return name in arguments or b"--datadir=" + name in arguments


def _kill(pid: int, data: Path, patience: float = 10.0) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + patience
    while serves(pid, data) and time.monotonic() < deadline:
        time.sleep(0.01)
