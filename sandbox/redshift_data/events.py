"""Events about statements that have ended, on the account's event bus.

Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-monitoring-events.html
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

from moto.events.models import events_backends

from sandbox.redshift_data.quotas import quotas

if TYPE_CHECKING:
    from sandbox.redshift_data.statements import Statement


def publish(statement: Statement) -> None:
    """Say on the default bus what became of a statement."""
    detail = {
        "principal": statement.request.caller.arn or statement.owner,
        "statementName": statement.request.name or "",
        "statementId": statement.statement_id,
        "redshiftQueryId": str(statement.parts[-1].query_id),
        "state": statement.status,
        "rows": statement.parts[-1].result_rows,
        "expireAt": int(statement.created_at.replace(tzinfo=UTC).timestamp()) + quotas.retention,
    }
    entry = {
        "Source": "aws.redshift-data",
        "DetailType": "Redshift Data Statement Status Change",
        "Detail": json.dumps(detail),
        "Resources": [statement.place.target.arn],
    }
    events_backends[statement.account][statement.region].put_events([entry])
