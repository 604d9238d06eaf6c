"""Notifiers that the configuration names: made when the DAG is parsed, called at the end of a run."""

from __future__ import annotations

import json
import re
import sys

import pytest
import yaml
from airflow.sdk import BaseNotifier
from pydantic import ValidationError

from demo.airflow_settings import REPOSITORY
from switchyard.configuration.faults import ConfigurationError
from switchyard.configuration.notices import Notice
from switchyard.configuration.warehouse_health import WarehouseHealth
from switchyard.ledger.recorders import record_run_failure, record_run_success
from switchyard.pipelines.notices import require_notifiers
from switchyard.pipelines.warehouse_health import health_dag

SHIPPED = next((REPOSITORY / "include" / "pipelines" / "warehouse_health").glob("*.yaml"))
SNS = "airflow.providers.amazon.aws.notifications.sns.SnsNotifier"
TOPIC = {"target_arn": "arn:aws:sns:us-west-2:111111111111:ops", "message": "{{ dag_run.run_id }} failed"}


class Remembering(BaseNotifier):
    """Remembers what it was told; the triggerer cannot call it."""

    template_fields = ("text",)
    told: list = []  # noqa: RUF012 - what the test looks at

    def __init__(self, text):
        super().__init__()
        self.text = text

    def notify(self, context):
        self.told.append(self.text)


def remembering(*events, **changes):
    return {
        "events": list(events),
        "notifier": f"{__name__}.Remembering",
        "arguments": {"text": "hi"},
        **changes,
    }


def pipeline(*notices):
    """The shipped instance, with notifiers."""
    content = yaml.safe_load(SHIPPED.read_text()) | {"name": SHIPPED.stem, "notify": list(notices)}
    return WarehouseHealth.model_validate_json(json.dumps(content))


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    """Let this module be imported by its name, however the test runner did it."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    Remembering.told.clear()


def test_each_event_has_its_notifiers_behind_the_ledgers_record():
    """It should keep the ledger's record first, and call those of the event alone."""
    made = health_dag(pipeline(remembering("failure"), remembering("success", "failure")))
    first, *failure = made["on_failure_callback"]
    assert (first, len(failure)) == (record_run_failure, 2)
    first, *success = made["on_success_callback"]
    assert (first, len(success)) == (record_run_success, 1)
    assert made["deadline"] is None


def test_a_notifier_is_called_with_its_rendered_arguments():
    """It should render templates with the run's context, as Airflow's notifiers do."""
    told = remembering("failure", arguments={"text": "{{ run_id }} failed"})
    [_, notify] = health_dag(pipeline(told))["on_failure_callback"]
    notify({"run_id": "manual__1"})
    assert Remembering.told == ["manual__1 failed"]


def test_a_deadline_is_told_by_one_that_the_triggerer_can_call():
    """It should measure from the queueing of the run, and hand the arguments on."""
    notice = {"events": ["deadline"], "notifier": SNS, "arguments": TOPIC, "minutes": 90}
    [alert] = health_dag(pipeline(notice))["deadline"]
    assert alert.interval.total_seconds() == 90 * 60
    assert (alert.callback.path, alert.callback.kwargs) == (SNS, TOPIC)


@pytest.mark.parametrize(
    ("notice", "message"),
    [
        (
            {"notifier": "no.such.Notifier"},
            r"notify\[0\]\.notifier .* cannot be imported: No module named 'no'",
        ),
        (
            {"notifier": f"{__name__}.Absent"},
            r"notify\[0\]\.notifier .* cannot be imported: module .* has no",
        ),
        ({"notifier": "json.JSONDecoder"}, r"notify\[0\]\.notifier .* it is no notifier"),
        (
            {"arguments": {"txt": "hi"}},
            r"notify\[0\]\.arguments = 'txt': Remembering does not take them: TypeError",
        ),
        (
            {"events": ["deadline"], "minutes": 5},
            r"notify\[0\]\.notifier .* it cannot be called at a deadline",
        ),
    ],
)
def test_a_notifier_that_cannot_be_made_is_told_and_takes_nothing_away(notice, message):
    """It should name file, field, value and remedy in the banner, and leave the DAG as it is without it."""
    broken = pipeline(remembering("failure") | notice)
    with pytest.raises(ConfigurationError, match=message):
        require_notifiers([broken])
    made = health_dag(broken)
    assert made["on_failure_callback"] == [record_run_failure]
    assert made["deadline"] is None


@pytest.mark.parametrize("name", ["password", "slack_token", "webhook_url", "aws_secret", "api_key"])
def test_credentials_are_refused_and_not_repeated(name):
    """It should send them to a connection, and not print them."""
    with pytest.raises(ValidationError, match=r"looks like a credential") as caught:
        Notice.model_validate(
            remembering("failure", arguments={"deep": {name: "s3cr3t-value"}}, events=("failure",))
        )
    assert "s3cr3t-value" not in "".join(one["msg"] for one in caught.value.errors())


@pytest.mark.parametrize("wrong", [{"events": ("deadline",)}, {"minutes": 5}])
def test_a_deadline_needs_its_minutes(wrong):
    """It should refuse one without the other."""
    with pytest.raises(ValidationError, match=r"belongs to the event deadline"):
        Notice.model_validate({**remembering("failure"), "events": ("failure",), **wrong})


def test_the_documented_example_is_right():
    """It should make every notifier of the page, whose templates are those of a run."""
    page = (REPOSITORY / "docs" / "how-to" / "observe.md").read_text()
    [example] = re.findall(r"```yaml\n(notify:.*?)```", page, re.DOTALL)
    made = pipeline(*yaml.safe_load(example)["notify"])
    require_notifiers([made])
    assert len(health_dag(made)["on_failure_callback"]) == 3
    assert len(health_dag(made)["deadline"]) == 1
