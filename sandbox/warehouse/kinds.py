"""Redshift's types: their names in statements and results, and DuckDB's that hold their values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlglot import exp

from sandbox.warehouse.answers import AnswerColumn
from sandbox.warehouse.errors import RedshiftError

LONGEST = 65535
"""Bytes of a VARCHAR(MAX).
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
"""
UNSIZED_TEXT = 256
UNSIZED_NUMERIC = (18, 0)
"""What VARCHAR and NUMERIC mean without sizes.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html
"""

SPELLINGS = {
    "bool": ("bool", "boolean"),
    "int2": ("int2", "smallint"),
    "int4": ("int4", "int", "integer"),
    "int8": ("int8", "bigint"),
    "numeric": ("numeric", "decimal"),
    "float4": ("float4", "real"),
    "float8": ("float8", "float", "double precision"),
    "varchar": ("varchar", "character varying", "nvarchar", "text"),
    "char": ("char", "character", "nchar", "bpchar"),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamp without time zone"),
    "timestamptz": ("timestamptz", "timestamp with time zone"),
    "time": ("time", "time without time zone"),
    "timetz": ("timetz", "time with time zone"),
    "super": ("super",),
    "varbyte": ("varbyte", "varbinary", "binary varying"),
}
BY_SPELLING = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}
SHOWN = {
    "bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision", "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone", "time": "time without time zone",
    "timetz": "time with time zone",
}  # fmt: skip
ENGINE = {
    "bool": "BOOLEAN", "int2": "SMALLINT", "int4": "INTEGER", "int8": "BIGINT", "float4": "FLOAT", "float8": "DOUBLE",
    "varchar": "VARCHAR", "char": "VARCHAR", "date": "DATE", "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE", "time": "TIME", "timetz": "TIME WITH TIME ZONE", "super": "JSON",
    "varbyte": "BLOB",
}  # fmt: skip
PRECISIONS = {
    "bool": 1, "int2": 5, "int4": 10, "int8": 19, "float4": 8, "float8": 17, "date": 13, "timestamp": 29,
    "timestamptz": 35, "time": 15, "timetz": 21,
}  # fmt: skip
"""What results say of a type's precision.
Source: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ColumnMetadata.html
"""
WIDTHS = {
    "int2": 2, "int4": 4, "int8": 8, "float4": 4, "float8": 8, "bool": 1, "date": 4, "timestamp": 8,
    "timestamptz": 8, "time": 8,
}  # fmt: skip
Family = Literal["number", "text", "boolean", "date", "timestamp", "timestamptz", "time", "other"]
FAMILIES: Mapping[str, Family] = {
    "int2": "number", "int4": "number", "int8": "number", "numeric": "number", "float4": "number",
    "float8": "number", "varchar": "text", "char": "text", "bool": "boolean", "date": "date",
    "timestamp": "timestamp", "timestamptz": "timestamptz", "time": "time",
}  # fmt: skip
INTEGERS = ("int2", "int4", "int8")
TIMES = ("date", "timestamp", "timestamptz")
TEXTS = ("varchar", "char")


@dataclass(frozen=True)
class Kind:
    """A type; `length` in bytes for texts, `precision` and `scale` in digits for numerics."""

    name: str
    length: int = 0
    precision: int = 0
    scale: int = 0

    @property
    def engine(self) -> str:
        """DuckDB's type for its values, as SQL."""
        return f"DECIMAL({self.precision}, {self.scale})" if self.name == "numeric" else ENGINE[self.name]

    @property
    def shown(self) -> str:
        """The type as catalogues spell it, such as character varying(10)."""
        if self.name == "numeric":
            return f"numeric({self.precision},{self.scale})"
        if self.name in TEXTS:
            return f"{'character varying' if self.name == 'varchar' else 'character'}({self.length})"
        return SHOWN.get(self.name, self.name)

    @property
    def family(self) -> Family:
        """What its values are compared as."""
        return FAMILIES.get(self.name, "other")

    @property
    def width(self) -> int:
        """Bytes that EXPLAIN counts for a value."""
        if self.name == "numeric":
            return 8 if self.precision <= 19 else 16
        return WIDTHS.get(self.name, min(self.length, 32) or 32)

    def column(self, name: str) -> AnswerColumn:
        """Describe a column of a result that has this type."""
        if self.name == "numeric":
            return AnswerColumn(name, "numeric", self.precision, self.scale, self.precision)
        if self.name in TEXTS:
            known = "bpchar" if self.name == "char" else self.name
            return AnswerColumn(name, known, self.length, 0, self.length)
        precision = PRECISIONS.get(self.name, 0)
        return AnswerColumn(name, self.name, precision, 6 if self.name.startswith("timest") else 0, precision)


TEXT = Kind("varchar", LONGEST)
"""What a type of another database becomes that Redshift does not have."""


def named(spelling: str, sizes: Sequence[str] = ()) -> Kind:
    """Return the type that a statement names; `sizes` are what stands in its parentheses.

    Raises:
        RedshiftError: there is no such type.
    """
    name = BY_SPELLING.get(" ".join(spelling.lower().split()))
    if name is None:
        raise RedshiftError(f'type "{spelling.lower()}" does not exist', "42704")
    if name == "numeric":
        precision, scale = (
            (int(sizes[0]), int(sizes[1]) if len(sizes) > 1 else 0) if sizes else UNSIZED_NUMERIC
        )
        if precision > 38 or scale > precision:
            raise RedshiftError(f"NUMERIC precision {precision} must be between 1 and 38", "22023")
        return Kind(name, precision=precision, scale=scale)
    if name in TEXTS:
        unsized = 1 if spelling.lower() in {"char", "character", "nchar"} else UNSIZED_TEXT
        length = (LONGEST if sizes[0].lower() == "max" else int(sizes[0])) if sizes else unsized
        if not 0 < length <= LONGEST:
            raise RedshiftError(f"length for type {name} cannot exceed {LONGEST}", "22023")
        return Kind(name, length)
    return Kind(name)


def parsed(text: str) -> Kind:
    """Return the type of a text such as "numeric(10,2)"."""
    found = re.fullmatch(r"\s*([A-Za-z_0-9 ]+?)\s*(?:\(([^)]*)\))?\s*", text)
    if found is None:
        raise RedshiftError(f'type "{text}" does not exist', "42704")
    return named(found[1], [size.strip() for size in found[2].split(",")] if found[2] else ())


GRAMMAR = {
    exp.DataType.Type.TEXT: "text", exp.DataType.Type.DECIMAL: "numeric", exp.DataType.Type.INT: "int4",
    exp.DataType.Type.TINYINT: "int2", exp.DataType.Type.SMALLINT: "int2", exp.DataType.Type.BIGINT: "int8",
    exp.DataType.Type.FLOAT: "float4", exp.DataType.Type.DOUBLE: "float8", exp.DataType.Type.BOOLEAN: "bool",
    exp.DataType.Type.NVARCHAR: "varchar", exp.DataType.Type.NCHAR: "char", exp.DataType.Type.BPCHAR: "bpchar",
    exp.DataType.Type.VARBINARY: "varbyte",
}  # fmt: skip


def of_cast(kind: exp.DataType) -> Kind | None:
    """Return the type that a cast in a parsed statement names; None for one that only the engine knows."""
    spelling = GRAMMAR.get(kind.this, str(getattr(kind.this, "value", kind.this)).lower())
    if spelling not in BY_SPELLING:
        return None
    return named(spelling, [one.this.name or one.this.sql() for one in kind.expressions])


PLAIN = {
    "BOOLEAN": "bool", "TINYINT": "int2", "UTINYINT": "int2", "SMALLINT": "int2", "USMALLINT": "int4",
    "INTEGER": "int4", "UINTEGER": "int8", "BIGINT": "int8", "FLOAT": "float4", "DOUBLE": "float8", "DATE": "date",
    "TIME": "time", "TIMESTAMP": "timestamp", "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp",
    "TIMESTAMP_NS": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz", "TIME WITH TIME ZONE": "timetz",
    "BLOB": "varbyte", "JSON": "super",
}  # fmt: skip
"""DuckDB's types whose values Redshift has a type for, whatever they were declared as."""


def of_engine(kind: Any) -> Kind:
    """Return the type that values of one of DuckDB's types have in a result."""
    text = str(kind)
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", text):
        return Kind("numeric", precision=int(found[1]), scale=int(found[2]))
    if text in PLAIN:
        return Kind(PLAIN[text])
    if text in {"HUGEINT", "UHUGEINT", "UBIGINT"}:
        return Kind("numeric", precision=38)
    if "(" in text or text.endswith("[]"):
        return Kind("super")
    return TEXT
