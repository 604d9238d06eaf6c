"""Kills the running process just before and just after each call of AWS or of a search domain that a task makes.

On request also around each statement that it sends to a database, the ledger's with their commits among them, and each
change of what it has Airflow remember for a later try. It finds all of them by itself: it stands in the drivers.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from psycopg2.extras import Json

from switchyard.aws.dry_run import is_read
from switchyard.search.client import SearchClient
from tests.support.dag_runner import StateStore
from tests.support.kill_sample import Sample
from tests.support.statements import COMMIT, Statement, stand_around_statements

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?")
"""A try that is a second later says so in what it writes; it is the same call all the same."""
_NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{6,}|\d+")
"""In what is remembered: ids that a service has made, moments, and how often something was seen."""
_VOLATILE = ("Marker", "NextToken", "Message", "Body", "IfMatch", "CopySourceIfMatch")
_CHANGE_NOTHING = ("AssumeRole", "TestCustomDataIdentifier")

_KINDS = {"database": "statements", "ledger": "statements", "store": "memories"}


class KillPoints:
    """Points already used are lines of a file, so that the next try of the task goes on to the next one.

    A point is a task, an operation with its parameters, how many different changes the task has made in that service
    before, and whether the call has been made: a task's repeated looks at an unchanged service are one point.
    """

    def __init__(
        self,
        folder: Path,
        *,
        only: str = "",
        statements: bool = False,
        stores: bool = False,
        around: Collection[str] = (),
        sample: Sample | None = None,
    ) -> None:
        """Keep the points in a folder.

        Args:
            folder: for their files.
            only: what the points begin with that are used; all are where it is "".
            statements: whether statements in databases and in the ledger are points as well, and the ledger's commits.
            stores: whether the changes of tasks' state stores are points as well.
            around: operations that are points; all are where it is empty.
            sample: which calls are points; all are where there is none, and then `calls` are not kept.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._only = only
        self._around = frozenset(around)
        self._with_statements = statements
        self._with_stores = stores
        self._sample = sample
        self._used = folder / "used"
        self._changes = folder / "changes"
        self._calls = folder / "calls"
        for file in (self._used, self._changes, self._calls):
            file.touch()

    @property
    def used(self) -> list[str]:
        return self._used.read_text().splitlines()

    def struck(self, moment: str) -> set[str]:
        """Services and operations of the calls "before" or "after" which runs were killed."""
        return {" ".join(point.split()[2:4]) for point in self.used if point.startswith(f"{moment} ")}

    @property
    def calls(self) -> list[str]:
        """All calls that could be points of a sample, in the order in which they were made first."""
        return self._calls.read_text().splitlines()

    @property
    def found(self) -> Counter[str]:
        """How many different calls of AWS and of search domains there were, statements, ledger writes and memories."""
        told = [call.split()[1:3] for call in self.calls]
        return Counter(
            "ledger_writes" if operation == COMMIT else _KINDS.get(service, "aws_calls")
            for service, operation in told
        )

    def install(self, task_id: str) -> None:
        """Let the calls of this process's clients be killed; for the process of one try of one task."""
        make_call, send = BaseClient._make_api_call, SearchClient._send

        def killing_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            changes = not is_read(operation) and operation not in _CHANGE_NOTHING
            scope = f"{task_id} {client.meta.service_model.service_name}"
            with self._killing(scope, operation, parameters, changes=changes):
                return make_call(client, operation, parameters)

        def killing_send(client: Any, method: str, path: str, body: Any) -> Any:
            changes = method not in ("GET", "HEAD")
            content = {"path": path, "body": body}
            with self._killing(f"{task_id} search", f"HTTP-{method}", content, changes=changes):
                return send(client, method, path, body)

        BaseClient._make_api_call = killing_call
        SearchClient._send = killing_send
        if self._with_statements:
            stand_around_statements(lambda statement: self._killing_statement(task_id, statement))
        if self._with_stores:
            self._install_in_stores(task_id)

    def _killing_statement(self, task_id: str, statement: Statement) -> AbstractContextManager[None]:
        if not statement.is_of_ledger:
            content = {"statement": statement.text, "values": statement.values}
            return self._killing(f"{task_id} database", statement.operation, content, changes=False)
        content = {
            "text": statement.text,
            "values": _shape(statement.values),
            "written": _shape(statement.written),
        }
        return self._killing(
            f"{task_id} ledger", statement.operation, content, changes=statement.operation == COMMIT
        )

    def _install_in_stores(self, task_id: str) -> None:
        write = StateStore._write

        def killing_write(store: StateStore, content: dict[str, Any]) -> None:
            held = store._read()
            keys = sorted(key for key in {*held, *content} if held.get(key) != content.get(key))
            if not keys:
                return write(store, content)
            operation = "set" if keys[0] in content else "delete" if content else "clear"
            named = f"{operation}-{_NUMBER.sub('', keys[0]).replace(' ', '-')}" if content else operation
            with self._killing(f"{task_id} store", named, {"content": _shape(content)}, changes=True):
                return write(store, content)

        StateStore._write = killing_write

    @contextmanager
    def _killing(
        self, scope: str, operation: str, parameters: dict[str, Any], *, changes: bool
    ) -> Iterator[None]:
        if self._around and operation not in self._around:
            yield
            return
        point = self._point(scope, operation, parameters)
        taken = self._takes(point)
        # Before the call: botocore then writes random tokens into the parameters.
        change = f"{scope} {_digest(operation, parameters)}"
        if taken:
            self._kill_once(f"before {point}")
        try:
            yield
        finally:
            if changes:
                self._append(self._changes, change)
            if taken:
                self._kill_once(f"after {point}")

    def _point(self, scope: str, operation: str, parameters: dict[str, Any]) -> str:
        # A change made twice, such as a repeated publication, is one change: else every kill would make new points.
        changes = {line for line in self._changes.read_text().splitlines() if line.startswith(f"{scope} ")}
        return f"{scope} {operation} {_digest(operation, parameters)} after {len(changes)} changes"

    def _takes(self, call: str) -> bool:
        if self._sample is None:
            return True
        if call not in self.calls:
            self._append(self._calls, call)
        return self._sample.takes(call, self.calls)

    def _kill_once(self, point: str) -> None:
        if point.startswith(self._only) and point not in self.used:
            self._append(self._used, point)
            os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def _append(path: Path, line: str) -> None:
        with path.open("a") as file:
            file.write(line + "\n")


def _shape(value: Any) -> Any:
    """What is remembered, without what differs between two tries that remember the same."""
    if isinstance(value, dict):
        return {name: _shape(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shape(one) for one in value]
    if isinstance(value, Json):
        return _shape(value.adapted)
    if isinstance(value, str):
        return _NUMBER.sub("", value)
    return value if value is None or isinstance(value, bool) else 0


def _digest(operation: str, parameters: dict[str, Any]) -> str:
    lasting = {name: value for name, value in parameters.items() if name not in _VOLATILE}
    text = json.dumps([operation, lasting], sort_keys=True, default=str)
    return hashlib.sha256(_MOMENT.sub("", text).encode()).hexdigest()[:8]
