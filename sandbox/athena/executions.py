"""A query execution: what was asked, and what becomes of it over time."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.athena import failures, running
from sandbox.athena.context import Context, Outcome
from sandbox.athena.failures import Failure, HiveError
from sandbox.athena.statements import CreateTableAs, Insert, Query, Statement, Unload
from sandbox.runtime import runtime
from sandbox.sql.errors import SqlError, Unparsable
from sandbox.sql.session import Cancelled, Session
from sandbox.transitions import Process, Stage, now, schedule

log = logging.getLogger(__name__)

OPERATION = "athena:Execute"
"""The name under which a running query asks for faults; it is no API operation.

Kind "error" fails it with the fault's code and message, "server-error" and "throttle" with an error that AWS
calls retryable, and "slow" holds it up. Rows that a statement wrote before it failed stay.
"""
FINAL = {"SUCCEEDED", "FAILED", "CANCELLED"}
REQUEUE = "athena_requeue"
BY_USER = "Query cancelled by user"
OVER_LIMIT = "Query cancelled! : Bytes scanned limit was exceeded"


class _Struck(Exception):
    """A fault was ordered for the query."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


@dataclass
class Execution:
    """A query as `GetQueryExecution` shows it, and the work under way for it.

    `text` is the statement that is run: that of `query` with its parameters in it. `results` is the location below
    which its results go; `settings` what is configured of them, in the shape of ResultConfiguration; `limit` the
    bytes that it may scan.
    """

    query_id: str
    query: str
    text: str
    statement: Statement
    database: str
    catalog: str
    workgroup: str
    results: str
    settings: Mapping[str, Any]
    new_context: Callable[[Execution, Path], Context]
    engine_version: Mapping[str, str]
    account: str
    region: str
    parameters: list[str] | None = None
    limit: int | None = None
    state: str = "QUEUED"
    failure: Failure | None = None
    reason: str | None = None
    submitted_at: datetime = field(default_factory=now)
    running_since: datetime | None = None
    completed_at: datetime | None = None
    scanned: int = 0
    outcome: Outcome = field(default_factory=Outcome)
    process: Process | None = None
    _session: Session | None = None
    _stopped: str | None = None

    @property
    def writes(self) -> bool:
        """Whether it writes rows as objects, which its result lists."""
        return isinstance(self.statement, Insert | CreateTableAs | Unload)

    @property
    def place(self) -> str:
        """Where its result is."""
        if isinstance(self.statement, CreateTableAs):
            return f"{self.results}tables/{self.query_id}"
        if self.writes:
            return f"{self.results}{self.query_id}"
        return f"{self.results}{self.query_id}.{'csv' if isinstance(self.statement, Query) else 'txt'}"

    @property
    def manifest(self) -> str | None:
        """Where the list of the objects is that it wrote or meant to write."""
        return f"{self.place}-manifest.csv" if self.writes else None

    def start(self) -> None:
        """Begin to wait for its turn."""
        seconds = runtime.durations
        queue = Stage(seconds["query.queue"])
        stages = [queue, Stage(seconds["query.run"], begin=self._begin, work=self._work, end=self._end)]
        if runtime.behaviour[REQUEUE] == "once":
            again = Stage(seconds["query.queue"], begin=self._queue_again)
            stages = [queue, Stage(seconds["query.run"], begin=self._begin), again, stages[1]]
        self.process = schedule(f"query {self.query_id}", stages, self._broken)

    def cancel(self, reason: str = BY_USER) -> None:
        """End it where it has not ended; what it wrote stays."""
        if self.state not in FINAL:
            self.halt(reason)
            self._show("CANCELLED", reason)

    def force(self, state: str) -> None:
        """Put it into a state by hand."""
        self.halt(f"Forced into {state}")
        self.failure = Failure(f"Forced into {state}") if state == "FAILED" else None
        self._show(state, f"Forced into {state}" if state in {"FAILED", "CANCELLED"} else None)

    def halt(self, reason: str = BY_USER) -> None:
        """Stop the work under way and show nothing of it."""
        self._stopped = self._stopped or reason
        if self.process is not None:
            self.process.stop()
        if self._session is not None:
            self._session.interrupt()

    def _begin(self) -> None:
        self.running_since = self.running_since or now()
        self._show("RUNNING")

    def _queue_again(self) -> None:
        self._show("QUEUED")

    def _work(self) -> None:
        """Run the statement and store its result; in a thread without the lock."""
        with tempfile.TemporaryDirectory(prefix="athena-") as scratch:
            context = self.new_context(self, Path(scratch))
            context.check = self._check
            try:
                self._run(context)
            except (SqlError, HiveError) as error:
                self.failure = failures.of(error)
            except Unparsable as error:
                self.failure = Failure(f"INVALID_VIEW: {error}")
            except _Struck as struck:
                self.failure = struck.failure
            except Cancelled:
                log.debug("query %s ended early: %s", self.query_id, self._stopped)

    def _run(self, context: Context) -> None:
        with Session(context.objects, context.scratch, limit=self.limit, exceeded=self._exceed) as session:
            self._session = session
            try:
                if self._stopped:
                    raise Cancelled
                self.outcome = running.run(self.statement, self.text, session, context)
                if not self.writes:
                    self._check()
                running.store(self.outcome, self.place, self.manifest, context)
            finally:
                self.scanned = session.lake.scanned
                self._session = None

    def _exceed(self) -> None:
        self._stopped = OVER_LIMIT

    def _check(self) -> None:
        """End the work where it was stopped, or where a fault was ordered for it."""
        if self._stopped:
            raise Cancelled
        taken = runtime.faults.take if runtime.faults is not None else None
        for fault in taken(OPERATION, self.account, self.region, inside=True) if taken else []:
            if fault.kind == "slow":
                time.sleep(fault.seconds)
            elif fault.kind == "error":
                raise _Struck(Failure(f"{fault.code}: {fault.message or 'ordered by a test'}"))
            else:
                reason = "GENERIC_INTERNAL_ERROR: Query exhausted resources at this scale factor"
                raise _Struck(Failure(reason, failures.SYSTEM, failures.INTERNAL, retryable=True))

    def _end(self) -> None:
        if self._stopped:
            self._show("CANCELLED", self._stopped)
        elif self.failure is not None:
            self._show("FAILED", self.failure.reason)
        else:
            self._show("SUCCEEDED")

    def _broken(self, problem: BaseException) -> None:
        reason = f"GENERIC_INTERNAL_ERROR: {type(problem).__name__}: {problem}"
        self.failure = Failure(reason, failures.SYSTEM, failures.INTERNAL)
        self._show("FAILED", reason)

    def _show(self, state: str, reason: str | None = None) -> None:
        self.state, self.reason = state, reason
        self.completed_at = now() if state in FINAL else None

    def described(self) -> dict[str, Any]:
        """Return it in the shape of QueryExecution."""
        configuration = dict(self.settings) | {"OutputLocation": self.place}
        described: dict[str, Any] = {
            "QueryExecutionId": self.query_id,
            "Query": self.query,
            "StatementType": self.statement.kind,
            "SubstatementType": self.statement.part,
            "ResultConfiguration": configuration,
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": {"Database": self.database, "Catalog": self.catalog},
            "Status": self._status(),
            "Statistics": self._statistics(),
            "WorkGroup": self.workgroup,
            "EngineVersion": dict(self.engine_version),
        }
        if self.parameters:
            described["ExecutionParameters"] = self.parameters
        return described

    def _status(self) -> dict[str, Any]:
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted_at}
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.completed_at:
            status["CompletionDateTime"] = self.completed_at
        if self.failure is not None and self.state == "FAILED":
            status["AthenaError"] = {
                "ErrorCategory": self.failure.category,
                "ErrorType": self.failure.kind,
                "Retryable": self.failure.retryable,
                "ErrorMessage": self.failure.reason,
            }
        return status

    def _statistics(self) -> dict[str, Any]:
        end = self.completed_at or now()
        begun = self.running_since or end
        statistics: dict[str, Any] = {
            "DataScannedInBytes": self.scanned,
            "EngineExecutionTimeInMillis": _milliseconds(begun, end),
            "TotalExecutionTimeInMillis": _milliseconds(self.submitted_at, end),
            "QueryQueueTimeInMillis": _milliseconds(self.submitted_at, begun),
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
        }
        if self.manifest is not None and self.running_since:
            statistics["DataManifestLocation"] = self.manifest
        return statistics


def _milliseconds(begin: datetime, end: datetime) -> int:
    return max(0, round((end - begin).total_seconds() * 1000))
