"""What steps in a warehouse share: where their statements go, and that none of them outlives its step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow.sdk.exceptions import TaskDeferralTimeout

from switchyard.aws import console as pages
from switchyard.errors import BadInput, MayPass, SwitchyardError
from switchyard.operators.base import AwsOperator
from switchyard.operators.redshift.running import RUNNING, cancel, named
from switchyard.operators.redshift.submitted import Memory
from switchyard.operators.redshift.target import Target
from switchyard.redshift.tokens import run_prefix


class WarehouseOperator(AwsOperator):
    """A step in a warehouse of Redshift, by way of the Data API.

    Whatever ends the step otherwise than well cancels what it has under way: a kill while a worker has it, its
    deadline, an error after which no further try comes. An error that is tried again leaves statements running, which
    the next try goes on with; a cleared task first cancels what the task before it left.

    Args:
        warehouse: ``workgroup`` or ``cluster_id``, ``database``, and where needed ``db_user`` or ``secret_arn``; a
            section ``warehouse`` of the configuration, which may say more.
    """

    console = (pages.WAREHOUSE, pages.WORKGROUPS)
    service = "redshift-data"
    template_fields = (*AwsOperator.template_fields, "warehouse")

    def __init__(self, *, warehouse: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.poll_interval <= 0:
            raise BadInput(
                "poll_interval", self.poll_interval, "looks need time between them", "Give seconds"
            )
        self.warehouse = dict(warehouse)
        self._running: set[str] = set()
        self._memory: Memory | None = None
        self._told_to_end = False

    @property
    def target(self) -> Target:
        """Where statements go."""
        return Target.of(self.warehouse)

    def cancel_run(self, context: Any, aws_conn_id: str | None = None) -> int:
        """Cancel what any step of the run has under way, for steps that end a run; how many statements that were.

        A step that is killed while it waits in the triggerer has no worker that could cancel its statement.

        Args:
            context: Airflow's.
            aws_conn_id: the connection of the role that sent them, where it is not the step's own.
        """
        run, data_api = context["dag_run"], self.client(aws_conn_id=aws_conn_id)
        found = named(data_api, run_prefix(run.dag_id, run.run_id))
        return cancel(data_api, [one["Id"] for one in found if one["Status"] in RUNNING], self.log)

    def memory(self, context: Any) -> Memory:
        """What the task remembers of the statements it has sent."""
        if self._memory is None:
            self._memory = Memory(context)
        return self._memory

    def execute(self, context: Any) -> dict[str, Any]:
        with self._leaving_nothing(context):
            return super().execute(context)

    def resume(self, context: Any, event: Mapping[str, Any]) -> dict[str, Any]:
        with self._leaving_nothing(context):
            return super().resume(context, event)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Airflow's way into ``resume``, and into the failure of a wait that nobody ended in time."""
        with self._leaving_nothing(context):
            return super().resume_execution(next_method, next_kwargs, context)

    def on_kill(self) -> None:
        # Airflow calls this from a signal handler, after which the step goes on until its process is killed.
        self._told_to_end = True
        self._cancel()

    @contextmanager
    def _leaving_nothing(self, context: Any) -> Iterator[None]:
        memory = self._memory = Memory(context)
        self._running |= set(memory.under_way())
        if memory.is_of_another_generation():
            self._cancel()
        try:
            yield
        except Exception as error:
            is_last = memory.try_number > memory.generation  # Airflow's max_tries
            is_final = isinstance(error, (SwitchyardError, TaskDeferralTimeout))
            if is_last or (is_final and not isinstance(error, MayPass)):
                self._cancel()
            raise

    def _cancel(self) -> None:
        if self._running:
            cancel(self.client(), sorted(self._running), self.log)
            self._running.clear()
