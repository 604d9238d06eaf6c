"""The fields on the lines of a step's log, through Airflow's own processors."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
import structlog
from airflow.sdk._shared.logging.structlog import configure_logging

from switchyard.observability.logs import FIELDS
from switchyard.operators.base import AwsOperator
from tests.support.aws_connections import SOURCE

STAMP = "2602010000-aaaaaa"


class Speaking(AwsOperator):
    """Says a line through its own logger, one through a library's, and ends as it is told."""

    def __init__(self, *, live_id, error=None, **kwargs):
        super().__init__(timeout=timedelta(hours=1), **SOURCE, **kwargs)
        self.live_id = live_id
        self.stamp = STAMP
        self.error = error

    def act(self, context):
        self.log.info("by the step")
        logging.getLogger("switchyard.somewhere").warning("by a module")
        if self.error:
            raise self.error

    def result(self, context):
        return {}


class Store(dict):
    def set(self, key, value):
        self[key] = value

    def delete(self, key):
        self.pop(key, None)


@pytest.fixture
def lines():
    """What Airflow would write into the task's file."""
    before, handlers = structlog.get_config(), logging.getLogger().handlers[:]
    level = logging.getLogger().level
    written = io.BytesIO()
    configure_logging(json_output=True, log_level="INFO", output=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def speak(**changes):
    operator = Speaking(task_id="restore", live_id="orders", **changes)
    instance = SimpleNamespace(
        dag_id="recovery_restore__orders", run_id="manual__1", task_id="restore", try_number=2, max_tries=0
    )
    return operator.execute({"ti": instance, "params": {}, "task_state_store": Store(), "task": operator})


def test_every_line_says_whose_it_is(lines):
    """It should put the run's identity on lines of the step and of modules, and take it off again."""
    speak()
    logging.getLogger("switchyard.somewhere").warning("after it")
    said = {one["event"]: one for one in lines()}
    wanted = {
        "pipeline": "orders",
        "stamp": STAMP,
        "account_id": SOURCE["account_id"],
        "region": SOURCE["region_name"],
        "resource": "orders",
    }
    assert set(wanted) == set(FIELDS)
    for event in ("by the step", "by a module"):
        assert said[event].items() >= wanted.items()
    assert not said["after it"].keys() & FIELDS.keys()


def test_a_failure_takes_the_fields_off_too(lines):
    """It should not leave a run's identity on lines that come after it."""
    with pytest.raises(RuntimeError, match="broken"):
        speak(error=RuntimeError("broken"))
    logging.getLogger("switchyard.somewhere").warning("after it")
    assert not lines()[-1].keys() & FIELDS.keys()
