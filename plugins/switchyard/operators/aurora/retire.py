"""Retire the cluster that the swap replaced: drained, kept as a final snapshot, then deleted or stopped."""

from __future__ import annotations

import time
from typing import Any, Literal

import psycopg2
import pymysql

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.states import SNAPSHOT_BROKEN, Health, health, remedy
from switchyard.databases.connections import connect
from switchyard.databases.logins import read_login
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora import describe, swap_state, tags
from switchyard.operators.aurora.snapshots import delete_snapshot
from switchyard.operators.base import AwsOperator, Pause
from switchyard.sql import render
from switchyard.waiting.goals import (
    Goal,
    cluster_available,
    cluster_deleted,
    cluster_started,
    cluster_stopped,
    instance_deleted,
    snapshot_available,
    snapshot_deleted,
)
from switchyard.waiting.kinds import Wait

DRAIN_DEADLINE = "drain_deadline"


class RetireClusterOperator(AwsOperator):
    """Take leave of the replaced cluster, step by step, each step read back from AWS before the next.

    Nothing happens before the live name is borne by the cluster that was proved. A run that replaced nothing ends at
    once. What another hand made is only touched when the pipeline's own swap renamed it, which its tags tell.

    Args:
        live_cluster_id: the live name.
        live_resource_id: resource id of the cluster that was proved and swapped in.
        retired_resource_id: resource id of the replaced cluster; empty when the run replaced none.
        drain: minutes that connected clients have to leave.
        action: "delete", or "stop" to keep the cluster stopped and tagged (AWS starts it again after seven days).
        final_snapshot: whether a final snapshot is made, and waited for, before the deletion.
    """

    template_fields = (
        *AwsOperator.template_fields,
        "live_cluster_id",
        "live_resource_id",
        "retired_resource_id",
        "stamp",
        "pipeline",
        "drain_minutes",
        "final_snapshot",
    )

    def __init__(
        self,
        *,
        live_cluster_id: str,
        live_resource_id: str,
        retired_resource_id: str,
        engine: str,
        login_secret_id: str,
        pipeline: str,
        stamp: str,
        drain_minutes: float | str,
        action: Literal["delete", "stop"],
        final_snapshot: bool | str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.live_cluster_id = live_cluster_id
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
        self._require_proved_live()
        cluster = describe.find_cluster_by_resource_id(self.client(), self.retired_resource_id)
        if cluster is None:
            return None
        self._require_retired(cluster)
        if cluster["Status"] == "deleting":
            return self._until(cluster_deleted())
        self._require_deletable(cluster)
        if pause := self._drain(context, cluster):
            return pause
        return self._stop(cluster) if self.action == "stop" else self._delete(cluster)

    def result(self, context: Any) -> dict[str, Any]:
        action, snapshot_id = (self.action, "") if self.retired_resource_id else ("nothing to retire", "")
        if self.retired_resource_id and self._wants_snapshot:
            if describe.find_snapshot(self.client(), self._final_snapshot_id):
                snapshot_id = self._final_snapshot_id
            else:
                action = "gone without a final snapshot"  # another hand deleted the cluster
        return {
            "retired_resource_id": self.retired_resource_id,
            "action": action,
            "final_snapshot_id": snapshot_id,
        }

    @property
    def _final_snapshot_id(self) -> str:
        return RecoveryNames.for_run(self.live_cluster_id, self.stamp).final_snapshot_id

    @property
    def _wants_snapshot(self) -> bool:
        return self.action == "delete" and str(self.final_snapshot).lower() == "true"

    def _require_proved_live(self) -> None:
        live = describe.find_cluster(self.client(), self.live_cluster_id)
        bearer = live["DbClusterResourceId"] if live else "nobody"
        if bearer != self.live_resource_id:
            raise NotAllowed(
                what=f"retiring what {self.live_cluster_id} replaced",
                found=f"the live name is borne by {bearer}, not by the proved cluster {self.live_resource_id}",
                remedy="Finish or roll back the swap first: see the how-to on half swaps",
            )
        if live and swap_state.direction(live) == "back":
            raise NotAllowed(
                what=f"retiring what {self.live_cluster_id} replaced",
                found="the verification of the new cluster failed, and the swap is to be rolled back",
                remedy="Clear the task that checks the live endpoint: it finishes the rollback",
            )

    def _require_retired(self, cluster: dict[str, Any]) -> None:
        own = tags.tags_of(cluster)
        name = cluster["DBClusterIdentifier"]
        if own.get(tags.SWAP_RUN) != self.stamp or own.get(tags.FINAL_NAME) != name:
            raise NotAllowed(
                what=f"retiring {name}",
                found=f"tags {tags.SWAP_RUN}={own.get(tags.SWAP_RUN)}, {tags.FINAL_NAME}={own.get(tags.FINAL_NAME)}",
                remedy="Only the cluster that this run's swap renamed is retired; delete others by hand",
            )

    def _require_deletable(self, cluster: dict[str, Any]) -> None:
        foreign = tags.tags_of(cluster).get(tags.PIPELINE) != self.pipeline
        if self.action == "delete" and foreign and cluster["DeletionProtection"]:
            raise NotAllowed(
                what=f"deleting {cluster['DBClusterIdentifier']}",
                found="deletion protection is on, and the pipeline did not make this cluster",
                remedy="Turn deletion protection off by hand if it may go, then clear this task; or retire by stopping",
            )

    def _drain(self, context: Any, cluster: dict[str, Any]) -> Pause | None:
        if cluster["Status"] != "available" or not cluster["DBClusterMembers"]:
            return None
        store = context["task_state_store"]
        deadline = store.get(DRAIN_DEADLINE)
        if deadline is None:
            deadline = time.time() + float(self.drain_minutes) * 60
            store.set(DRAIN_DEADLINE, deadline)
        connected = self._connected_clients(cluster)
        if connected == 0 or time.time() >= float(deadline):
            self.log.info("%s client connections left on %s", connected, cluster["DBClusterIdentifier"])
            return None
        return Pause(self.poll_interval, f"{connected} clients are still connected to the old cluster")

    def _connected_clients(self, cluster: dict[str, Any]) -> int:
        login = read_login(self.client("secretsmanager"), self.login_secret_id)
        engine = describe.DATABASE_ENGINES[self.engine]
        statement = render(f"aurora_recovery/{engine}/count_client_connections.sql", engine)
        try:
            with connect(
                engine, cluster["Endpoint"], cluster["Port"], login, verify_host_name=False
            ) as database:
                return int(database.value(statement))
        except (pymysql.err.OperationalError, psycopg2.OperationalError):
            # An old cluster that answers nobody serves nobody.
            self.log.info("%s does not answer any more", cluster["Endpoint"])
            return 0

    def _stop(self, cluster: dict[str, Any]) -> Wait | None:
        if cluster["Status"] == "stopped":
            return None
        if cluster["Status"] == "available":
            self.client().stop_db_cluster(DBClusterIdentifier=cluster["DBClusterIdentifier"])
        elif health("cluster", cluster["Status"]) is Health.MOVING:
            return self._until(cluster_available())
        return self._until(cluster_stopped())

    def _delete(self, cluster: dict[str, Any]) -> Wait | None:
        if wait := self._awake(cluster):
            return wait
        if self._wants_snapshot and (wait := self._final_snapshot_taken(cluster)):
            return wait
        if wait := self._unprotected(cluster):
            return wait
        for instance in describe.members(self.client(), cluster):
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
            self.client().delete_db_cluster(
                DBClusterIdentifier=cluster["DBClusterIdentifier"], SkipFinalSnapshot=True
            )
        return self._until(cluster_deleted())

    def _awake(self, cluster: dict[str, Any]) -> Wait | None:
        """Bring the cluster into a state in which AWS snapshots and deletes it: it does neither with a stopped one.

        Raises:
            StepFailed: it is in a state in which no final snapshot can be made.
        """
        status = cluster["Status"]
        if status == "stopped":
            self.client().start_db_cluster(DBClusterIdentifier=cluster["DBClusterIdentifier"])
            return self._until(cluster_started())
        if status == "stopping":
            return self._until(cluster_stopped())
        condition = health("cluster", status)
        if condition is Health.MOVING:
            return self._until(cluster_available())
        if condition is not Health.READY and self._wants_snapshot:
            name = cluster["DBClusterIdentifier"]
            raise StepFailed(
                what=f"final snapshot of {name}",
                found=f"the cluster is {status}",
                remedy=remedy("cluster", name, status),
            )
        return None

    def _until(self, goal: Goal) -> Wait:
        return Wait(kind="db_cluster_by_resource_id", identifier=self.retired_resource_id, goal=goal)

    def _final_snapshot_taken(self, cluster: dict[str, Any]) -> Wait | None:
        snapshot_id = self._final_snapshot_id
        found = describe.find_snapshot(self.client(), snapshot_id)
        if found is None:
            own = {tags.PIPELINE: self.pipeline, tags.RUN: self.stamp, tags.ROLE: "final"}
            self.client().create_db_cluster_snapshot(
                DBClusterIdentifier=cluster["DBClusterIdentifier"],
                DBClusterSnapshotIdentifier=snapshot_id,
                Tags=tags.tag_list(own),
            )
        else:
            tags.require_own(found, pipeline=self.pipeline, run=self.stamp, what=f"snapshot {snapshot_id}")
            if found["DbClusterResourceId"] != self.retired_resource_id:
                raise StepFailed(
                    what=f"final snapshot {snapshot_id}",
                    found=f"it holds {found['DbClusterResourceId']}, not {self.retired_resource_id}",
                    remedy="Delete that snapshot if nobody needs it, then clear this task",
                )
            if found["Status"] == "available":
                return None
            if found["Status"] in (*SNAPSHOT_BROKEN, "deleting"):
                delete_snapshot(self.client(), found)
                return Wait(kind="db_cluster_snapshot", identifier=snapshot_id, goal=snapshot_deleted())
        goal = describe.unless_gone(snapshot_available())
        return Wait(kind="db_cluster_snapshot", identifier=snapshot_id, goal=goal)

    def _plan_unmade(self) -> None:
        """Plan what would follow the swap of the cluster that bears the live name now."""
        names = RecoveryNames.for_run(self.live_cluster_id, self.stamp)
        live = describe.find_cluster(self.client(), self.live_cluster_id)
        if live is None:
            return
        if self.action == "stop":
            self.client().stop_db_cluster(DBClusterIdentifier=names.retired_cluster_id)
            return
        if self._wants_snapshot:
            self.client().create_db_cluster_snapshot(
                DBClusterIdentifier=names.retired_cluster_id,
                DBClusterSnapshotIdentifier=names.final_snapshot_id,
            )
        for instance in describe.members(self.client(), live):
            retired = names.retired_instance_id(instance["DBInstanceIdentifier"])
            self.client().delete_db_instance(DBInstanceIdentifier=retired, SkipFinalSnapshot=True)
        self.client().delete_db_cluster(DBClusterIdentifier=names.retired_cluster_id, SkipFinalSnapshot=True)

    def _unprotected(self, cluster: dict[str, Any]) -> Wait | None:
        if not cluster["DeletionProtection"]:
            return None
        self.client().modify_db_cluster(
            DBClusterIdentifier=cluster["DBClusterIdentifier"],
            DeletionProtection=False,
            ApplyImmediately=True,
        )
        return self._until(cluster_available())
