"""Sends metrics through Airflow's own statistics, so that the section ``[metrics]`` of its settings decides where to.

No metric fails a step: what cannot be sent is logged, once for each reason in a process.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from switchyard.observability.metrics import OUTCOME, OUTCOMES, STEP_DURATION, STEP_FINISHED, Metric

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]")

log = logging.getLogger(__name__)
_told: set[str] = set()


def send_step(context: Any, state: str, summary: str, result: Mapping[str, Any]) -> None:
    """Send what a step's end tells: that it ended, how long it took, and its result's values; a recorder of steps.

    Args:
        context: Airflow's, of the running task.
        state: as recorders are told; states in which a step goes on send nothing.
        summary: not sent, it may hold names of resources.
        result: the step's result.
    """
    del summary
    if state not in OUTCOMES:
        return
    outcome = {OUTCOME: state}
    send(context, STEP_FINISHED, 1, **outcome)
    task = context["task"]
    if (began := getattr(task, "began", None)) is not None:
        send(context, STEP_DURATION, 1000 * max(0.0, time.time() - began), **outcome)
    if state != "success":
        return
    for key, metric in getattr(task, "reports", {}).items():
        send(context, metric, result.get(key))


def send(context: Any, metric: Metric, value: float | None, **labels: str) -> None:
    """Send one value of a metric, with the labels that say whose it is.

    Args:
        context: Airflow's, of the running task.
        metric: one of the catalogue.
        value: in the metric's unit; None sends nothing.
        labels: further labels, of few values each.
    """
    if value is None:
        return
    try:
        _send(metric, float(value), _labels(context["ti"]) | labels)
    except Exception as error:
        reason = f"{metric.full_name}: {type(error).__name__}"
        if reason not in _told:
            _told.add(reason)
            log.warning("The metric was not sent: %s", reason, exc_info=True)


def _labels(instance: Any) -> dict[str, str]:
    dag_id = str(instance.dag_id)
    return {
        "pipeline": dag_id.rpartition("__")[2],
        "dag_id": dag_id,
        "task_id": str(instance.task_id),
    }


def _send(metric: Metric, value: float, labels: Mapping[str, str]) -> None:
    from airflow.sdk.observability.stats import Stats  # noqa: PLC0415 - DAG files need none

    name, tags = _addressed(metric, labels)
    if metric.kind == "counter":
        Stats.incr(name, round(value), tags=tags)
    elif metric.kind == "gauge":
        Stats.gauge(name, value, tags=tags)
    else:
        Stats.timing(name, timedelta(milliseconds=value), tags=tags)


def _addressed(metric: Metric, labels: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Name and tags; plain StatsD drops tags, so that there their values are parts of the name."""
    if _has_tags():
        return metric.full_name, dict(labels)
    known = [value for label, value in labels.items() if label != "pipeline"]  # the DAG's id holds its name
    parts = [_NOT_IN_A_NAME.sub("_", value.replace(".", "__")) for value in known]
    return ".".join([metric.full_name, *parts]), {}


def _has_tags() -> bool:
    from airflow.sdk.configuration import conf  # noqa: PLC0415 - as above

    def on(option: str) -> bool:
        return bool(conf.getboolean("metrics", option, fallback=False))

    return on("statsd_datadog_enabled") or on("statsd_influxdb_enabled") or not on("statsd_on")
