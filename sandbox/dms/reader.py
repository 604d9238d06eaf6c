"""Reading tables of a source through DuckDB, as batches of Arrow: many times as fast as drivers in Python."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from sandbox.dms.mappings import Place
from sandbox.dms.mishaps import SourceLost
from sandbox.dms.sources import SOURCES, Source
from sandbox.dms.sources.columns import Column, quoted, text_literal
from sandbox.duckdb_extensions import Reader, connect

NUMBERS = itertools.count(1)
LOST = (
    "Failed to fetch result row",
    "Lost connection",
    "server has gone away",
    "server closed the connection",
    "terminating connection",
    "Connection refused",
    "Can't connect",
    "Failed to connect",
    "Failed to get data from postgres",
)
"""How the drivers say that the server is not there any more."""


class Unreadable(Exception):
    """The source cannot give a table's rows."""


@cache
def database(reader: Reader) -> duckdb.DuckDBPyConnection:
    """Return the DuckDB of this process that reads such databases; loading the extension takes a while.

    Each table is read in a thread of its own: more of DuckDB's would only wait, and burn a core over it.
    """
    made = connect(reader)
    for name, value in {"threads": "1", **SOURCES[reader].settings}.items():
        made.execute(f"SET {name} = {value}")
    return made


class TableReader:
    """The tables of a source for one load; several threads may read at a time."""

    def __init__(self, source: Source) -> None:
        """Attach the source.

        Raises:
            Unreachable: nothing is known of how to get in.
            SourceLost: it does not answer.
        """
        self._source = source
        self._name = f"source_{next(NUMBERS)}"
        self._open = ExitStack()
        authority = self._open.enter_context(source.authority_file())
        self._database = database(source.reader)
        options = " ".join(
            [source.attached, *([f"{source.authority_option}={authority}"] if authority else [])]
        )
        self._open.callback(self._run, f"DROP SECRET IF EXISTS {self._name}")
        self._open.callback(self._run, f"DETACH DATABASE IF EXISTS {self._name}")
        try:
            self._run(f"CREATE SECRET {self._name} ({self._secret()})")
            how = f"TYPE {source.reader}, SECRET {self._name}, READ_ONLY"
            self._run(f"ATTACH {text_literal(options)} AS {self._name} ({how})")
        except duckdb.Error as error:
            self.close()
            raise SourceLost(str(error)) from error

    def _secret(self) -> str:
        login = self._source.login
        options = {
            "type": self._source.reader,
            "host": login.host,
            "port": str(login.port),
            "user": login.user,
            "password": login.password,
        }
        if login.database and self._source.reader == "postgres":
            options["database"] = login.database
        return ", ".join(f"{name} {text_literal(value)}" for name, value in options.items())

    def _run(self, statement: str) -> None:
        with self._database.cursor() as cursor:
            cursor.execute(statement)

    def close(self) -> None:
        """Let go of the source."""
        self._open.close()

    def batches(
        self,
        place: Place,
        columns: Sequence[Column],
        wanted: Sequence[Column],
        filters: Sequence[Mapping[str, Any]],
        rows: int,
    ) -> Iterator[pa.RecordBatch]:
        """Yield about `rows` rows at a time of the wanted columns; `columns` are all that the table has.

        Columns of a batch are in the order in which they are wanted, and have names without meaning. The next
        batch is read while one is worked on.

        Raises:
            SourceLost: the source went away meanwhile.
            Unreadable: it refuses, or a value does not fit its type.
        """
        query = self._source.query(place, columns, filters)
        numbers = {column.name: number for number, column in enumerate(columns)}
        chosen = ", ".join(f"{_chosen(column, numbers)} AS t{number}" for number, column in enumerate(wanted))
        names = ", ".join(f"c{number} AS {quoted(name)}" for name, number in numbers.items())
        inner = f"FROM {self._source.reader}_query('{self._name}', {text_literal(query)})"
        if any(column.computed for column in wanted):
            inner = f"FROM (SELECT *, {names} {inner})"
        cursor = self._database.cursor()
        try:
            yield from _ahead(cursor.execute(f"SELECT {chosen} {inner}").to_arrow_reader(rows))
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            text = " ".join(str(error).split())
            kind = SourceLost if any(sign in text for sign in LOST) else Unreadable
            raise kind(text) from error
        finally:
            cursor.close()


def _chosen(column: Column, numbers: Mapping[str, int]) -> str:
    value = f"({column.computed})" if column.computed else column.decode.format(f"c{numbers[column.name]}")
    return f"CAST({value} AS {column.duckdb_type})"


def _ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch
