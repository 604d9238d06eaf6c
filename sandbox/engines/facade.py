"""The data plane's one door: real database servers and snapshots of them, by key."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sandbox.endpoints import CertificateAuthority
from sandbox.engines.engine import EngineName
from sandbox.engines.errors import AlreadyThere, EngineError, NoSuchServer, NoSuchSnapshot
from sandbox.engines.processes import Launcher, end_leftovers
from sandbox.engines.server import ENGINES, Server, copy_folder, copy_tree, write_new

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class Engines:
    """Database servers and snapshots kept in a sandbox's folder; thread-safe, one instance per folder.

    Servers are known by keys that never change, of letters, digits, `.`, `_` and `-`. Work on different keys
    runs side by side; work on one server waits for its turn.
    """

    def __init__(self, home: Path, authority: CertificateAuthority) -> None:
        """Take the folder over; end and remove what an earlier sandbox, whose AWS is gone, left in it.

        Raises:
            EngineError: another living process holds the folder.
        """
        self._authority = authority
        root = home.resolve() / "engines"
        root.mkdir(parents=True, exist_ok=True)
        self._hold = (root / "lock").open("w")
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._hold.close()
            raise EngineError(
                f"Another sandbox runs in {home}. End it with `python -m sandbox down`"
            ) from None
        self._templates, self._drafts = root / "templates", root / "drafts"
        self._homes, self._snapshots = root / "servers", root / "snapshots"
        self._sockets = _socket_folder(root)
        end_leftovers(self._homes)
        for folder in (self._drafts, self._homes, self._snapshots, self._sockets):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
        self._templates.mkdir(exist_ok=True)
        self._launcher = Launcher()
        self._lock = threading.Lock()
        self._template_locks = {engine: threading.Lock() for engine in ENGINES}
        self._servers: dict[str, Server] = {}

    def prepare(self, engine: EngineName) -> None:
        """Make ready for the first server of an engine, which would otherwise wait for it."""
        self._template(engine)

    def create(
        self, key: str, engine: EngineName, *, username: str, password: str, database: str | None
    ) -> None:
        """Make a server with a master user, and an empty database if one is named; it is not started."""
        template = self._template(engine)
        with self._draft(self._homes / _checked(key)) as draft:
            draft.mkdir()
            copy_tree(template, draft / "data")
            write_new(draft, engine, ENGINES[engine].create_master(username, password, database))
        self._register(key)

    def start(self, key: str, *, certificate_names: Sequence[str]) -> tuple[str, int]:
        """Start a server with a TLS certificate for these names and addresses; leave a running one as it is.

        Returns:
            The loopback host and port it listens on.
        """
        return self._server(key).start(*self._authority.server_certificate(certificate_names))

    def stop(self, key: str) -> None:
        """Stop a server cleanly."""
        self._server(key).stop()

    def delete(self, key: str) -> None:
        """Stop and remove a server if it exists; its snapshots stay."""
        with self._lock:
            server = self._servers.pop(key, None)
        if server:
            server.stop()
            shutil.rmtree(server.folder)

    def backend(self, key: str) -> tuple[str, int] | None:
        """Give the host and port a server listens on, None while it is stopped or has crashed."""
        return self._server(key).backend

    def snapshot(self, key: str, snapshot: str) -> None:
        """Copy a server's data as they are at one moment, without stopping it."""
        with self._draft(self._snapshots / _checked(snapshot)) as draft:
            self._server(key).copy_to(draft)

    def copy_snapshot(self, snapshot: str, copy: str) -> None:
        """Copy a snapshot; each lives on when the other is deleted."""
        with self._draft(self._snapshots / _checked(copy)) as draft:
            copy_folder(self._snapshot(snapshot), draft, share=True)

    def delete_snapshot(self, snapshot: str) -> None:
        """Remove a snapshot if it exists."""
        folder = self._snapshots / _checked(snapshot)
        doomed = self._drafts / uuid.uuid4().hex
        try:
            folder.rename(doomed)
        except FileNotFoundError:
            return
        shutil.rmtree(doomed)

    def restore(self, snapshot: str, key: str) -> None:
        """Make a server from a snapshot, with its users and passwords; it is not started."""
        with self._draft(self._homes / _checked(key)) as draft:
            copy_folder(self._snapshot(snapshot), draft)
        self._register(key)

    def set_password(self, key: str, username: str, password: str) -> None:
        """Change a user's password now, or at the next start if the server is stopped."""
        server = self._server(key)
        server.execute([server.engine.set_password(username, password)])

    def close(self) -> None:
        """Stop every server side by side, and let the folder go."""
        with self._lock:
            servers = list(self._servers.values())
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(Server.stop, servers))
        self._launcher.close()
        shutil.rmtree(self._sockets, ignore_errors=True)
        self._hold.close()

    def _server(self, key: str) -> Server:
        with self._lock:
            if key not in self._servers:
                raise NoSuchServer(key)
            return self._servers[key]

    def _register(self, key: str) -> None:
        sockets = self._sockets / _digest(key)
        with self._lock:
            self._servers[key] = Server(self._homes / key, sockets, self._launcher)

    def _snapshot(self, snapshot: str) -> Path:
        folder = self._snapshots / _checked(snapshot)
        if not folder.is_dir():
            raise NoSuchSnapshot(snapshot)
        return folder

    def _template(self, engine: EngineName) -> Path:
        """Give an empty data directory to copy, made at the first need since that takes most of a second."""
        template = self._templates / engine
        with self._template_locks[engine]:
            if not template.exists():
                with self._draft(template) as draft:
                    ENGINES[engine].initialise(draft)
        return template

    @contextmanager
    def _draft(self, target: Path) -> Iterator[Path]:
        """Offer a name for a new folder that takes its place only when it is complete."""
        if target.exists():
            raise AlreadyThere(target.name)
        draft = self._drafts / uuid.uuid4().hex
        try:
            yield draft
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise EngineError(f"{key!r} is no key. Use up to 200 letters, digits, '.', '_' and '-'")
    return key


def _socket_folder(root: Path) -> Path:
    # The path of a unix socket has at most 107 bytes; servers add up to 33 to this folder's.
    folder = root / "sockets"
    if len(os.fsencode(folder)) <= 107 - 33:
        return folder
    return Path(tempfile.gettempdir()) / f"switchyard-{_digest(str(root))}"


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:16]
