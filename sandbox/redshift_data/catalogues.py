"""What ListDatabases, ListSchemas, ListTables and DescribeTable tell of a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.identity import Caller
from sandbox.redshift.databases import ConnectionFailed
from sandbox.redshift_data import logins, requests, results, targets
from sandbox.redshift_data.exceptions import DatabaseConnection, ValidationException
from sandbox.redshift_data.logins import Place
from sandbox.warehouse import metadata
from sandbox.warehouse.errors import RedshiftError

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

UNKNOWN_NULLS = 2
"""`nullable` of a column of which it is not known, as JDBC has it."""


@dataclass(frozen=True)
class Question:
    """What is asked of a database, and where one logs in for that."""

    operation: str
    asked: Mapping[str, Any]
    place: Place

    def answer(self) -> list[Any]:
        """Ask, which may take long as sources outside the warehouse are asked too.

        Raises:
            Refused: there is no such database, it lets nobody in, or a source cannot be reached.
        """
        databases = self.place.target.databases
        try:
            self.place.connect().close()
            if self.operation == "ListDatabases":
                return list(databases.names)
            with databases.warehouse(self.asked["Database"]).looking(self.place.login.user) as session:
                return FINDERS[self.operation](session, self.asked)
        except ConnectionFailed as error:
            raise DatabaseConnection(str(error)) from error
        except RedshiftError as error:
            raise ValidationException(str(error)) from error


def question(
    account: str, region: str, operation: str, asked: Mapping[str, Any], caller: Caller
) -> Question | None:
    """Return what a call asks of a database, None for other calls; Refused where the caller may not log in."""
    if operation not in {"ListDatabases", *FINDERS}:
        return None
    connected = asked.get("ConnectedDatabase") or asked.get("Database")
    destination = requests.read_destination({**asked, "Database": connected}, caller)
    target = targets.find(account, region, destination.cluster, destination.workgroup)
    return Question(operation, asked, logins.place(target, destination))


def _schemas(session: Session, asked: Mapping[str, Any]) -> list[Any]:
    return list(metadata.schemas(session, asked.get("SchemaPattern") or metadata.ANY))


def _tables(session: Session, asked: Mapping[str, Any]) -> list[Any]:
    patterns = [asked.get(name) or metadata.ANY for name in ("SchemaPattern", "TablePattern")]
    found = metadata.relations(session, *patterns)
    return [{"schema": one.schema, "name": one.name, "type": one.kind} for one in found]


def _columns(session: Session, asked: Mapping[str, Any]) -> list[Any]:
    found = metadata.columns(session, asked.get("Schema"), asked.get("Table"))
    return [_described(one) for one in found]


def _described(found: metadata.RelationColumn) -> dict[str, Any]:
    nullable = UNKNOWN_NULLS if found.nullable is None else int(found.nullable)
    described = {
        **results.metadata(found.column),
        "nullable": nullable,
        "schemaName": found.relation.schema,
        "tableName": found.relation.name,
    }
    return described | ({"columnDefault": found.default} if found.default is not None else {})


FINDERS: Mapping[str, Callable[[Session, Mapping[str, Any]], list[Any]]] = {
    "ListSchemas": _schemas,
    "ListTables": _tables,
    "DescribeTable": _columns,
}
