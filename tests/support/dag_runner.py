"""Runs a DAG's real operators and triggers, each try in a process of its own that a test can really kill.

What Airflow does around an operator is kept to what the operators see: rendered templates, XComs, the task's state
store, deferral to the trigger, mapping over lists of the DAG file, answers to its questions, and a fresh process
that begins at `execute` after a crash. Which tasks run is decided by `trigger_rules`.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import pickle
import traceback
import uuid
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions import xcom_arg
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
    TaskAwaitingInput,
    TaskDeferred,
)
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
from airflow.sdk.execution_time.context import OutletEventAccessors
from asgiref.sync import SyncToAsync

from tests.support.airflow_json import written
from tests.support.trigger_rules import state_before
from tests.support.warm_botocore import warm_botocore

KILLED = 9


class StateStore:
    """A task's state store in a file, so that it survives the death of the task's process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _read(self) -> dict[str, Any]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def _write(self, content: dict[str, Any]) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_text(written(content))
        fresh.replace(self._path)

    def get(self, key: str, default: Any = None) -> Any:
        return self._read().get(key, default)

    def set(self, key: str, value: Any, **_retention: Any) -> None:
        self._write(self._read() | {key: value})

    def delete(self, key: str) -> None:
        self._write({name: value for name, value in self._read().items() if name != key})

    def clear(self) -> None:
        self._write({})

    @property
    def keys(self) -> set[str]:
        return set(self._read())


@dataclass
class Outcome:
    """How a try of a task ended.

    Its state is success, skipped, failed, deferred, killed, or awaiting_input, and upstream_failed where none was made.
    `updated` are the assets that Airflow is told of at a good end, with what their events carry, by name.
    `again` tells of a failed one that Airflow would make another while tries are left.
    """

    state: str
    result: Any = None
    error: str = ""
    error_type: str = ""
    trigger: Any = None
    method: str = ""
    skips: tuple[str, ...] = ()
    asked: Any = None
    timeout: Any = None
    updated: Mapping[str, Any] = field(default_factory=dict)
    again: bool = False


@dataclass
class DagRunner:
    """One run of a DAG.

    `before_try` runs in the task's own process before its first instruction: the place to install kill points.
    `answers` are what people answer to the tasks that ask, as Airflow hands it on: ``{"chosen_options": [...], ...}``.
    `interval` is the data interval of a run that the schedule or a backfill has made, or that was dated by hand.
    `run_type` is Airflow's: of a run with an interval "scheduled" where nothing else is said, of others "manual".
    `max_tries` is Airflow's, which grows whenever somebody clears a task.
    `goes_on` says whether a killed task is begun again; where it is not, it has failed, but for teardowns.
    `retried` says whether failed tries are made again as Airflow would, without its pauses; `failures` are those.
    After the run `results`, `outcomes` and `states` tell how each task ended, by task id; of a mapped task, as lists.
    """

    dag: DAG
    folder: Path
    run_id: str = "manual__2026-02-01T00:00:00+00:00"
    run_after: datetime = datetime(2026, 2, 1, tzinfo=UTC)
    params: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, Any] = field(default_factory=dict)
    before_try: Callable[[str], None] = lambda _task_id: None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    interval: tuple[datetime, datetime] | None = None
    run_type: str = ""
    tries: int = 2_000
    max_tries: int = 0
    goes_on: bool = True
    retried: bool = False
    failures: list[Outcome] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        warm_botocore()

    @property
    def states(self) -> dict[str, Any]:
        """How each task has ended by now; of a mapped task, each of its instances."""
        states = {name: [one.state for one in ended] for name, ended in self.outcomes.items()}
        return {name: ended if self._is_mapped(name) else ended[0] for name, ended in states.items()}

    def run(self) -> None:
        """Run every task in order, by its trigger rule.

        Raises:
            TaskFailed: some task failed; it is the first of them, and the others had their turn after it.
        """
        for task in self.dag.topological_sort():
            self.run_instances(task)
        self.require_success()

    def require_success(self) -> None:
        """Raise what the first failed task has to say; errors as in `run`."""
        for task_id, ended in self.outcomes.items():
            for outcome in ended:
                if outcome.state == "failed":
                    raise TaskFailed(task_id, outcome)

    def run_instances(self, task: Any) -> None:
        """Run a task by its trigger rule, each of its instances where it is mapped; those before it have ended."""
        state = "skipped" if task.task_id in self.skipped else state_before(task, self._ended)
        if state is not None:
            self.outcomes[task.task_id] = [Outcome(state)]
        elif self._is_mapped(task.task_id):
            indexes = range(_instances(task))
            self.outcomes[task.task_id] = [self.run_task(task.task_id, map_index) for map_index in indexes]
        else:
            self.outcomes[task.task_id] = [self.run_task(task.task_id)]
        results = [outcome.result for outcome in self.outcomes[task.task_id] if outcome.state == "success"]
        if results:
            self.results[task.task_id] = results if self._is_mapped(task.task_id) else results[0]
        for outcome in self.outcomes[task.task_id]:
            self.skipped |= set(outcome.skips)

    def _ended(self, task_id: str) -> list[str]:
        return [outcome.state for outcome in self.outcomes[task_id]]

    def _is_mapped(self, task_id: str) -> bool:
        return bool(self.dag.get_task(task_id).is_mapped)

    def run_task(self, task_id: str, map_index: int = -1) -> Outcome:
        """Run one task through kills and deferrals until it has ended, or waits for an answer that nobody gives."""
        for _ in range(self.dag.get_task(task_id).retries if self.retried else 0):
            outcome = self._one_try(task_id, map_index)
            if not outcome.again:
                return outcome
            self.failures.append(outcome)
        return self._one_try(task_id, map_index)

    def _one_try(self, task_id: str, map_index: int) -> Outcome:
        outcome = Outcome("killed")
        event = None
        for _ in range(self.tries):
            if outcome.state == "deferred":
                event = self._in_process(lambda trigger=outcome.trigger: self._fire(trigger)).result
            elif outcome.state == "awaiting_input":
                event = {"params_input": {}, "responded_at": datetime.now(UTC)} | dict(self.answers[task_id])
            method = outcome.method if event else "execute"
            outcome = self._try(task_id, map_index, method, event)
            event = None
            if outcome.state == "killed" and not (self.goes_on or self.dag.get_task(task_id).is_teardown):
                return Outcome("failed", error="killed")
            waits = outcome.state in ("killed", "deferred")
            if not waits and not (outcome.state == "awaiting_input" and task_id in self.answers):
                return outcome
        raise AssertionError(f"{task_id} did not end within {self.tries} tries")

    def store(self, task_id: str, map_index: int = -1) -> StateStore:
        index = "" if map_index < 0 else f".{map_index}"
        return StateStore(self.folder / f"{self.dag.dag_id}.{task_id}{index}.json")

    def _try(self, task_id: str, map_index: int, method: str, event: Any) -> Outcome:
        questions = Questions()

        def body() -> Outcome:
            self.before_try(task_id)
            task_runner.SUPERVISOR_COMMS = questions
            xcom_arg.LazyXComSequence = lambda xcom_arg, **_: self.results.get(xcom_arg.operator.task_id, [])
            operator = self.dag.get_task(task_id)
            context = self._context(operator, map_index)
            operator = operator.prepare_for_execution()
            context["task"] = operator
            operator.render_template_fields(context, self.dag.get_template_env())
            try:
                arguments = (context,) if method == "execute" else (context, event)
                result = getattr(context["task"], method)(*arguments)
                return Outcome("success", result=result, updated=_updated(context))
            except TaskDeferred as deferred:
                return Outcome("deferred", trigger=deferred.trigger.serialize(), method=deferred.method_name)
            except TaskAwaitingInput as waiting:
                asked, timeout = questions.asked[-1], waiting.timeout
                return Outcome("awaiting_input", method=waiting.method_name, asked=asked, timeout=timeout)
            except AirflowSkipException as skipped:
                return Outcome("skipped", error=str(skipped))
            except DownstreamTasksSkipped as others:
                return Outcome("success", skips=tuple(others.tasks))
            except Exception as error:  # noqa: BLE001 - the test reports it
                return _failed(error, again=_makes_again(operator, error))

        return self._in_process(body)

    def _fire(self, trigger: tuple[str, dict[str, Any]]) -> Outcome:
        return Outcome("success", result=self._in_loop(lambda: self._first_event(trigger)))

    @staticmethod
    async def _first_event(trigger: tuple[str, dict[str, Any]]) -> Any:
        from airflow.sdk.module_loading import import_string

        classpath, arguments = trigger
        async for event in import_string(classpath)(**arguments).run():
            return event.payload
        return None

    @staticmethod
    def _in_loop(look: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        # The thread of this pool stayed behind in the process that was forked, where earlier tests may have started it.
        SyncToAsync.single_thread_executor = ThreadPoolExecutor(max_workers=1)
        return asyncio.run(look())

    @staticmethod
    def _in_process(body: Callable[[], Outcome]) -> Outcome:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                outcome = body()
            except BaseException as error:  # noqa: BLE001 - the parent reports it
                outcome = _failed(error)
            with os.fdopen(writer, "wb") as pipe:
                pickle.dump(outcome, pipe)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == KILLED, f"the task's process died of signal {os.WTERMSIG(status)}"
            return Outcome("killed")
        return pickle.loads(answer)  # noqa: S301 - our own child wrote it

    def _context(self, operator: Any, map_index: int) -> dict[str, Any]:
        dag_run = SimpleNamespace(
            dag_id=self.dag.dag_id,
            run_id=self.run_id,
            run_after=self.run_after,
            logical_date=self.interval and self.interval[0],
            conf=dict(self.params),
            run_type=self.run_type or ("scheduled" if self.interval else "manual"),
            start_date=self.run_after,
        )
        params = (
            {name: param.value for name, param in self.dag.params.items_()}
            if hasattr(self.dag.params, "items_")
            else self.dag.params.dump()
        )
        instance = SimpleNamespace(
            dag_id=self.dag.dag_id,
            run_id=self.run_id,
            task_id=operator.task_id,
            id=uuid.uuid5(
                uuid.NAMESPACE_OID, f"{self.dag.dag_id} {self.run_id} {operator.task_id} {map_index}"
            ),
            map_index=map_index,
            try_number=1,
            max_tries=self.max_tries,
            start_date=datetime.now(UTC),
            xcom_pull=self._xcom,
            xcom_push=lambda **_: None,
            get_task_states=lambda **_: {self.run_id: self.states},
        )
        start, end = self.interval or (None, None)
        return {
            "dag": self.dag,
            "dag_run": dag_run,
            "data_interval_start": start,
            "data_interval_end": end,
            "run_id": self.run_id,
            "params": params | dict(self.params),
            "task": operator,
            "task_instance": instance,
            "ti": instance,
            "task_state_store": self.store(operator.task_id, map_index),
            "triggering_asset_events": self.events,
            "outlet_events": OutletEventAccessors(),
        }

    def _xcom(self, task_ids: Any = None, key: str = "return_value", default: Any = None, **_: Any) -> Any:
        (task_id,) = [task_ids] if isinstance(task_ids, str) else task_ids
        result = self.results.get(task_id)
        if key == "return_value":
            return result
        return (result or {}).get(key, default)


class Questions:
    """Takes what a task tells Airflow's supervisor, and keeps what it asks people."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def send(self, msg: Any) -> None:
        # Where tests that came before set Airflow up, a task also asks its supervisor for connections.
        if isinstance(msg, CreateHITLDetailPayload):
            self.asked.append(msg.model_dump(mode="json"))


def _updated(context: Mapping[str, Any]) -> dict[str, Any]:
    """The assets that a task has updated, as Airflow's task runner tells of them."""
    told = task_runner._serialize_outlet_events(context["outlet_events"])
    extras = {event["dest_asset_key"]["name"]: event["extra"] for event in told}
    names = [asset.name for asset in task_runner._build_asset_profiles(context["task"].outlets)]
    return {name: extras.get(name, {}) for name in names}


def _failed(error: BaseException, *, again: bool = False) -> Outcome:
    return Outcome(
        "failed", str(error), error=traceback.format_exc(), error_type=type(error).__name__, again=again
    )


def _makes_again(operator: Any, error: Exception) -> bool:
    """Whether Airflow makes another try after this, by the task's own policy."""
    if isinstance(error, AirflowFailException):
        return False
    policy = operator.retry_policy
    return policy is None or policy.evaluate(error, 1, operator.retries).action is not RetryAction.FAIL


def _instances(task: Any) -> int:
    """How many instances a task has that is mapped over lists of the DAG file."""
    return math.prod(len(values) for values in task.expand_input.value.values())


class TaskFailed(AssertionError):
    """A task of the run failed."""

    def __init__(self, task_id: str, outcome: Outcome) -> None:
        super().__init__(f"{task_id}: {outcome.error}")
        self.task_id = task_id
        self.outcome = outcome
