"""Kills the running process just before and just after each call of AWS or of a search domain that a task makes.

On request also around each record that it makes in the ledger, each statement in a database that it reads, and each
change of what it has Airflow remember for a later try.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from switchyard.aws.dry_run import is_read
from switchyard.databases.connections import Database, Stream
from switchyard.ledger.loads import LoadLedger
from switchyard.ledger.recoveries import RecoveryLedger
from switchyard.ledger.writer import Ledger
from switchyard.search.client import SearchClient
from tests.support.dag_runner import StateStore
from tests.support.kill_sample import Sample

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
"""A try that is a second later says so in what it writes; it is the same call all the same."""
_NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{6,}|\d+")
"""In what is remembered: ids that a service has made, moments, and how often something was seen."""
_VOLATILE = ("Marker", "NextToken", "Message", "Body", "IfMatch", "CopySourceIfMatch")
_CHANGE_NOTHING = ("AssumeRole", "TestCustomDataIdentifier")
_NOTES = ("record_run", "record_step", "record_step_of_run")


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
        ledger: bool = False,
        databases: bool = False,
        stores: bool = False,
        around: Collection[str] = (),
        sample: Sample | None = None,
    ) -> None:
        """Keep the points in a folder.

        Args:
            folder: for their files.
            only: what the points begin with that are used; all are where it is "".
            ledger: whether the records in the ledger are points as well, but for notes of runs and steps.
            databases: whether the statements that tasks run in databases are points as well.
            stores: whether the changes of tasks' state stores are points as well.
            around: operations that are points; all are where it is empty.
            sample: which calls are points; all are where there is none, and then `calls` are not kept.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._only = only
        self._around = frozenset(around)
        self._with_ledger = ledger
        self._with_databases = databases
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
        if self._with_ledger:
            self._install_in_ledger(task_id)
        if self._with_databases:
            self._install_in_databases(task_id)
        if self._with_stores:
            self._install_in_stores(task_id)

    def _install_in_ledger(self, task_id: str) -> None:
        records = {name: kind for kind in (Ledger, LoadLedger, RecoveryLedger) for name in vars(kind)}
        for name in [one for one in records if one.startswith("record_") and one not in _NOTES]:
            record = getattr(records[name], name)

            def killing(ledger: Any, *rows: Any, record: Any = record, name: str = name, **row: Any) -> Any:
                with self._killing(f"{task_id} ledger", name, {"state": row.get("state")}, changes=True):
                    return record(ledger, *rows, **row)

            setattr(records[name], name, killing)

    def _install_in_databases(self, task_id: str) -> None:
        rows, stream = Database.rows, Database.stream

        def killing_rows(database: Database, statement: str, values: Any = None) -> list[dict[str, Any]]:
            content = {"statement": statement, "values": values}
            with self._killing(f"{task_id} database", "rows", content, changes=False):
                return rows(database, statement, values)

        @contextmanager
        def killing_stream(database: Database, statement: str, values: Any = None) -> Iterator[Stream]:
            content = {"statement": statement, "values": values}
            with (
                self._killing(f"{task_id} database", "stream", content, changes=False),
                stream(database, statement, values) as found,
            ):
                yield found

        Database.rows, Database.stream = killing_rows, killing_stream

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
    if isinstance(value, str):
        return _NUMBER.sub("", value)
    return value if value is None or isinstance(value, bool) else 0


def _digest(operation: str, parameters: dict[str, Any]) -> str:
    lasting = {name: value for name, value in parameters.items() if name not in _VOLATILE}
    text = json.dumps([operation, lasting], sort_keys=True, default=str)
    return hashlib.sha256(_MOMENT.sub("", text).encode()).hexdigest()[:8]
