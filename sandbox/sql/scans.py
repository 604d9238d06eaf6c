"""Tables as queries of DuckDB over the objects they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from duckdb.sqltypes import DuckDBPyType

from sandbox.objects import AccessDenied, NoSuchBucket, Objects, Stored
from sandbox.sql.catalogue import DEFAULT_PARTITION, Catalogue, Column, Table
from sandbox.sql.errors import NotSupported, SqlError
from sandbox.sql.json_keys import Spelling
from sandbox.sql.projection import Projection, enabled
from sandbox.sql.session import Session
from sandbox.sql.types import kind_of, native, parse_hive, parts, quoted

PATH = "$path"
"""The hidden column that tells the object a row is from."""
SAMPLE = 512 << 10
"""Bytes of an object from which the spelling of its keys is learnt."""
Found = list[tuple[Stored, Mapping[str, str]]]


def split_location(location: str) -> tuple[str, str]:
    """Split "s3://bucket/prefix" into bucket and prefix."""
    parts = urlsplit(location)
    return parts.netloc, parts.path.removeprefix("/")


def listed(objects: Objects, location: str) -> list[Stored]:
    """List the objects with data below a location; names that begin with a dot or an underscore are hidden.

    Source: https://docs.aws.amazon.com/athena/latest/ug/tables-location-format.html
    """
    bucket, prefix = split_location(location)
    prefix = prefix.rstrip("/") + "/" if prefix else ""
    try:
        found = objects.list(bucket, prefix)
    except AccessDenied as error:
        raise SqlError(
            "PERMISSION_DENIED", f"Access denied when listing {location}: {error.message}"
        ) from error
    except NoSuchBucket as error:
        raise SqlError("HIVE_FILESYSTEM_ERROR", f"The specified bucket does not exist: {bucket}") from error
    return [one for one in found if one.size and not one.key.rpartition("/")[2].startswith((".", "_"))]


def files(catalogue: Catalogue, objects: Objects, table: Table, now: datetime) -> Found:
    """List a table's objects with the values of the partitions they are in."""
    if not table.partition_keys:
        return [(one, {}) for one in listed(objects, table.location)]
    return list(_projected(objects, table, now) if enabled(table) else _registered(catalogue, objects, table))


def _projected(objects: Objects, table: Table, now: datetime) -> Iterator[tuple[Stored, Mapping[str, str]]]:
    projection = Projection(table, now)
    folder = projection.prefix.rpartition("/")[0]
    for one in listed(objects, folder):
        values = projection.values(f"s3://{one.bucket}/{one.key}")
        if values is not None:
            yield one, values


def _registered(
    catalogue: Catalogue, objects: Objects, table: Table
) -> Iterator[tuple[Stored, Mapping[str, str]]]:
    keys = [key.name for key in table.partition_keys]
    for partition in catalogue.partitions(table):
        values = dict(zip(keys, partition.values, strict=True))
        for one in listed(objects, partition.location):
            yield one, values


def relation(session: Session, table: Table, found: Found, *, path: bool) -> str:
    """Return the query whose rows are the table's, and with `path` the hidden column too."""
    if not found:
        empty = ", ".join(f"CAST(NULL AS {_kind(one)}) AS {quoted(one.name)}" for one in table.all_columns)
        return f"SELECT {empty}{f', NULL AS {quoted(PATH)}' if path else ''} WHERE false"
    if table.format not in {"parquet", "json", "text", "csv"}:
        raise NotSupported(f"the sandbox does not read the format of table {table.database}.{table.name}")
    columns = [
        f"CAST({quoted(key.name)} AS {_kind(key)}) AS {quoted(key.name)}" for key in table.partition_keys
    ]
    if path:
        columns.append(f"'s3://' || url_decode(regexp_extract({quoted(PATH)}, '[^/]+$')) AS {quoted(PATH)}")
    spelling = _spelling(session, table, found) if table.format == "json" else None
    arguments = f"'{session.lake.add(found, spelling)}'{_options(table, path=path)}"
    if spelling is not None:
        return _json(table, arguments, columns, spelling)
    if table.format == "parquet":
        return _parquet(session, table, arguments, columns)
    return (_csv if table.format == "csv" else _text)(table, arguments, columns)


def _spelling(session: Session, table: Table, found: Found) -> Spelling:
    """Learn from the first, the middle and the last object how they spell the names of the table."""
    names = [
        name for one in table.columns for name in [_key(table, one), *_member_names(parse_hive(one.type))]
    ]
    samples = (found[place][0] for place in sorted({0, len(found) // 2, len(found) - 1}))
    return Spelling(names, [session.lake.beginning(one, SAMPLE) for one in samples])


def _member_names(kind: DuckDBPyType) -> Iterator[str]:
    if kind_of(kind) in {"list", "map", "struct"}:
        for name, part in parts(kind):
            if kind_of(kind) == "struct":
                yield name
            yield from _member_names(part)


def _key(table: Table, column: Column) -> str:
    """Return the key that a column is read from."""
    return table.serde.get(f"mapping.{column.name}", column.name).lower()


def _kind(column: Column) -> str:
    return str(parse_hive(column.type))


def _options(table: Table, *, path: bool) -> str:
    """Return the options that every reader takes, to be put behind the files."""
    options = f", filename = '{PATH}'" if path else ""
    if not table.partition_keys:
        return options + ", hive_partitioning = false"
    kinds = ", ".join(f"{quoted(key.name)}: {_kind(key)}" for key in table.partition_keys)
    return options + f", hive_partitioning = true, hive_types = {{{kinds}}}"


def _parquet(session: Session, table: Table, arguments: str, others: Sequence[str]) -> str:
    """Read Parquet by the names of its columns; one that no object has is null."""
    source = f"read_parquet({arguments}, union_by_name = true)"
    stored = {name.lower() for name, _ in session.columns_of(source)}
    columns = [
        f"CAST({quoted(one.name) if one.name in stored else 'NULL'} AS {_kind(one)}) AS {quoted(one.name)}"
        for one in table.columns
    ]
    return f"SELECT {', '.join([*columns, *others])} FROM {source}"


def _json(table: Table, arguments: str, others: Sequence[str], spelling: Spelling) -> str:
    """Read one JSON document a line, by the spelling that its keys have by then."""
    keys = {one.name: spelling[_key(table, one)] for one in table.columns}
    kinds = ", ".join(
        f"{_text_literal(keys[one.name])}: {_text_literal(native(parse_hive(one.type), spelling.__getitem__))}"
        for one in table.columns
    )
    tolerant = table.serde.get("ignore.malformed.json", "").lower() == "true"
    options = (
        f"format = 'newline_delimited', compression = 'uncompressed', ignore_errors = {str(tolerant).lower()}"
    )
    columns = [f"{quoted(keys[one.name])} AS {quoted(one.name)}" for one in table.columns]
    return (
        f"SELECT {', '.join([*columns, *others])} "
        f"FROM read_json({arguments}, {options}, columns = {{{kinds}}}, maximum_object_size = 33554432)"
    )


def _text(table: Table, arguments: str, others: Sequence[str]) -> str:
    """Read lines of delimited fields without quotes, as Hive's LazySimpleSerDe does."""
    delimiter = table.serde.get("field.delim", table.serde.get("serialization.format", "\x01"))
    delimiter = "\x01" if delimiter == "1" else delimiter
    null = table.serde.get("serialization.null.format", "\\N")
    options = f"delim = {_text_literal(delimiter)}, quote = '', escape = '', nullstr = {_text_literal(null)}"
    return _delimited(table, arguments, others, options)


def _csv(table: Table, arguments: str, others: Sequence[str]) -> str:
    """Read CSV as OpenCSVSerde does."""
    quote = table.serde.get("quotechar", '"')
    options = (
        f"delim = {_text_literal(table.serde.get('separatorchar', ','))}, quote = {_text_literal(quote)}"
    )
    return _delimited(table, arguments, others, f"{options}, escape = {_text_literal(quote)}")


def _delimited(table: Table, arguments: str, others: Sequence[str], options: str) -> str:
    kinds = ", ".join(f"{_text_literal(one.name)}: 'VARCHAR'" for one in table.columns)
    skipped = int(table.parameters.get("skip.header.line.count", "0"))
    columns = [f"TRY_CAST({quoted(one.name)} AS {_kind(one)}) AS {quoted(one.name)}" for one in table.columns]
    return (
        f"SELECT {', '.join([*columns, *others])} FROM read_csv({arguments}, {options}, columns = {{{kinds}}}, "
        f"auto_detect = false, header = false, skip = {skipped}, null_padding = true, strict_mode = false)"
    )


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _text_literal(text: str) -> str:
    return f"'{_escaped(text)}'"


def partition_path(keys: Sequence[Column], values: Sequence[str]) -> str:
    """Return the folders of a partition below its table's location, e.g. "day=2026-01-01/"."""
    from urllib.parse import quote

    safe = " !&()+,-.;<>@_`|~"
    return "".join(
        f"{key.name}={value if value == DEFAULT_PARTITION else quote(value, safe=safe)}/"
        for key, value in zip(keys, values, strict=True)
    )
