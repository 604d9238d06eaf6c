"""Reading tables of a source through DuckDB, as batches of Arrow: many times as fast as drivers in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import duckdb
import pyarrow as pa

from sandbox.dms.mappings import Place
from sandbox.dms.sources import Source
from sandbox.dms.sources.columns import Column, quoted, text_literal
from sandbox.duckdb_extensions import connect

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


class SourceLost(Exception):
    """The source was there and is not any more."""


class Unreadable(Exception):
    """The source cannot give a table's rows."""


class TableReader:
    """The tables of a source for one load; several threads may read at a time."""

    def __init__(self, source: Source) -> None:
        """Attach the source.

        Raises:
            SourceLost: it does not answer.
        """
        self._source = source
        self._open = ExitStack()
        authority = self._open.enter_context(source.authority_file())
        self._database = self._open.enter_context(connect(source.reader))
        login = source.login
        options = {
            "type": source.reader,
            "host": login.host,
            "port": str(login.port),
            "user": login.user,
            "password": login.password,
            **({"database": login.database} if login.database else {}),
            **source.secret(authority),
        }
        given = ", ".join(f"{name} {text_literal(value)}" for name, value in options.items())
        for name, value in source.settings.items():
            self._database.execute(f"SET {name} = {value}")
        attached = source.attached + (
            f" sslrootcert={authority}" if authority and source.reader == "postgres" else ""
        )
        try:
            self._database.execute(f"CREATE SECRET login ({given})")
            self._database.execute(
                f"ATTACH {text_literal(attached)} AS source (TYPE {source.reader}, SECRET login, READ_ONLY)"
            )
        except duckdb.Error as error:
            self.close()
            raise SourceLost(str(error)) from error

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

        Columns of a batch are in the order in which they are wanted, and have names without meaning.

        Raises:
            SourceLost: the source went away meanwhile.
            Unreadable: it refuses, or a value does not fit its type.
        """
        query = self._source.query(place, columns, filters)
        numbers = {column.name: number for number, column in enumerate(columns)}
        chosen = ", ".join(f"{_chosen(column, numbers)} AS t{number}" for number, column in enumerate(wanted))
        names = ", ".join(f"c{number} AS {quoted(name)}" for name, number in numbers.items())
        inner = f"FROM {self._source.reader}_query('source', {text_literal(query)})"
        if any(column.computed for column in wanted):
            inner = f"FROM (SELECT *, {names} {inner})"
        cursor = self._database.cursor()
        try:
            yield from cursor.execute(f"SELECT {chosen} {inner}").to_arrow_reader(rows)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            text = " ".join(str(error).split())
            kind = SourceLost if any(sign in text for sign in LOST) else Unreadable
            raise kind(text) from error
        finally:
            cursor.close()


def _chosen(column: Column, numbers: Mapping[str, int]) -> str:
    value = f"({column.computed})" if column.computed else column.decode.format(f"c{numbers[column.name]}")
    return f"CAST({value} AS {column.duckdb_type})"
