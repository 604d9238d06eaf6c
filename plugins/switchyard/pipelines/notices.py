"""Makes the configured notifiers; one that cannot be made takes no DAG away, but is told in a banner."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from switchyard.configuration.faults import ConfigurationError, Fault
from switchyard.configuration.instance import Instance
from switchyard.configuration.notices import Notice
from switchyard.errors import BadInput

log = logging.getLogger(__name__)


def callbacks(pipeline: Instance, event: str) -> list[Any]:
    """The notifiers of an instance for the end of a run, ``success`` or ``failure``."""
    made = (_made(number, notice) for number, notice in _of(pipeline, event))
    return [one for one in made if isinstance(one, BaseNotifier)]


def deadlines(pipeline: Instance) -> list[DeadlineAlert]:
    """The notifiers of an instance for runs that are late; runs without a logical date are measured too."""
    return [
        DeadlineAlert(
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(minutes=notice.minutes or 0),
            callback=AsyncCallback(notice.notifier, kwargs=dict(notice.arguments)),
        )
        for number, notice in _of(pipeline, "deadline")
        if isinstance(_made(number, notice), BaseNotifier)
    ]


def require_notifiers(pipelines: Iterable[Instance]) -> None:
    """Raise what is wrong with any notifier; ConfigurationError holds one line for each error."""
    faults = tuple(
        Fault(f"{pipeline.folder}/{pipeline.name}.yaml", one.field, one.value, one.problem, one.remedy)
        for pipeline in pipelines
        for number, notice in enumerate(pipeline.notify)
        if isinstance(one := _made(number, notice), BadInput)
    )
    if faults:
        raise ConfigurationError(faults)


def _of(pipeline: Instance, event: str) -> Iterator[tuple[int, Notice]]:
    for number, notice in enumerate(pipeline.notify):
        if event in notice.events:
            yield number, notice


def _made(number: int, notice: Notice) -> BaseNotifier | BadInput:
    """The notifier, or what is wrong with it."""
    field = f"notify[{number}].notifier"
    module, _, name = notice.notifier.rpartition(".")
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        remedy = "Correct the path, or install the provider wherever DAGs are parsed and run"
        return _refused(field, notice.notifier, f"it cannot be imported: {error}", remedy)
    if not (isinstance(kind, type) and issubclass(kind, BaseNotifier)):
        remedy = "Name a class that derives from airflow.sdk.BaseNotifier"
        return _refused(field, notice.notifier, "it is no notifier", remedy)
    if "deadline" in notice.events and kind.async_notify is BaseNotifier.async_notify:
        remedy = "Choose one that has async_notify; the triggerer calls it"
        return _refused(field, notice.notifier, "it cannot be called at a deadline", remedy)
    arguments: dict[str, Any] = dict(notice.arguments)
    try:
        made: BaseNotifier = kind(**arguments)
    except Exception as error:  # noqa: BLE001 - whatever a foreign class raises is told as its arguments' fault
        problem = f"{name} does not take them: {type(error).__name__}: {error}"
        where, given = f"notify[{number}].arguments", ", ".join(notice.arguments)
        return _refused(where, given, problem, "Correct their names and values")
    return made


def _refused(field: str, value: str, problem: str, remedy: str) -> BadInput:
    error = BadInput(field, value, problem, remedy)
    log.warning("Nobody is told this way: %s", error)
    return error
