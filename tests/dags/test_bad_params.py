"""Parameters that no run may be started with, each with the one error that it yields."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from airflow.sdk.definitions.param import ParamsDict, process_params
from airflow.sdk.exceptions import ParamValidationError

from switchyard.configuration.loader import load
from switchyard.errors import BadInput
from switchyard.operators.federated.run_windows import RunWindows
from switchyard.operators.run_parameters import number, require_known, whole
from switchyard.pipelines.aurora_recovery import recovery_point_dag, recovery_restore_dag
from switchyard.pipelines.federated_load import federated_load_dag
from switchyard.pipelines.recovery_watch import recovery_watch_dag
from switchyard.pipelines.sensitive_data_discovery import discovery_dag
from switchyard.pipelines.synonym_refresh import synonym_bootstrap_dag, synonym_refresh_dag
from switchyard.pipelines.warehouse_health import health_dag
from tests.support import figures

PIPELINES = Path(__file__).parents[2] / "include" / "pipelines"
CASES = yaml.safe_load(Path(__file__).with_name("bad_params.yaml").read_text(encoding="utf-8"))
DAGS = {
    "recovery_point": ("orders", recovery_point_dag),
    "recovery_restore": ("orders", recovery_restore_dag),
    "recovery_watch": ("orders", recovery_watch_dag),
    "synonym_refresh": ("products", synonym_refresh_dag),
    "synonym_bootstrap": ("products", synonym_bootstrap_dag),
    "sensitive_data_discovery": ("customers", discovery_dag),
    "federated_load": ("retail", federated_load_dag),
    "warehouse_health": ("analytics", health_dag),
}


@pytest.fixture(scope="module")
def params():
    """The parameters of each DAG."""
    instances = {instance.name: instance for instance in load(PIPELINES).instances}
    return {name: made(instances[instance])["params"] for name, (instance, made) in DAGS.items()}


def given(params, asked):
    """What the tasks of a run find, as Airflow makes it of the form's fields and what was asked."""
    fresh = {name: copy(param) for name, param in params.items()}
    dag, task = SimpleNamespace(params=ParamsDict(fresh)), SimpleNamespace(params=None)
    return process_params(dag, task, asked, suppress_exception=False)


def window(found):
    """The window of a table that no run has loaded, of a run by hand."""
    step = SimpleNamespace(
        window_start=str(found["window_start"]),
        window_end=str(found["window_end"]),
        ledger=SimpleNamespace(applied_windows=lambda *_: []),
        pipeline="federated_load/retail",
        lookback_minutes=5,
        settle_seconds=2,
    )
    run = SimpleNamespace(run_type="manual", run_after=datetime.now(UTC))
    return RunWindows.of(step, {"dag_run": run}).of_table("customer")


def read(params, asked, found):
    """Read a run's parameters as the steps do, which get them as text."""
    require_known(asked, params)
    for name, kind in (("keep_last", whole), ("keep_days", whole), ("drain_minutes", number)):
        if name in params:
            kind(name, str(found[name]))
    for name in ("max_usd", "max_shrink_percent", "percent_without_approval"):
        if name in params:
            number(name, str(found[name]))
    if "window_start" in params:
        window(found)


def spelt(asked):
    return {name.replace("%x*5000", "x" * 5000): value for name, value in asked.items()}


@pytest.fixture(scope="module")
def tally():
    with figures.tally("bad-input", kind="run parameters") as counted:
        yield counted


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['dag']}: {case['case']}")
def test_broken_parameter_yields_one_error_that_helps(case, params, tally):
    """It should name the parameter, its value, what is wrong and what would be right, and start nothing."""
    with tally.case():
        require_one_error(case, params)


def require_one_error(case, params):
    known, asked = params[case["dag"]], spelt(case["asked"])
    if case.get("by") == "step":
        with pytest.raises(BadInput, match=r".+") as refusal:
            read(known, asked, given(known, asked))
        assert case["field"] in refusal.value.field
        assert len(str(refusal.value).splitlines()) == 1
        assert len(str(refusal.value)) < 600
    else:
        with pytest.raises(
            ParamValidationError, match=rf"Invalid input for param {case['field']}: "
        ) as refusal:
            given(known, asked)
    said = str(refusal.value)
    assert case["value"] in said
    assert [words for words in case["says"] if words not in said] == []


@pytest.mark.parametrize("name", DAGS)
def test_every_parameter_of_every_dag_has_broken_values(name, params):
    """It should have a broken value for each field of each form, or for the same field of another DAG's."""
    broken = {field for case in CASES for field in case["asked"]}
    assert set(params[name]) <= broken
    assert name in {case["dag"] for case in CASES}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("recovery_point", {"keep_last": 2.0, "keep_days": 0}),
        ("recovery_restore", {"drain_minutes": 5.0, "keep_days": 1.0, "mode": "test"}),
        (
            "recovery_restore",
            {"snapshot_arn": "arn:aws:rds:us-west-1:111111111111:cluster-snapshot:orders-1"},
        ),
        ("recovery_restore", {"instance_class": "db.serverless"}),
        ("recovery_restore", {"instance_class": "db.r6g.large"}),
        ("synonym_refresh", {"percent_without_approval": 0, "max_shrink_percent": 99.9}),
        ("sensitive_data_discovery", {"max_usd": 0.01}),
        ("federated_load", {"window_start": "2026-01-01T00:00:00+01:00", "window_end": None}),
        ("warehouse_health", {"openlineage": {"parentRunId": "x"}}),
    ],
)
def test_good_parameters_are_read(name, asked, params):
    """It should take what is right, however JSON spells it, so that the tests above can fail."""
    read(params[name], asked, given(params[name], asked))


def test_numbers_are_read_alike():
    """It should read a whole number in each spelling of JSON, and a broken one in none."""
    assert [whole("n", one) for one in (7, "7", "7.0", 7.0)] == [7, 7, 7, 7]
    assert [number("n", one) for one in (7, "7.5", "1e2")] == [7.0, 7.5, 100.0]
    for hostile in ("", "None", "True", "7; DROP TABLE x", "{{ 7 }}", "nan", "-inf", "1e999", "x" * 5000):
        with pytest.raises(BadInput, match=r"n is .*it is no number\. Write digits") as refusal:
            number("n", hostile)
        assert len(str(refusal.value)) < 300
    with pytest.raises(BadInput, match=r"n is '7\.5': it is no whole number"):
        whole("n", "7.5")


def test_no_case_is_there_twice():
    """It should not count a broken parameter twice."""
    assert len(CASES) == len({(case["dag"], str(case["asked"])) for case in CASES})
