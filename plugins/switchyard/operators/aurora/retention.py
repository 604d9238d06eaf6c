"""Delete the snapshots that retention no longer asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.retention import OwnedSnapshot, expired
from switchyard.aws import console as pages
from switchyard.aws.error_table import error_code
from switchyard.operators.aurora import describe, documents, tags
from switchyard.operators.aurora.leases import needed_by, release
from switchyard.operators.aurora.protected import DescribedSnapshot
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.operators.run_parameters import whole
from switchyard.waiting.goals import snapshot_deleted
from switchyard.waiting.kinds import Wait

_DELETED_NAMES = "deleted"


class ApplyRetentionOperator(RecoveryOperator):
    """Delete this pipeline's expired snapshots in one or more Regions of the account.

    Never the newest, never the last one that a restore proved, never one that is being copied, and nothing at all
    before the target acknowledged something newer.

    Args:
        source_id: name of the source, under whose name acknowledgements are filed.
        regions: Regions to look into.
        bucket: the manifest bucket, in this operator's own Region; None where acknowledgements are not at hand.
        acknowledgements_prefix: where the target says what it copied and proved.
        unneeded: why there is nothing to delete; empty where there may be.
        released_by: stamp of the run that needs its local copy no more; empty where it has none.
    """

    console = (pages.SNAPSHOTS,)
    template_fields = (*RecoveryOperator.template_fields, "keep_last", "keep_days", "released_by")

    def __init__(
        self,
        *,
        pipeline: str,
        source_id: str,
        regions: Sequence[str],
        bucket: str | None = None,
        acknowledgements_prefix: str = "",
        keep_last: int | str,
        keep_days: int | str,
        require_acknowledgement: bool,
        unneeded: str = "",
        released_by: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.source_id = source_id
        self.regions = tuple(regions)
        self.bucket = bucket
        self.acknowledgements_prefix = acknowledgements_prefix
        self.keep_last = keep_last
        self.keep_days = keep_days
        self.require_acknowledgement = require_acknowledgement
        self.unneeded = unneeded
        self.released_by = released_by

    def act(self, context: Any) -> Wait | None:
        if self.unneeded:
            self.log.info("Nothing to delete: %s", self.unneeded)
            return None
        copied, proved = self._acknowledgements()
        everywhere = {
            region: list(self.protected.snapshots.manual(self.client(region_name=region)))
            for region in self.regions
        }
        for region, described in everywhere.items():
            for one in described if self.released_by else ():
                release(self.client(region_name=region), one, self.released_by)
        all_of_them = list(_flat(everywhere))
        proved |= proved_stamps(all_of_them)
        in_flight = stamps_in_flight(all_of_them, but_for=self.released_by)
        wait = None
        for region, described in everywhere.items():
            for snapshot in expired(
                [owned(one) for one in described if one.status != "deleting"],
                pipeline=self.pipeline,
                now=datetime.now(UTC),
                keep_last=whole("keep_last", self.keep_last),
                keep_days=whole("keep_days", self.keep_days),
                acknowledged=copied,
                proved=proved,
                in_flight=in_flight,
                require_acknowledgement=self.require_acknowledgement,
            ):
                wait = self._delete(context["task_state_store"], region, snapshot) or wait
        return wait

    def result(self, context: Any) -> dict[str, Any]:
        if self.unneeded:
            return {"deleted": [], "summary": f"nothing to delete: {self.unneeded}"}
        deleted = context["task_state_store"].get(_DELETED_NAMES, default=[])
        return {
            "deleted": deleted,
            "summary": f"deleted {', '.join(deleted)}" if deleted else "nothing is due",
        }

    def _delete(self, store: Any, region: str, snapshot: OwnedSnapshot) -> Wait | None:
        name = f"{region}/{snapshot.snapshot_id}"
        self.log.info("Deleting %s of %s", name, snapshot.source_time)
        others = {one for one in store.get(_DELETED_NAMES, default=[]) if one != name}
        store.set(_DELETED_NAMES, sorted({*others, name}))
        try:
            with describe.absence_allowed():
                self.protected.snapshots.delete(self.client(region_name=region), snapshot.snapshot_id)
        except ClientError as error:
            if error_code(error) != self.protected.snapshots.busy:
                raise
            # Another account may be copying it: the next run is early enough.
            self.log.warning("Kept %s for now: %s", name, error)
            store.set(_DELETED_NAMES, sorted(others))
            return None
        return self.wait_for_snapshot(snapshot.snapshot_id, snapshot_deleted(), region_name=region)

    def _acknowledgements(self) -> tuple[set[str], set[str]]:
        if self.bucket is None:
            return set(), set()
        found = list(
            documents.acknowledgements(
                self.client("s3"), self.bucket, self.acknowledgements_prefix, self.source_id
            )
        )
        copied = {one["stamp"] for one in found if one.get("copied_at")}
        proved = {one["stamp"] for one in found if one.get("proved_at")}
        return copied, proved


def _flat(everywhere: Mapping[str, Sequence[DescribedSnapshot]]) -> Iterator[DescribedSnapshot]:
    return (one for described in everywhere.values() for one in described)


def proved_stamps(snapshots: Iterable[DescribedSnapshot]) -> set[str]:
    """Stamps of the recovery points that a restore of these snapshots proved."""
    return {one.tags[tags.RUN] for one in snapshots if tags.PROVED in one.tags}


def stamps_in_flight(snapshots: Iterable[DescribedSnapshot], *, but_for: str) -> set[str]:
    """Stamps of the recovery points that are being copied, or that runs restore from.

    Args:
        snapshots: all of an account.
        but_for: stamp of a run that needs none of them any more.
    """
    return {
        one.tags.get(tags.RUN, "")
        for one in snapshots
        if one.status in ("copying", "creating") or set(needed_by(one.tags)) - {but_for}
    }


def owned(snapshot: DescribedSnapshot) -> OwnedSnapshot:
    """A described snapshot as retention sees it."""
    own = snapshot.tags
    return OwnedSnapshot(
        snapshot_id=snapshot.name,
        pipeline=own.get(tags.PIPELINE),
        role=own.get(tags.ROLE),
        stamp=own.get(tags.RUN),
        source_time=tags.source_time_of(own) or snapshot.made or datetime.now(UTC),
        status=snapshot.status,
    )
