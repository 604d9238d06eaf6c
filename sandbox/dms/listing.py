"""Filters and pages of DMS's describe calls."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sandbox.dms.exceptions import InvalidParameterValue

Item = TypeVar("Item")
Reader = Callable[[Any], str | Iterable[str]]
"""Reads from a resource the value that a filter looks at, or the values of which one has to match."""

USUAL_SIZE = 100


def select(
    items: Iterable[Item], wanted: Sequence[Mapping[str, Any]] | None, readers: Mapping[str, Reader]
) -> list[Item]:
    """Return the items that all filters let pass; InvalidParameterValue for a filter that DMS does not have."""
    found = list(items)
    for one in wanted or ():
        name, values = one.get("Name"), set(one.get("Values") or ())
        if name not in readers:
            known = ", ".join(sorted(readers))
            raise InvalidParameterValue(f"Unrecognized filter name {name}. Use one of {known}")
        read = readers[str(name)]
        found = [item for item in found if values & _values(read(item))]
    return found


def page(
    items: Iterable[Item], params: Mapping[str, Any], order: Callable[[Item], str], *, largest: int = 100
) -> tuple[list[Item], str | None]:
    """Return one page, and the marker of the next one or None; it survives changes between two pages.

    Raises InvalidParameterValue for a size outside 20 to `largest` and for a marker that is none.
    """
    size = params.get("MaxRecords") or USUAL_SIZE
    if not 20 <= int(size) <= largest:
        raise InvalidParameterValue(f"MaxRecords is {size}: it must be between 20 and {largest}")
    after = _read(params["Marker"]) if params.get("Marker") else None
    rest = sorted((item for item in items if after is None or order(item) > after), key=order)
    marker = _write(order(rest[int(size) - 1])) if len(rest) > int(size) else None
    return rest[: int(size)], marker


def _values(read: str | Iterable[str]) -> set[str]:
    return {read} if isinstance(read, str) else set(read)


def _write(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _read(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidParameterValue(f"Invalid marker {marker}") from error
