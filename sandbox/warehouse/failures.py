"""DuckDB's errors in Redshift's words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

from sandbox.warehouse.errors import (
    BAD_VALUE,
    DIVISION_BY_ZERO,
    DUPLICATE_SCHEMA,
    DUPLICATE_TABLE,
    INTERNAL,
    NULL_VALUE,
    OUT_OF_RANGE,
    SERIALIZATION,
    SYNTAX_ERROR,
    TRANSACTION_ABORTED,
    UNDEFINED_COLUMN,
    UNDEFINED_FUNCTION,
    UNDEFINED_SCHEMA,
    UNDEFINED_TABLE,
    RedshiftError,
)

ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
CONFLICT = "ERROR: 1023 DETAIL: Serializable isolation violation on table in Redshift"
TRANSLATIONS: Sequence[tuple[str, str, str]] = (
    (r"Table with name \"?([^\s\"]+)\"? already exists", 'relation "{}" already exists', DUPLICATE_TABLE),
    (r"View with name \"?([^\s\"]+)\"? already exists", 'relation "{}" already exists', DUPLICATE_TABLE),
    (r"Schema with name \"?([^\s\"]+)\"? already exists", 'schema "{}" already exists', DUPLICATE_SCHEMA),
    (r"(?:Table|View) with name \"?([^\s\"]+?)\"? does not exist", 'relation "{}" does not exist', UNDEFINED_TABLE),
    (r"[Ss]chema with name \"?([^\s\"]+?)\"? does not exist", 'schema "{}" does not exist', UNDEFINED_SCHEMA),
    (r"Referenced column \"(.+?)\" (?:was )?not found", 'column "{}" does not exist', UNDEFINED_COLUMN),
    (r"Column \"(.+?)\" referenced that exists in the SELECT clause", 'column "{}" does not exist', UNDEFINED_COLUMN),
    (r"Table \"?[^\"]+\"? does not have a column (?:named|with name) \"(.+?)\"", 'column "{}" does not exist',
     UNDEFINED_COLUMN),
    (r"Referenced table \"(.+?)\" not found", 'invalid reference to FROM-clause entry for table "{}"', UNDEFINED_TABLE),
    (r"NOT NULL constraint failed: .*\.(\w+)", "Cannot insert a NULL value into column {}", NULL_VALUE),
    (r"(?:Function|Macro) with name \"?(\w+)\"? does not exist", "function {}() does not exist", UNDEFINED_FUNCTION),
    (r"No function matches the given name and argument types '(.+?)'", "function {} does not exist",
     UNDEFINED_FUNCTION),
    (r"column \"(.+?)\" must appear in the GROUP BY",
     'column "{}" must appear in the GROUP BY clause or be used in an aggregate function', "42803"),
    (r"Conversion Error: (.+)", "{}", BAD_VALUE),
    (r"Out of Range Error: (.+)", "{}", OUT_OF_RANGE),
    (r"[Dd]ivision by zero(.*)", "division by zero{}", DIVISION_BY_ZERO),
    (r"Parser Error: syntax error at or near \"(.+?)\"", 'syntax error at or near "{}"', SYNTAX_ERROR),
)  # fmt: skip
"""What DuckDB says, and what Redshift says of the same; the first that is found counts."""
RAISED = re.compile(r"redshift (\w{5}): (.*)", re.DOTALL)
"""An error that one of the sandbox's own macros raised."""


def translated(error: duckdb.Error) -> RedshiftError:
    """Return what Redshift says where DuckDB says this."""
    text = str(error)
    if own := RAISED.search(text):
        return RedshiftError(own[2], own[1])
    if "Current transaction is aborted" in text:
        return RedshiftError(ABORTED, TRANSACTION_ABORTED)
    if isinstance(error, duckdb.TransactionException) or "write-write conflict" in text:
        return RedshiftError(CONFLICT, SERIALIZATION)
    for pattern, message, sqlstate in TRANSLATIONS:
        if found := re.search(pattern, text):
            return RedshiftError(message.format(found[1].splitlines()[0] if found[1] else ""), sqlstate)
    return RedshiftError(text.splitlines()[0], INTERNAL)
