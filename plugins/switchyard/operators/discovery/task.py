"""The pipeline's DMS task, read from AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import BadInput

_PAGE = 500
"""Tables on a page of DescribeTableStatistics at most (botocore)."""


def find_task(dms: Any, task_id: str, *, settings: bool = False) -> dict[str, Any]:
    """Describe the task of an identifier.

    Raises:
        BadInput: there is none.
    """
    chosen = [{"Name": "replication-task-id", "Values": [task_id]}]
    try:
        found = dms.describe_replication_tasks(Filters=chosen, WithoutSettings=not settings)[
            "ReplicationTasks"
        ]
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        found = []
    if not found:
        raise BadInput(
            "load.replication_task_id",
            task_id,
            "there is no such DMS task in this account and Region",
            "Deploy deploy/cloudformation for this pipeline, or correct the identifier",
        )
    task: dict[str, Any] = found[0]
    return task


def table_statistics(dms: Any, task_arn: str) -> Iterator[dict[str, Any]]:
    """What DMS says of each table, all pages."""
    pages = dms.get_paginator("describe_table_statistics").paginate(
        ReplicationTaskArn=task_arn, PaginationConfig={"PageSize": _PAGE}
    )
    for page in pages:
        yield from page["TableStatistics"]
