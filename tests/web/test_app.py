"""The application behind the plugin: what it costs to know it, and who may see a page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import get_user
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient

from switchyard.web import app as pages
from switchyard.web.lazy import LazyApp
from switchyard.web.summary import Run

PLUGINS = Path(__file__).parents[2] / "plugins"


@pytest.fixture
def app(monkeypatch):
    """The application over one run, with a user who is known."""
    run = Run(
        dag_id="recovery_point__orders", run_id="manual__a/b", state="success", run_type="manual", started_by=None,
        queued_at=None, began_at=None, ended_at=None, logical_date=None, conf={}, steps=(),
    )  # fmt: skip
    monkeypatch.setattr(pages, "read_run", lambda _, run_id: run if run_id == run.run_id else None)
    monkeypatch.setattr(pages, "reports_of_run", lambda *_: ({}, ""))
    app = pages.create_app()
    app.dependency_overrides[get_user] = lambda: "dana"
    return app


@pytest.fixture
def allowed(monkeypatch):
    """What the user may see: entities of a DAG, all of them unless a test takes some away."""
    entities = {DagAccessEntity.RUN, DagAccessEntity.TASK_INSTANCE, DagAccessEntity.XCOM}

    class Manager:
        def is_authorized_dag(self, *, method, access_entity, details, user):
            return method == "GET" and access_entity in entities and details.id == "recovery_point__orders"

    monkeypatch.setattr("airflow.api_fastapi.core_api.security.get_auth_manager", Manager)
    monkeypatch.setattr("airflow.models.dag.DagModel.get_team_name", lambda _: None)
    return entities


@pytest.mark.usefixtures("allowed")
def test_page_of_a_run(app):
    """It should show a run whose id holds a slash, let no other site frame it, and run no script."""
    answer = TestClient(app).get("/runs/recovery_point__orders/manual__a%2Fb")
    assert answer.status_code == 200
    assert "Run manual__a/b of recovery_point__orders" in answer.text
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("allowed")
def test_no_page_of_a_run_that_is_not(app):
    """It should name a run that there is not."""
    answer = TestClient(app).get("/runs/recovery_point__orders/manual__c")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "DAG recovery_point__orders has no run manual__c",
    )


@pytest.mark.parametrize(
    "missing", [DagAccessEntity.RUN, DagAccessEntity.TASK_INSTANCE, DagAccessEntity.XCOM]
)
def test_no_page_without_permission(app, allowed, missing):
    """It should refuse who may not see runs, tasks and their results of this DAG in Airflow itself."""
    allowed.discard(missing)
    assert TestClient(app).get("/runs/recovery_point__orders/manual__a%2Fb").status_code == 403


@pytest.mark.usefixtures("allowed")
def test_no_page_of_another_dag(app):
    """It should ask for permission for the DAG that the path names."""
    assert TestClient(app).get("/runs/recovery_restore__orders/manual__a%2Fb").status_code == 403


def test_no_page_for_strangers(app):
    """It should refuse who has not logged in."""
    del app.dependency_overrides[get_user]
    assert TestClient(app).get("/runs/recovery_point__orders/manual__a%2Fb").status_code == 401


def test_plugin_is_cheap_to_know():
    """It should import no web framework where Airflow loads plugins, which is every process, each task's too."""
    program = "import sys, airflow.plugins_manager; known = set(sys.modules); import switchyard_plugin;"
    program += "print(sorted(set(sys.modules) - known))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PLUGINS)},
    )
    added = done.stdout.splitlines()[-1]
    assert "switchyard.web.links" in added
    assert not [name for name in ("fastapi", "psycopg2", "switchyard.web.app") if f"'{name}'" in added]


def test_lazy_application_is_made_once():
    """It should make the application with the first request, and keep it."""
    lazy = LazyApp("tests.web.test_app:made")
    assert MADE == []
    for _ in range(2):
        assert TestClient(lazy).get("/").status_code == 418
    assert len(MADE) == 1


MADE: list[FastAPI] = []


def made():
    """An application that counts how often it was made."""
    from tests.web import test_app

    app = FastAPI()

    @app.get("/")
    def teapot():
        raise HTTPException(418)

    test_app.MADE.append(app)
    return app
