"""What policies are asked for where a call concerns the Data API.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.redshiftdata.models import redshiftdata_backends

from sandbox.identity import Caller
from sandbox.redshift_data import owners, targets

ON_A_TARGET = {
    "BatchExecuteStatement",
    "DescribeTable",
    "ExecuteStatement",
    "ListDatabases",
    "ListSchemas",
    "ListTables",
}
"""Operations whose actions can be allowed for one cluster or workgroup; for all others that is "*"."""


def resource(account: str, region: str, operation: str, asked: Mapping[str, Any]) -> str | None:
    """Return the ARN of the cluster or workgroup that a call is about; None for any."""
    if operation not in ON_A_TARGET:
        return None
    backend: Any = redshiftdata_backends[account][region]
    session = backend.sessions.get(asked.get("SessionId"))
    return session.place.target.arn if session is not None else targets.arn_of(account, region, asked)


def context(caller: Caller, region: str, asked: Mapping[str, Any]) -> dict[str, str]:
    """Return the condition keys of a call: who asks, and whose the statement or session is."""
    backend: Any = redshiftdata_backends[caller.account][region]
    known = {"aws:userid": owners.user_id(caller)}
    statement = backend.runs.get(str(asked.get("Id") or "").partition(":")[0])
    if statement is not None:
        known["redshift-data:statement-owner-iam-userid"] = statement.owner_user_id
    session = backend.sessions.get(asked.get("SessionId"))
    if session is not None:
        known["redshift-data:session-owner-iam-userid"] = session.owner_user_id
    return known
