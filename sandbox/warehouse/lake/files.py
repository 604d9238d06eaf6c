"""A query's rows as files on this machine: a folder per partition, and in each the parts that a size allows."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.sql.types import quoted
from sandbox.warehouse.lake.unload_options import ROW_GROUP, Unload

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

STORED = {
    "HUGEINT": "DECIMAL(38,0)", "UHUGEINT": "DECIMAL(38,0)", "UBIGINT": "DECIMAL(20,0)", "UINTEGER": "BIGINT",
    "USMALLINT": "INTEGER", "UTINYINT": "SMALLINT", "TINYINT": "SMALLINT", "JSON": "VARCHAR", "UUID": "VARCHAR",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "INTERVAL": "VARCHAR", '"NULL"': "VARCHAR",
}  # fmt: skip
"""DuckDB's types that Redshift writes as others; a zone is lost."""
ESCAPED = r"([\n\r\\{}])"
PIECE = 1 << 20


@dataclass(frozen=True)
class Column:
    """A column of a query, with DuckDB's type."""

    name: str
    kind: str


@dataclass(frozen=True)
class Part:
    """One file: its rows, the values of its partition as text, and its number among those of the partition.

    `heading` says that its first line holds the names of the columns.
    """

    path: Path
    values: tuple[str, ...]
    number: int
    rows: int
    heading: bool = False

    @property
    def records(self) -> int:
        """Its rows and its heading, as manifests count them."""
        return self.rows + self.heading

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.path.stat().st_size


def columns_of(session: Session, query: str) -> list[Column]:
    """Return the columns of a query in DuckDB's SQL."""
    return [Column(str(row[0]).lower(), str(row[1])) for row in session.run(f"DESCRIBE {query}")]


def write(
    session: Session, query: str, columns: Sequence[Column], unload: Unload, folder: Path
) -> list[Part]:
    """Write a query's rows into a folder that does not exist; no rows make no files."""
    selected = ", ".join(_stored(one, unload) for one in columns)
    sql = f"SELECT {selected} FROM ({query})"  # noqa: S608 -- all names are quoted
    options = _options(unload)
    if unload.keys:
        listed = ", ".join(quoted(key) for key in unload.keys)
        options += f", PARTITION_BY ({listed}), WRITE_PARTITION_COLUMNS {str(unload.include).lower()}"
    elif unload.parallel:
        options += f", FILE_SIZE_BYTES {_file_size(unload)}"
    else:
        folder.mkdir()
    target = folder if unload.keys or unload.parallel else folder / "data_0"
    rows = session.run(f"COPY ({sql}) TO '{target}' ({options})")
    total = int(rows[0][0])
    return _parts(folder, unload, total) if total else []


def _stored(column: Column, unload: Unload) -> str:
    name = quoted(column.name)
    kind = STORED.get(column.kind)
    value = f"CAST({name} AS {kind})" if kind else name
    if unload.format != "parquet" and column.kind == "BOOLEAN":
        value = f"CASE {name} WHEN true THEN 't' WHEN false THEN 'f' END"
    if unload.escape and column.kind == "VARCHAR":
        pattern = ESCAPED.format(unload.between.replace("'", "''"))
        value = f"regexp_replace({name}, '{pattern}', '\\\\\\1', 'g')"
    return f"{value} AS {name}"


def _options(unload: Unload) -> str:
    if unload.format == "parquet":
        return "FORMAT parquet, COMPRESSION snappy"
    codec = unload.compression if unload.compression in {"gzip", "zstd"} else "none"
    if unload.format == "json":
        return f"FORMAT json, COMPRESSION {codec}"
    null = (unload.null or "").replace("'", "''")
    shared = (
        f"FORMAT csv, COMPRESSION {codec}, HEADER {str(unload.header).lower()}, NULLSTR '{null}', "
        f"DELIMITER '{unload.between.replace(chr(39), chr(39) * 2)}'"
    )
    if unload.format == "csv":
        return shared
    return f"{shared}, FORCE_QUOTE *" if unload.add_quotes else f"{shared}, QUOTE '', ESCAPE ''"


def _file_size(unload: Unload) -> int:
    """Return the bytes of a file: for Parquet whole groups of rows."""
    if unload.format != "parquet" or unload.size < ROW_GROUP:
        return unload.size
    return unload.size // ROW_GROUP * ROW_GROUP


def _parts(folder: Path, unload: Unload, total: int) -> list[Part]:
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=_place)
    counters: dict[tuple[str, ...], int] = {}
    parts = []
    for path in files:
        values = tuple(unquote(one.partition("=")[2]) for one in path.relative_to(folder).parts[:-1])
        number = counters[values] = counters.get(values, -1) + 1
        rows = total if len(files) == 1 else _records(path, unload) - unload.header
        if unload.compression == "bzip2":
            path.write_bytes(bz2.compress(path.read_bytes()))
        parts.append(Part(path, values, number, rows, unload.header))
    return parts


def _place(path: Path) -> tuple[Any, ...]:
    number = path.stem.rpartition("_")[2]
    return path.parent, int(number) if number.isdigit() else 0


def _records(path: Path, unload: Unload) -> int:
    """Count the records of a file, which are lines where it holds text."""
    if unload.format == "parquet":
        return int(pq.read_metadata(path).num_rows)
    return _unzipped(path, unload.compression).count(b"\n")


def _unzipped(path: Path, compression: str) -> bytes:
    content = path.read_bytes()
    if compression == "gzip":
        return gzip.decompress(content)
    if compression == "zstd":
        return bytes(pa.input_stream(pa.BufferReader(content), compression="zstd").read())
    return content
