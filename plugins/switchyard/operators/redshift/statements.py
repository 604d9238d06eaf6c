"""Statements of Redshift, each of which runs once however often its step does."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from switchyard.errors import StepFailed
from switchyard.operators.base import Pause
from switchyard.operators.redshift.base import WarehouseOperator
from switchyard.operators.redshift.running import RUNNING
from switchyard.operators.redshift.sending import Sender
from switchyard.operators.redshift.submitted import Memory, Part, Submitted
from switchyard.redshift.errors import Kind
from switchyard.redshift.failures import failure_of
from switchyard.redshift.parameters import Bindable
from switchyard.redshift.request import Request, make_request
from switchyard.redshift.results import read_page
from switchyard.redshift.settings import Settings
from switchyard.redshift.tokens import Work
from switchyard.waiting.kinds import Wait
from switchyard.waiting.warehouse_goals import statement_ended

ATTEMPTS = 3
"""Times that a transaction is sent at most which others keep conflicting with."""
MOST_ROWS = 100_000
"""Rows that a result may have: the Data API is no way to move data, 100,000 rows take it a quarter of a minute."""

_FIRST_LOOK = 5
"""Seconds that the first look waits for a short statement, which then needs no triggerer."""


class RedshiftOperator(WarehouseOperator):
    """A step made of statements of Redshift.

    A statement's token is stored before it is sent, its id after: a lost answer is asked for again with the same token
    and is the same execution. A retried task goes on with what its earlier try sent; a cleared one sends anew. A
    transaction that others conflicted with (errors 1023, 1018) is sent again as a whole, after a while; any other
    failure is final.

    Args:
        session: settings of every statement's session; ``query_group`` of ``warehouse`` where None.
        external_schemas: names of schemas whose tables are not Redshift's own, for the linter.
    """

    def __init__(
        self, *, session: Settings | None = None, external_schemas: Collection[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.external_schemas = frozenset(external_schemas)
        self._read: dict[str, list[dict[str, Any]]] = {}

    def statement(
        self,
        context: Any,
        purpose: str,
        sql: str | Sequence[str],
        *,
        parameters: Mapping[str, Bindable] | None = None,
        adds_rows: bool = True,
        session: Settings | None = None,
    ) -> Wait | Pause | None:
        """Run a statement, or a batch in one transaction, or see how it went on; None when it has succeeded.

        In a dry run it is printed, and taken for finished.

        Args:
            context: Airflow's.
            purpose: what tells this work from others of the step.
            sql: a statement, or several that are one transaction; rendered by ``render_redshift``, so that errors can
                name their files.
            parameters: what ``:name`` becomes in them; each must be used.
            adds_rows: whether to run it twice would do harm; it then has a token.
            session: settings of the session, the step's own where None; their SETs are sent in the same transaction.

        Raises:
            NotAllowed: Redshift would refuse it; nothing was sent.
            BadInput: a parameter cannot be bound; nothing was sent.
            StatementFailed: it failed; ``kind`` says why.
        """
        memory = self.memory(context)
        submitted = memory.get(purpose)
        if submitted.ended is not None:
            return None
        session = session or self.session or Settings(query_group=self.warehouse.get("query_group"))
        external = self.external_schemas
        request = make_request(sql, parameters or {}, session, purpose=purpose, external_schemas=external)
        if self.dry_run:
            self._print(purpose, request)
            return None
        if submitted.statement_id is None:
            submitted = self._send(context, memory, purpose, request, adds_rows=adds_rows)
        return self._follow(memory, purpose, submitted, request)

    def rows(self, context: Any, purpose: str, part: int | None = None) -> list[dict[str, Any]]:
        """The rows of a statement that has succeeded, typed, by the names of its columns; all pages.

        Empty where it has no result, and in a dry run.

        Args:
            context: Airflow's.
            purpose: of the statement.
            part: which one of a batch, counted from 0; its only one where None.

        Raises:
            StepFailed: there are more than ``MOST_ROWS``.
        """
        result, identifier = self._result(context, purpose, part)
        if not result.has_rows:
            return []
        if result.rows > MOST_ROWS:
            raise StepFailed(
                f"{self.task_id}: {purpose}",
                f"its result has {result.rows} rows",
                "Aggregate, or UNLOAD them",
            )
        if identifier not in self._read:
            pages = self.client().get_paginator("get_statement_result").paginate(Id=identifier)
            self._read[identifier] = [row for page in pages for row in read_page(page)]
        return self._read[identifier]

    def affected(self, context: Any, purpose: str, part: int | None = None) -> int:
        """How many rows a statement that has succeeded gave or changed; 0 for definitions and in a dry run."""
        return max(0, self._result(context, purpose, part)[0].rows)

    def query_id(self, context: Any, purpose: str, part: int | None = None) -> int:
        """The id under which Redshift's own views know a statement that has succeeded; 0 in a dry run."""
        return self._result(context, purpose, part)[0].query_id

    def statement_id(self, context: Any, purpose: str) -> str:
        """The id under which the Data API knows a statement or batch that was sent; empty in a dry run."""
        return "" if self.dry_run else str(self.memory(context).get(purpose).statement_id)

    def _print(self, purpose: str, request: Request) -> None:
        for number, one in enumerate(request.statements, 1):
            place = f"{purpose}, statement {number} of {len(request.statements)}"
            self.log.info("Dry run, %s:\n%s", place, one)
        getattr(self.client(), request.operation)(**self.target.arguments(), **request.arguments())

    def _send(
        self, context: Any, memory: Memory, purpose: str, request: Request, *, adds_rows: bool
    ) -> Submitted:
        if time.time() >= self._deadline(context):
            raise StepFailed(
                f"{self.task_id}: {purpose}", "time ran out before it was sent", "Give the step more time"
            )
        work = Work(
            dag_id=context["dag_run"].dag_id,
            run_id=context["dag_run"].run_id,
            task_id=self.task_id,
            map_index=int(getattr(context["ti"], "map_index", -1)),
            max_tries=memory.generation,
            purpose=purpose,
            attempt=memory.get(purpose).attempt,
        )
        sender = Sender(self.client(), self.target, memory)
        return sender.send(work, request) if adds_rows else sender.send_harmless(work, request)

    def _follow(
        self, memory: Memory, purpose: str, submitted: Submitted, request: Request
    ) -> Wait | Pause | None:
        identifier = str(submitted.statement_id)
        self._running.add(identifier)
        found = self._describe(identifier)
        if found["Status"] in RUNNING:
            if submitted.try_number != memory.try_number:
                memory.set(purpose, replace(submitted, try_number=memory.try_number))
            return Wait("redshift_statement", identifier, statement_ended())
        self._running.discard(identifier)
        if found["Status"] == "FINISHED":
            memory.set(purpose, submitted.with_results(found))
            return None
        failure = failure_of(f"{self.task_id}: {purpose} ({identifier})", request, found)
        if found["Status"] == "ABORTED" and self._told_to_end:
            raise InterruptedError(f"{failure.what}: cancelled with the worker that had it")
        # A worker that is told to end cancels its statement, and a later try takes the work up again.
        cut_off = found["Status"] == "ABORTED" and memory.try_number > submitted.try_number
        if submitted.attempt < ATTEMPTS and (failure.kind is Kind.CONFLICT or cut_off):
            memory.set(purpose, submitted.again())
            self.log.warning("Attempt %s of %s: %s", submitted.attempt, ATTEMPTS, failure)
            return Pause(self._backoff(submitted.attempt), f"{purpose} to be sent again")
        raise failure

    def _describe(self, identifier: str) -> dict[str, Any]:
        """Look at a statement; where the client can, wait a little for one that is short."""
        data_api = self.client()
        members = data_api.meta.service_model.operation_model("DescribeStatement").input_shape.members
        seconds = min(_FIRST_LOOK, int(self.poll_interval)) if "WaitTimeSeconds" in members else 0
        wait = {"WaitTimeSeconds": seconds} if seconds else {}
        found: dict[str, Any] = data_api.describe_statement(Id=identifier, **wait)
        return found

    def _backoff(self, attempt: int) -> float:
        return float(self.poll_interval * 2 ** (attempt - 1)) * random.uniform(0.5, 1.5)  # noqa: S311 - parts rivals

    def _result(self, context: Any, purpose: str, part: int | None) -> tuple[Part, str]:
        if self.dry_run:
            return Part(False, 0, 0), ""
        submitted = self.memory(context).get(purpose)
        if submitted.ended is None or (part is None and len(submitted.ended) > 1):
            raise ValueError(
                f"{purpose} has not succeeded in this step, or has parts of which none was named"
            )
        return submitted.ended[part or 0], submitted.part_id(part or 0)
