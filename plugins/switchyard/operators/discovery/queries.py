"""Athena's statements of a run that are still under way, known by the line that each begins with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

LONGEST = timedelta(hours=12)
"""How long ago a statement may have been sent that still runs: Athena ends every one before that.

Source: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
"""

_AT_ONCE = 50
"""Statements on a page of ListQueryExecutions, and those that BatchGetQueryExecution takes (botocore)."""


def heading(pipeline: str, stamp: str) -> str:
    """The line that a run's statements begin with."""
    return f"-- {pipeline} {stamp}"


def stop(athena: Any, workgroup: str, stamp: str, *, containing: str = "") -> int:
    """Stop the statements of a run, those that hold a text where one is given; how many were under way."""
    running = [
        one["QueryExecutionId"]
        for one in _latest(athena, workgroup)
        if one["Status"]["State"] in ("QUEUED", "RUNNING")
        and stamp in one["Query"].partition("\n")[0]
        and containing in one["Query"]
    ]
    for query in running:
        athena.stop_query_execution(QueryExecutionId=query)
    return len(running)


def _latest(athena: Any, workgroup: str) -> Iterator[dict[str, Any]]:
    """The statements of a workgroup that may still run, the latest first."""
    oldest = datetime.now(UTC) - LONGEST
    pages = athena.get_paginator("list_query_executions").paginate(
        WorkGroup=workgroup, PaginationConfig={"PageSize": _AT_ONCE}
    )
    for page in pages:
        if not (ids := page["QueryExecutionIds"]):
            continue
        found = athena.batch_get_query_execution(QueryExecutionIds=ids)["QueryExecutions"]
        yield from found
        if any(one["Status"]["SubmissionDateTime"] < oldest for one in found):
            return
