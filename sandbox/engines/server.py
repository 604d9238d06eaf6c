"""One database server: its folder, its process, and what may be done to it in which state."""

import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from signal import Signals
from typing import Any

from sandbox.engines.engine import Engine, Instance, Statement
from sandbox.engines.errors import EngineError, ProgramFailed
from sandbox.engines.mariadb import MariaDB
from sandbox.engines.postgres import PostgreSQL
from sandbox.engines.processes import PID_FILE, Launcher, run

ENGINES: dict[str, Engine] = {"mysql": MariaDB(), "postgres": PostgreSQL()}
_NOTES = "server.json"
_START_PATIENCE = 60.0
_STOP_PATIENCE = 30.0


class Server:
    """A data directory and, while it runs, the process that serves it; thread-safe.

    Its folder holds `data`, `log`, `pid` while it runs, and notes: the engine and the statements that wait
    for its next start. A snapshot is such a folder with `data` and notes only.
    """

    def __init__(self, folder: Path, sockets: Path, launcher: Launcher) -> None:
        self.folder = folder
        self.engine = ENGINES[_read_notes(folder)["engine"]]
        self._sockets = sockets
        self._launcher = launcher
        self._lock = threading.RLock()
        self._running: tuple[Instance, subprocess.Popen[bytes]] | None = None

    @property
    def backend(self) -> tuple[str, int] | None:
        """Host and port it listens on, None while it is stopped or has crashed."""
        instance = self._instance
        return ("127.0.0.1", instance.port) if instance else None

    @property
    def _instance(self) -> Instance | None:
        running = self._running
        return running[0] if running and running[1].poll() is None else None

    def start(self, certificate: Path, private_key: Path) -> tuple[str, int]:
        """Start it unless it runs, and wait until it answers.

        Raises:
            ProgramFailed: it ended, or did not answer in time.
        """
        with self._lock:
            if running := self.backend:
                return running
            self._sockets.mkdir(mode=0o700, exist_ok=True)
            instance = Instance(self.folder / "data", self._sockets, _free_port(), certificate, private_key)
            self._launch(instance)
            try:
                self._run_waiting_statements(instance)
            except EngineError:
                self.stop()
                raise
            return "127.0.0.1", instance.port

    def stop(self) -> None:
        """Stop it cleanly; a server that does not end in time is killed."""
        with self._lock:
            if self._running:
                _end(self._running[1], self.engine.stop_signal)
                self._running = None
            (self.folder / PID_FILE).unlink(missing_ok=True)
            shutil.rmtree(self._sockets, ignore_errors=True)

    def execute(self, statements: Sequence[Statement]) -> None:
        """Run statements as administrator now, or at the next start if it is stopped."""
        with self._lock:
            if instance := self._instance:
                self.engine.execute(instance, statements)
            else:
                notes = _read_notes(self.folder)
                _write_notes(self.folder, notes | {"waiting": [*notes["waiting"], *statements]})

    def copy_to(self, folder: Path) -> None:
        """Copy its data and notes to a new folder, as of one moment even while clients write."""
        with self._lock:
            if instance := self._instance:
                folder.mkdir()
                shutil.copy(self.folder / _NOTES, folder / _NOTES)
                self.engine.back_up(instance, folder / "data")
            else:
                copy_folder(self.folder, folder)

    def _launch(self, instance: Instance) -> None:
        log, deadline = self.folder / "log", time.monotonic() + _START_PATIENCE
        while True:
            said = log.stat().st_size if log.exists() else 0
            process = self._launcher.start(self.engine.command(instance), log)
            (self.folder / PID_FILE).write_text(str(process.pid))
            if self._comes(process, instance, deadline):
                self._running = instance, process
                return
            process.kill()
            process.wait()
            if time.monotonic() > deadline or not self._may_come_yet(log.read_bytes()[said:]):
                raise ProgramFailed("The database server", log.read_text(errors="replace"))
            time.sleep(0.1)

    def _comes(self, process: subprocess.Popen[bytes], instance: Instance, deadline: float) -> bool:
        """Wait until it answers; False where it ended, or did not in time."""
        while not self._answers(instance):
            if process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _may_come_yet(self, said: bytes) -> bool:
        reason = self.engine.not_yet
        return reason is not None and reason.encode() in said

    def _answers(self, instance: Instance) -> bool:
        try:
            self.engine.execute(instance, [])
        except ConnectionError:
            return False
        return True

    def _run_waiting_statements(self, instance: Instance) -> None:
        notes = _read_notes(self.folder)
        if notes["waiting"]:
            self.engine.execute(instance, notes["waiting"])
            _write_notes(self.folder, notes | {"waiting": []})


def write_new(folder: Path, engine: str, waiting: Sequence[Statement]) -> None:
    """Write the notes of a new server folder."""
    _write_notes(folder, {"engine": engine, "waiting": list(waiting)})


def copy_folder(source: Path, target: Path, *, share: bool = False) -> None:
    """Copy a server's or snapshot's data and notes to a folder that does not exist.

    Args:
        source: the folder of a stopped server or a snapshot.
        target: the new folder.
        share: let both have the same files on the disk, for copies that nothing will ever write to.
    """
    target.mkdir()
    shutil.copy(source / _NOTES, target / _NOTES)
    copy_tree(source / "data", target / "data", share=share)


def copy_tree(source: Path, target: Path, *, share: bool = False) -> None:
    """Copy a folder with its owners and permissions, cloning blocks where the file system can."""
    how = "--link" if share else "--reflink=auto"
    run("cp", ["cp", "--archive", how, str(source), str(target)])


def _end(process: subprocess.Popen[bytes], stop_signal: Signals) -> None:
    process.send_signal(stop_signal)
    try:
        process.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    # Below the range from which the kernel gives ports to outgoing connections, so that none takes it before
    # the server does.
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _read_notes(folder: Path) -> dict[str, Any]:
    notes: dict[str, Any] = json.loads((folder / _NOTES).read_text())
    return notes


def _write_notes(folder: Path, notes: dict[str, Any]) -> None:
    draft = folder / f"{_NOTES}.draft"
    draft.write_text(json.dumps(notes))
    draft.rename(folder / _NOTES)
