"""The catalogue of metrics, held against the operators that send them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import switchyard.operators
from scripts.documentation import metrics as documented
from switchyard.observability import metrics
from switchyard.observability.metrics import all_metrics
from switchyard.operators.base import AwsOperator

LONGEST = 63 - len("airflow.")
"""Airflow cuts longer names for OpenTelemetry."""


def operators():
    for module in pkgutil.walk_packages(switchyard.operators.__path__, "switchyard.operators."):
        importlib.import_module(module.name)
    found, left = set(), [AwsOperator]
    while left:
        one = left.pop()
        if one.__module__.startswith("switchyard."):
            found.add(one)
            left += one.__subclasses__()
    return found


def test_names_are_short_enough_and_tell_their_unit():
    """It should have no name twice, none that OpenTelemetry cuts, and seconds where seconds are meant."""
    names = [one.full_name for one in all_metrics()]
    assert len(names) == len(set(names))
    for one in all_metrics():
        assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+", one.full_name)
        assert len(one.full_name) <= LONGEST
        assert one.name.endswith("_seconds") == (one.unit == "seconds")


def test_every_metric_is_sent_by_somebody():
    """It should promise none that no operator sends, and tell who sends it."""
    reported = {metric.name for one in operators() for metric in one.reports.values()}
    sent = set(documented.senders())
    assert sent >= reported
    assert sent | {metrics.STEP_FINISHED.name, metrics.STEP_DURATION.name} == {
        one.name for one in all_metrics()
    }


def test_the_reference_shows_every_metric():
    """It should have a row for each, under a heading, with its unit."""
    written = documented.pages()[documented.PAGE]
    for one in all_metrics():
        row = next(line for line in written.splitlines() if line.startswith(f"| `{one.full_name}` |"))
        assert f"| {one.kind} | {one.unit} | {one.about}. |" in row


@pytest.mark.parametrize(
    "operator", sorted((one for one in operators() if one.reports), key=lambda one: one.__name__)
)
def test_reported_keys_are_spelled_in_the_operator(operator):
    """It should take values from keys that the operator's own module writes into its result."""
    code = Path(inspect.getfile(operator)).read_text()
    assert [key for key in operator.reports if f'"{key}"' not in code] == []
