"""What a record of Macie says about columns: the rows that it gives the register, counted here as SQL counts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

CUSTOM = "CUSTOM_IDENTIFIER"
"""Category of detections by a custom identifier."""

_BRACKETED = re.compile(r"\[(['\"])(?P<name>.*)\1\]$", re.DOTALL)
_DOTTED = re.compile(r"\.(?P<name>[^.\[\]]+)$")


@dataclass(frozen=True)
class Detection:
    """One kind of data found in one object.

    Attributes:
        detector: id of a managed identifier, or ``custom:`` and the name of a custom one.
        occurrences: how often Macie found it in the object.
        located: of these, how many it said the place of.
        columns: the columns of these places, each once, in the order of their names.
    """

    category: str
    detector: str
    occurrences: int
    located: int
    columns: tuple[str, ...]

    @property
    def truncated(self) -> bool:
        """Whether it was found more often than places were told, so that further columns may hold it."""
        return self.located < self.occurrences

    @property
    def rows(self) -> int:
        """Rows of the register: one for each column, one without column where no place is known."""
        return max(1, len(self.columns))


def detections(record: Mapping[str, Any]) -> Iterator[Detection]:
    """All that a record tells."""
    result = record["classificationDetails"]["result"]
    for group in result.get("sensitiveData") or ():
        for one in group["detections"]:
            yield _detection(group["category"], one["type"], one)
    for one in (result.get("customDataIdentifiers") or {}).get("detections") or ():
        yield _detection(CUSTOM, f"custom:{one['name']}", one)


def register_rows(records: Iterable[Mapping[str, Any]]) -> int:
    """How many rows the register gets of these records."""
    return sum(one.rows for record in records for one in detections(record))


@lru_cache(maxsize=4096)
def column_of(json_path: str) -> str | None:
    """The column at the end of a JSONPath: ``$.email``, ``$['zip code']``; None where it names none.

    Macie leaves the path out where a name in it looks like sensitive data itself.
    """
    found = _BRACKETED.search(json_path) or _DOTTED.search(json_path)
    return found["name"] if found else None


def _detection(category: str, detector: str, one: Mapping[str, Any]) -> Detection:
    records = (one.get("occurrences") or {}).get("records") or ()
    columns = [column_of(place.get("jsonPath") or "") for place in records]
    named = [column for column in columns if column is not None]
    return Detection(category, detector, int(one["count"]), len(named), tuple(sorted(set(named))))
