"""What one statement knows of tables outside the warehouse, and the connections it has to them."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlglot import exp

from sandbox.warehouse.errors import UNDEFINED_TABLE, RedshiftError
from sandbox.warehouse.external import access, registry
from sandbox.warehouse.external.databases import Database, RemoteTable
from sandbox.warehouse.external.definitions import ExternalSchema
from sandbox.warehouse.external.lake_tables import LakeTables
from sandbox.warehouse.external.listings import CATALOGUE, listed, listing
from sandbox.warehouse.external.reads import Read
from sandbox.warehouse.external.relations import ExternalTable
from sandbox.warehouse.external.rows import DATABASES, Remote
from sandbox.warehouse.external.scans import Scan
from sandbox.warehouse.external.sources import Names, Tables
from sandbox.warehouse.translate import RESOLVED

if TYPE_CHECKING:
    import pyarrow as pa

    from sandbox.warehouse.session import Session

REPEATABLE = "pg_federation_repeatable_read"


class Outside:
    """The external tables that a statement names; opened for one statement, and closed with it.

    Source of the isolation: https://docs.aws.amazon.com/redshift/latest/dg/federated-limitations.html
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.schemas = registry.schemas(session)
        self._open = ExitStack()
        self._databases: dict[str, tuple[Database, Any]] = {}
        self._tables: dict[tuple[str, str], ExternalTable] = {}
        self._remote: dict[tuple[str, str], RemoteTable] = {}
        self._lakes: dict[str, LakeTables] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def database(self) -> str:
        """The database of the warehouse."""
        return self._session.warehouse.database

    @property
    def tables(self) -> Tables:
        """Where the names of a statement are looked up."""
        return Tables(self.external, self.local)

    def external(self, node: exp.Table) -> ExternalTable | None:
        """Return the table that a name means; None where it is in the warehouse."""
        if RESOLVED in node.meta:
            return None
        schema = self.schemas.get(node.db)
        if schema is None:
            return listing(node.db, node.name)
        return self.table(schema, node.name)

    @staticmethod
    def local(node: exp.Table) -> Names | None:
        """Return the columns of a table in the warehouse; None where they are not known."""
        return tuple(node.meta[RESOLVED]) if RESOLVED in node.meta else None

    def table(self, schema: ExternalSchema, name: str) -> ExternalTable:
        """Describe a table of an external schema; RedshiftError where it is not there or cannot be read."""
        key = schema.name, name
        if key not in self._tables:
            find = self._in_lake if schema.engine == "catalogue" else self._in_database
            self._tables[key] = find(schema, name)
        return self._tables[key]

    def names(self, schema: ExternalSchema) -> list[str]:
        """List the tables of an external schema."""
        if schema.engine == "catalogue":
            return self.lake(schema).names()
        database, connection = self._database(schema)
        return database.names(connection)

    def read(self, scan: Scan) -> pa.Table:
        """Read what a statement needs of a table, and keep a note of it."""
        if scan.table.schema == CATALOGUE:
            return listed(self, scan)
        schema = self.schemas[scan.table.schema]
        started, begun = self._session.warehouse.surroundings.now(), perf_counter()
        if schema.engine == "catalogue":
            rows, text = self.lake(schema).read(scan), scan.table.shown
        else:
            rows, text = self._read_remote(schema, scan)
        transaction = self._session.transaction
        self._session.warehouse.reads.append(
            Read(
                query=self._session.query_id,
                transaction=transaction.xid if transaction else 0,
                process=self._session.pid,
                user=self._session.user,
                kind=scan.table.kind,
                started=started,
                text=text,
                table=f"{schema.name}.{scan.table.name}",
                rows=rows.num_rows,
                size=rows.nbytes,
                seconds=perf_counter() - begun,
            )
        )
        return rows

    def lake(self, schema: ExternalSchema) -> LakeTables:
        """Return the tables of a schema of the data catalogue."""
        if schema.name not in self._lakes:
            self._lakes[schema.name] = self._open.enter_context(LakeTables(self._session, schema))
        return self._lakes[schema.name]

    def _in_lake(self, schema: ExternalSchema, name: str) -> ExternalTable:
        found = self.lake(schema).table(name)
        if found is None:
            raise RedshiftError(f'relation "{schema.name}.{name}" does not exist', UNDEFINED_TABLE)
        return found

    def _in_database(self, schema: ExternalSchema, name: str) -> ExternalTable:
        database, connection = self._database(schema)
        try:
            found = database.table(connection, name)
        except RedshiftError as error:
            if error.sqlstate != UNDEFINED_TABLE:
                raise
            raise RedshiftError(f'relation "{schema.name}.{name}" does not exist', UNDEFINED_TABLE) from error
        self._remote[schema.name, name] = found
        columns = tuple(one.described for one in found.columns)
        return ExternalTable(schema.name, name, database.kind, columns, found.rows)

    def _database(self, schema: ExternalSchema) -> tuple[Database, Any]:
        if schema.name not in self._databases:
            login = access.login(self._session.warehouse.surroundings, schema)
            database = DATABASES[schema.engine](login, schema.place)
            connection = self._open.enter_context(database.connected())
            self._databases[schema.name] = database, connection
        return self._databases[schema.name]

    def _read_remote(self, schema: ExternalSchema, scan: Scan) -> tuple[pa.Table, str]:
        """Return a table's rows and the SQL that fetched them."""
        database, _ = self._database(schema)
        table = self._remote[schema.name, scan.table.name]
        columns = [one for one in table.columns if one.name in scan.columns]
        query = database.query(table, columns, scan.pushed)
        return self._remote_for(schema, database).read(self._session, query, columns), query

    def _remote_for(self, schema: ExternalSchema, database: Database) -> Remote:
        """Connect for reading: PostgreSQL once in a transaction, which sees one snapshot, and MySQL for each table."""
        transaction = self._session.transaction
        if schema.engine == "mysql" or transaction is None or not self._repeatable():
            remote = Remote(database, snapshot=False)
            self._open.callback(remote.close)
            return remote
        held = transaction.held
        if schema.name not in held:
            held[schema.name] = remote = Remote(database, snapshot=True)
            transaction.ending.append(partial(held.pop, schema.name))
            transaction.ending.append(remote.close)
        kept: Remote = held[schema.name]
        return kept

    def _repeatable(self) -> bool:
        return self._session.settings[REPEATABLE] == "on"
