"""Glue's tables as the engine knows them, and the statements' changes to them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.glue.exceptions import (
    DatabaseNotFoundException,
    PartitionAlreadyExistsException,
    PartitionNotFoundException,
    TableNotFoundException,
)
from moto.glue.models import FakeTable, glue_backends

from sandbox import identity_policies
from sandbox.glue.formats import BY_SERDE, Format
from sandbox.policy import Principal, Request
from sandbox.sql.catalogue import Column, Partition, Table
from sandbox.sql.errors import SqlError
from sandbox.transitions import LOCK

DEFAULT = "default"
"""The database that is always there.
Source: https://docs.aws.amazon.com/athena/latest/ug/understanding-tables-databases-and-the-data-catalog.html
"""
VIEW_TEXT = ("/* Presto View: ", " */")


class GlueCatalogue:
    """The tables of an account in a Region. Safe to use from threads that work on queries.

    What the policies of `principal` do not allow is refused where they count: SqlError, PERMISSION_DENIED.
    """

    def __init__(self, account: str, region: str, principal: Principal | None = None) -> None:
        self._account = account
        self._region = region
        self._principal = principal

    @property
    def _backend(self) -> Any:
        backend = glue_backends[self._account][self._region]
        if DEFAULT not in backend.databases:
            backend.create_database(DEFAULT, {"Name": DEFAULT})
        return backend

    def _require(self, action: str, database: str, table: str = "") -> None:
        """Refuse what the principal may not do with a table; for Glue that asks for catalogue and database as well.

        Source: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
        """
        own = identity_policies.documents(self._principal) if self._principal else None
        if own is None or self._principal is None:
            return
        names = ["catalog", f"database/{database}", *([f"table/{database}/{table}"] if table else [])]
        for name in names:
            resource = f"arn:aws:glue:{self._region}:{self._account}:{name.lower()}"
            if not identity_policies.judge(own, Request(self._principal, f"glue:{action}", resource)):
                raise SqlError(
                    "PERMISSION_DENIED",
                    f"User: {self._principal.arn} is not authorized to perform: glue:{action} on resource: {resource}",
                )

    # looking up

    def databases(self) -> list[Mapping[str, Any]]:
        """List the databases as Glue describes them, by name."""
        with LOCK:
            return sorted(
                (one.as_dict() for one in self._backend.get_databases()), key=lambda one: one["Name"]
            )

    def has_database(self, name: str) -> bool:
        """Tell whether there is a database."""
        self._require("GetDatabase", name)
        with LOCK:
            return name.lower() in self._backend.databases

    def tables(self, database: str) -> list[Table]:
        """List a database's tables and views by name; none where there is no such database."""
        self._require("GetTables", database)
        with LOCK:
            found = self._backend.databases.get(database.lower())
            tables = [_table(one) for one in found.tables.values()] if found else []
        return sorted(tables, key=lambda one: one.name)

    def table(self, database: str, name: str) -> Table | None:
        """Return a table or view; None where there is none of the name."""
        described = self.described(database, name)
        return None if described is None else _from_glue(described)

    def described(self, database: str, name: str) -> Mapping[str, Any] | None:
        """Return a table as Glue describes it; None where there is none of the name."""
        self._require("GetTable", database, name)
        with LOCK:
            try:
                found: Mapping[str, Any] = self._backend.get_table(database, name).as_dict()
            except (DatabaseNotFoundException, TableNotFoundException):
                return None
            return found

    def partitions(self, table: Table) -> Sequence[Partition]:
        """List a table's registered partitions."""
        self._require("GetPartitions", table.database, table.name)
        with LOCK:
            registered = [
                one.as_dict()
                for one in self._backend.get_table(table.database, table.name).partitions.values()
            ]
        return [
            Partition(tuple(one["Values"]), str(one["StorageDescriptor"].get("Location", "")))
            for one in registered
        ]

    # changing

    def create_database(self, name: str, described: Mapping[str, Any]) -> None:
        """Add a database."""
        self._require("CreateDatabase", name)
        with LOCK:
            self._backend.create_database(name, dict(described))

    def drop_database(self, name: str) -> None:
        """Remove a database with its tables."""
        self._require("DeleteDatabase", name)
        with LOCK:
            self._backend.delete_database(name)

    def create_table(self, database: str, described: Mapping[str, Any]) -> None:
        """Add a table or view."""
        self._require("CreateTable", database, described["Name"])
        with LOCK:
            self._backend.create_table(database, described["Name"], dict(described))

    def update_table(self, database: str, described: Mapping[str, Any]) -> None:
        """Describe a table or view anew; partitions stay."""
        self._require("UpdateTable", database, described["Name"])
        with LOCK:
            self._backend.update_table(database, described["Name"], dict(described))

    def drop_table(self, database: str, name: str) -> None:
        """Remove a table or view; objects stay."""
        self._require("DeleteTable", database, name)
        with LOCK:
            self._backend.delete_table(database, name)

    def add_partitions(self, table: Table, partitions: Iterable[Partition]) -> list[Partition]:
        """Register partitions, and return those that were not registered yet."""
        self._require("BatchCreatePartition", table.database, table.name)
        added = []
        with LOCK:
            descriptor = self._backend.get_table(table.database, table.name).as_dict()["StorageDescriptor"]
            for one in partitions:
                stored = descriptor | {"Location": one.location}
                described = {"Values": list(one.values), "StorageDescriptor": stored}
                try:
                    self._backend.create_partition(table.database, table.name, described)
                except PartitionAlreadyExistsException:
                    continue
                added.append(one)
        return added

    def drop_partition(self, table: Table, values: Sequence[str]) -> bool:
        """Remove a partition, whose objects stay, and tell whether there was one."""
        self._require("DeletePartition", table.database, table.name)
        with LOCK:
            try:
                self._backend.delete_partition(table.database, table.name, list(values))
            except PartitionNotFoundException:
                return False
        return True

    def move_partition(self, table: Table, values: Sequence[str], location: str) -> None:
        """Say anew where a partition's objects are."""
        if self.drop_partition(table, values):
            self.add_partitions(table, [Partition(tuple(values), location)])


def _table(stored: FakeTable) -> Table:
    return _from_glue(stored.as_dict())


def _from_glue(described: Mapping[str, Any]) -> Table:
    descriptor = described.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    library = str(serde.get("SerializationLibrary") or "").lower()
    storage = BY_SERDE.get(library)
    location = str(descriptor.get("Location") or "")
    query, database = _view(described)
    return Table(
        database=described["DatabaseName"],
        name=described["Name"],
        columns=_columns(descriptor.get("Columns")),
        partition_keys=_columns(described.get("PartitionKeys")),
        location=location.rstrip("/") + "/" if location else "",
        format=storage.name if storage else library,
        serde={name.lower(): value for name, value in (serde.get("Parameters") or {}).items()},
        parameters=described.get("Parameters") or {},
        view=query,
        view_database=database,
    )


def _columns(described: Any) -> tuple[Column, ...]:
    return tuple(
        Column(one["Name"].lower(), one.get("Type") or "string", one.get("Comment") or "")
        for one in described or []
    )


def _view(described: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the query of a view that Glue describes, and the database it was made in."""
    if described.get("TableType") != "VIRTUAL_VIEW":
        return None, None
    text = str(described.get("ViewOriginalText") or "")
    begin, end = VIEW_TEXT
    if not text.startswith(begin):
        return text, None
    content = json.loads(base64.b64decode(text.removeprefix(begin).removesuffix(end)))
    return str(content["originalSql"]), content.get("schema")


def view_input(
    name: str, database: str, query: str, columns: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    """Return what Glue keeps of a view; `columns` are (name, Trino's type, Hive's type)."""
    content = {
        "originalSql": query,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": column, "type": kind} for column, kind, _ in columns],
    }
    begin, end = VIEW_TEXT
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, _, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "PartitionKeys": [],
        "ViewOriginalText": begin + base64.b64encode(json.dumps(content).encode()).decode() + end,
        "ViewExpandedText": "/* Presto View */",
    }


def table_input(
    name: str,
    columns: Sequence[Column],
    keys: Sequence[Column],
    location: str,
    storage: Format,
    *,
    serde: Mapping[str, str],
    parameters: Mapping[str, str],
    comment: str = "",
) -> dict[str, Any]:
    """Return what Glue keeps of a table over objects."""
    described: dict[str, Any] = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **parameters},
        "StorageDescriptor": {
            "Columns": [_described(one) for one in columns],
            "Location": location,
            "InputFormat": storage.reads,
            "OutputFormat": storage.writes,
            "SerdeInfo": {
                "SerializationLibrary": storage.serde,
                "Parameters": {"serialization.format": "1", **serde},
            },
        },
        "PartitionKeys": [_described(one) for one in keys],
    }
    if comment:
        described["Description"] = comment
    return described


KEPT = {
    "Name", "Description", "Parameters", "PartitionKeys", "StorageDescriptor", "TableType", "ViewExpandedText",
    "ViewOriginalText",
}  # fmt: skip
"""What an update of a table takes of what describes it."""


def input_of(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an update of a table needs to leave it as it is described."""
    return {name: value for name, value in described.items() if name in KEPT}


def _described(column: Column) -> dict[str, str]:
    described = {"Name": column.name, "Type": column.type}
    if column.comment:
        described["Comment"] = column.comment
    return described
