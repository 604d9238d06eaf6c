"""What the engine needs to know of tables, wherever they are registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""What a null is called in the path of a partition."""


@dataclass(frozen=True)
class Column:
    """A column; `type` is Hive's, e.g. "array<struct<a:bigint>>"."""

    name: str
    type: str
    comment: str = ""


@dataclass(frozen=True)
class Table:
    """A table over objects below `location` ("s3://bucket/prefix/"), or a view.

    `view` holds a view's query, `view_database` the database that its names are looked up in. `format` is the
    storage format in lower case: parquet, json, text, csv, or the name of one that cannot be read. `serde` holds
    the parameters of the format, `parameters` those of the table.
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...] = ()
    location: str = ""
    format: str = ""
    serde: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    view: str | None = None
    view_database: str | None = None

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns as a query sees them: those of the partitions come last."""
        return self.columns + self.partition_keys


@dataclass(frozen=True)
class Partition:
    """A partition: a value per partition key, as text, and where its objects are."""

    values: tuple[str, ...]
    location: str


class Catalogue(Protocol):
    """Where tables are looked up."""

    def table(self, database: str, name: str) -> Table | None:
        """Return a table or view; None where there is none of the name."""
        ...

    def has_database(self, name: str) -> bool:
        """Tell whether there is a database."""
        ...

    def partitions(self, table: Table) -> Sequence[Partition]:
        """List a table's registered partitions."""
        ...
