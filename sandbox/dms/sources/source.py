"""A source database: what is in it, and the queries that read its tables."""

from __future__ import annotations

import abc
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sandbox.dms.login import Login
from sandbox.dms.mappings import Place
from sandbox.dms.sources.columns import Column, quoted, text_literal
from sandbox.dms.sources.conditions import condition
from sandbox.duckdb_extensions import Reader

PATIENCE = 5
"""Seconds in which a server has to answer."""


class Source(abc.ABC):
    """A database behind a login."""

    reader: ClassVar[Reader]
    sign: ClassVar[str] = '"'
    authority_option: ClassVar[str]
    """What DuckDB calls the file with certificates."""
    settings: ClassVar[Mapping[str, str]] = {}
    """Settings of DuckDB for this kind of database."""

    def __init__(self, find_login: Callable[[], Login]) -> None:
        """Know how to find the login, which is looked for when it is needed; that may raise Unreachable."""
        self._find_login = find_login
        self._login: Login | None = None

    @property
    def login(self) -> Login:
        """Where the database is and who comes."""
        # Not a cached property: its lock, one for all sources, and moto's would be taken in either order.
        if self._login is None:
            self._login = self._find_login()
        return self._login

    @property
    @abc.abstractmethod
    def attached(self) -> str:
        """What DuckDB is told when it attaches the database."""

    @abc.abstractmethod
    def rows(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Connect, run a query and return its rows; Unreachable where that fails."""

    @abc.abstractmethod
    def places(self) -> list[Place]:
        """List the tables and views that the user sees, but for the system's own."""

    @abc.abstractmethod
    def columns(self, place: Place) -> list[Column]:
        """List the columns of a table or view, in their order."""

    def check(self) -> None:
        """Raise Unreachable unless the database lets the user in."""
        self.rows("SELECT 1")

    def literal(self, text: str) -> str:
        """Write a text in the source's SQL."""
        return text_literal(text)

    def query(self, place: Place, columns: Sequence[Column], filters: Sequence[Mapping[str, Any]]) -> str:
        """Return the query that reads these columns, called c0, c1, ... so that odd names cannot clash."""
        read = ", ".join(f"{column.read} AS c{number}" for number, column in enumerate(columns)) or "1 AS c0"
        known = {column.name: column for column in columns}
        limits = [condition(one, known, self._quoted, self.literal) for one in filters]
        where = f" WHERE {' AND '.join(limits)}" if limits else ""
        table = f"{self._quoted(place.schema)}.{self._quoted(place.name)}"
        return f"SELECT {read} FROM {table}{where}"  # noqa: S608 - all names and values are quoted

    @contextmanager
    def authority_file(self) -> Iterator[Path | None]:
        """Offer the certificates to verify the server with as a file."""
        if self.login.tls not in {"verify-ca", "verify-full"}:
            yield None
            return
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(self.login.authority or "")
            file.flush()
            yield Path(file.name)

    def _quoted(self, name: str) -> str:
        return quoted(name, self.sign)
