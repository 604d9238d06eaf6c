"""Rows as DuckDB's generator makes them, written to files that both engines read fast."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox import duckdb_extensions
from sandbox.seed.tpcds.tables import CLOSING, OPENING, TABLES, WATERMARK, Table

DELIMITER, QUOTE, NULL = "\t", '"', r"\N"
_MICROSECONDS = round((CLOSING - OPENING).total_seconds() * 1e6)


class Rows:
    """A file of rows per table, gone with this object; `scale` is TPC-DS's factor, of gigabytes."""

    def __init__(self, scale: float, tables: Collection[str] = TABLES) -> None:
        self._folder = TemporaryDirectory(prefix="switchyard-tpcds-")
        with closing(duckdb_extensions.connect("tpcds")) as connection:
            connection.execute("CALL dsdgen(sf => ?)", [scale])
            for name in tables:
                connection.execute(_copy(TABLES[name], self.file(name)))

    def file(self, table: str) -> Path:
        """The file of a table: columns in the database's order, apart by tabs, NULL as in `NULL`."""
        return Path(self._folder.name) / f"{table}.tsv"


@cache
def generated(scale: float) -> Rows:
    """All tables of a scale, made once in a process: half a second even for the smallest."""
    return Rows(scale)


def _copy(table: Table, file: Path) -> str:
    moved = f", {_moment(table)} AS {WATERMARK}" if table.moves else ""
    order = ", ".join(table.key)
    select = f"SELECT *{moved} FROM {table.name} WHERE {table.only} ORDER BY {order}"  # noqa: S608 - names of this package
    return (
        f"COPY ({select}) TO '{file}' (FORMAT csv, HEADER false, DELIMITER '{DELIMITER}', QUOTE '{QUOTE}', "
        f"ESCAPE '{QUOTE}', NULLSTR '{NULL}', TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S.%f')"
    )


def _moment(table: Table) -> str:
    """A moment in the month that follows from the key alone; the lines of one sale share it."""
    # Multiples of the golden ratio's fraction spread evenly, however many there are.
    step = round(_MICROSECONDS * 0.6180339887)
    start = f"TIMESTAMP '{OPENING:%Y-%m-%d %H:%M:%S}'"
    return f"{start} + to_microseconds(({table.key[-1]} * {step}) % {_MICROSECONDS})"
