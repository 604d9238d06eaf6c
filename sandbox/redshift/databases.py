"""The databases of a cluster or namespace, and the connections to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sandbox.warehouse.answers import Answer
    from sandbox.warehouse.isolation import Level
    from sandbox.warehouse.session import Session
    from sandbox.warehouse.surroundings import Surroundings
    from sandbox.warehouse.warehouse import Warehouse

Result = TypeVar("Result")
PAUSE = 0.01
"""Real seconds between two attempts to interrupt what runs."""


class ConnectionFailed(Exception):
    """A database cannot be logged in to, or the connection to it was cut; in its words."""


class Connection:
    """A session of a database for one thread at a time, which any thread may interrupt or cut."""

    def __init__(self, session: Session, forget: Callable[[Connection], None]) -> None:
        self._session = session
        self._forget = forget
        self._state = threading.Condition()
        self.at_work = self._interruptible = False
        self._refuses = self._closed = False

    @property
    def query_id(self) -> int:
        """The number of the last statement."""
        return self._session.query_id

    @property
    def pid(self) -> int:
        """The number of the process that serves it."""
        return self._session.pid

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._session.in_transaction

    def execute(self, sql: str) -> Answer:
        """Run one statement; RedshiftError where it fails, ConnectionFailed after a cut."""
        return self._work(lambda: self._session.execute(sql), interruptible=True)

    def begin(self) -> None:
        """Begin a transaction."""
        self._work(self._session.begin)

    def commit(self) -> None:
        """Commit the transaction; RedshiftError where that fails."""
        self._work(self._session.commit)

    def rollback(self) -> None:
        """Undo the transaction; without one, and after a cut, there is nothing to undo."""
        if not self._refuses and self.in_transaction:
            self._work(self._session.rollback)

    def interrupt(self) -> None:
        """End the statement that runs and wait until it has, over and over as it may only be about to begin."""
        with self._state:
            while self.at_work and self._interruptible:
                self._session.interrupt()
                self._state.wait(PAUSE)

    def cut(self) -> None:
        """End the session and what runs in it."""
        with self._state:
            self._refuses = True
        self.interrupt()
        self.close()

    def close(self) -> None:
        """End the session after what runs; again does nothing."""
        with self._state:
            self._refuses = True
            self._state.wait_for(lambda: not self.at_work)
            if not self._closed:
                self._closed = True
                self._session.close()
        self._forget(self)

    def _work(self, action: Callable[[], Result], *, interruptible: bool = False) -> Result:
        with self._state:
            if self._refuses:
                raise ConnectionFailed("FATAL: terminating connection due to administrator command")
            self.at_work, self._interruptible = True, interruptible
        try:
            return action()
        finally:
            with self._state:
                self.at_work = False
                self._state.notify_all()


@dataclass(frozen=True)
class Owner:
    """The cluster or namespace that databases belong to; `administrator` is its first user."""

    name: str
    account: str
    region: str
    administrator: str
    isolation: Level


class Databases:
    """The databases of one cluster or namespace; each is made when it is first connected to.

    `names` are those that there are from the start. Safe to use from several threads.
    """

    def __init__(self, owner: Owner, names: Iterable[str], surroundings: Surroundings) -> None:
        self.names = sorted({name.lower() for name in names})
        self._owner = owner
        self._surroundings = surroundings
        self._lock = threading.Lock()
        self._made: dict[str, Warehouse] = {}
        self._connections: set[Connection] = set()
        self._closed = False

    def connect(self, database: str, user: str) -> Connection:
        """Open a session as a user; ConnectionFailed where there is no such database, or no longer one."""
        with self._lock:
            connection = Connection(self._opened(database).session(user), self._forget)
            self._connections.add(connection)
            return connection

    def warehouse(self, database: str) -> Warehouse:
        """Return what a database is made of; ConnectionFailed where there is no such database, or no longer one."""
        with self._lock:
            return self._opened(database)

    def _opened(self, database: str) -> Warehouse:
        name = database.lower()
        if name not in self.names or self._closed:
            raise ConnectionFailed(f'FATAL: database "{database}" does not exist')
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Warehouse:
        from sandbox.warehouse.warehouse import Warehouse

        owner = self._owner
        made = Warehouse(
            owner.name, name, owner.account, owner.region, self._surroundings, isolation=owner.isolation
        )
        made.users.add(owner.administrator, superuser=True)
        return made

    def close(self) -> None:
        """End all that runs and drop the data."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        for connection in connections:
            connection.cut()
        for warehouse in self._made.values():
            warehouse.close()
        self._made.clear()

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
