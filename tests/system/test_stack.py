"""The whole stack: scheduler, triggerer, API server, command line and pages."""

from __future__ import annotations

import json

from scripts import screenshots


def test_no_dag_file_fails_to_import(api):
    """It should show no import error in the UI."""
    assert api.import_errors() == {}


def test_command_line_runs_a_dag(stack, api):
    """It should run what `airflow dags trigger` starts, through worker and triggerer, to its end."""
    api.unpause("greeting")
    done = stack.airflow(
        "dags", "trigger", "greeting", "--conf", json.dumps({"name": "operators"}), "--run-id", "by-command"
    )
    assert done.returncode == 0, done.stderr

    run = api.wait_for_run("greeting", "by-command", seconds=120)
    assert run["state"] == "success"
    assert api.xcom("greeting", "by-command", "greet") == "hello operators"


def test_form_runs_a_dag(pages, api):
    """It should run what a person starts with the form in the browser, with what they typed."""
    run_id = pages.trigger("greeting", name="people")

    assert api.wait_for_run("greeting", run_id, seconds=120)["state"] == "success"
    assert api.xcom("greeting", run_id, "greet") == "hello people"
    pages.wait_for_text("Success")
    assert pages.screenshot("greeting").stat().st_size > 10_000


def test_pipelines_reach_the_sandbox_and_nothing_else(stack):
    """It should point every component at the sandbox, whatever credentials the caller has."""
    environment = stack.environment
    assert environment["AWS_ENDPOINT_URL"] == stack.sandbox.endpoint_url
    connections = {
        name: json.loads(value) for name, value in environment.items() if name.startswith("AIRFLOW_CONN_AWS")
    }
    assert set(connections) == {"AIRFLOW_CONN_AWS_SOURCE", "AIRFLOW_CONN_AWS_TARGET"}
    for connection in connections.values():
        assert connection["extra"]["endpoint_url"] == stack.sandbox.endpoint_url
        assert connection["extra"]["service_config"]["sts"]["endpoint_url"] == stack.sandbox.endpoint_url


def test_pictures_log_in_with_what_is_kept_of_the_stack(stack):
    """It should know the password of the user that the documentation's pictures are taken as."""
    state = json.loads((stack.home / "stack.json").read_text())
    assert (screenshots.USER, screenshots.password(state)) == (stack.username, stack.password)
