"""A table of a load as all steps see it: where it is, what it becomes, and its columns with their casts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchyard.errors import BadInput
from switchyard.federated.column_types import LONGEST_CHARACTER, LONGEST_VARCHAR, ColumnType, parse
from switchyard.redshift import literals
from switchyard.redshift.identifiers import Identifier

SQL = Identifier | literals.Literal
"""What a statement's file takes."""


@dataclass(frozen=True)
class Column:
    """A column of the target, its type there, and what it is called at the source."""

    name: str
    type: ColumnType
    source: str

    @property
    def identifier(self) -> Identifier:
        """Its quoted name in the warehouse."""
        return Identifier(self.name)

    @property
    def stage_type(self) -> ColumnType:
        """Its type in a stage: a text that is too long for the target still is so there.

        A cast cuts a text before the first character that does not fit, so that one character more than the target's
        bytes is enough to see that it was longer.
        """
        if self.type.length is None:
            return self.type
        return ColumnType("varchar", length=min(self.type.length + LONGEST_CHARACTER, LONGEST_VARCHAR))

    def staged(self) -> dict[str, SQL]:
        """The column as statements that read the source take it."""
        return {
            "name": self.identifier,
            "source": Identifier(self.source),
            "type": literals.ColumnType(str(self.stage_type)),
        }

    def read(self) -> dict[str, SQL]:
        """The column as statements take it that read the source beside the target."""
        return self.staged() | {"type": literals.ColumnType(str(self.type))}

    def defined(self) -> dict[str, SQL]:
        """The column as the definition of the target takes it."""
        return {"name": self.identifier, "type": literals.ColumnType(str(self.type))}


@dataclass(frozen=True)
class LoadTable:
    """A configured table; `target` is schema and name, `flag` the column that soft deletes set."""

    name: str
    target: tuple[str, str]
    key: tuple[str, ...]
    mode: str
    columns: tuple[Column, ...]
    watermark: Column | None
    flag: str | None
    content: Mapping[str, Any]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> LoadTable:
        """The table of an item of the section ``tables``."""
        renamed = content["renamed"]
        columns = tuple(
            Column(name, parse(written), renamed.get(name, name))
            for name, written in content["columns"].items()
        )
        schema, _, name = content["target"].partition(".")
        return cls(
            name=content["name"],
            target=(schema, name),
            key=tuple(content["key"]),
            mode=content["mode"],
            columns=columns,
            watermark=next((one for one in columns if one.name == content["watermark"]), None),
            flag=content["deletes"]["flag"],
            content=content,
        )

    @property
    def target_identifier(self) -> Identifier:
        """The target's quoted name with its schema."""
        return Identifier(*self.target)

    @property
    def names(self) -> list[Identifier]:
        """The quoted names of its columns, in their order."""
        return [column.identifier for column in self.columns]

    @property
    def keys(self) -> list[Identifier]:
        """The quoted names of its key's columns."""
        return [Identifier(name) for name in self.key]

    @property
    def reads_window(self) -> bool:
        """Whether a run reads a window of it, and not all its rows."""
        return self.mode != "swap"

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            BadInput: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise BadInput("column", name, f"table {self.name} has none of this name", "Correct the name")


def bound(watermark: Column, moment: Any) -> literals.Literal:
    """A moment as a watermark of its type is compared with it."""
    if watermark.type.name == "timestamptz":
        return literals.TimestampTz(moment)
    return literals.Timestamp(moment)
