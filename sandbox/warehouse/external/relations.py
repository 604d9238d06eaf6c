"""What is known of a table outside the warehouse: its columns as Redshift has them, and how large it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.warehouse.kinds import Kind

Origin = Literal["MySQL", "PG", "S3"]
"""What EXPLAIN calls the place that a table is read from."""


@dataclass(frozen=True)
class ExternalColumn:
    """A column.

    `external_type` is its type where it is stored, `key` its place among partition keys from 1 on; `comparable` says
    that conditions on it can be pushed, `hidden` that a star does not stand for it.
    """

    name: str
    type: Kind
    external_type: str
    key: int = 0
    comparable: bool = True
    hidden: bool = False
    nullable: bool | None = None


@dataclass(frozen=True)
class ExternalTable:
    """A table in an external schema; `rows` is how many it is believed to have.

    `shown` is what EXPLAIN says of objects: where they are and in which format.
    """

    schema: str
    name: str
    kind: Origin
    columns: tuple[ExternalColumn, ...]
    rows: int = 1000
    shown: str = ""

    def column(self, name: str) -> ExternalColumn | None:
        """Return a column by its name."""
        return next((one for one in self.columns if one.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns that a star stands for."""
        return tuple(one.name for one in self.columns if not one.hidden)
