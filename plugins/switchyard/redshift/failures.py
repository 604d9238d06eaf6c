"""Why a request failed, part by part, in Redshift's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from switchyard.redshift.errors import Kind, StatementFailed, classify, shown
from switchyard.redshift.request import Request


def failure_of(what: str, request: Request, description: Mapping[str, Any]) -> StatementFailed:
    """The error of a request that ended badly.

    Args:
        what: what the error calls it.
        request: what was sent, for the names of its parts.
        description: of DescribeStatement; nothing but its errors is told, as it holds the statements too.
    """
    told = list(_parts(request, description))
    text = "; ".join(told) or shown(str(description.get("Error") or f"it is {description['Status']}"))
    kind = classify(text)
    if kind is Kind.OTHER and description["Status"] == "ABORTED":
        kind = Kind.CANCELLED
    return StatementFailed.of(what, text, kind)


def _parts(request: Request, description: Mapping[str, Any]) -> Iterator[str]:
    settings = request.settings or 0
    for number, one in enumerate(description.get("SubStatements") or ()):
        if message := one.get("Error"):
            label = request.labels[number - settings] if number >= settings else f"setting {number + 1}"
            yield f"{label}: {shown(message)}"
