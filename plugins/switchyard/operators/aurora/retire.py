"""Retire what the swap replaced: drained, kept as a final snapshot, then deleted or stopped."""

from __future__ import annotations

import time
from typing import Any, Literal

import psycopg2
import pymysql
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.states import SNAPSHOT_BROKEN, Health, remedy
from switchyard.aws import console as pages
from switchyard.databases.connections import connect
from switchyard.databases.logins import read_login
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora import describe, swap_state, tags
from switchyard.operators.aurora.modes import InSwapMode, withheld
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.snapshots import delete_snapshot
from switchyard.operators.base import Pause
from switchyard.operators.run_parameters import number
from switchyard.sql import render
from switchyard.waiting.goals import Goal, Lifecycle, instance_deleted, snapshot_available
from switchyard.waiting.kinds import Wait

DRAIN_DEADLINE = "drain_deadline"


class RetireOldOperator(InSwapMode):
    """Take leave of what was replaced, step by step, each step read back from AWS before the next.

    Nothing happens before the live name is borne by the one that was proved. A run that replaced nothing ends at
    once. What another hand made is only touched when the pipeline's own swap renamed it, which its tags tell.

    Args:
        live_id: the live name.
        live_resource_id: resource id of the one that was proved and swapped in.
        retired_resource_id: resource id of the replaced one; empty when the run replaced none.
        drain: minutes that connected clients have to leave.
        action: "delete", or "stop" to keep the cluster stopped and tagged (AWS starts it again after seven days).
        final_snapshot: whether a final snapshot is made, and waited for, before the deletion.
        approval: the answer of people; None where nobody was asked.
        approval_asked: whether somebody had to be asked.
    """

    console = (pages.SNAPSHOTS,)
    skipped_because = "Nothing was replaced"
    template_fields = (
        *InSwapMode.template_fields,
        "live_id",
        "live_resource_id",
        "retired_resource_id",
        "stamp",
        "pipeline",
        "drain_minutes",
        "final_snapshot",
        "approval",
    )

    def __init__(
        self,
        *,
        live_id: str,
        live_resource_id: str,
        retired_resource_id: str,
        engine: str,
        login_secret_id: str,
        pipeline: str,
        stamp: str,
        drain_minutes: float | str,
        action: Literal["delete", "stop"],
        final_snapshot: bool | str,
        approval: Any = None,
        approval_asked: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.approval = approval
        self.approval_asked = approval_asked
        self.live_id = live_id
        self.live_resource_id = live_resource_id
        self.retired_resource_id = retired_resource_id
        self.engine = engine
        self.login_secret_id = login_secret_id
        self.pipeline = pipeline
        self.stamp = stamp
        self.drain_minutes = drain_minutes
        self.action = action
        self.final_snapshot = final_snapshot

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            self._plan_unmade()
            return None
        if not self.retired_resource_id:
            return None
        if reason := withheld(self.approval, asked=self.approval_asked):
            raise AirflowSkipException(
                f"What was replaced, {self.retired_resource_id}, is kept as it is: {reason}"
            )
        self._require_proved_live()
        retired = self.protected.find_by_resource_id(self.client(), self.retired_resource_id)
        if retired is None:
            return None
        self._require_retired(retired)
        if retired.status == "deleting":
            return self._until(self._goals.deleted())
        self._require_deletable(retired)
        if pause := self._drain(context, retired):
            return pause
        return self._stop(retired) if self.action == "stop" else self._delete(retired)

    def result(self, context: Any) -> dict[str, Any]:
        action, snapshot_id = (self.action, "") if self.retired_resource_id else ("nothing to retire", "")
        if self.retired_resource_id and self._wants_snapshot:
            if self.protected.snapshots.find(self.client(), self._final_snapshot_id):
                snapshot_id = self._final_snapshot_id
            else:
                action = "gone without a final snapshot"  # another hand deleted it
        return {
            "retired_resource_id": self.retired_resource_id,
            "action": action,
            "final_snapshot_id": snapshot_id,
            "summary": f"{action}; final snapshot {snapshot_id}" if snapshot_id else action,
        }

    @property
    def _goals(self) -> Lifecycle:
        return self.protected.goals

    @property
    def _final_snapshot_id(self) -> str:
        return RecoveryNames.for_run(self.live_id, self.stamp).final_snapshot_id

    @property
    def _wants_snapshot(self) -> bool:
        return self.action == "delete" and str(self.final_snapshot).lower() == "true"

    def _require_proved_live(self) -> None:
        live = self.find(self.live_id)
        bearer = live.resource_id if live else "nobody"
        if bearer != self.live_resource_id:
            raise NotAllowed(
                what=f"retiring what {self.live_id} replaced",
                found=f"the live name is borne by {bearer}, not by the proved {self.kind} {self.live_resource_id}",
                remedy="Finish or roll back the swap first: see the how-to on half swaps",
            )
        if live and swap_state.direction(live.tags) == "back":
            raise NotAllowed(
                what=f"retiring what {self.live_id} replaced",
                found=f"the verification of the new {self.kind} failed, and the swap is to be rolled back",
                remedy="Clear the task that checks the live endpoint: it finishes the rollback",
            )

    def _require_retired(self, retired: Described) -> None:
        own = retired.tags
        if own.get(tags.SWAP_RUN) != self.stamp or own.get(tags.FINAL_NAME) != retired.name:
            raise NotAllowed(
                what=f"retiring {retired.name}",
                found=f"tags {tags.SWAP_RUN}={own.get(tags.SWAP_RUN)}, {tags.FINAL_NAME}={own.get(tags.FINAL_NAME)}",
                remedy=f"Only the {self.kind} that this run's swap renamed is retired; delete others by hand",
            )

    def _require_deletable(self, retired: Described) -> None:
        foreign = retired.tags.get(tags.PIPELINE) != self.pipeline
        if self.action == "delete" and foreign and retired.fields["DeletionProtection"]:
            raise NotAllowed(
                what=f"deleting {retired.name}",
                found=f"deletion protection is on, and the pipeline did not make this {self.kind}",
                remedy="Turn deletion protection off by hand if it may go, then clear this task; or retire by stopping",
            )

    def _drain(self, context: Any, retired: Described) -> Pause | None:
        if retired.status != "available" or not retired.serves:
            return None
        store = context["task_state_store"]
        deadline = store.get(DRAIN_DEADLINE)
        if deadline is None:
            deadline = time.time() + number("drain_minutes", self.drain_minutes) * 60
            store.set(DRAIN_DEADLINE, deadline)
        connected = self._connected_clients(retired)
        told = f"{'unknown' if connected is None else connected} client connections left on {retired.name}"
        if connected == 0 or time.time() >= float(deadline):
            self.log.info("%s", told)
            return None
        return Pause(self.poll_interval, told)

    def _connected_clients(self, retired: Described) -> int | None:
        """How many there are; None where it cannot be asked, as when it takes no more of them."""
        login = read_login(self.client("secretsmanager"), self.login_secret_id)
        engine = describe.DATABASE_ENGINES[self.engine]
        statement = render(f"aurora_recovery/{engine}/count_client_connections.sql", engine)
        try:
            with connect(engine, *retired.address, login, verify_host_name=False) as database:
                return int(database.value(statement))
        except (pymysql.err.OperationalError, psycopg2.OperationalError) as error:
            self.log.info("%s did not say who is connected: %s", retired.endpoint, error)
            return None

    def _stop(self, retired: Described) -> Wait | None:
        if retired.status == "stopped":
            return None
        if retired.status == "available":
            self.protected.stop(self.client(), retired.name)
        elif retired.health is Health.MOVING:
            return self._until(self._goals.available())
        return self._until(self._goals.stopped())

    def _delete(self, retired: Described) -> Wait | None:
        if wait := self._awake(retired):
            return wait
        if self._wants_snapshot and (wait := self._final_snapshot_taken(retired)):
            return wait
        if wait := self._unprotected(retired):
            return wait
        for instance in self.protected.instances(self.client(), retired):
            if instance["DBInstanceStatus"] != "deleting":
                with describe.absence_allowed():
                    self.client().delete_db_instance(
                        DBInstanceIdentifier=instance["DBInstanceIdentifier"], SkipFinalSnapshot=True
                    )
            # The instance must be gone before the cluster: a cluster of deleting members may be deleted, but a second
            # run could then no longer tell whose instance blocks the name.
            return Wait(
                kind="db_instance_by_resource_id",
                identifier=instance["DbiResourceId"],
                goal=instance_deleted(),
            )
        with describe.absence_allowed():
            self.protected.delete(self.client(), retired.name)
        return self._until(self._goals.deleted())

    def _awake(self, retired: Described) -> Wait | None:
        """Bring it into a state in which AWS snapshots and deletes it: it does neither with a stopped one.

        Raises:
            StepFailed: it is in a state in which no final snapshot can be made.
        """
        status = retired.status
        if status == "stopped":
            self.protected.start(self.client(), retired.name)
            return self._until(self._goals.started())
        if status == "stopping":
            return self._until(self._goals.stopped())
        if retired.health is Health.MOVING:
            return self._until(self._goals.available())
        if retired.health is not Health.READY and self._wants_snapshot:
            raise StepFailed(
                what=f"final snapshot of {retired.name}",
                found=f"the {self.kind} is {status}",
                remedy=remedy(self.kind, retired.name, status),
            )
        return None

    def _until(self, goal: Goal) -> Wait:
        return self.wait_by_resource_id(self.retired_resource_id, goal)

    def _final_snapshot_taken(self, retired: Described) -> Wait | None:
        rds, snapshots, snapshot_id = self.client(), self.protected.snapshots, self._final_snapshot_id
        found = snapshots.find(rds, snapshot_id)
        if found is None:
            own = {tags.PIPELINE: self.pipeline, tags.RUN: self.stamp, tags.ROLE: "final"}
            snapshots.create(rds, snapshot_id, source=retired.name, tags=own)
        else:
            what = f"snapshot {snapshot_id}"
            tags.require_own(found.tags, pipeline=self.pipeline, run=self.stamp, what=what)
            if found.source_resource_id != self.retired_resource_id:
                raise StepFailed(
                    what=f"final snapshot {snapshot_id}",
                    found=f"it holds {found.source_resource_id}, not {self.retired_resource_id}",
                    remedy="Delete that snapshot if nobody needs it, then clear this task",
                )
            if found.status == "available":
                return None
            if found.status in (*SNAPSHOT_BROKEN, "deleting"):
                delete_snapshot(snapshots, rds, found)
                return self.until_snapshot_is_gone(snapshot_id)
        return self.wait_for_snapshot(snapshot_id, describe.unless_gone(snapshot_available()))

    def _plan_unmade(self) -> None:
        """Plan what would follow the swap of the one that bears the live name now."""
        names = RecoveryNames.for_run(self.live_id, self.stamp)
        rds, retired = self.client(), names.retired_id
        live = self.find(self.live_id)
        if live is None:
            return
        if self.action == "stop":
            self.protected.stop(rds, retired)
            return
        if self._wants_snapshot:
            self.protected.snapshots.create(rds, names.final_snapshot_id, source=retired, tags={})
        for name in live.member_names:
            rds.delete_db_instance(
                DBInstanceIdentifier=names.retired_instance_id(name), SkipFinalSnapshot=True
            )
        self.protected.delete(rds, retired)

    def _unprotected(self, retired: Described) -> Wait | None:
        if not retired.fields["DeletionProtection"]:
            return None
        self.protected.modify(self.client(), retired.name, {"DeletionProtection": False})
        return self._until(self._goals.available())
