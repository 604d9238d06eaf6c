"""Copying snapshots within a Region, over Regions, and from a share.

Rules: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html and the service model's documentation
of CopyDBClusterSnapshot and CopyDBSnapshot (botocore).
"""

from __future__ import annotations

from typing import Any

from moto.rds.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    OptionGroupNotFoundFaultError,
)

from sandbox.rds import dataplane, events, kms_rules, quotas
from sandbox.rds.identifiers import check_identifier, check_new_tags
from sandbox.rds.lookups import Kept
from sandbox.rds.served import Served
from sandbox.rds.sharing import Sharing
from sandbox.rds.snapshots import InstanceSnapshot, Snapshot, Taken
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, schedule

NO_KEY_FOR_REGION = "Must specify new KMS key for cross region encrypted snapshot copy."
NO_KEY_FOR_SHARE = "You must specify a KMS key to copy an encrypted snapshot that another account shares."
Tags = list[dict[str, str]]


class SnapshotCopies(Sharing):
    """The part of the backend that copies snapshots."""

    def check_new_snapshot(
        self, of: type[Taken], parameter: str, identifier: str, *, longest: int | None = None
    ) -> str:
        """Return the name of a new manual snapshot; refuse it for its form, its namesake or the quota."""
        name = check_identifier(parameter, identifier, longest=longest or of.KIND.longest)
        if name in self.kept(of):
            raise of.KIND.taken(name)
        quotas.check_manual_snapshot(self, of)
        return name

    def copy_db_cluster_snapshot(
        self,
        source_db_cluster_snapshot_identifier: str,
        target_db_cluster_snapshot_identifier: str,
        kms_key_id: str | None = None,
        copy_tags: bool = False,
        tags: Tags | None = None,
        **_: Any,
    ) -> Snapshot:
        """Begin a full copy of a cluster snapshot."""
        source = self.find_snapshot(Snapshot, source_db_cluster_snapshot_identifier, other_regions=True)
        name = target_db_cluster_snapshot_identifier
        return self._copy(source, name, kms_key_id, tags, copy_tags=bool(copy_tags))

    def copy_db_snapshot(
        self,
        source_db_snapshot_identifier: str,
        target_db_snapshot_identifier: str,
        kms_key_id: str | None = None,
        copy_tags: bool = False,
        tags: Tags | None = None,
        *,
        option_group_name: str | None = None,
        **_: Any,
    ) -> InstanceSnapshot:
        """Begin a copy of an instance snapshot."""
        source = self.find_snapshot(InstanceSnapshot, source_db_snapshot_identifier, other_regions=True)
        if option_group_name and option_group_name not in self.option_groups:
            raise OptionGroupNotFoundFaultError(option_group_name)
        name = target_db_snapshot_identifier
        target = self._copy(source, name, kms_key_id, tags, copy_tags=bool(copy_tags))
        if option_group_name:
            target.option_group_name = option_group_name
        return target

    def _copy(
        self, source: Kept, identifier: str, kms_key_id: str | None, tags: Tags | None, *, copy_tags: bool
    ) -> Kept:
        of, kind = type(source), source.KIND
        wanted_tags = self._tags_for_copy(source, tags, copy_tags=copy_tags)
        check_new_tags(wanted_tags)
        name = self.check_new_snapshot(of, f"Target{kind.parameter}", identifier)
        quotas.check_copy(self, of)
        if source.status != "available":
            raise kind.wrong_state(
                f"The source snapshot {source.resource_id} is in {source.status} state but must be available."
            )
        key = self._key_for_copy(source, kms_key_id)
        target = of(self, source.taken_of, name, status="copying", tags=wanted_tags, source=source)
        target.encrypt_with(key)
        self.kept(of)[name] = target
        self._begin_copy(source, target)
        return target

    def _tags_for_copy(self, source: Taken, tags: Tags | None, *, copy_tags: bool) -> Tags:
        if tags or not copy_tags or source.account_id != self.account_id:
            return tags or []
        return source.tags

    def _key_for_copy(self, source: Taken, kms_key_id: str | None) -> str | None:
        here = {"account": self.account_id, "region": self.region_name}
        if not source.encrypted:
            if kms_key_id and not source.KIND.encrypts:
                raise InvalidParameterCombination(
                    f"KmsKeyId cannot be specified when copying an unencrypted {source.KIND.label}."
                )
            return kms_rules.resolve(kms_key_id, **here) if kms_key_id else None
        if not kms_key_id and source.region != self.region_name:
            raise InvalidParameterValue(NO_KEY_FOR_REGION)
        if not kms_key_id and source.account_id != self.account_id:
            raise InvalidParameterValue(NO_KEY_FOR_SHARE)
        key = kms_key_id and kms_rules.resolve(kms_key_id, **here)
        kms_rules.check_source(source.kms_key_id, account=self.account_id, region=source.region)
        return key or source.kms_key_id

    def _begin_copy(self, source: Taken, target: Taken) -> None:
        """Copy once the copies of the same source that were asked for before are done."""
        before = [process for process in source.copies if not process.done]
        begun, ended, given_up = _copy_events(source, target)

        def end() -> None:
            target.status = "available"
            record(ended)

        def record(event: str | None) -> None:
            if event is not None:
                events.record(
                    event, target, target.KIND.source_type, source=source.resource_id, region=source.region
                )

        record(begun)
        stage = Stage(
            runtime.durations[f"{target.KIND.noun}.copy"],
            gate=lambda: all(process.done for process in before),
            work=dataplane.copy(source, target),
            end=end,
        )
        target.process = self.begin_snapshot(target, [stage])
        target.given_up = lambda: record(given_up)
        source.copies.append(target.process)

    def begin_snapshot(self, snapshot: Taken, stages: list[Stage], served: Served | None = None) -> Process:
        """Begin a process that makes a snapshot, which takes the status failed when its work fails."""

        def failed(_: BaseException) -> None:
            snapshot.status = "failed"
            if served is not None:
                self.end_backup(served)

        return schedule(f"making of snapshot {snapshot.arn}", stages, failed)

    @staticmethod
    def end_backup(served: Served) -> None:
        """Let a cluster or instance be available again after its backup."""
        if served.status == "backing-up":
            served.status = "available"


def _copy_events(source: Taken, target: Taken) -> tuple[str | None, str | None, str | None]:
    """Return the events of the beginning, the end and the giving up of a copy; None where AWS sends none."""
    kind = target.KIND
    return kind.copied_here if source.region == target.region else kind.copied_over
