"""When the DAGs of an Aurora recovery start, and who is told of what they made."""

from __future__ import annotations

from pydantic import Field

from switchyard.configuration import types as t
from switchyard.configuration.schedules import Schedule
from switchyard.configuration.synonym_types import AssetName


class Notification(t.Section):
    """How the target learns of a new recovery point."""

    topic_arn: t.TopicArn | None = Field(
        None, description="Topic of the source account in the recovery Region."
    )
    queue_arn: t.QueueArn | None = Field(
        None, description="Queue of the target account subscribed to the topic."
    )
    asset: AssetName | None = Field(
        None,
        description="Airflow asset that is updated with each recovery point, for pipelines of the same Airflow.",
    )


class Schedules(t.Section):
    """Schedules of the DAGs; null means never by itself."""

    max_active_runs: int = Field(
        1,
        ge=1,
        le=16,
        description="Runs of each DAG at once; a recovery allows one alone, since it moves names.",
    )

    recovery_point: Schedule | None = Field(None, description="How often a recovery point is made.")
    recovery_restore: Schedule | None = Field(None, description="How often a restore is made, as a drill.")
    recovery_watch: Schedule | None = Field(None, description="How often the objectives are looked at.")
    asset: AssetName | None = Field(
        None,
        description="Airflow asset whose update starts a restore in the configured mode, such as notification.asset.",
    )


class Alert(t.Section):
    """Who is told of missed objectives, one topic on each side: either must be able to speak without the other."""

    source_topic_arn: t.TopicArn | None = Field(
        None,
        description="SNS topic of the source account in the recovery Region, for late recovery points; "
        "null tells the log alone.",
    )
    target_topic_arn: t.TopicArn | None = Field(
        None,
        description="SNS topic of the target account, for outages and late restores; null tells the log alone.",
    )
    recovery_point_minutes: int | None = Field(
        None,
        ge=1,
        le=525_600,
        description="Minutes after which a run of recovery_point is late; null: the RPO less the schedule's gap.",
    )
    recovery_restore_minutes: int | None = Field(
        None,
        ge=1,
        le=43_200,
        description="Minutes after which a run of recovery_restore without a proof is late; null: the RTO.",
    )
    asset: AssetName | None = Field(
        None, description="Airflow asset that is updated with each restore that was proved, drills included."
    )
