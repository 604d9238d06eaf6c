"""Snapshot what is protected, copy a snapshot under another key, share it with one account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.states import SNAPSHOT_BROKEN
from switchyard.aurora_recovery.untrusted import ACCOUNT
from switchyard.aws import console as pages
from switchyard.errors import CheckFailed, NotAllowed, StepFailed
from switchyard.operators.aurora import describe, tags
from switchyard.operators.aurora.leases import lease, take
from switchyard.operators.aurora.protected import DescribedSnapshot, Snapshots
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.operators.base import Pause
from switchyard.operators.submit import SubmitOperator
from switchyard.waiting.goals import Goal, snapshot_available
from switchyard.waiting.kinds import Wait


class _SnapshotOperator(SubmitOperator, RecoveryOperator):
    """Make one snapshot under a name of this run, or find the one that an earlier try made."""

    console = (pages.SNAPSHOT,)
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
        if self._found() is None:
            self.start()
        return self.snapshot_id

    def _found(self) -> DescribedSnapshot | None:
        return self.protected.snapshots.find(self.client(), self.snapshot_id)

    def _clear_away(self) -> Wait | None:
        """Delete what an earlier try left broken, and wait for it to go: its name is needed again."""
        found = self._found()
        if found is None:
            return None
        what = f"snapshot {self.snapshot_id}"
        tags.require_own(found.tags, pipeline=self.pipeline, run=self.stamp, what=what)
        if found.status not in (*SNAPSHOT_BROKEN, "deleting"):
            return None
        delete_snapshot(self.protected.snapshots, self.client(), found)
        return self.until_snapshot_is_gone(self.snapshot_id)

    def start(self) -> None:
        """Ask AWS for the snapshot."""
        raise NotImplementedError

    def own_tags(self) -> dict[str, str]:
        """Tags that make the snapshot this run's own from its first instant."""
        own = {tags.PIPELINE: self.pipeline, tags.RUN: self.stamp, tags.ROLE: self.role}
        return {**own, **(self.snapshot_tags or {})}

    def wait(self, identifier: str) -> Wait:
        return self.wait_for_snapshot(identifier, describe.unless_gone(snapshot_available()))

    def describe(self, identifier: str) -> dict[str, Any]:
        return self.shown(self.protected.snapshots.find(self.client(), identifier))

    def shown(self, snapshot: DescribedSnapshot | None) -> dict[str, Any]:
        """The result that tells of a snapshot.

        Raises:
            StepFailed: there is none.
        """
        if snapshot is None or snapshot.made is None:
            raise StepFailed(
                what=f"snapshot {self.snapshot_id}",
                found="it was available and is not there",
                remedy="Look in CloudTrail for who deleted it, then clear this task",
            )
        return {
            "snapshot_id": self.snapshot_id,
            "snapshot_arn": snapshot.arn,
            "kms_key_id": snapshot.kms_key_id,
            "created_at": snapshot.made.isoformat(),
            "summary": f"{self.snapshot_id} of {snapshot.made.isoformat()} is available in {self.region_name}",
        }


class CreateSnapshotOperator(_SnapshotOperator):
    """Take a manual snapshot of what is protected."""

    template_fields = (*_SnapshotOperator.template_fields, "source_id")

    def __init__(self, *, source_id: str, **kwargs: Any) -> None:
        super().__init__(role="recovery-point", **kwargs)
        self.source_id = source_id

    def start(self) -> None:
        self.protected.snapshots.create(
            self.client(), self.snapshot_id, source=self.source_id, tags=self.own_tags()
        )


class CopySnapshotOperator(_SnapshotOperator):
    """Copy a snapshot into this operator's account and Region under a key of that account and Region.

    AWS runs five copies of cluster snapshots at a time into one Region, twenty of instance snapshots (user guides of
    Aurora and RDS, "Copying a snapshot"); one more waits here for one of them to end and is then asked for again.

    Args:
        unneeded: why there is nothing to copy, so that the snapshot itself stands for its copy; empty where there is.
        needed_by: stamp of the run that restores from the copy; empty where none does.
        needed_for: how long such a run is believed that does not say when it has ended.
    """

    template_fields = (
        *_SnapshotOperator.template_fields,
        "source_snapshot_arn",
        "kms_key_id",
        "source_region",
        "needed_by",
    )

    def __init__(
        self,
        *,
        source_snapshot_arn: str,
        source_region: str,
        kms_key_id: str,
        role: str,
        unneeded: str = "",
        needed_by: str = "",
        needed_for: timedelta = timedelta(days=2),
        **kwargs: Any,
    ) -> None:
        super().__init__(role=role, **kwargs)
        self.unneeded = unneeded
        self.needed_by = needed_by
        self.needed_for = needed_for
        self.source_snapshot_arn = source_snapshot_arn
        self.source_region = source_region
        self.kms_key_id = kms_key_id

    def act(self, context: Any) -> Wait | Pause | None:
        if self.unneeded:
            self.log.info("Nothing to copy: %s", self.unneeded)
            return None
        try:
            wanted = super().act(context)
        except ClientError as error:
            busy = self._copy_in_flight() if _copies_are_queued(error) else None
            if busy is None:
                raise
            self.log.info("AWS runs no more copies at a time; waiting for %s to end", busy)
            copy_ended = Goal(
                ready=("available", "failed", "deleted"), failed=(), absent="ready", absent_grace=0.0
            )
            return self.wait_for_snapshot(busy, copy_ended)
        if wanted is None:
            self._take()
        return wanted

    def result(self, context: Any) -> dict[str, Any]:
        if not self.unneeded:
            return super().result(context)
        rds = self.client(region_name=self.source_region)
        itself = self.protected.snapshots.find_visible(rds, self.source_snapshot_arn)
        return self.shown(itself) | {"summary": f"nothing to copy: {self.unneeded}"}

    def start(self) -> None:
        other_region = {} if self.source_region == self.region_name else {"SourceRegion": self.source_region}
        self.protected.snapshots.copy(
            self.client(),
            self.snapshot_id,
            source_arn=self.source_snapshot_arn,
            kms_key_id=self.kms_key_id,
            tags=self.own_tags() | (lease(self.needed_by, self.needed_for) if self.needed_by else {}),
            **other_region,
        )

    def _take(self) -> None:
        found = self._found() if self.needed_by and not self.dry_run else None
        if found is not None:
            take(self.client(), found, self.needed_by, self.needed_for)

    def _copy_in_flight(self) -> str | None:
        manual = self.protected.snapshots.manual(self.client())
        copying = [one for one in manual if one.status == "copying"]
        # The farthest one is likely to end first; AWS may not show a time yet for one that has just begun.
        copying.sort(key=lambda one: one.progress, reverse=True)
        return copying[0].name if copying else None


class ShareSnapshotOperator(RecoveryOperator):
    """Let one named account restore the snapshot, and prove that nobody else can.

    Args:
        unneeded: why it is shared with nobody, which is proved just so; empty where it is.
    """

    console = (pages.SNAPSHOT,)
    template_fields = (*RecoveryOperator.template_fields, "snapshot_id", "target_account_id")

    def __init__(
        self, *, snapshot_id: str, target_account_id: str, unneeded: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.unneeded = unneeded
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
        if self.unneeded:
            self.log.info("Nothing to share: %s", self.unneeded)
        elif self.target_account_id not in shared_with:
            self.protected.snapshots.share(self.client(), self.snapshot_id, self.target_account_id)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        shared_with = self._shared_with()
        self._require_nobody_else(shared_with)
        if self.unneeded:
            return {
                "snapshot_id": self.snapshot_id,
                "shared_with": "nobody",
                "summary": f"nothing to share: {self.unneeded}",
            }
        if not shared_with:
            raise CheckFailed(
                what=f"snapshot {self.snapshot_id} is shared with {self.target_account_id}",
                found="shared with nobody",
                remedy="Look in CloudTrail for who took the share away, then clear this task",
            )
        return {
            "snapshot_id": self.snapshot_id,
            "shared_with": self.target_account_id,
            "summary": f"{self.snapshot_id} is shared with {self.target_account_id} and nobody else",
        }

    def _require_nobody_else(self, shared_with: set[str]) -> None:
        allowed = set() if self.unneeded else {self.target_account_id}
        others = sorted(shared_with - allowed)
        if others:
            raise CheckFailed(
                what=f"snapshot {self.snapshot_id} is shared with {', '.join(allowed) or 'nobody'} alone",
                found=f"shared with {', '.join(others)} too",
                remedy="Remove the other accounts from the snapshot's restore attribute, then clear this task",
            )

    def _shared_with(self) -> set[str]:
        return self.protected.snapshots.shared_with(self.client(), self.snapshot_id)


def delete_snapshot(snapshots: Snapshots, rds: Any, snapshot: DescribedSnapshot) -> None:
    """Ask for the deletion of a snapshot; one that is deleted already, or being deleted, is as good."""
    if snapshot.status == "deleting":
        return
    with describe.absence_allowed():
        snapshots.delete(rds, snapshot.name)


def _copies_are_queued(error: ClientError) -> bool:
    # The same code also means that the account holds a hundred snapshots, which no waiting cures.
    details = error.response["Error"]
    return details["Code"] == "SnapshotQuotaExceeded" and "Cannot copy more than" in details["Message"]
