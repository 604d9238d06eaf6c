"""Snapshot a cluster, copy a snapshot under another key, share it with one account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.states import SNAPSHOT_BROKEN
from switchyard.aurora_recovery.untrusted import ACCOUNT
from switchyard.errors import CheckFailed, NotAllowed
from switchyard.operators.aurora import describe, tags
from switchyard.operators.base import AwsOperator, Pause, SubmitOperator
from switchyard.waiting.goals import Goal, snapshot_available, snapshot_deleted
from switchyard.waiting.kinds import Wait


class _SnapshotOperator(SubmitOperator):
    """Make one cluster snapshot under a name of this run, or find the one that an earlier try made."""

    template_fields = (*SubmitOperator.template_fields, "snapshot_id", "pipeline", "stamp", "snapshot_tags")

    def __init__(
        self,
        *,
        snapshot_id: str,
        pipeline: str,
        stamp: str,
        role: str,
        snapshot_tags: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.snapshot_id = snapshot_id
        self.pipeline = pipeline
        self.stamp = stamp
        self.role = role
        self.snapshot_tags = snapshot_tags

    def act(self, context: Any) -> Wait | Pause | None:
        return self._clear_away() or super().act(context)

    def submit(self, context: Any) -> str:
        if describe.find_snapshot(self.client(), self.snapshot_id) is None:
            self.start()
        return self.snapshot_id

    def _clear_away(self) -> Wait | None:
        """Delete what an earlier try left broken, and wait for it to go: its name is needed again."""
        found = describe.find_snapshot(self.client(), self.snapshot_id)
        if found is None:
            return None
        tags.require_own(found, pipeline=self.pipeline, run=self.stamp, what=f"snapshot {self.snapshot_id}")
        if found["Status"] not in (*SNAPSHOT_BROKEN, "deleting"):
            return None
        delete_snapshot(self.client(), found)
        return Wait(kind="db_cluster_snapshot", identifier=self.snapshot_id, goal=snapshot_deleted())

    def start(self) -> None:
        """Ask AWS for the snapshot."""
        raise NotImplementedError

    def own_tags(self) -> list[dict[str, str]]:
        """Tags that make the snapshot this run's own from its first instant."""
        own = {tags.PIPELINE: self.pipeline, tags.RUN: self.stamp, tags.ROLE: self.role}
        return tags.tag_list({**own, **(self.snapshot_tags or {})})

    def wait(self, identifier: str) -> Wait:
        goal = describe.unless_gone(snapshot_available())
        return Wait(kind="db_cluster_snapshot", identifier=identifier, goal=goal)

    def describe(self, identifier: str) -> dict[str, Any]:
        snapshot = self.client().describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=identifier)[
            "DBClusterSnapshots"
        ][0]
        return {
            "snapshot_id": identifier,
            "snapshot_arn": snapshot["DBClusterSnapshotArn"],
            "kms_key_id": snapshot["KmsKeyId"],
            "created_at": snapshot["SnapshotCreateTime"].isoformat(),
        }


class SnapshotClusterOperator(_SnapshotOperator):
    """Take a manual snapshot of a cluster."""

    template_fields = (*_SnapshotOperator.template_fields, "cluster_id")

    def __init__(self, *, cluster_id: str, **kwargs: Any) -> None:
        super().__init__(role="recovery-point", **kwargs)
        self.cluster_id = cluster_id

    def start(self) -> None:
        self.client().create_db_cluster_snapshot(
            DBClusterIdentifier=self.cluster_id,
            DBClusterSnapshotIdentifier=self.snapshot_id,
            Tags=self.own_tags(),
        )


class CopySnapshotOperator(_SnapshotOperator):
    """Copy a snapshot into this operator's account and Region under a key of that account and Region.

    Aurora runs five copies at a time into one Region (Aurora User Guide, "Copying a DB cluster snapshot"); a sixth
    waits here for one of the five to end and is then asked for again.
    """

    template_fields = (
        *_SnapshotOperator.template_fields,
        "source_snapshot_arn",
        "kms_key_id",
        "source_region",
    )

    def __init__(
        self, *, source_snapshot_arn: str, source_region: str, kms_key_id: str, role: str, **kwargs: Any
    ) -> None:
        super().__init__(role=role, **kwargs)
        self.source_snapshot_arn = source_snapshot_arn
        self.source_region = source_region
        self.kms_key_id = kms_key_id

    def act(self, context: Any) -> Wait | Pause | None:
        try:
            return super().act(context)
        except ClientError as error:
            busy = self._copy_in_flight() if _copies_are_queued(error) else None
            if busy is None:
                raise
            self.log.info("Five copies are in flight already; waiting for %s to end", busy)
            copy_ended = Goal(
                ready=("available", "failed", "deleted"), failed=(), absent="ready", absent_grace=0.0
            )
            return Wait(kind="db_cluster_snapshot", identifier=busy, goal=copy_ended)

    def start(self) -> None:
        other_region = {} if self.source_region == self.region_name else {"SourceRegion": self.source_region}
        self.client().copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier=self.source_snapshot_arn,
            TargetDBClusterSnapshotIdentifier=self.snapshot_id,
            KmsKeyId=self.kms_key_id,
            CopyTags=False,
            Tags=self.own_tags(),
            **other_region,
        )

    def _copy_in_flight(self) -> str | None:
        copying = [one for one in describe.manual_snapshots(self.client()) if one["Status"] == "copying"]
        # The farthest one is likely to end first; AWS may not show a time yet for one that has just begun.
        copying.sort(key=lambda one: one.get("PercentProgress", 0), reverse=True)
        return copying[0]["DBClusterSnapshotIdentifier"] if copying else None


class ShareSnapshotOperator(AwsOperator):
    """Let one named account restore the snapshot, and prove that nobody else can."""

    template_fields = (*AwsOperator.template_fields, "snapshot_id", "target_account_id")

    def __init__(self, *, snapshot_id: str, target_account_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.snapshot_id = snapshot_id
        self.target_account_id = target_account_id

    def act(self, context: Any) -> Wait | None:
        if not ACCOUNT.fullmatch(self.target_account_id):
            raise NotAllowed(
                what=f"sharing {self.snapshot_id} with {self.target_account_id}",
                found="not a 12-digit account id; `all` would make the snapshot public",
                remedy="Set target.account_id to the recovery account's 12 digits",
            )
        shared_with = self._shared_with() if not self.dry_run else set()
        self._require_nobody_else(shared_with)
        if self.target_account_id not in shared_with:
            self.client().modify_db_cluster_snapshot_attribute(
                DBClusterSnapshotIdentifier=self.snapshot_id,
                AttributeName="restore",
                ValuesToAdd=[self.target_account_id],
            )
        return None

    def result(self, context: Any) -> dict[str, Any]:
        shared_with = self._shared_with()
        self._require_nobody_else(shared_with)
        if not shared_with:
            raise CheckFailed(
                what=f"snapshot {self.snapshot_id} is shared with {self.target_account_id}",
                found="shared with nobody",
                remedy="Look in CloudTrail for who took the share away, then clear this task",
            )
        return {"snapshot_id": self.snapshot_id, "shared_with": self.target_account_id}

    def _require_nobody_else(self, shared_with: set[str]) -> None:
        others = sorted(shared_with - {self.target_account_id})
        if others:
            raise CheckFailed(
                what=f"snapshot {self.snapshot_id} is shared with {self.target_account_id} alone",
                found=f"shared with {', '.join(others)} too",
                remedy="Remove the other accounts from the snapshot's restore attribute, then clear this task",
            )

    def _shared_with(self) -> set[str]:
        found = self.client().describe_db_cluster_snapshot_attributes(
            DBClusterSnapshotIdentifier=self.snapshot_id
        )["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
        restore = [one for one in found if one["AttributeName"] == "restore"]
        return set(restore[0]["AttributeValues"]) if restore else set()


def delete_snapshot(rds: Any, snapshot: Mapping[str, Any]) -> None:
    """Ask for the deletion of a described snapshot; one that is deleted already, or being deleted, is as good."""
    if snapshot["Status"] == "deleting":
        return
    with describe.absence_allowed():
        rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshotIdentifier"])


def _copies_are_queued(error: ClientError) -> bool:
    # The same code also means that the account holds a hundred snapshots, which no waiting cures.
    details = error.response["Error"]
    return details["Code"] == "SnapshotQuotaExceeded" and "Cannot copy more than" in details["Message"]
