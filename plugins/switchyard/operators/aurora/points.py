"""Recovery points as the target account sees them: what AWS shows of each, and its manifest."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.selection import AllowList, SeenSnapshot
from switchyard.aws import console as pages
from switchyard.errors import BadInput
from switchyard.operators.aurora import documents, tags
from switchyard.operators.aurora.protected import DescribedSnapshot
from switchyard.operators.aurora.step import RecoveryOperator

NEWEST = 25
"""Snapshots whose manifests are looked at where none is named."""


class SeesRecoveryPointsOperator(RecoveryOperator):
    """A step that looks for recovery points; what it does with them is its own affair.

    Args:
        allow: what a recovery point must be.
        manifest_bucket: the only bucket that manifests are read from.
        manifest_prefix: folder of the manifests there.
    """

    console = (pages.SNAPSHOTS,)
    changes_nothing = True

    def __init__(
        self, *, allow: AllowList, manifest_bucket: str, manifest_prefix: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.allow = allow
        self.manifest_bucket = manifest_bucket
        self.manifest_prefix = manifest_prefix

    def _seen(self, named: Collection[str]) -> list[SeenSnapshot]:
        snapshots = self.protected.snapshots
        shares = self.client(region_name=self.allow.region_of(self.allow.source_account_id))
        found = [*snapshots.shared(shares), *snapshots.manual(self.client())]
        if named:
            return [self._see(one) for one in found if one.arn in named]
        # Anybody may share any number of snapshots: what may be suitable is looked at first.
        found.sort(key=made_at, reverse=True)
        found.sort(key=self._is_too_late)
        found.sort(key=self._is_strange)
        return [self._see(one) for one in found[:NEWEST]]

    def _is_strange(self, snapshot: DescribedSnapshot) -> bool:
        ours = _account(snapshot) in (self.allow.source_account_id, self.allow.own_account_id)
        return not ours or snapshot.source_name != self.allow.source_id

    def _is_too_late(self, snapshot: DescribedSnapshot) -> bool:
        """Whether a step that looks for older data passes over it as long as there are others."""
        del snapshot
        return False

    def _see(self, snapshot: DescribedSnapshot) -> SeenSnapshot:
        return SeenSnapshot(
            arn=snapshot.arn,
            source_id=snapshot.source_name,
            engine=snapshot.engine,
            status=snapshot.status,
            snapshot_type=snapshot.type,
            encrypted=snapshot.encrypted,
            kms_key_arn=snapshot.kms_key_id,
            source_time=self._source_time(snapshot),
            pipeline=snapshot.tags.get(tags.PIPELINE),
            source_resource_id=snapshot.source_resource_id,
            manifest_sha256=snapshot.tags.get(tags.MANIFEST_SHA256),
        )

    def _source_time(self, snapshot: DescribedSnapshot) -> datetime:
        # AWS shows the tags of a share to its owner alone, and gives a copy the time of the copying.
        if tagged := tags.source_time_of(snapshot.tags):
            return tagged
        if _account(snapshot) != self.allow.source_account_id:
            return made_at(snapshot)
        text = self._manifest_text(snapshot.arn)
        try:
            return made_at(snapshot) if text is None else Manifest.from_json(text).source_time
        except BadInput as malformed:
            # A broken manifest spoils its own recovery point, not the choice of another.
            self.log.warning("Manifest of %s: %s", snapshot.arn, malformed)
            return made_at(snapshot)

    def _manifest_text(self, snapshot_arn: str) -> bytes | None:
        return documents.read(self.client("s3"), self.manifest_bucket, self._key(snapshot_arn))

    def _key(self, snapshot_arn: str) -> str:
        snapshot_id = snapshot_arn.rpartition(":")[2]
        return documents.document_key(self.manifest_prefix, self.allow.source_id, snapshot_id)

    def _require_same_source(self, chosen: SeenSnapshot, manifest: Manifest) -> None:
        snapshot_id = chosen.arn.rpartition(":")[2]
        described = (manifest.source_account_id, manifest.source_id, manifest.pipeline, manifest.engine)
        wanted = (
            self.allow.source_account_id,
            self.allow.source_id,
            self.allow.pipeline,
            self.allow.engine,
        )
        if described == wanted and snapshot_id in manifest.snapshot_ids.values():
            return
        raise BadInput(
            field="manifest",
            value=self._key(chosen.arn),
            problem=f"it describes {', '.join(described)}, not {', '.join(wanted)} and {snapshot_id}",
            remedy="Somebody exchanged it: look into the bucket's versions, and take a new recovery point",
        )


def made_at(snapshot: DescribedSnapshot) -> datetime:
    """When AWS made this very copy; now for one that is being made."""
    return snapshot.made or datetime.now(UTC)


def _account(snapshot: DescribedSnapshot) -> str:
    return snapshot.arn.split(":")[4]
