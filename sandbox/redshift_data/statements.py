"""A statement or batch of statements: what was asked, and what becomes of it over time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.redshift.databases import ConnectionFailed
from sandbox.redshift_data import events, owners, running
from sandbox.redshift_data.logins import Place
from sandbox.redshift_data.parts import (
    ABORTED,
    FAILED,
    FINAL,
    FINISHED,
    PICKED,
    STARTED,
    SUBMITTED,
    UNKNOWN,
    Part,
)
from sandbox.redshift_data.requests import Request
from sandbox.redshift_data.running import Failure, Stopped
from sandbox.runtime import runtime
from sandbox.transitions import LOCK, Process, Stage, now, schedule

if TYPE_CHECKING:
    from sandbox.redshift.databases import Connection
    from sandbox.redshift_data.sessions import DataSession

WORKERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="redshift-data")
"""Statements may wait for each other, as where one has locked a table."""

CANCELLED = "Query cancelled on user's request"


class Statement:
    """A request that was taken, and the work under way for it."""

    def __init__(
        self,
        request: Request,
        place: Place,
        account: str,
        session: DataSession | None = None,
    ) -> None:
        self.request = request
        self.place = place
        self.account = account
        self.session = session
        self.owner = owners.owner(request.caller)
        self.owner_user_id = owners.user_id(request.caller)
        self.statement_id = str(uuid4())
        self.status = SUBMITTED
        self.error: str | None = None
        self.pid = 0
        self.created_at = self.updated_at = now()
        self.parts = [
            Part(f"{self.statement_id}:{number}" if request.batch else self.statement_id, sql)
            for number, sql in enumerate(request.sqls, 1)
        ]
        self.stopped = threading.Event()
        self.ended = threading.Event()
        self.waiting = 0
        self.process: Process | None = None
        self._connection: Connection | None = None
        self._failed: str | None = None
        self._cut_short = False

    @property
    def region(self) -> str:
        """The Region that it runs in."""
        return self.place.target.region

    @property
    def final(self) -> bool:
        """Whether it has ended."""
        return self.status in FINAL

    def start(self) -> None:
        """Begin to wait for its turn."""
        seconds = runtime.durations
        stages = [
            Stage(seconds["redshift-statement.submit"]),
            Stage(seconds["redshift-statement.pick"], begin=lambda: self._show(PICKED)),
            Stage(
                seconds["redshift-statement.run"],
                begin=lambda: self._show(STARTED),
                work=self._work,
                end=self._end,
                workers=WORKERS,
            ),
        ]
        self.process = schedule(f"statement {self.statement_id}", stages, self._break)

    def cancel(self, reason: str = CANCELLED) -> None:
        """End it: at once where it has not begun, else when the engine has stopped."""
        self.stopped.set()
        if self.process is not None and self.process.future is None:
            self.process.stop()
            self._cut_short, self._failed = True, reason
            self._end()
        elif connection := self._connection:
            threading.Thread(target=connection.interrupt, name="cancel", daemon=True).start()

    def failure_of(self, part: Part) -> str:
        """Return what it says where one of its texts failed."""
        if not self.request.batch:
            return str(part.error)
        return f"Query #{self.parts.index(part) + 1} failed with {part.error}"

    # at work

    def _work(self) -> None:
        """Run it; in a thread without the lock."""
        try:
            self._connection = self.session.connection() if self.session else self.place.connect()
            self.pid = self._connection.pid
            running.run(self, self._connection)
        except Failure as failure:
            self._cut_short, self._failed = self.stopped.is_set(), failure.message
        except ConnectionFailed as problem:
            self._failed = str(problem)
        except Stopped:
            self._cut_short, self._failed = True, CANCELLED
        finally:
            if self._connection is not None and self.session is None:
                self._connection.close()
            self._connection = None
        if self._cut_short:
            self._end_early()

    def _end_early(self) -> None:
        """Show the end of cancelled work at once, however long it should have lasted."""
        with LOCK:
            if self.process is not None and not self.process.done:
                self.process.stop()
                self._end()

    def _end(self) -> None:
        if self._failed is None:
            self._show(FINISHED)
        else:
            self._show(ABORTED if self._cut_short else FAILED, self._failed)

    def _break(self, problem: BaseException) -> None:
        self._failed = f"ERROR: {type(problem).__name__}: {problem}"
        self._end()

    def _show(self, status: str, error: str | None = None) -> None:
        self.updated_at = now()
        self.status, self.error = status, error
        if self.final:
            self._conclude()

    def _conclude(self) -> None:
        for part in self.parts:
            if part.status not in FINAL and self.request.batch:
                part.show(ABORTED)
            elif part.status not in FINAL:
                part.show(self.status, self.error)
        if self.session is not None:
            self.session.free()
        if self.request.with_event:
            events.publish(self)
        self.ended.set()

    # showing

    def described(self, part_id: str) -> dict[str, Any]:
        """Return it, or one of its parts, in the shape of DescribeStatement."""
        part = next((one for one in self.parts if one.part_id == part_id), None)
        shown = part.described() if part is not None else self._whole()
        shown |= self._common()
        if not self.request.batch:
            shown |= self._state()
        elif part is None:
            shown |= self._state() | {
                "SubStatements": [one.described() for one in self.parts],
                "ExecutionMode": self.request.mode,
            }
        return shown

    def _whole(self) -> dict[str, Any]:
        run = [part.duration for part in self.parts if part.duration != UNKNOWN]
        return {
            "Id": self.statement_id,
            "Duration": sum(run) if run else UNKNOWN,
            "HasResultSet": self.has_rows,
            "ResultRows": UNKNOWN,
            "ResultSize": UNKNOWN,
            "RedshiftQueryId": 0,
        }

    def _state(self) -> dict[str, Any]:
        state = {"Status": self.status, "CreatedAt": self.created_at, "UpdatedAt": self.updated_at}
        return state | ({"Error": self.error} if self.error else {})

    def _common(self) -> dict[str, Any]:
        common: dict[str, Any] = {
            **self.answered(),
            "RedshiftPid": self.pid,
            "ResultFormat": self.request.result_format,
        }
        if self.request.values:
            common["QueryParameters"] = [
                {"name": name, "value": value} for name, value in self.request.values
            ]
        return common

    def answered(self) -> dict[str, Any]:
        """Return where it runs and as whom, in members that several answers share."""
        answered: dict[str, Any] = {**self.place.target.named, "Database": self.place.database}
        if self.request.secret:
            answered["SecretArn"] = self.request.secret
        else:
            answered["DbUser"] = self.place.login.user
        return answered | ({"SessionId": self.session.session_id} if self.session else {})

    @property
    def has_rows(self) -> bool:
        """Whether any of its parts has a result, be it an empty one."""
        return any(part.has_rows for part in self.parts)

    def listed(self) -> dict[str, Any]:
        """Return it in the shape of StatementData."""
        listed = {
            "Id": self.statement_id,
            "Status": self.status,
            "CreatedAt": self.created_at,
            "UpdatedAt": self.updated_at,
            "QueryString": self.request.sqls[0],
            "IsBatchStatement": self.request.batch,
            "ResultFormat": self.request.result_format,
        }
        if self.request.batch:
            listed["QueryStrings"] = list(self.request.sqls)
        if self.request.name:
            listed["StatementName"] = self.request.name
        if self.session:
            listed["SessionId"] = self.session.session_id
        return listed
