"""What all generated tables have in common."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# All times are UTC without a zone, as the DATETIME columns hold them.
OPENING = datetime.fromisoformat("2025-05-24 22:53:30")
CLOSING = datetime.fromisoformat("2026-02-14 15:16:03")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """The rows of one table, in the order in which they go in.

    Values are those of Python's own types, and `Point` for places, `frozenset` for sets, `dict` for JSON.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True)
class Point:
    """A place by longitude and latitude, in degrees."""

    longitude: float
    latitude: float


def dice(seed: int, table: str) -> random.Random:
    """Give each table its own stream, so that a change of one leaves the others as they were."""
    return random.Random(f"{seed}:{table}")  # noqa: S311, sample data need no secrecy
