"""Columns of a source: what Redshift makes of their types, and whether a declared type holds their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from switchyard.federated.column_types import INTEGER_DIGITS, INTEGERS, LONGEST_VARCHAR, ColumnType
from switchyard.sql import Engine

LARGEST_UNSIGNED = 20
"""Digits of MySQL's BIGINT UNSIGNED."""


@dataclass(frozen=True)
class SourceColumn:
    """A column as the source's information_schema has it.

    Attributes:
        name: its name.
        declared: its type in full, such as ``int unsigned``.
        kind: its type in a word, such as ``int``.
        nullable: whether it may be NULL.
        precision: digits of a decimal, None for others.
        scale: decimals of a decimal, None for others.
        set_on_update: whether the database itself sets it to the present when a row changes.
    """

    name: str
    declared: str
    kind: str
    nullable: bool
    precision: int | None = None
    scale: int | None = None
    set_on_update: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> SourceColumn:
        """The column of a row of select_columns.sql."""
        return cls(
            name=row["name"],
            declared=row["declared"].lower(),
            kind=row["kind"].lower(),
            nullable=bool(row["nullable"]),
            precision=row["digits"],
            scale=row["decimals"],
            set_on_update=bool(row["set_on_update"]),
        )


def federated_type(engine: Engine, column: SourceColumn) -> ColumnType | None:
    """The type under which Redshift shows a column of a source; None where it is known for none.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/federated-data-types.html
    """
    if engine == "mysql" and (special := _mysql_number(column)) is not None:
        return special
    if column.kind in ("decimal", "numeric"):
        if column.precision is None:
            return None
        return ColumnType("decimal", precision=column.precision, scale=column.scale or 0)
    plain = _PLAIN[engine].get(column.kind)
    return ColumnType(plain) if plain else ColumnType("varchar", length=LONGEST_VARCHAR)


def _mysql_number(column: SourceColumn) -> ColumnType | None:
    if column.declared.startswith("tinyint(1)"):
        return ColumnType("boolean")
    if "unsigned" not in column.declared:
        return None
    if column.kind == "bigint":
        return ColumnType("decimal", precision=LARGEST_UNSIGNED, scale=0)
    wider = {"tinyint": "smallint", "smallint": "integer", "mediumint": "integer", "int": "bigint"}
    return ColumnType(wider[column.kind]) if column.kind in wider else None


_PLAIN: Mapping[Engine, Mapping[str, str]] = {
    "mysql": {
        "tinyint": "smallint",
        "smallint": "smallint",
        "mediumint": "integer",
        "int": "integer",
        "bigint": "bigint",
        "float": "real",
        "double": "double precision",
        "date": "date",
        "datetime": "timestamp",
        "timestamp": "timestamp",
        "time": "time",
    },
    "postgres": {
        "smallint": "smallint",
        "integer": "integer",
        "bigint": "bigint",
        "real": "real",
        "double precision": "double precision",
        "boolean": "boolean",
        "date": "date",
        "timestamp without time zone": "timestamp",
        "timestamp with time zone": "timestamptz",
    },
}
"""Names of types without length and digits; what is not here comes as text of any length."""


def holds(declared: ColumnType, given: ColumnType) -> bool:
    """Whether each value of a type has its like in another, lengths of texts aside, which the stage's check sees."""
    if declared.is_text:
        return given.name != "boolean"  # Redshift has no such cast
    judge = _JUDGES.get(given.name)
    return declared == given if judge is None else judge(declared, given)


def _holds_integer(declared: ColumnType, given: ColumnType) -> bool:
    if declared.name == "decimal":
        return _whole_digits(declared) >= INTEGER_DIGITS[given.name]
    return INTEGERS.get(declared.name, 0) >= INTEGERS[given.name]


def _holds_decimal(declared: ColumnType, given: ColumnType) -> bool:
    if declared.name in INTEGERS:
        return given.scale == 0 and (given.precision or 0) < INTEGER_DIGITS[declared.name]
    if declared.name != "decimal":
        return False
    return (declared.scale or 0) >= (given.scale or 0) and _whole_digits(declared) >= _whole_digits(given)


def _holds_real(declared: ColumnType, _given: ColumnType) -> bool:
    return declared.name in ("real", "double precision")


def _whole_digits(decimal: ColumnType) -> int:
    return (decimal.precision or 0) - (decimal.scale or 0)


_JUDGES: Mapping[str, Callable[[ColumnType, ColumnType], bool]] = {
    **dict.fromkeys(INTEGERS, _holds_integer),
    "decimal": _holds_decimal,
    "real": _holds_real,
}
