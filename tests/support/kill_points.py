"""Kills the running process just before and just after each call of AWS or of a search domain that a task makes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from switchyard.aws.dry_run import is_read
from switchyard.search.client import SearchClient

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
"""A try that is a second later says so in what it writes; it is the same call all the same."""
_VOLATILE = ("Marker", "NextToken", "Message", "Body", "IfMatch", "CopySourceIfMatch")


class KillPoints:
    """Points already used are lines of a file, so that the next try of the task goes on to the next one.

    A point is a task, an operation with its parameters, how many different changes of the task were made before, and
    whether the call has been made: a task's repeated looks in an unchanged world are one point.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._used = folder / "used"
        self._changes = folder / "changes"
        self._used.touch()
        self._changes.touch()

    @property
    def used(self) -> list[str]:
        return self._used.read_text().splitlines()

    def install(self, task_id: str) -> None:
        """Let the calls of this process's clients be killed; for the process of one try of one task."""
        make_call, send = BaseClient._make_api_call, SearchClient._send

        def killing_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            changes = not is_read(operation) and operation != "AssumeRole"
            with self._killing(task_id, operation, parameters, changes=changes):
                return make_call(client, operation, parameters)

        def killing_send(client: Any, method: str, path: str, body: Any) -> Any:
            changes = method not in ("GET", "HEAD")
            with self._killing(task_id, f"HTTP-{method}", {"path": path, "body": body}, changes=changes):
                return send(client, method, path, body)

        BaseClient._make_api_call = killing_call
        SearchClient._send = killing_send

    @contextmanager
    def _killing(
        self, task_id: str, operation: str, parameters: dict[str, Any], *, changes: bool
    ) -> Iterator[None]:
        point = self._point(task_id, operation, parameters)
        self._kill_once(f"before {point}")
        try:
            yield
        finally:
            if changes:
                self._append(self._changes, f"{task_id} {_digest(operation, parameters)}")
            self._kill_once(f"after {point}")

    def _point(self, task_id: str, operation: str, parameters: dict[str, Any]) -> str:
        # A change made twice, such as a repeated publication, is one change: else every kill would make new points.
        changes = {line for line in self._changes.read_text().splitlines() if line.split()[0] == task_id}
        return f"{task_id} {operation} {_digest(operation, parameters)} after {len(changes)} changes"

    def _kill_once(self, point: str) -> None:
        if point not in self.used:
            self._append(self._used, point)
            os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def _append(path: Path, line: str) -> None:
        with path.open("a") as file:
            file.write(line + "\n")


def _digest(operation: str, parameters: dict[str, Any]) -> str:
    lasting = {name: value for name, value in parameters.items() if name not in _VOLATILE}
    text = json.dumps([operation, lasting], sort_keys=True, default=str)
    return hashlib.sha256(_MOMENT.sub("", text).encode()).hexdigest()[:8]
