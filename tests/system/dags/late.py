"""A DAG of the system tests whose run is late by its configuration's deadlines, as those of recoveries may be."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import yaml
from airflow.sdk import DAG

from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.loader import load
from switchyard.configuration.notices import Notice
from switchyard.operators.base import AwsOperator, Pause
from switchyard.pipelines.recovery_watch import recovery_restore_deadline

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "observe.md"
TARGET = {"aws_conn_id": "aws_target", "account_id": "222222222222", "region_name": "us-west-1"}


class DawdleOperator(AwsOperator):
    """Wait until somebody deletes the queue that holds it up."""

    def act(self, context):
        queues = self.client("sqs").list_queues(QueueNamePrefix="late-hold").get("QueueUrls")
        return Pause(1.0, "the queue to go") if queues else None

    def result(self, context):
        return {}


orders = next(one for one in load().of(AuroraRecovery) if one.name == "orders")
[shown] = re.findall(r"```yaml\n(notify:.*?)```", PAGE.read_text(), re.DOTALL)
notices = tuple(Notice.model_validate_json(json.dumps(one)) for one in yaml.safe_load(shown)["notify"])
deadlines = recovery_restore_deadline(orders.model_copy(update={"notify": notices}))["deadline"]
for deadline in deadlines:
    deadline.interval = timedelta(seconds=2)

with DAG("late", schedule=None, deadline=deadlines):
    DawdleOperator(task_id="dawdle", timeout=timedelta(minutes=20), poll_interval=1.0, **TARGET)
