"""A session's connection to DuckDB, which another thread may interrupt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import duckdb

from sandbox.warehouse.errors import Cancelled
from sandbox.warehouse.failures import translated


class Interruptible(Protocol):
    """What can be stopped from another thread, such as a connection of DuckDB."""

    def interrupt(self) -> None:
        """Stop what runs."""


class Engine:
    """A connection of DuckDB that speaks of its failures in Redshift's words; `canceled` makes that of a stop."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, canceled: Callable[[], Cancelled]) -> None:
        self._connection = connection
        self._canceled = canceled
        self._lent: list[str] = []
        self._reading: list[Interruptible] = []
        self._stopped = threading.Event()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows.

        Raises:
            RedshiftError: it fails, or is stopped.
        """
        self.check_stopped()
        try:
            return self._connection.execute(sql, list(parameters) or None).fetchall()
        except duckdb.InterruptException as error:
            raise self._canceled() from error
        except duckdb.Error as error:
            self.check_stopped()
            raise translated(error) from error

    @property
    def description(self) -> list[tuple[str, Any]]:
        """Names and DuckDB's types of the columns of the last rows."""
        return [(one[0], one[1]) for one in self._connection.description or []]

    def lent(self, name: str) -> bool:
        """Tell whether rows can be read under a name."""
        return name in self._lent

    def lend(self, name: str, rows: Any) -> None:
        """Let DuckDB read rows of Arrow under a name until the statement ends."""
        self._connection.register(name, rows)
        self._lent.append(name)

    def take_back(self) -> None:
        """End all loans."""
        while self._lent:
            with suppress(duckdb.Error):  # a transaction that failed has taken it along
                self._connection.unregister(self._lent.pop())

    @contextmanager
    def reading(self, connection: Interruptible) -> Iterator[None]:
        """Let `interrupt` stop what another connection does for the statement, too."""
        self._reading.append(connection)
        try:
            self.check_stopped()
            yield
        finally:
            self._reading.remove(connection)

    def undo(self) -> None:
        """Let the engine undo the transaction, however late an interrupt comes."""
        with suppress(duckdb.Error):  # DuckDB may have ended it already
            while True:
                with suppress(duckdb.InterruptException):
                    self._connection.execute("ROLLBACK")
                    return

    def interrupt(self) -> None:
        """Stop what runs, from another thread; from then on everything raises Cancelled, until `go_on`."""
        self._stopped.set()
        for connection in (self._connection, *self._reading):
            with suppress(duckdb.Error):
                connection.interrupt()

    def go_on(self) -> None:
        """Begin anew after a stop."""
        self._stopped.clear()

    def check_stopped(self) -> None:
        """Raise Cancelled where the statement was stopped."""
        if self._stopped.is_set():
            raise self._canceled()

    def close(self) -> None:
        """Close the connection, and drop its temporary tables."""
        with suppress(duckdb.Error):
            self._connection.close()
