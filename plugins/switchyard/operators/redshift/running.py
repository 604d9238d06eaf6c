"""Statements that are under way: found by their names, cancelled by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.error_table import error_code

RUNNING = ("SUBMITTED", "PICKED", "STARTED")
_OVER = ("ValidationException", "ResourceNotFoundException")
"""What CancelStatement answers for a statement that has ended, or was forgotten after a day."""


def named(data_api: Any, prefix: str) -> Iterator[dict[str, Any]]:
    """The statements whose names begin so, of the last day, the latest first."""
    pages = data_api.get_paginator("list_statements").paginate(StatementName=prefix, Status="ALL")
    for page in pages:
        for one in page["Statements"]:
            if str(one.get("StatementName", "")).startswith(prefix):
                yield one


def cancel(data_api: Any, ids: Iterable[str], log: Any) -> int:
    """Cancel statements, as far as they still run; how many were asked to end. Never raises."""
    asked = 0
    for one in ids:
        try:
            data_api.cancel_statement(Id=one)
            asked += 1
        except (ClientError, BotoCoreError) as error:
            if error_code(error) not in _OVER:
                log.warning("Statement %s may still run: %s", one, error)
    return asked
