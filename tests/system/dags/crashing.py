"""A DAG of the system tests whose tasks die with a password in their hands, whose end is told, and which is late."""

from __future__ import annotations

import json
import os
import re
import signal
from datetime import timedelta
from pathlib import Path

import yaml
from airflow.sdk import DAG

from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.loader import load
from switchyard.configuration.notices import Notice
from switchyard.databases.logins import read_login
from switchyard.operators.base import AwsOperator
from switchyard.pipelines.notices import callbacks
from switchyard.pipelines.recovery_watch import recovery_restore_deadline

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "observe.md"
SOURCE = {"aws_conn_id": "aws_source", "account_id": "111111111111", "region_name": "us-west-2"}


class DieOperator(AwsOperator):
    """Read the login of "orders", and die of an error that nobody handles, or without a word."""

    def __init__(self, *, by, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def act(self, context):
        password = read_login(self.client("secretsmanager"), "switchyard/orders/login").password
        if self.by == "signal":
            os.kill(os.getpid(), signal.SIGKILL)
        raise RuntimeError(f"died with {len(password)} letters in hand")

    def result(self, context):
        return {}


orders = next(one for one in load().of(AuroraRecovery) if one.name == "orders")
[shown] = re.findall(r"```yaml\n(notify:.*?)```", PAGE.read_text(), re.DOTALL)
notices = tuple(Notice.model_validate_json(json.dumps(one)) for one in yaml.safe_load(shown)["notify"])
told = orders.model_copy(update={"notify": notices})
deadlines = recovery_restore_deadline(told)["deadline"]
for deadline in deadlines:
    deadline.interval = timedelta(seconds=1)

with DAG("crashing", schedule=None, deadline=deadlines, on_failure_callback=callbacks(told, "failure")):
    for by in ("signal", "error"):
        DieOperator(task_id=f"die_by_{by}", by=by, timeout=timedelta(minutes=5), **SOURCE)
