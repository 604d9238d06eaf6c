"""DAGs of the system tests: many waits at once, and a run per message."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, AssetWatcher, dag, task

from switchyard.messaging.sqs import SqsMessageTrigger
from switchyard.operators.base import AwsOperator
from switchyard.waiting.goals import cluster_available
from switchyard.waiting.kinds import Wait

SOURCE = {"aws_conn_id": "aws_source", "account_id": "111111111111", "region_name": "us-west-2"}
QUEUE = "arn:aws:sqs:us-west-1:222222222222:waiting-messages"


class AwaitClusterOperator(AwsOperator):
    """Wait until a cluster is available."""

    template_fields = (*AwsOperator.template_fields, "cluster_id")

    def __init__(self, *, cluster_id, **kwargs):
        super().__init__(**kwargs)
        self.cluster_id = cluster_id

    def act(self, context):
        wait = Wait("db_cluster", self.cluster_id, cluster_available())
        return None if self.has_met(wait) else wait

    def result(self, context):
        return {"cluster_id": self.cluster_id, "found": "available"}


@dag(dag_id="waiting__clusters", schedule=None)
def waiting_clusters():
    """Wait for six clusters at once, and hand on one value of what each found."""

    @task(trigger_rule="all_success")
    def together(found):
        return list(found)

    waits = AwaitClusterOperator.partial(
        task_id="wait", timeout=timedelta(minutes=20), poll_interval=2.0, retries=2, **SOURCE
    ).expand(cluster_id=[f"waiting-{number}" for number in range(6)])
    together(waits.output["found"])


waiting_clusters()

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
