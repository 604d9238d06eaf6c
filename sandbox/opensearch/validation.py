"""Refusing requests that do not fit the service's model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.opensearch.exceptions import Invalid
from sandbox.validation import problems


def check(shape: Any, request: Mapping[str, Any]) -> None:
    """Refuse a request that breaks the constraints of its input shape, naming all of them."""
    if found := problems(shape, request):
        raise Invalid(found)
