"""Keeps all that tasks say, render, send, receive and wait with, so that a test can look for what must not be there."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator
from botocore.client import BaseClient

from switchyard.operators.base import AwsOperator

SECRET_ANSWERS = ("GetSecretValue", "AssumeRole", "DescribeReplicationTasks")
"""Calls whose answers are secrets, or may quote rows where a load has failed; they may go nowhere else."""


class Overheard:
    """Files with what each task's processes wrote and exchanged, one for each task."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder

    @property
    def text(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.iterdir()))

    def install(self, task_id: str) -> None:
        """Listen to the process of one try of one task."""
        file = os.open(self.folder / f"{task_id}.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, 1)
        os.dup2(file, 2)
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, force=True)
        self._listen_to_templates()
        self._listen_to_calls()
        self._listen_to_waits()

    def _listen_to_templates(self) -> None:
        render = BaseOperator.render_template_fields

        def rendering(operator: Any, *arguments: Any, **named: Any) -> Any:
            answer = render(operator, *arguments, **named)
            _keep("rendered", {name: getattr(operator, name) for name in operator.template_fields})
            _keep("operator", str(vars(operator)))
            return answer

        BaseOperator.render_template_fields = rendering

    def _listen_to_calls(self) -> None:
        call = BaseClient._make_api_call

        def calling(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            _keep(operation, parameters)
            answer = call(client, operation, parameters)
            if operation not in SECRET_ANSWERS:
                _keep(f"answer to {operation}", answer)
            return answer

        BaseClient._make_api_call = calling

    def _listen_to_waits(self) -> None:
        defer, resume = BaseOperator.defer, AwsOperator.resume

        def deferring(operator: Any, *, trigger: Any, **named: Any) -> Any:
            _keep("trigger", trigger.serialize())
            return defer(operator, trigger=trigger, **named)

        def resuming(operator: Any, context: Any, event: Any) -> Any:
            _keep("event", event)
            return resume(operator, context, event)

        BaseOperator.defer, AwsOperator.resume = deferring, resuming


def _keep(what: str, content: Any) -> None:
    sys.stdout.write(f"{what}: {json.dumps(content, default=str, ensure_ascii=False)}\n")
    sys.stdout.flush()
