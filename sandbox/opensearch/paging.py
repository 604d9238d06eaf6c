"""Pages of lists: MaxResults up to 100 and a NextToken that survives changes between two pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from sandbox.opensearch.exceptions import Invalid

Item = TypeVar("Item")
LARGEST = 100


def page(
    items: Iterable[Item], params: Mapping[str, Any], order: Callable[[Item], tuple[Any, ...]]
) -> tuple[list[Item], str | None]:
    """Return one page in ascending order, and the token of the next page or None.

    Raises Invalid for a token that is none.
    """
    size = params.get("MaxResults") or LARGEST
    after = _read(params["NextToken"]) if params.get("NextToken") else None
    rest = sorted((item for item in items if after is None or order(item) > after), key=order)
    token = _write(order(rest[size - 1])) if len(rest) > size else None
    return rest[:size], token


def _write(last: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode()


def _read(token: str) -> tuple[Any, ...]:
    try:
        return tuple(json.loads(base64.b64decode(token, altchars=b"-_", validate=True)))
    except (ValueError, TypeError) as error:
        raise Invalid("Invalid pagination token") from error
