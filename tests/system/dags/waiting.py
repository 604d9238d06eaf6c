"""DAGs of the system tests: many waits at once, and a run per message."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, AssetWatcher, dag, task

from switchyard.messaging.sqs import SqsMessageTrigger
from switchyard.operators.base import SubmitOperator
from switchyard.waiting.goals import snapshot_available
from switchyard.waiting.kinds import Wait

SOURCE = {"aws_conn_id": "aws_source", "account_id": "111111111111", "region_name": "us-west-2"}
QUEUE = "arn:aws:sqs:us-west-1:222222222222:waiting-messages"


class SnapshotOperator(SubmitOperator):
    """Take a snapshot of the cluster "waiting", once."""

    template_fields = (*SubmitOperator.template_fields, "snapshot_id")

    def __init__(self, *, snapshot_id, **kwargs):
        super().__init__(**kwargs)
        self.snapshot_id = snapshot_id

    def submit(self, context):
        self.client().create_db_cluster_snapshot(
            DBClusterIdentifier="waiting", DBClusterSnapshotIdentifier=self.snapshot_id
        )
        return self.snapshot_id

    def wait(self, identifier):
        return Wait("db_cluster_snapshot", identifier, snapshot_available())

    def describe(self, identifier):
        return {"snapshot_id": identifier}


@dag(dag_id="waiting__snapshots", schedule=None, params={"number": 6})
def waiting_snapshots():
    """Wait for several snapshots at once."""

    @task
    def names(params, dag_run):
        stamp = dag_run.run_after.strftime("%H%M%S")
        return [f"waiting-{stamp}-{number}" for number in range(params["number"])]

    SnapshotOperator.partial(
        task_id="snapshot", timeout=timedelta(minutes=10), poll_interval=2.0, retries=0, **SOURCE
    ).expand(snapshot_id=names())


waiting_snapshots()

watcher = SqsMessageTrigger(
    queue_arn=QUEUE, aws_conn_id="aws_target", account_id="222222222222", poll_interval=1.0
)


@dag(
    dag_id="waiting__messages",
    schedule=[Asset("waiting_messages", watchers=[AssetWatcher(name="messages", trigger=watcher)])],
    is_paused_upon_creation=False,
)
def waiting_messages():
    """Say which messages started the run."""

    @task
    def bodies(triggering_asset_events):
        return [
            event.extra["payload"]["body"] for events in triggering_asset_events.values() for event in events
        ]

    bodies()


waiting_messages()
