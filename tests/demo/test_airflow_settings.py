"""The environment of a local Airflow deployment."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest

from demo.airflow_settings import IMPORTABLE, Deployment, Secrets, environment


@pytest.fixture
def deployment():
    return Deployment(
        home=Path("/somewhere"),
        dags={"dags-folder": Path("/somewhere/dags"), "more": Path("/elsewhere/dags")},
        database_url="postgresql://db",
        port=8123,
        connections={"aws_source": {"conn_type": "aws", "extra": {"endpoint_url": "http://127.0.0.1:1"}}},
        extra={"AWS_ACCESS_KEY_ID": "sandbox"},
    )


def test_callers_credentials_do_not_leak_in(deployment, monkeypatch):
    """It should pass on neither a person's AWS credentials nor settings of another Airflow."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_AWS_TARGET", "aws://real")
    variables = environment(deployment, Secrets.generate())

    assert "real" not in variables.values()
    assert "AWS_PROFILE" not in variables
    assert variables["AWS_ACCESS_KEY_ID"] == "sandbox"
    assert variables["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_connections_and_bundles_are_json(deployment):
    """It should write connections and bundles in the forms that Airflow reads."""
    variables = environment(deployment, Secrets.generate())

    assert json.loads(variables["AIRFLOW_CONN_AWS_SOURCE"]) == deployment.connections["aws_source"]
    bundles = json.loads(variables["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert {bundle["name"]: bundle["kwargs"]["path"] for bundle in bundles} == {
        "dags-folder": "/somewhere/dags",
        "more": "/elsewhere/dags",
    }


def test_secrets_are_new_every_time():
    """It should share no secret between two deployments."""
    first, second = Secrets.generate(), Secrets.generate()
    for own, others in ((vars(first), vars(second)), (first.passwords, second.passwords)):
        assert all(value != others[name] for name, value in own.items())
    assert len({*first.passwords.values(), *second.passwords.values()}) == 4


@pytest.mark.parametrize(
    ("component", "first"), [("scheduler", True), ("dag-processor", True), ("triggerer", False)]
)
def test_components_that_fork_import_the_plugin_first(component, first, monkeypatch):
    """It should import what the DAG files need before the first fork, and only where processes are forked."""
    imported = []
    real = importlib.import_module

    def import_module(name, package=None):
        imported.append(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", import_module)
    monkeypatch.setattr(sys, "argv", ["airflow", component])
    runpy.run_path(str(IMPORTABLE[1] / "airflow_local_settings.py"))
    assert ("switchyard.operators.federated.stage" in imported) is first
    assert ("switchyard.pipelines.federated_load" in imported) is first
