"""The events RDS records, as DescribeEvents lists them.

Messages and ids: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
There is deliberately none for the copy of a cluster snapshot: AWS sends none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination, InvalidParameterValue

from sandbox.transitions import now

SOURCE_TYPES = {
    "db-instance",
    "db-parameter-group",
    "db-security-group",
    "db-snapshot",
    "db-cluster",
    "db-cluster-snapshot",
    "custom-engine-version",
    "db-proxy",
    "blue-green-deployment",
    "db-shard-group",
    "zero-etl",
}
KEPT = timedelta(days=14)

MESSAGES: Mapping[str, tuple[str, str]] = {
    "RDS-EVENT-0074": ("backup", "Creating manual cluster snapshot"),
    "RDS-EVENT-0075": ("backup", "Manual cluster snapshot created"),
    "RDS-EVENT-0168": ("backup", "Creating automated cluster snapshot"),
    "RDS-EVENT-0169": ("backup", "Automated cluster snapshot created"),
    "RDS-EVENT-0170": ("creation", "DB cluster created"),
    "RDS-EVENT-0171": ("deletion", "DB cluster deleted"),
    "RDS-EVENT-0172": ("notification", "Renamed cluster from {old} to {new}"),
    "RDS-EVENT-0150": ("notification", "DB cluster stopped"),
    "RDS-EVENT-0151": ("notification", "DB cluster started"),
    "RDS-EVENT-0073": ("failover", "Started failover to DB instance: {new}"),
    "RDS-EVENT-0071": ("failover", "Completed failover to DB instance: {new}"),
    "RDS-EVENT-0016": ("configuration change", "Reset master credentials"),
    "RDS-EVENT-0005": ("creation", "DB instance created"),
    "RDS-EVENT-0003": ("deletion", "DB instance deleted"),
    "RDS-EVENT-0004": ("availability", "DB instance shutdown"),
    "RDS-EVENT-0006": ("availability", "DB instance restarted"),
    "RDS-EVENT-0040": ("creation", "Creating manual snapshot"),
    "RDS-EVENT-0042": ("creation", "Manual snapshot created"),
    "RDS-EVENT-0090": ("creation", "Creating automated snapshot"),
    "RDS-EVENT-0091": ("creation", "Automated snapshot created"),
    "RDS-EVENT-0041": ("deletion", "Deleted user snapshot"),
    "RDS-EVENT-0059": ("notification", "Started copy of snapshot {source} from region {region}"),
    "RDS-EVENT-0060": ("notification", "Finished copy of snapshot {source} from region {region}"),
    "RDS-EVENT-0061": ("notification", "Canceled snapshot copy request of {source} from region {region}"),
    "RDS-EVENT-0196": ("notification", "Started copy of snapshot {source} in region {region}"),
    "RDS-EVENT-0197": ("notification", "Finished copy of snapshot {source} in region {region}"),
    "RDS-EVENT-0190": ("notification", "Canceled snapshot copy request of {source} in region {region}"),
    "RDS-EVENT-0043": ("restoration", "Restored from snapshot {name}"),
    "RDS-EVENT-0087": ("notification", "DB instance stopped"),
    "RDS-EVENT-0088": ("notification", "DB instance started"),
    "RDS-EVENT-0031": ("failure", "DB instance put into failed state"),
}


@dataclass
class RdsEvent:
    """One event, with the attributes that moto's response layer writes out."""

    event_id: str
    source_identifier: str
    source_type: str
    source_arn: str
    message: str
    event_categories: list[str]
    date: datetime


def record(event_id: str, resource: Any, source_type: str, **values: str) -> None:
    """Add an event about a resource to its backend's list."""
    category, message = MESSAGES[event_id]
    resource.backend.events.append(
        RdsEvent(
            event_id=event_id,
            source_identifier=resource.resource_id,
            source_type=source_type,
            source_arn=resource.arn,
            message=message.format(**values),
            event_categories=[category],
            date=now(),
        )
    )


def select(events: list[Any], params: Mapping[str, Any]) -> list[Any]:
    """Choose the events a DescribeEvents call asks for: of the last 60 minutes unless it says otherwise."""
    source, kind = params.get("SourceIdentifier"), params.get("SourceType")
    if source is not None and kind is None:
        raise InvalidParameterCombination("Cannot specify source identifier without source type")
    if kind is not None and kind not in SOURCE_TYPES:
        raise InvalidParameterValue(f"Invalid value for SourceType: {kind}")
    first, last = _period(params)
    categories = set(params.get("EventCategories") or [])
    return [
        event
        for event in events
        if kind in (None, event.source_type)
        and source in (None, event.source_identifier)
        and first <= event.date <= last
        and (not categories or categories & set(event.event_categories))
    ]


def _period(params: Mapping[str, Any]) -> tuple[datetime, datetime]:
    last = _naive(params.get("EndTime")) or now()
    minutes = int(params.get("Duration") or 60)
    first = _naive(params.get("StartTime")) or last - timedelta(minutes=minutes)
    return max(first, now() - KEPT), last


def _naive(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment
