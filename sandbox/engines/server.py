"""One database server: its folder, its process, and what may be done to it in which state."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.engines.engine import Engine, Listening, Statement
from sandbox.engines.errors import EngineError, ProgramFailed
from sandbox.engines.mariadb import MariaDB
from sandbox.engines.postgres import PostgreSQL
from sandbox.engines.processes import PID_FILE, Launcher, run

ENGINES: dict[str, Engine] = {"mysql": MariaDB(), "postgres": PostgreSQL()}
_NOTES = "server.json"
_START_PATIENCE = 60.0
_STOP_PATIENCE = 30.0
_LONGEST_SOCKET_FOLDER = 80  # a socket's path has at most 107 characters, the file name included


class Server:
    """A data directory and, while it runs, the process that serves it; thread-safe.

    Its folder holds `data`, `log`, `pid` while it runs, and notes: the engine and the statements that wait
    for its next start. A snapshot is such a folder with `data` and notes only.
    """

    def __init__(self, folder: Path, launcher: Launcher) -> None:
        self.folder = folder
        self._launcher = launcher
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.engine = ENGINES[_read_notes(folder)["engine"]]

    @property
    def backend(self) -> tuple[str, int] | None:
        """Host and port it listens on, None while it is stopped or has crashed."""
        process = self._process
        return ("127.0.0.1", self._port) if process and process.poll() is None else None

    def start(self, certificate: Path, private_key: Path) -> tuple[str, int]:
        """Start it unless it runs, and wait until it answers.

        Raises:
            ProgramFailed: it ended, or did not answer in time.
        """
        with self._lock:
            if running := self.backend:
                return running
            sockets = self._socket_folder()
            sockets.mkdir(mode=0o700, exist_ok=True)
            if sockets.stat().st_uid != os.geteuid():
                raise EngineError(
                    f"{sockets} belongs to another user. Remove it, or set TMPDIR to a folder of yours"
                )
            self._launch(Listening(_free_port(), sockets, certificate, private_key))
            self._run_waiting_statements()
            return "127.0.0.1", self._port

    def stop(self) -> None:
        """Stop it cleanly; a server that does not end in time is killed."""
        with self._lock:
            if self._process and self._process.poll() is None:
                self._process.send_signal(self.engine.stop_signal)
                try:
                    self._process.wait(_STOP_PATIENCE)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._process = None
            (self.folder / PID_FILE).unlink(missing_ok=True)
            shutil.rmtree(self._socket_folder(), ignore_errors=True)

    def execute(self, statements: Sequence[Statement]) -> None:
        """Run statements as administrator now, or at the next start if it is stopped."""
        with self._lock:
            if self.backend:
                self.engine.execute(self._socket_folder(), self._port, statements)
            else:
                notes = _read_notes(self.folder)
                notes["waiting"] += statements
                _write_notes(self.folder, notes)

    def copy_to(self, folder: Path) -> None:
        """Copy its data and notes to a new folder, as of one moment even while clients write."""
        with self._lock:
            folder.mkdir(parents=True)
            if self.backend:
                self.engine.back_up(self.folder / "data", self._socket_folder(), self._port, folder / "data")
            else:
                copy_tree(self.folder / "data", folder / "data")
            shutil.copy(self.folder / _NOTES, folder / _NOTES)

    def _launch(self, listening: Listening) -> None:
        log = self.folder / "log"
        command = self.engine.command(self.folder / "data", listening)
        process = self._launcher.start(command, log)
        (self.folder / PID_FILE).write_text(str(process.pid))
        deadline = time.monotonic() + _START_PATIENCE
        while not self._answers(listening):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise ProgramFailed(command[0], log.read_text(errors="replace"))
            time.sleep(0.01)
        self._process, self._port = process, listening.port

    def _answers(self, listening: Listening) -> bool:
        try:
            self.engine.execute(listening.sockets, listening.port, [])
        except ConnectionError:
            return False
        return True

    def _run_waiting_statements(self) -> None:
        notes = _read_notes(self.folder)
        if notes["waiting"]:
            self.engine.execute(self._socket_folder(), self._port, notes["waiting"])
            _write_notes(self.folder, notes | {"waiting": []})

    def _socket_folder(self) -> Path:
        folder = self.folder / "run"
        if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
            return folder
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"switchyard-{digest}"


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
    target.mkdir(parents=True)
    shutil.copy(source / _NOTES, target / _NOTES)
    copy_tree(source / "data", target / "data", share=share)


def copy_tree(source: Path, target: Path, *, share: bool = False) -> None:
    """Copy a folder with its owners and permissions, cloning blocks where the file system can."""
    how = "--link" if share else "--reflink=auto"
    done = run(["cp", "--archive", how, str(source), str(target)])
    if done.returncode != 0:
        raise ProgramFailed("cp", done.stdout)


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
    draft.chmod(0o600)
    draft.rename(folder / _NOTES)
