"""Announce a recovery point to the target account, and put it in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from switchyard.aurora_recovery.message import RecoveryPointMessage
from switchyard.aws import console as pages
from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.operators.aurora.announcements import carried
from switchyard.operators.aurora.protected import snapshot_arn
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.waiting.kinds import Wait


class AnnounceRecoveryPointOperator(RecoveryOperator):
    """Publish one schema-versioned message about a shared recovery point.

    SNS has no token against repetition: a second try may publish a second copy. Both carry the same deduplication id,
    and the target's watcher starts one run for them. The step's outlets, for pipelines of the same Airflow, carry
    the same message.

    Args:
        manifest: what the capture of the manifest handed on: uri, sha256, source time, engine version, resource id.
        copy_snapshot_arn: the shared copy in the recovery Region.
        adopted: whether an earlier run made the recovery point; then nobody is told, as a message starts a restore.
    """

    console = (pages.TOPIC,)
    service = "sns"
    template_fields = (
        *RecoveryOperator.template_fields,
        "stamp",
        "snapshot_id",
        "copy_snapshot_arn",
        "copy_kms_key_arn",
        "manifest",
        "run_identity",
        "adopted",
    )

    def __init__(
        self,
        *,
        topic_arn: str,
        pipeline: str,
        stamp: str,
        engine: str,
        source_region: str,
        source_id: str,
        snapshot_id: str,
        copy_snapshot_arn: str,
        copy_kms_key_arn: str,
        manifest: Any,
        target_account_id: str,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        run_identity: str = "{{ run_id }}",
        adopted: Any = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.adopted = adopted
        self.topic_arn = topic_arn
        self.pipeline = pipeline
        self.stamp = stamp
        self.engine = engine
        self.source_region = source_region
        self.source_id = source_id
        self.snapshot_id = snapshot_id
        self.copy_snapshot_arn = copy_snapshot_arn
        self.copy_kms_key_arn = copy_kms_key_arn
        self.manifest = manifest
        self.target_account_id = target_account_id
        self.ledger_conn_id = ledger_conn_id
        self.run_identity = run_identity

    def act(self, context: Any) -> Wait | None:
        if self.adopted:
            self.log.info("%s is of the past: it is not announced again", self.snapshot_id)
            self.outlets = []
            return None
        if self.dry_run:
            self.client().publish(TopicArn=self.topic_arn, Message="(the recovery point, once it exists)")
            return None
        message = self._message()
        self.client().publish(
            TopicArn=self.topic_arn,
            Message=message.to_json(),
            MessageAttributes={
                "pipeline": {"DataType": "String", "StringValue": self.pipeline},
                "deduplication_id": {"DataType": "String", "StringValue": message.deduplication_id},
            },
        )
        # The announcement comes first: a lost ledger turns this task red, but never holds a recovery point back.
        self._record(context, message)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        for events in (context["outlet_events"][asset] for asset in self.outlets):
            events.extra = carried(self._message())
        return {
            "topic_arn": self.topic_arn,
            "snapshot_arn": self.copy_snapshot_arn,
            "summary": f"{self.copy_snapshot_arn} is announced",
        }

    def _message(self) -> RecoveryPointMessage:
        return RecoveryPointMessage(
            run_id=self.run_identity,
            stamp=self.stamp,
            pipeline=self.pipeline,
            source_account_id=self.account_id,
            source_region=self.source_region,
            source_id=self.source_id,
            source_resource_id=self.manifest["resource_id"],
            snapshot_arn=self.copy_snapshot_arn,
            source_time=datetime.fromisoformat(self.manifest["source_time"]),
            engine=self.engine,
            engine_version=self.manifest["engine_version"],
            kms_key_arn=self.copy_kms_key_arn,
            manifest_uri=self.manifest["manifest_uri"],
            manifest_sha256=self.manifest["manifest_sha256"],
        )

    def _record(self, context: Any, message: RecoveryPointMessage) -> None:
        snapshots = self.protected.snapshots
        copy = snapshots.find(self.client("rds"), self.copy_snapshot_arn)
        from_airflow(self.ledger_conn_id).record_recovery_point(
            snapshot_arn=snapshot_arn(
                snapshots,
                region=self.source_region,
                account_id=self.account_id,
                snapshot_id=self.snapshot_id,
            ),
            pipeline=self.pipeline,
            dag_id=context["dag_run"].dag_id,
            run_id=context["run_id"],
            stamp=self.stamp,
            source_cluster=self.source_id,
            source_time=message.source_time,
            copy_arn=self.copy_snapshot_arn,
            copied_at=copy.made if copy else None,
            shared_with=self.target_account_id,
            manifest_uri=message.manifest_uri,
            manifest_sha256=message.manifest_sha256,
            state="published",
            published_at=datetime.now(UTC),
        )
