"""What statements ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from sandbox.glue.formats import Format
from sandbox.sql.catalogue import Column

TableName = tuple[str | None, str]
"""A table's database, where the statement names one, and its own name."""
Spec = Mapping[str, str]
"""A partition's values by key."""


class Unknown(Exception):
    """The service takes no statement of this kind."""


@dataclass(frozen=True)
class Statement:
    """A statement; `kind` is DDL, DML or UTILITY, `part` what GetQueryExecution calls its SubstatementType."""

    kind = "DDL"
    part = ""


@dataclass(frozen=True)
class Query(Statement):
    """A query, whose rows are the result."""

    tree: exp.Query
    kind = "DML"
    part = "SELECT"


@dataclass(frozen=True)
class Insert(Statement):
    """INSERT INTO: `columns` is empty where the statement names none."""

    table: TableName
    columns: tuple[str, ...]
    tree: exp.Query
    kind = "DML"
    part = "INSERT"


@dataclass(frozen=True)
class Unload(Statement):
    """UNLOAD: a query's rows as files below a location."""

    query: str
    location: str
    options: Mapping[str, str]
    keys: tuple[str, ...]
    kind = "DML"
    part = "UNLOAD"


@dataclass(frozen=True)
class CreateTableAs(Statement):
    """CREATE TABLE AS."""

    table: TableName
    tree: exp.Query
    properties: Mapping[str, str]
    keys: tuple[str, ...]
    if_not_exists: bool
    with_data: bool
    part = "CREATE_TABLE_AS_SELECT"


@dataclass(frozen=True)
class CreateView(Statement):
    """CREATE VIEW, with the text of its query."""

    table: TableName
    tree: exp.Query
    text: str
    replace: bool
    part = "CREATE_VIEW"


@dataclass(frozen=True)
class CreateTable(Statement):
    """CREATE EXTERNAL TABLE."""

    table: TableName
    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    location: str
    storage: Format
    external: bool
    if_not_exists: bool
    serde: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    part = "CREATE_TABLE"


@dataclass(frozen=True)
class CreateDatabase(Statement):
    """CREATE DATABASE."""

    name: str
    if_not_exists: bool
    comment: str = ""
    location: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    part = "CREATE_DATABASE"


@dataclass(frozen=True)
class DropDatabase(Statement):
    """DROP DATABASE."""

    name: str
    if_exists: bool
    cascade: bool
    part = "DROP_DATABASE"


@dataclass(frozen=True)
class DropTable(Statement):
    """DROP TABLE or DROP VIEW."""

    table: TableName
    if_exists: bool
    view: bool = False
    part = "DROP_TABLE"


@dataclass(frozen=True)
class AddPartitions(Statement):
    """ALTER TABLE ADD PARTITION: the values of each, and its location where it is not the usual one."""

    table: TableName
    partitions: tuple[tuple[Spec, str | None], ...]
    if_not_exists: bool
    part = "ALTER_TABLE_ADD_PARTITION"


@dataclass(frozen=True)
class DropPartitions(Statement):
    """ALTER TABLE DROP PARTITION."""

    table: TableName
    partitions: tuple[Spec, ...]
    if_exists: bool
    part = "ALTER_TABLE_DROP_PARTITION"


@dataclass(frozen=True)
class ChangeColumns(Statement):
    """ALTER TABLE ADD or REPLACE COLUMNS."""

    table: TableName
    columns: tuple[Column, ...]
    replace: bool
    part = "ALTER_TABLE"


@dataclass(frozen=True)
class SetProperties(Statement):
    """ALTER TABLE SET TBLPROPERTIES."""

    table: TableName
    properties: Mapping[str, str]
    part = "ALTER_TABLE"


@dataclass(frozen=True)
class SetLocation(Statement):
    """ALTER TABLE SET LOCATION, of the table or of a partition."""

    table: TableName
    location: str
    partition: Spec | None
    part = "ALTER_TABLE"


@dataclass(frozen=True)
class Repair(Statement):
    """MSCK REPAIR TABLE."""

    table: TableName
    part = "MSCK"


@dataclass(frozen=True)
class Show(Statement):
    """SHOW DATABASES, TABLES, VIEWS, PARTITIONS, COLUMNS, TBLPROPERTIES, CREATE TABLE or CREATE VIEW."""

    what: str
    table: TableName | None = None
    database: str | None = None
    pattern: str | None = None
    kind = "UTILITY"
    part = "SHOW"


@dataclass(frozen=True)
class Describe(Statement):
    """DESCRIBE."""

    table: TableName
    kind = "UTILITY"
    part = "DESCRIBE"


@dataclass(frozen=True)
class Explain(Statement):
    """EXPLAIN; `form` is text, json, or validate, which asks for no more than whether the query would run."""

    query: str
    form: str
    kind = "UTILITY"
    part = "EXPLAIN"


@dataclass(frozen=True)
class Refusal(Statement):
    """A statement that fails whatever there is, with this error."""

    name: str
    message: str
    kind = "DML"
