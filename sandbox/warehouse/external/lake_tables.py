"""Tables of the data catalogue over objects, as Redshift Spectrum sees them: read as the sandbox's Athena does.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c-using-spectrum.html
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sandbox.errors import Refused
from sandbox.objects import ObjectError
from sandbox.sql.catalogue import Column, Partition, Table
from sandbox.sql.errors import SqlError
from sandbox.sql.scans import PATH, files, relation
from sandbox.sql.session import Session as Reader
from sandbox.sql.types import kind_of, parse_hive, parts, quoted
from sandbox.warehouse.errors import INTERNAL, NOT_ALLOWED, UNDEFINED_TABLE, RedshiftError
from sandbox.warehouse.external import access
from sandbox.warehouse.external.comparisons import Comparison, Value, moment
from sandbox.warehouse.external.definitions import ExternalSchema
from sandbox.warehouse.external.relations import ExternalColumn, ExternalTable
from sandbox.warehouse.external.scans import Scan
from sandbox.warehouse.kinds import TEXT, Kind

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.glue.catalogue import GlueCatalogue
    from sandbox.objects import Objects
    from sandbox.warehouse.session import Session

UNKNOWN_ROWS = 10_000_000_000
"""What a plan assumes of a table without the property numRows: that it is larger than any other."""
PLAIN = {
    "boolean": "bool", "tinyint": "int2", "smallint": "int2", "integer": "int4", "bigint": "int8",
    "float": "float4", "double": "float8", "date": "date", "timestamp": "timestamp",
    "timestamp_s": "timestamp", "timestamp_ms": "timestamp", "timestamp_ns": "timestamp", "blob": "varbyte",
}  # fmt: skip

_STATUS = {"AccessDenied": 403, "InternalError": 500, "ServiceUnavailable": 503, "SlowDown": 503}
"""S3's HTTP status by error code; 404 of all others that objects have."""


class LakeTables:
    """The tables of one external schema for one statement."""

    def __init__(self, session: Session, schema: ExternalSchema) -> None:
        self._session = session
        self._schema = schema
        self._open = ExitStack()
        surroundings = session.warehouse.surroundings
        self.roles = access.roles(surroundings, schema.roles)
        self.catalogue: GlueCatalogue = surroundings.catalogue(self.roles)
        self.objects: Objects = surroundings.objects(self.roles)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def names(self) -> list[str]:
        """List the tables."""
        with in_redshifts_words():
            return [one.name for one in self.catalogue.tables(self._schema.database) if one.view is None]

    def found(self, name: str) -> Table | None:
        """Return a table as the catalogue has it; None where there is none of the name."""
        with in_redshifts_words():
            return self.catalogue.table(self._schema.database, name)

    def described(self, name: str) -> Mapping[str, Any]:
        """Return a table as Glue describes it; RedshiftError where there is none of the name."""
        with in_redshifts_words():
            found = self.catalogue.described(self._schema.database, name)
        if found is None:
            raise RedshiftError(f'relation "{self._schema.name}.{name}" does not exist', UNDEFINED_TABLE)
        return found

    def partitions(self, name: str) -> Sequence[Partition]:
        """List a table's registered partitions."""
        found = self.found(name)
        with in_redshifts_words():
            return self.catalogue.partitions(found) if found else ()

    def table(self, name: str) -> ExternalTable | None:
        """Return a table as the warehouse sees it; None where there is none of the name."""
        found = self.found(name)
        if found is None or found.view is not None:
            return None
        columns = [_column(one) for one in found.columns]
        columns += [_column(one, key) for key, one in enumerate(found.partition_keys, 1)]
        columns.append(ExternalColumn(PATH, TEXT, "string", comparable=False, hidden=True))
        shown = f'location:"{found.location.rstrip("/")}" format:{found.format.upper()}'
        rows = int(found.parameters.get("numRows", UNKNOWN_ROWS))
        return ExternalTable(self._schema.name, name, "S3", tuple(columns), rows, shown)

    def read(self, scan: Scan) -> pa.Table:
        """Read the columns and rows that a statement needs."""
        found = self.found(scan.table.name)
        if found is None:
            raise RedshiftError(f'relation "{scan.table.name}" does not exist')
        now = self._session.warehouse.surroundings.now().replace(tzinfo=None)
        with in_redshifts_words(), self._session.engine.reading(self._reader):
            objects = files(self.catalogue, self.objects, found, now)
            rows = relation(self._reader, found, objects, path=PATH in scan.columns)
            chosen = ", ".join(quoted(name) for name in scan.columns) or "1 AS one"
            conditions = [_condition(one, scan.table) for one in scan.pushed]
            where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
            return self._reader.arrow(f"SELECT {chosen} FROM ({rows}){where}")  # noqa: S608 -- all names are quoted

    @cached_property
    def _reader(self) -> Reader:
        scratch = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        return self._open.enter_context(Reader(self.objects, scratch))


@contextmanager
def in_redshifts_words() -> Iterator[None]:
    """Say what the catalogue and the objects refuse as Redshift does."""
    try:
        yield
    except SqlError as error:
        denied = error.name == "PERMISSION_DENIED"
        raise RedshiftError(
            f"{'AccessDeniedException' if denied else 'Spectrum Scan Error'}: {error.message}",
            NOT_ALLOWED if denied else INTERNAL,
        ) from error
    except (ObjectError, Refused) as error:
        denied = error.code == "AccessDenied"
        status = _STATUS.get(error.code, 404)
        raise RedshiftError(
            f"S3ServiceException:{error.message},Status {status},Error {error.code}",
            NOT_ALLOWED if denied else INTERNAL,
        ) from error


def _column(column: Column, key: int = 0) -> ExternalColumn:
    return ExternalColumn(column.name, redshift_type(column.type), column.type, key)


def redshift_type(hive: str) -> Kind:
    """Return what Redshift has for a type of the catalogue."""
    text, _, size = hive.lower().partition("(")
    if text in {"char", "varchar"} and size:
        return Kind(text, int(size.rstrip(") ")))
    kind = parse_hive(hive)
    of = kind_of(kind)
    if of == "decimal":
        (_, precision), (_, scale) = parts(kind)
        return Kind("numeric", precision=int(precision), scale=int(scale))
    if of == "varchar":
        return TEXT
    return Kind(PLAIN.get(of, "super"))


def _condition(one: Comparison, table: ExternalTable) -> str:
    column: Any = table.column(one.column)
    values = [_literal(value, column.type) for value in one.values]
    if one.operator == "IN":
        return f"{quoted(one.column)} IN ({', '.join(values)})"
    return f"{quoted(one.column)} {one.operator} {values[0]}"


def _literal(value: Value, kind: Kind) -> str:
    if value.kind in {"number", "boolean"}:
        return value.text
    text = moment(kind, value) if kind.family in {"date", "timestamp"} else value.text
    return f"CAST('{(text or value.text).replace(chr(39), chr(39) * 2)}' AS {kind.engine})"
