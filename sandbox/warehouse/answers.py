"""What a statement returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class AnswerColumn:
    """A column of a result.

    `type_name` is Redshift's inner name, such as int4, varchar, numeric or timestamp; `precision` counts digits
    or characters, `scale` digits after the point, `length` bytes of a text, 0 where that says nothing.
    """

    name: str
    type_name: str
    precision: int = 0
    scale: int = 0
    length: int = 0


@dataclass(frozen=True)
class Answer:
    """The rows of a statement that has some, or the number of rows that it changed."""

    columns: tuple[AnswerColumn, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    affected: int = 0
    has_rows: bool = False


DONE = Answer()
"""What a statement returns that has neither rows nor a number of them."""


def changed(rows: int) -> Answer:
    """Return the answer of a statement that changed so many rows."""
    return Answer(affected=rows)


def listing(name: str, lines: Iterable[str]) -> Answer:
    """Return one column of text."""
    rows: list[tuple[Any, ...]] = [(line,) for line in lines]
    longest = max((len(str(line).encode()) for (line,) in rows), default=0)
    column = AnswerColumn(name, "varchar", precision=longest, length=longest)
    return Answer((column,), rows, len(rows), has_rows=True)
