"""The files that can be looked into, read as columns of text a batch at a time."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sandbox.macie import places

BATCH_ROWS = 1 << 18
Names = tuple[str | int, ...]
Wants = Callable[[Names], bool]
"""Tells whether a column that is no text is to be looked at, by the names on its path."""


class Unreadable(Exception):
    """A file cannot be read; `reason` is the code that findings give."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Column:
    """Values under one path. `place(position, path shown)` says where the value at a position stands."""

    names: Names
    values: Any
    kind: str
    place: Callable[[int, str | None], places.Place]


@dataclass(frozen=True)
class Format:
    """A kind of file: what its content is called, and what yields its columns batch by batch."""

    mime_type: str
    batches: Callable[[bytes, Wants], Iterator[list[Column]]]


def unpack(key: str, content: bytes) -> tuple[str, bytes, str | None]:
    """Return (extension, content, name of the file within) of an object, unpacked where it is gzip.

    Raises Unreadable for gzip that is broken.
    """
    name = key.rpartition("/")[2]
    stem, _, extension = name.rpartition(".")
    if extension.lower() not in {"gz", "gzip"}:
        return (extension.lower() if stem else ""), content, None
    try:
        inner = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable("MALFORMED_FILE") from error
    return stem.rpartition(".")[2].lower() if "." in stem else "txt", inner, stem


def parquet(content: bytes, wants: Wants) -> Iterator[list[Column]]:
    """Read a Parquet file; what is binary is left out."""
    file = pq.ParquetFile(pa.BufferReader(content))
    chosen = [field.name for field in file.schema_arrow if _wanted(field.type, (field.name,), wants)]
    first = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=chosen):
        columns: list[Column] = []
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            columns += _leaves((name,), values, None, first, wants)
        yield columns
        first += batch.num_rows


def delimited(content: bytes, wants: Wants, *, delimiter: str) -> Iterator[list[Column]]:
    """Read a file of separated values whose first row names the columns."""
    del wants
    header = next(csv.reader(io.StringIO(content.decode(errors="replace")), delimiter=delimiter), None)
    if not header:
        return
    ordinals = [str(number) for number in range(len(header))]
    reader = pyarrow.csv.open_csv(
        pa.BufferReader(content),
        read_options=pyarrow.csv.ReadOptions(
            column_names=ordinals, skip_rows_after_names=1, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(ordinals, pa.string())),
    )
    first = 2
    for batch in reader:
        yield [
            Column((name,), values, "cells", partial(_cell, name, number, first))
            for number, (name, values) in enumerate(zip(header, batch.columns, strict=True), start=1)
        ]
        first += batch.num_rows


def json_document(content: bytes, wants: Wants) -> Iterator[list[Column]]:
    """Read a JSON file: all of it is record 0."""
    del wants
    yield _records([json.loads(content)])


def json_lines(content: bytes, wants: Wants) -> Iterator[list[Column]]:
    """Read a file of one JSON document a line."""
    del wants
    yield _records([json.loads(text) if text.strip() else None for text in content.splitlines()])


def text(content: bytes, wants: Wants) -> Iterator[list[Column]]:
    """Read a text file: one column of its lines."""
    del wants
    lines = content.decode(errors="replace").splitlines()
    yield [Column((), pa.array(lines, pa.string()), "lineRanges", lambda at, _: places.line(at + 1))]


FORMATS: Mapping[str, Format] = {
    "parquet": Format("application/vnd.apache.parquet", parquet),
    "csv": Format("text/csv", partial(delimited, delimiter=",")),
    "tsv": Format("text/tab-separated-values", partial(delimited, delimiter="\t")),
    "json": Format("application/json", json_document),
    "jsonl": Format("application/json", json_lines),
    "txt": Format("text/plain", text),
}
BROKEN = (pa.ArrowException, OSError, ValueError, RecursionError)
"""What reading a file that is none of its kind raises."""


def of(extension: str) -> Format:
    """Return the format of files with this extension; Unreadable where there is none."""
    if extension not in FORMATS:
        raise Unreadable("UNSUPPORTED_FILE_TYPE_EXCEPTION")
    return FORMATS[extension]


def _cell(name: str, column: int, first: int, at: int, path: str | None) -> places.Place:
    del path
    return places.cell(name, column, first + at)


def _wanted(kind: Any, names: Names, wants: Wants) -> bool:
    if pa.types.is_struct(kind):
        return any(_wanted(field.type, (*names, field.name), wants) for field in kind)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _wanted(kind.value_type, names, wants)
    if pa.types.is_dictionary(kind):
        return _wanted(kind.value_type, names, wants)
    if _is_text(kind):
        return True
    return not _is_bytes(kind) and not pa.types.is_nested(kind) and wants(names)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_bytes(kind: Any) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _leaves(names: Names, values: Any, rows: Any, first: int, wants: Wants) -> Iterator[Column]:
    """Yield the columns of text below a column; `rows` are the records of its values, None for one each."""
    kind = values.type
    if not _wanted(kind, names, wants):
        return
    if pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves((*names, field.name), pc.struct_field(values, field.name), rows, first, wants)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        parents = pc.list_parent_indices(values)
        owners = parents if rows is None else rows.take(parents)
        yield from _leaves(names, pc.list_flatten(values), owners, first, wants)
    else:
        shown = values if _is_text(kind) else _spelled(values)

        def place(at: int, path: str | None) -> places.Place:
            return places.record(path, first + (at if rows is None else rows[at].as_py()))

        yield Column(names, shown, "records", place)


def _spelled(values: Any) -> Any:
    """Return numbers, dates and the like as text, equal ones spelled once."""
    encoded = values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    return pa.DictionaryArray.from_arrays(encoded.indices, pc.cast(encoded.dictionary, pa.string()))


def _records(documents: Sequence[Any]) -> list[Column]:
    found: dict[Names, list[tuple[int, str]]] = {}
    for index, document in enumerate(documents):
        for names, value in _walk((), document):
            found.setdefault(names, []).append((index, value))
    return [
        Column(names, pa.array([value for _, value in values], pa.string()), "records", _indexed(values))
        for names, values in found.items()
    ]


def _indexed(values: Sequence[tuple[int, str]]) -> Callable[[int, str | None], places.Place]:
    return lambda at, path: places.record(path, values[at][0])


def _walk(names: Names, value: Any) -> Iterator[tuple[Names, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _walk((*names, name), one)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _walk((*names, number), one)
    elif value is not None and not isinstance(value, bool):
        yield names, str(value)
