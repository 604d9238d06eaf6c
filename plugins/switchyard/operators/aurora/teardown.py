"""Remove what a recovery test made, however the test ended."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aurora_recovery.modes import why_not
from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.retention import judge
from switchyard.aurora_recovery.states import Health, health, remedy
from switchyard.aws import console as pages
from switchyard.errors import NotAllowed, StepFailed
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.recoveries import recovery_ledger
from switchyard.operators.aurora import describe, swap_state, tags
from switchyard.operators.aurora.leases import release
from switchyard.operators.aurora.notes import run_of
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.retention import owned, proved_stamps, stamps_in_flight
from switchyard.operators.aurora.snapshots import delete_snapshot
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.operators.base import Pause
from switchyard.operators.run_parameters import whole
from switchyard.waiting.goals import Goal, instance_deleted, instance_settled
from switchyard.waiting.kinds import Wait

_DELETED, _UNSEEN = "deleted", "unseen_since"


class TearDownCandidateOperator(RecoveryOperator):
    """Delete the candidate of a test with its instances, whatever state a failure or a kill has left it in.

    It goes by what AWS shows: only what bears the candidate's name and this pipeline's, this run's and the test's tags
    is touched, and only instances with the run's tags are deleted from it. Anything else in the way is named and left
    alone. In other modes, and where nothing was made, the step is skipped.

    Args:
        live_id: the live name, from which the candidate's is derived.
        accepted: what the accepting step handed on; None where it did not.
        restored: the same of the step that restored the candidate.
        keep_last: how many local copies are kept whatever their age.
        keep_days: local copies younger than this are kept whatever their number.
        unseen_for: how long AWS may hide a candidate that a killed step has just asked for.
    """

    console = (pages.DATABASES,)
    template_fields = (
        *RecoveryOperator.template_fields,
        "live_id",
        "stamp",
        "accepted",
        "restored",
        "keep_last",
        "keep_days",
    )

    def __init__(
        self,
        *,
        pipeline: str,
        stamp: str,
        live_id: str,
        accepted: Any,
        restored: Any,
        keep_last: int | str,
        keep_days: int | str,
        unseen_for: timedelta = timedelta(minutes=2),
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.stamp = stamp
        self.live_id = live_id
        self.accepted = accepted
        self.restored = restored
        self.keep_last = keep_last
        self.keep_days = keep_days
        self.unseen_for = unseen_for
        self.ledger_conn_id = ledger_conn_id

    def act(self, context: Any) -> Wait | Pause | None:
        candidate = self.find(self.candidate_id)
        if candidate is not None:
            self._require_own(candidate.tags, f"{self.kind} {self.candidate_id}")
        if reason := self._kept_because(candidate):
            raise AirflowSkipException(reason)
        if self.dry_run:
            self._plan_unmade()
            return None
        store = context["task_state_store"]
        wanted = self._dismantle(store, candidate) if candidate else self._surely_gone(store)
        return wanted or self._let_copy_go(store)

    def result(self, context: Any) -> dict[str, Any]:
        recovery_ledger(self.ledger_conn_id).record_torn_down(**run_of(context), at=datetime.now(UTC))
        deleted = context["task_state_store"].get(_DELETED, default=[])
        return {"deleted": deleted, "summary": f"deleted {', '.join(deleted) or 'nothing: nothing was left'}"}

    @property
    def names(self) -> RecoveryNames:
        """Every name of this run."""
        return RecoveryNames.for_run(self.live_id, self.stamp)

    @property
    def candidate_id(self) -> str:
        """The candidate's name."""
        return self.names.candidate_id

    def _kept_because(self, candidate: Described | None) -> str | None:
        if self.accepted is None and candidate is None:
            return "Nothing is torn down: the run made nothing"
        own_mode = candidate.tags.get(tags.MODE, "swap") if candidate else "test"
        mode = self.accepted["mode"] if self.accepted else own_mode
        if reason := why_not(mode, "test", "Nothing is torn down"):
            return reason
        if own_mode != "test":
            raise NotAllowed(
                what=f"tearing {self.candidate_id} down",
                found=f"it was made in mode {own_mode}, before the run was asked to test",
                remedy="Delete it by hand if nobody needs it, then clear this task",
            )
        return None

    def _require_own(self, own: Mapping[str, str], what: str) -> None:
        tags.require_own(own, pipeline=self.pipeline, run=self.stamp, what=what)

    def _dismantle(self, store: Any, candidate: Described) -> Wait | None:
        gone = self.wait_by_resource_id(candidate.resource_id, self.protected.goals.deleted())
        if candidate.health is Health.LEAVING:
            return gone
        self._require_deletable(candidate)
        instances = self.protected.instances(self.client(), candidate)
        for instance in instances:
            self._require_own(tags.tags_of(instance), f"instance {instance['DBInstanceIdentifier']}")
        if wait := self._settled(candidate) or _first_moving(instances):
            return wait
        for instance in instances:
            self._delete_instance(store, instance["DBInstanceIdentifier"], instance["DBInstanceStatus"])
        if instances:
            return _until(instances[0], instance_deleted())
        _note_deleted(store, self.candidate_id)
        with describe.absence_allowed():
            self.protected.delete(self.client(), self.candidate_id)
        return gone

    def _require_deletable(self, candidate: Described) -> None:
        found = None
        if swap_state.is_on_record(candidate.tags, stamp=self.stamp):
            found = "a swap of it has begun"
        elif candidate.fields["DeletionProtection"]:
            found = "somebody has turned its deletion protection on, which the pipeline does with what is live only"
        if found:
            raise NotAllowed(
                what=f"tearing {self.candidate_id} down",
                found=found,
                remedy="Find out who needs it; delete it by hand once nobody does",
            )

    def _settled(self, candidate: Described) -> Wait | None:
        """Bring the candidate into a state in which AWS deletes it: not what it is still making, nor what is stopped.

        Raises:
            StepFailed: its key is out of reach, so that it can neither be started nor deleted.
        """
        goals = self.protected.goals
        if candidate.health is Health.MOVING:
            return self.wait_by_resource_id(candidate.resource_id, goals.settled())
        if candidate.status == "stopping":
            return self.wait_by_resource_id(candidate.resource_id, goals.stopped())
        if candidate.status == "stopped":
            self.protected.start(self.client(), candidate.name)
            return self.wait_by_resource_id(candidate.resource_id, goals.started())
        if candidate.health is Health.STOPPED:
            raise StepFailed(
                what=f"tearing {candidate.name} down",
                found=f"it is {candidate.status}",
                remedy=remedy(self.kind, candidate.name, candidate.status),
            )
        return None

    def _delete_instance(self, store: Any, instance_id: str, status: str) -> None:
        if health("instance", status) is Health.LEAVING:
            return
        _note_deleted(store, instance_id)
        with describe.absence_allowed():
            self.client().delete_db_instance(DBInstanceIdentifier=instance_id, SkipFinalSnapshot=True)

    def _surely_gone(self, store: Any) -> Pause | None:
        """Believe at once that one is gone which was seen; and one that was only asked for, after a while."""
        if self.restored is not None or self.candidate_id in store.get(_DELETED, default=[]):
            return None
        since = store.get(_UNSEEN)
        if since is None:
            since = time.time()
            store.set(_UNSEEN, since)
        left = float(since) + self.unseen_for.total_seconds() - time.time()
        if left <= 0:
            return None
        return Pause(min(left, self.poll_interval), f"{self.candidate_id} to show, where it was asked for")

    def _let_copy_go(self, store: Any) -> Wait | None:
        """Give up the local copy, and delete it where no run needs it and retention does not ask for it either."""
        rds, snapshots = self.client(), self.protected.snapshots
        copies = [one for one in snapshots.manual(rds) if one.status != "deleting"]
        mine = next(
            (one for one in copies if self.accepted and one.name == self.accepted["snapshot_id"]), None
        )
        if mine is None or mine.tags.get(tags.ROLE) != "local-copy":
            return None
        release(rds, mine, self.stamp)
        verdicts = judge(
            map(owned, copies),
            pipeline=self.pipeline,
            now=datetime.now(UTC),
            keep_last=whole("keep_last", self.keep_last),
            keep_days=whole("keep_days", self.keep_days),
            acknowledged=set(),
            proved=proved_stamps(copies),
            in_flight=stamps_in_flight(copies, but_for=self.stamp),
            require_acknowledgement=False,
        )
        kept = next(one.kept_because for one in verdicts if one.snapshot.snapshot_id == mine.name)
        if kept:
            self.log.info("The local copy %s stays: %s", mine.name, kept)
            return None
        _note_deleted(store, mine.name)
        delete_snapshot(snapshots, rds, mine)
        return self.until_snapshot_is_gone(mine.name)

    def _plan_unmade(self) -> None:
        """Plan what would follow a test of what was accepted."""
        for member in self.accepted["instances"]:
            instance_id = self.names.candidate_instance_id(member)
            self.client().delete_db_instance(DBInstanceIdentifier=instance_id, SkipFinalSnapshot=True)
        self.protected.delete(self.client(), self.candidate_id)


def _note_deleted(store: Any, name: str) -> None:
    store.set(_DELETED, sorted({*store.get(_DELETED, default=[]), name}))


def _first_moving(instances: Sequence[Mapping[str, Any]]) -> Wait | None:
    moving = (one for one in instances if health("instance", one["DBInstanceStatus"]) is Health.MOVING)
    first = next(moving, None)
    return _until(first, instance_settled()) if first else None


def _until(instance: Mapping[str, Any], goal: Goal) -> Wait:
    return Wait(kind="db_instance_by_resource_id", identifier=instance["DbiResourceId"], goal=goal)
