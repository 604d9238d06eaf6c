"""Types of Redshift's columns, as configuration, stages and targets write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchyard.errors import BadInput

LONGEST_VARCHAR = 65_535
"""Bytes (Redshift developer guide, "Character types")."""
LONGEST_CHAR = 4_096
LARGEST_PRECISION = 38
LARGEST_SCALE = 37
LONGEST_CHARACTER = 4
"""Bytes of a character in UTF-8."""

_SYNONYMS = {
    "int2": "smallint",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "numeric": "decimal",
    "float4": "real",
    "float": "double precision",
    "float8": "double precision",
    "bool": "boolean",
    "character": "char",
    "bpchar": "char",
    "character varying": "varchar",
    "text": "varchar",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
INTEGERS = {"smallint": 2, "integer": 4, "bigint": 8}
"""Bytes by name."""
INTEGER_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
MOMENTS = ("timestamp", "timestamptz")
TEXTS = ("char", "varchar")
FLOATING = ("real", "double precision")
_PLAIN = {*INTEGERS, *MOMENTS, *FLOATING, "boolean", "date"}
_FORM = re.compile(r"([a-z][a-z0-9 ]*?)\s*(?:\(\s*(\d{1,5})\s*(?:,\s*(\d{1,2})\s*)?\))?", re.ASCII)
_REMEDY = (
    "Write smallint, integer, bigint, decimal(P,S), real, double precision, boolean, date, timestamp, "
    "timestamptz, char(N) or varchar(N)."
)


@dataclass(frozen=True)
class ColumnType:
    """A type by its one name; `length` in bytes of texts, `precision` and `scale` of decimals, None for others."""

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        """How SQL writes it."""
        if self.length is not None:
            return f"{self.name}({self.length})"
        if self.precision is not None:
            return f"{self.name}({self.precision},{self.scale})"
        return self.name

    @property
    def is_text(self) -> bool:
        """Whether its values are texts with a longest length."""
        return self.name in TEXTS

    @property
    def is_moment(self) -> bool:
        """Whether its values are moments, which a watermark must be."""
        return self.name in MOMENTS

    @property
    def is_exact(self) -> bool:
        """Whether its values are numbers whose sum depends on no order."""
        return self.name in INTEGERS or self.name == "decimal"


def parse(text: str) -> ColumnType:
    """Read a type such as ``varchar(50)``, in any of Redshift's spellings.

    Raises:
        BadInput: it is none that a load can have, or a number in it is out of range.
    """
    found = _FORM.fullmatch(" ".join(text.lower().split()))
    if found is None:
        raise BadInput("", text, "it is no column type", _REMEDY)
    written, first, second = found.groups()
    name = _SYNONYMS.get(written, written)
    if name in TEXTS:
        return _text(text, name, first, second)
    if name == "decimal":
        return _decimal(text, first, second)
    if name in _PLAIN and first is None:
        return ColumnType(name)
    raise BadInput("", text, "it is no column type that a load can have", _REMEDY)


def _text(text: str, name: str, first: str | None, second: str | None) -> ColumnType:
    longest = LONGEST_CHAR if name == "char" else LONGEST_VARCHAR
    if first is None or second is not None:
        raise BadInput(
            "", text, "it has no length", f"Write {name}(N), N being the bytes of the longest value."
        )
    if not 1 <= int(first) <= longest:
        raise BadInput(
            "", text, f"{name} takes 1 to {longest} bytes", "Write a length in that range, or shorten it."
        )
    return ColumnType(name, length=int(first))


def _decimal(text: str, first: str | None, second: str | None) -> ColumnType:
    if first is None:
        raise BadInput("", text, "it has no precision", "Write decimal(P,S), such as decimal(7,2).")
    precision, scale = int(first), int(second or 0)
    if not 1 <= precision <= LARGEST_PRECISION or scale > min(precision, LARGEST_SCALE):
        raise BadInput(
            "",
            text,
            f"decimal takes 1 to {LARGEST_PRECISION} digits, of which at most {LARGEST_SCALE} are decimals",
            "Write decimal(P,S) in that range, such as decimal(7,2).",
        )
    return ColumnType("decimal", precision=precision, scale=scale)
