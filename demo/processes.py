"""Starts programs in sessions of their own and ends whole sessions, with all that they forked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.05


class DemoError(Exception):
    """Something a person has to know or mend; the message is all there is to show."""


@dataclass(frozen=True)
class Session:
    """A session that this program started, recognisable after a crash and in spite of recycled process ids.

    Attributes:
        name: what runs in it.
        leader: process id of the leader, which is the session's id.
        began: when the leader began, in clock ticks after `boot` (proc(5), stat, field 22).
        boot: id of the boot during which that was.
        log: path of the file with all output.
    """

    name: str
    leader: int
    began: int
    boot: str
    log: str

    def members(self) -> list[int]:
        """Ids of the session's living processes; the leader may be gone already."""
        if self.boot != boot_id():
            return []
        leader = _stat(self.leader)
        if leader is not None and leader.began != self.began:
            return []
        # The kernel gives no new process the id of a session that still has members.
        processes = [(pid, _stat(pid)) for pid in _process_ids()]
        return [
            pid
            for pid, stat in processes
            if stat and stat.session == self.leader and stat.began >= self.began and stat.state != "Z"
        ]

    def leads(self) -> bool:
        """Whether the leader itself is alive."""
        return self.leader in self.members()


@dataclass(frozen=True)
class _Stat:
    state: str
    session: int
    began: int


def boot_id() -> str:
    """An id that is new with every boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _process_ids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> _Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return _Stat(state=fields[0], session=int(fields[3]), began=int(fields[19]))


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    began: Callable[[Session], None] = lambda _: None,
) -> Session:
    """Start a program in a session of its own, its output appended to a log file.

    `began` is told of the session before an interruption can come between, so that somebody can end it.
    """
    with _undisturbed():
        session = _session_of(_spawn(command, log, environment, folder), name, log)
        began(session)
    return session


def run(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    began: Callable[[Session], None],
    seconds: float,
) -> None:
    """Run a program to its end, in a session that `began` is told of as by `start`.

    Raises:
        DemoError: it failed or took too long; the message shows the end of its log.
    """
    with ExitStack() as ending:
        with _undisturbed():
            process = _spawn(command, log, environment, folder)
            session = _session_of(process, name, log)
            ending.callback(end, [session])
            began(session)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise DemoError(f"{name} had not ended after {seconds:.0f} s. {_end_of_log(session)}") from None
    if status:
        raise DemoError(f"{name} failed with exit status {status}. {_end_of_log(session)}")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let an interruption of the main thread wait, which could leave a program behind that nobody knows of."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {
        number: signal.signal(number, lambda sent, _: waiting.append(sent))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for came in waiting:
            signal.raise_signal(came)


def _spawn(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _session_of(process: subprocess.Popen[bytes], name: str, log: Path) -> Session:
    stat = _stat(process.pid)
    if stat is None:
        raise DemoError(f"{name} did not start; its output is in {log}")
    return Session(name, process.pid, stat.began, boot_id(), str(log))


def end(sessions: Sequence[Session], *, grace_seconds: float = 15, first: int = signal.SIGTERM) -> None:
    """End sessions together: the leaders are asked, then all their members, and what is left is killed."""
    for session in sessions:
        if session.leads():
            _send(session.leader, first)
    _wait_for_end(sessions, grace_seconds, only_leaders=True)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for session in sessions:
            for pid in session.members():
                _send(pid, number)
        _wait_for_end(sessions, 3)
    _reap(sessions)


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_for_end(sessions: Sequence[Session], seconds: float, *, only_leaders: bool = False) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        _reap(sessions)
        if not any(session.leads() if only_leaders else session.members() for session in sessions):
            return
        time.sleep(POLL_SECONDS)


def _reap(sessions: Sequence[Session]) -> None:
    for session in sessions:
        with suppress(ChildProcessError):
            os.waitpid(session.leader, os.WNOHANG)


def wait_until(
    ready: Callable[[], bool],
    what: str,
    *,
    seconds: float,
    alive: Sequence[Session] = (),
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Poll until something is ready.

    Raises:
        DemoError: it is not ready in time, or one of the programs it depends on has ended.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        for session in alive:
            _reap([session])
            if not session.leads():
                raise DemoError(f"{session.name} ended while waiting for {what}. {_end_of_log(session)}")
        if time.monotonic() > deadline:
            ends = " ".join(map(_end_of_log, alive))
            raise DemoError(f"{what} was not ready after {seconds:.0f} s. {ends}".strip())
        time.sleep(poll_seconds)


def _end_of_log(session: Session, lines: int = 5) -> str:
    text = Path(session.log).read_text(errors="replace").strip()
    return f"The end of its log ({session.log}):\n" + "\n".join(text.splitlines()[-lines:])


def free_ports(count: int) -> list[int]:
    """Ports on the loopback interface that nothing listens on now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
