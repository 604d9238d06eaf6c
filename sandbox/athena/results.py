"""Results as GetQueryResults gives them: pages of the object that holds them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from sandbox.athena.executions import Execution
from sandbox.athena.statements import Query
from sandbox.athena.workgroups import invalid
from sandbox.objects import AccessDenied, Content, ObjectError, Objects
from sandbox.sql.scans import split_location

LARGEST = 1000
PIECE = 1 << 20
FIELD = re.compile(rb'(?:"((?:[^"]|"")*)")?(,|\n)')
"""A value of a result's CSV, in quotes unless it is null, and what ends it."""

Row = list[str | None]


def page(execution: Execution, objects: Objects, size: int | None, token: str | None) -> dict[str, Any]:
    """Return a page of a result, which the caller must be able to read; the first row are the columns' names."""
    if execution.state != "SUCCEEDED":
        if execution.state in {"QUEUED", "RUNNING"}:
            raise invalid(f"Query has not yet finished. Current state: {execution.state}")
        raise invalid(f"Query did not finish successfully. Final query state: {execution.state}")
    begin = _offset(token)
    rows: list[Row] = []
    next_token = None
    if execution.outcome.path is not None:
        content = _content(execution, objects)
        read = _csv_rows if isinstance(execution.statement, Query) else _lines
        wanted = min(size or LARGEST, LARGEST)
        for row, end in read(content, begin):
            rows.append(row)
            if len(rows) == wanted:
                next_token = _token(end) if end < content.size else None
                break
    answer: dict[str, Any] = {
        "UpdateCount": execution.outcome.rows if execution.writes else 0,
        "ResultSet": {
            "Rows": [{"Data": [{} if one is None else {"VarCharValue": one} for one in row]} for row in rows],
            "ResultSetMetadata": {"ColumnInfo": _columns(execution)},
        },
    }
    return answer | ({"NextToken": next_token} if next_token else {})


def _content(execution: Execution, objects: Objects) -> Content:
    try:
        return objects.open(*split_location(execution.place))
    except AccessDenied as error:
        raise invalid(
            "You do not seem to have access to the S3 location of your query results. Please confirm your account "
            "has access to the S3 location where your query results are saved and try again."
        ) from error
    except ObjectError as error:
        raise invalid("Could not find results") from error


def _columns(execution: Execution) -> list[dict[str, Any]]:
    return [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": one.name,
            "Label": one.name,
            "Type": one.type,
            "Precision": one.precision,
            "Scale": one.scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": one.type == "varchar",
        }
        for one in execution.outcome.columns
    ]


def _csv_rows(content: Content, offset: int) -> Iterator[tuple[Row, int]]:
    """Yield the rows from a place on, each with the place behind it."""
    buffer, row = b"", []
    place = offset
    while True:
        piece = content.read_at(place + len(buffer), PIECE)
        buffer += piece
        at = 0
        while (found := FIELD.match(buffer, at)) and (
            found.end() < len(buffer) or place + found.end() == content.size
        ):
            value = None if found[1] is None else found[1].replace(b'""', b'"').decode()
            row.append(value)
            at = found.end()
            if found[2] == b"\n":
                yield row, place + at
                row = []
        buffer, place = buffer[at:], place + at
        if not piece:
            return


def _lines(content: Content, offset: int) -> Iterator[tuple[Row, int]]:
    text = content.read_at(offset, content.size)
    for line in text.splitlines(keepends=True):
        offset += len(line)
        yield [line.decode().rstrip("\n")], offset


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("offset:"))
    except (ValueError, binascii.Error) as error:
        raise invalid("Invalid NextToken") from error
