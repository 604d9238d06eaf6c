"""A DuckDB of one statement: it sees the objects of the statement's tables, and nothing of the machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import duckdb
from duckdb.sqltypes import DuckDBPyType

from sandbox.objects import ObjectError, Objects
from sandbox.sql.errors import NotSupported, SqlError
from sandbox.sql.lake import PROTOCOL, Lake

if TYPE_CHECKING:
    import pyarrow as pa

MACROS = Path(__file__).with_name("macros.sql")
MEMORY = "400MB"
"""Beyond this a statement spills to disk."""
THREADS = 2
SHAPES, SCANS = "shapes", "scans"
"""The schemas that hold each table once without rows, for looking at types, and once with them."""

Columns = list[tuple[str, DuckDBPyType]]
Result = TypeVar("Result")

NAMED = re.compile(r"(?:[A-Za-z ]+ Error: )?([A-Z][A-Z_]{4,}): (.*)", re.DOTALL)
"""An error that a macro raised under its own name."""
TRANSLATIONS: Sequence[tuple[str, str, str]] = (
    (r'Referenced column "(.+?)" (?:not found|was not found)', "COLUMN_NOT_FOUND", "Column '{}' cannot be resolved"),
    (r'Could not find key "(.+?)" in struct', "COLUMN_NOT_FOUND", "Column '{}' cannot be resolved"),
    (r"column \"(.+?)\" must appear in the GROUP BY", "EXPRESSION_NOT_AGGREGATE",
     "'{}' must be an aggregate expression or appear in GROUP BY clause"),
    (r"(?:Function|Macro) with name \"?(\w+)\"? does not exist", "FUNCTION_NOT_FOUND", "Function '{}' not registered"),
    (r"(?:arguments|argument types) '(.+?)'", "FUNCTION_NOT_FOUND", "Unexpected parameters for function {}"),
    (r"(Macro \w+\(\)) does not support the supplied arguments", "TYPE_MISMATCH", "Unexpected parameters: {}"),
    (r"Could not choose a best candidate function for the function call \"(.+?)\"", "TYPE_MISMATCH",
     "Cannot apply operator: {}"),
    (r"Malformed JSON in file .*?, at byte (\d+)", "HIVE_CURSOR_ERROR",
     "Row is not a valid JSON Object - JSONException: A JSONObject text must begin with '{{' at {}"),
    (r"JSON transform error in file .*?, in line \d+: (.+)", "HIVE_BAD_DATA", "Error parsing field value: {}"),
    (r"Conversion Error: (.+)", "INVALID_CAST_ARGUMENT", "{}"),
    (r"Out of Range Error: (.+)", "NUMERIC_VALUE_OUT_OF_RANGE", "{}"),
    (r"Out of Memory Error: (.+)", "EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded per-node memory limit: {}"),
    (r"invalid perl operator: (.+)", "NOT_SUPPORTED", "the sandbox's regular expressions have no {}"),
)  # fmt: skip
"""What DuckDB says, and what Trino says of the same; the first that is found counts."""


class Cancelled(Exception):
    """The statement was stopped while it ran."""


class Session:
    """One statement's engine, to be used from one thread but for `interrupt`."""

    def __init__(
        self,
        objects: Objects,
        scratch: Path,
        *,
        limit: int | None = None,
        exceeded: Callable[[], None] = lambda: None,
    ) -> None:
        """Open it; `scratch` is an existing folder of its own for what it spills and writes.

        With a `limit` of bytes, it calls `exceeded` and stops where it reads more of the objects.
        """

        def stop() -> None:
            exceeded()
            self.interrupt()

        self.lake = Lake(objects, limit, stop)
        self.scratch = scratch
        self._stopped = False
        self._base = duckdb.connect(
            config={
                "memory_limit": MEMORY,
                "threads": THREADS,
                "temp_directory": str(scratch / "spilled"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self._base.register_filesystem(self.lake)
        self._base.execute(MACROS.read_text())
        self._base.execute(f"CREATE SCHEMA {SHAPES}; CREATE SCHEMA {SCANS}; SET TimeZone = 'UTC'")
        self._base.execute(f"SET allowed_directories = ['{PROTOCOL}://', '{scratch}/']")
        self._base.execute("SET enable_external_access = false")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def interrupt(self) -> None:
        """Stop what runs, from another thread; from then on everything raises Cancelled."""
        self._stopped = True
        with suppress(duckdb.Error):  # it may have been closed just now
            self._base.interrupt()

    def create(self, name: str, columns: Columns) -> None:
        """Make an empty table, for looking at types."""
        from sandbox.sql.types import quoted

        listed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns)
        self._run(f"CREATE TABLE {SHAPES}.{name} ({listed})")

    def describe(self, query: str) -> Columns:
        """Return the names and types of a query's columns, from the tables' shapes alone."""
        self._run(f"SET search_path = '{SHAPES},main'")
        found = self._guarded(lambda: self._base.sql(query))  # it is looked at, and not run
        return list(zip(found.columns, found.types, strict=True))

    def execute(
        self, statement: str, *, ordered: bool = True, counted: bool = True
    ) -> Sequence[Sequence[Any]]:
        """Run a statement over the tables' rows and return its own.

        `ordered` keeps their order, `counted` counts the bytes that are read for it as scanned.
        """
        self._run(f"SET search_path = '{SCANS},main'; SET preserve_insertion_order = {str(ordered).lower()}")
        self.lake.counting = counted
        try:
            return self._run(statement).fetchall()
        finally:
            self.lake.counting = False

    def arrow(self, query: str) -> pa.Table:
        """Run a query and return its rows as Arrow, without a count of what is read."""
        return self._guarded(
            lambda: self._run(f"SET search_path = '{SCANS},main'").execute(query).to_arrow_table()
        )

    def columns_of(self, relation: str) -> Columns:
        """Return the names and types of what a function reads from files."""
        return [(one[0], one[1]) for one in self._run(f"SELECT * FROM {relation} LIMIT 0").description or []]

    def define(self, name: str, query: str) -> None:
        """Say what rows a table has."""
        self._run(f"CREATE VIEW {SCANS}.{name} AS {query}")

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        return self._guarded(lambda: self._base.execute(statement))

    def _guarded(self, action: Callable[[], Result]) -> Result:
        if self._stopped:
            raise Cancelled
        try:
            return action()
        except duckdb.InterruptException as error:
            raise Cancelled from error
        except duckdb.Error as error:
            if self._stopped:
                raise Cancelled from error
            raise self._translated(str(error)) from error

    def _translated(self, text: str) -> Exception:
        if self.lake.problem is not None:
            return _unreadable(self.lake.problem)
        if own := NAMED.match(text):
            return SqlError(own[1], own[2])
        for pattern, name, message in TRANSLATIONS:
            if found := re.search(pattern, text):
                return SqlError(name, message.format(found[1]))
        if "Not implemented Error" in text:
            return NotSupported(text)
        return SqlError("GENERIC_INTERNAL_ERROR", text)


def _unreadable(problem: ObjectError) -> SqlError:
    if problem.code == "AccessDenied":
        status = f"(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied): {problem.message}"
        return SqlError("PERMISSION_DENIED", f"Error opening Hive split: Access Denied {status}")
    return SqlError("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split: {problem.message}")
