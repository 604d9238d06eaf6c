"""Pages of describe calls: MaxRecords 20 to 100 and a Marker that survives changes between two pages."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from moto.rds.exceptions import InvalidParameterValue

Item = TypeVar("Item")


def page(
    items: Iterable[Item], params: Mapping[str, Any], key: Callable[[Item], str]
) -> tuple[list[Item], str | None]:
    """Return one page in the order of `key`, and the marker of the next page or None.

    Raises InvalidParameterValue for a page size that AWS refuses and for a marker that is none.
    """
    size = params.get("MaxRecords")
    size = 100 if size is None else int(size)
    if not 20 <= size <= 100:
        raise InvalidParameterValue(f"Invalid value {size} for MaxRecords. Must be between 20 and 100")
    after = _read(params["Marker"]) if params.get("Marker") else None
    rest = sorted((item for item in items if after is None or key(item) > after), key=key)
    marker = _write(key(rest[size - 1])) if len(rest) > size else None
    return rest[:size], marker


def _write(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _read(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise InvalidParameterValue(f"Invalid value {marker} for Marker") from error
