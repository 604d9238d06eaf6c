"""Answers of a search domain that say no, in the form of AWS's errors, which the error table sorts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

_BY_STATUS = {
    401: "AuthFailure",
    403: "AccessDeniedException",
    404: "NotFound",
    413: "ContentTooLarge",
}
_TOO_MANY_REQUESTS = "too_many_requests"
_SHOWN = 500


def refusal(status: int, content: bytes, operation: str) -> ClientError:
    """The error behind an answer.

    Its code is the engine's own type of error; where the answer names none, as when AWS refuses in front of the
    engine, what its status stands for.

    Args:
        status: HTTP status, 300 or above.
        content: the answer's body, JSON or not.
        operation: method and path, for the message.
    """
    code, message = _explanation(content)
    if status == 429:
        code = _TOO_MANY_REQUESTS  # whatever part of the engine was too busy
    error = {"Code": code or _BY_STATUS.get(status, f"HTTP{status}"), "Message": message}
    answer: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


def _explanation(content: bytes) -> tuple[str, str]:
    """Type and text of an error: ("", text) where it has no type."""
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, Mapping):
        return "", content[:_SHOWN].decode(errors="replace")
    error = answer.get("error")
    if isinstance(error, Mapping):
        return str(error.get("type") or ""), _reasons(error)
    return "", str(error or answer.get("Message") or answer.get("message") or answer)[:_SHOWN]


def _reasons(error: Mapping[str, Any]) -> str:
    """The reason with those behind it: the engine often hides what is wrong in its cause."""
    reasons = []
    cause: Any = error
    while isinstance(cause, Mapping):
        reason = str(cause.get("reason") or cause.get("type"))
        if reason not in reasons:
            reasons.append(reason)
        cause = cause.get("caused_by")
    return ": ".join(reasons)[:_SHOWN]
