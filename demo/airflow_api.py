"""Airflow's REST API, as far as the demo and the system tests steer a deployment through it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from demo.processes import DemoError

LOGIN = "/auth/token"
POLL_SECONDS = 0.5
TIMEOUT_SECONDS = 30
PATIENCE = 4
"""How often a question is asked before a busy machine counts as one that does not answer."""
FINISHED = ("success", "failed")
COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class AirflowError(DemoError):
    """The API refused a request or did not answer.

    Attributes:
        status: HTTP status; None where nothing answered.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NoAnswerError(AirflowError):
    """Nothing answered, or not in time: the API server is not up, or the machine is busy."""


class AirflowApi:
    """A logged-in user of one Airflow deployment."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url
        self._login = {"username": username, "password": password}
        self._token: str | None = None

    def healthy(self) -> bool:
        """Whether API server, database, scheduler, triggerer and DAG processor all say they are well."""
        try:
            health = self._send("GET", "/api/v2/monitor/health")
        except AirflowError:
            return False
        return all((health.get(part) or {}).get("status") == "healthy" for part in COMPONENTS)

    def dag(self, dag_id: str) -> dict[str, Any] | None:
        """A DAG as the API describes it; None while it has not been parsed."""
        try:
            return self.get(f"dags/{quote(dag_id)}")
        except AirflowError as error:
            if error.status != 404:
                raise
            return None

    def import_errors(self) -> dict[str, str]:
        """Stack traces by file of the DAG files that could not be imported."""
        errors = self.get("importErrors")["import_errors"]
        return {error["filename"]: error["stack_trace"] for error in errors}

    def unpause(self, dag_id: str) -> None:
        """Let a DAG's schedule and assets start runs."""
        self._authorised("PATCH", f"dags/{quote(dag_id)}", {"is_paused": False})

    def parse_again(self, dag_id: str) -> None:
        """Have a DAG's file parsed soon, as something that it reads has changed."""
        token = self.get(f"dags/{quote(dag_id)}")["file_token"]
        try:
            self._authorised("PUT", f"parseDagFile/{quote(token, safe='')}")
        except AirflowError as error:
            if error.status != 409:  # asked for already
                raise

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run by hand and return its id."""
        body = {"logical_date": None, "conf": dict(conf or {})}
        return str(self._authorised("POST", f"dags/{quote(dag_id)}/dagRuns", body)["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The runs of a DAG, oldest first."""
        return list(self.get(f"dags/{quote(dag_id)}/dagRuns?order_by=run_after&limit=100")["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run."""
        return self.get(f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}")

    def wait_for_run(self, dag_id: str, run_id: str, *, seconds: float) -> dict[str, Any]:
        """Wait until a run has ended, and return it whichever way it ended.

        Raises:
            AirflowError: it has not ended in time; the message says where it stands.
        """
        deadline = time.monotonic() + seconds
        while (run := self.run(dag_id, run_id))["state"] not in FINISHED:
            if time.monotonic() > deadline:
                raise AirflowError(f"after {seconds:.0f} s {self._where(dag_id, run_id, run['state'])}")
            time.sleep(POLL_SECONDS)
        return run

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run in the order in which they began; the others come last."""
        path = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/taskInstances?limit=200"
        return sorted(self.get(path)["task_instances"], key=lambda task: task["start_date"] or "~")

    def question(self, dag_id: str, run_id: str, task_id: str, *, seconds: float) -> dict[str, Any]:
        """Wait until a task asks people something, and return what it asks: subject, body (Markdown), options.

        Raises:
            AirflowError: it has not asked in time, or the run ended without; the message says where it stands.
        """
        deadline = time.monotonic() + seconds
        while not (asked := self._asked(dag_id, run_id, task_id)):
            self._require_time(dag_id, run_id, deadline)
        return asked

    def decide(
        self, dag_id: str, run_id: str, task_id: str, option: str, *, seconds: float, **fields: str
    ) -> dict[str, Any]:
        """Answer what a task will ask, until it has taken the answer; returns what it asked.

        An answer that comes while the asking process still ends is lost to Airflow, which then asks once more.

        Raises:
            AirflowError: as `question` and `answer`.
        """
        asked = self.question(dag_id, run_id, task_id, seconds=seconds)
        deadline = time.monotonic() + seconds
        while self._state(dag_id, run_id, task_id) not in FINISHED:
            if self._asked(dag_id, run_id, task_id):
                self.answer(dag_id, run_id, task_id, option, **fields)
            self._require_time(dag_id, run_id, deadline)
        return asked

    def _asked(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any] | None:
        path = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/hitlDetails?response_received=false"
        found = [
            dict(one) for one in self.get(path)["hitl_details"] if one["task_instance"]["task_id"] == task_id
        ]
        return found[0] if found else None

    def _state(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        path = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/taskInstances/{quote(task_id)}"
        state: str | None = self.get(path)["state"]
        return state

    def _require_time(self, dag_id: str, run_id: str, deadline: float) -> None:
        """Wait a moment for something that a run is to do, unless it has ended or the deadline (monotonic) is over."""
        state = self.run(dag_id, run_id)["state"]
        if state in FINISHED or time.monotonic() > deadline:
            raise AirflowError(
                f"nobody was asked, or no answer was taken: {self._where(dag_id, run_id, state)}"
            )
        time.sleep(POLL_SECONDS)

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str, **fields: str) -> dict[str, Any]:
        """Answer what a task asks, as this user.

        Args:
            dag_id: of the run.
            run_id: of the task.
            task_id: what asks.
            option: the chosen one.
            fields: what else the form asks for, by name.

        Returns:
            The answer as Airflow has recorded it.

        Raises:
            AirflowError: this user may not, or somebody has answered already.
        """
        path = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/taskInstances/{quote(task_id)}/-1/hitlDetails"
        return self._authorised("PATCH", path, {"chosen_options": [option], "params_input": fields})

    def _where(self, dag_id: str, run_id: str, state: str) -> str:
        tasks = ", ".join(f"{task['task_id']} {task['state']}" for task in self.tasks(dag_id, run_id))
        return f"{dag_id} {run_id} is {state}: {tasks}"

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What a task handed over; None if it handed over nothing."""
        path = (
            f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/taskInstances/{quote(task_id)}/xcomEntries/{key}"
        )
        try:
            return self.get(f"{path}?deserialize=false&stringify=false")["value"]
        except AirflowError as error:
            if error.status != 404:
                raise
            return None

    def log(
        self, dag_id: str, run_id: str, task_id: str, try_number: int, *, map_index: int = -1, lines: int = 40
    ) -> str:
        """The end of a task's log."""
        entries = self._log(dag_id, run_id, task_id, try_number, map_index)
        texts = [entry if isinstance(entry, str) else _log_line(entry) for entry in entries]
        return "\n".join(texts[-lines:])

    def said(
        self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, *, map_index: int = -1
    ) -> list[str]:
        """What a task has written to its log, without times, errors and places."""
        entries = self._log(dag_id, run_id, task_id, try_number, map_index)
        return [str(entry if isinstance(entry, str) else entry.get("event", "")) for entry in entries]

    def _log(self, dag_id: str, run_id: str, task_id: str, try_number: int, map_index: int) -> list[Any]:
        run = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}"
        path = f"{run}/taskInstances/{quote(task_id)}/logs/{try_number}?map_index={map_index}"
        return list(self.get(path).get("content", []))

    def get(self, path: str) -> dict[str, Any]:
        """GET below /api/v2/."""
        return self._authorised("GET", path)

    def _authorised(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        if self._token is None:
            self._token = str(self._request("POST", LOGIN, self._login)["access_token"])
        return self._request(method, f"/api/v2/{path}", body, {"Authorization": f"Bearer {self._token}"})

    def _request(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        repeatable = method == "GET" or path == LOGIN
        attempts = PATIENCE if repeatable else 1
        for _ in range(attempts - 1):
            with suppress(NoAnswerError):
                return self._send(method, path, body, headers)
        return self._send(method, path, body, headers)

    def _send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the URL is our own Airflow's
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            raise AirflowError(
                f"Airflow answered {error.code} to {method} {path}: {text}", error.code
            ) from error
        except OSError as error:
            raise NoAnswerError(f"Airflow does not answer at {self.url}: {error}") from error


def _log_line(entry: Mapping[str, Any]) -> str:
    detail = entry.get("error_detail")
    return f"{entry.get('timestamp') or ''} {entry.get('event', '')}" + (
        f"\n{_trace(detail)}" if detail else ""
    )


def _trace(detail: Any) -> str:
    causes = detail if isinstance(detail, list) else [detail]
    return "\n".join(f"{cause.get('exc_type')}: {cause.get('exc_value')}" for cause in causes)
