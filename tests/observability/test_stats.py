"""What a collector receives of a step, by Airflow's own settings."""

from __future__ import annotations

import logging
import socket
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.observability.stats import Stats

from switchyard.errors import StepFailed
from switchyard.observability import metrics, stats
from switchyard.observability.stats import send, send_step
from switchyard.operators import recorders
from switchyard.operators.base import AwsOperator
from tests.support.aws_connections import SOURCE

WHOSE = {"pipeline": "retail", "dag_id": "federated_load__retail", "task_id": "customer.apply_stage"}
SECRET = "AKIA-not-in-a-metric"


class Store(dict):
    """A task's state store."""

    def set(self, key, value):
        self[key] = value

    def delete(self, key):
        self.pop(key, None)


class Counting(AwsOperator):
    """Ends as it is told, with rows to count."""

    changes_nothing = True
    reports = metrics.reported(inserted=metrics.ROWS_INSERTED, behind=metrics.ROWS_BEHIND)

    def __init__(self, *, ends, **kwargs):
        super().__init__(task_id="step", timeout=timedelta(hours=1), **SOURCE, **kwargs)
        self.ends = ends

    def act(self, context):
        self.measure(context, metrics.STALENESS, 12.5)
        if isinstance(self.ends, Exception):
            raise self.ends

    def result(self, context):
        return self.ends


def run(ends, *, store=None, **params):
    operator = Counting(ends=ends)
    context = {
        "task": operator,
        "ti": SimpleNamespace(dag_id=WHOSE["dag_id"], task_id=WHOSE["task_id"], max_tries=0),
        "params": params,
        "task_state_store": Store() if store is None else store,
    }
    return operator.execute(context)


@pytest.fixture(autouse=True)
def recorder(monkeypatch):
    """The recorder that is tested, alone."""
    monkeypatch.setattr(recorders, "step_recorders", [send_step])
    monkeypatch.setattr(stats, "_told", set())


def seen(statsd):
    return {one.name: one for one in statsd.flushed() if one.name.startswith("airflow.switchyard.")}


def test_a_step_that_succeeds_tells_its_end_its_duration_and_its_values(statsd, sent_to):
    """It should send one setting's way: names of the catalogue, with the pipeline and the step as tags."""
    sent_to(statsd_on=True, statsd_port=statsd.port, statsd_influxdb_enabled=True)
    run({"inserted": 7, "behind": 0, "summary": SECRET})
    found = seen(statsd)
    assert set(found) == {
        "airflow.switchyard.step.finished",
        "airflow.switchyard.step.duration",
        "airflow.switchyard.load.rows_inserted",
        "airflow.switchyard.load.rows_behind",
        "airflow.switchyard.load.staleness_seconds",
    }
    ended = found["airflow.switchyard.step.finished"]
    assert (ended.kind, ended.value, ended.tags) == ("c", 1, WHOSE | {"outcome": "success"})
    assert found["airflow.switchyard.step.duration"].kind == "ms"
    rows = found["airflow.switchyard.load.rows_inserted"]
    assert (rows.kind, rows.value, rows.tags) == ("c", 7, WHOSE)
    behind = found["airflow.switchyard.load.rows_behind"]
    assert (behind.kind, behind.value) == ("g", 0)
    assert SECRET not in str(statsd.samples)
    assert statsd.unread == []


def test_plain_statsd_gets_the_step_in_the_name(statsd, sent_to):
    """It should not mix the values of pipelines where tags are dropped."""
    sent_to(statsd_on=True, statsd_port=statsd.port)
    run({"inserted": 7})
    name = "airflow.switchyard.load.rows_inserted.federated_load__retail.customer__apply_stage"
    assert seen(statsd)[name].value == 7
    ended = "airflow.switchyard.step.finished.federated_load__retail.customer__apply_stage.success"
    assert seen(statsd)[ended].value == 1


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [(StepFailed("step", SECRET, "mend it"), "failed"), (AirflowSkipException(SECRET), "skipped")],
)
def test_a_step_that_does_not_succeed_tells_that(statsd, sent_to, ends, outcome):
    """It should send the outcome and what was measured before, and no message."""
    sent_to(statsd_on=True, statsd_port=statsd.port, statsd_influxdb_enabled=True)
    with pytest.raises(type(ends), match=SECRET):
        run(ends)
    found = seen(statsd)
    assert found["airflow.switchyard.step.finished"].tags["outcome"] == outcome
    assert found["airflow.switchyard.load.staleness_seconds"].value == 12.5
    assert "airflow.switchyard.load.rows_inserted" not in found
    assert SECRET not in str(statsd.samples)


def test_the_duration_is_that_of_all_tries(statsd, sent_to):
    """It should count from the first try's beginning, which the task's state store remembers."""
    sent_to(statsd_on=True, statsd_port=statsd.port, statsd_influxdb_enabled=True)
    first = time.time() - 90
    run({}, store=Store(step_clock={"generation": 0, "began": first, "deadline": first + 3600}))
    assert seen(statsd)["airflow.switchyard.step.duration"].value == pytest.approx(90_000, abs=30_000)


def test_a_dry_run_tells_no_measurement(statsd, sent_to):
    """It should not move a gauge of what was not done."""
    sent_to(statsd_on=True, statsd_port=statsd.port, statsd_influxdb_enabled=True)
    run({}, dry_run=True)
    assert "airflow.switchyard.load.staleness_seconds" not in seen(statsd)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"statsd_custom_client_path": "no.such.client"}, id="no such client"),
        pytest.param({"statsd_host": "no-such-host.invalid"}, id="no such host"),
        pytest.param({"statsd_port": "none"}, id="no port"),
    ],
)
def test_no_failure_of_metrics_fails_a_step(sent_to, broken):
    """It should do its work whatever the settings are."""
    sent_to(**{"statsd_on": True, **broken})
    assert run({"inserted": 7}) == {"inserted": 7}


def test_a_failure_of_metrics_is_told_once(sent_to, monkeypatch, caplog):
    """It should log a reason once, not with every value."""

    def broken(*_, **__):
        raise socket.gaierror("away")

    monkeypatch.setattr(Stats, "incr", broken)
    with caplog.at_level(logging.WARNING, logger=stats.__name__):
        assert run({"inserted": 7}) == {"inserted": 7}
        assert run({"inserted": 8}) == {"inserted": 8}
    told = [one.getMessage() for one in caplog.records if "was not sent" in one.getMessage()]
    assert sorted(told) == [
        "The metric was not sent: switchyard.load.rows_inserted: gaierror",
        "The metric was not sent: switchyard.step.finished: gaierror",
    ]


def test_nothing_is_sent_where_metrics_are_off(statsd, sent_to):
    """It should leave it to Airflow's setting alone."""
    sent_to(statsd_on=False, statsd_port=statsd.port)
    run({"inserted": 7})
    assert statsd.flushed() == []


def test_unknown_values_are_not_sent(statsd, sent_to):
    """It should send no gauge of what nobody knows."""
    sent_to(statsd_on=True, statsd_port=statsd.port)
    send({}, metrics.RTO, None)
    assert statsd.flushed() == []
