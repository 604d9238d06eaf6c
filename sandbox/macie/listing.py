"""Pages of lists."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sandbox.macie.exceptions import ValidationException

Item = TypeVar("Item")
USUAL_SIZE = 50


def page(
    items: Sequence[Item], params: Mapping[str, Any], *, largest: int = USUAL_SIZE
) -> tuple[list[Item], str | None]:
    """Return one page and the token of the next, or None; ValidationException for a token that is none."""
    size = params.get("maxResults") or largest
    if not 1 <= int(size) <= largest:
        raise ValidationException(f"maxResults must be between 1 and {largest}")
    first = _read(params["nextToken"]) if params.get("nextToken") else 0
    end = first + int(size)
    return list(items[first:end]), _write(end) if end < len(items) else None


def _write(place: int) -> str:
    return base64.urlsafe_b64encode(f"page:{place}".encode()).decode()


def _read(token: str) -> int:
    try:
        return int(base64.b64decode(token, altchars=b"-_", validate=True).decode().removeprefix("page:"))
    except (binascii.Error, ValueError) as error:
        raise ValidationException("The nextToken isn't valid") from error
