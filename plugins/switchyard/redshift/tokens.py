"""What a statement is called towards the Data API: its token, which makes a repeated request the same one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

KEPT = timedelta(hours=8)
"""How long the Data API knows a token again.

Source: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""
_LONGEST_NAME = 2048


@dataclass(frozen=True)
class Work:
    """One piece of work; equal works are the same request.

    Attributes:
        max_tries: Airflow's; a retry keeps it, a clear raises it: a cleared task is new work, a retried one is not.
        attempt: counted from 1; grows only when the attempt before has ended badly for good, as its token would bring
            back its failure.
        purpose: what tells the statement from others of the task.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    max_tries: int
    purpose: str
    attempt: int

    def token(
        self, statements: Sequence[str], parameters: Sequence[Mapping[str, str]], target: object
    ) -> str:
        """64 hexadecimal digits, as many as the Data API takes."""
        told = [self._parts, self.attempt, list(statements), [dict(one) for one in parameters], target]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def statement_name(self) -> str:
        """The name under which the Data API lists it: DAG, run, task, index, generation, attempt, purpose."""
        name = ".".join([*map(str, self._parts[:5]), str(self.attempt), self.purpose])
        return name[:_LONGEST_NAME]

    @property
    def _parts(self) -> list[str | int]:
        return [self.dag_id, self.run_id, self.task_id, self.map_index, self.max_tries, self.purpose]


def run_prefix(dag_id: str, run_id: str) -> str:
    """What the names of all statements of a run begin with."""
    return f"{dag_id}.{run_id}."
