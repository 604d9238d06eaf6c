"""dags/configuration.py in Airflow."""

import pytest

from tests.configuration.conftest import REPOSITORY

DAG_FILE = REPOSITORY / "dags" / "configuration.py"


@pytest.fixture
def import_errors():
    from airflow.dag_processing.dagbag import DagBag

    def parse():
        # Safe mode is Airflow's default: it skips files that do not look as if they held a DAG.
        return DagBag(str(DAG_FILE), safe_mode=True).import_errors

    return parse


def test_healthy_files_show_nothing(import_errors):
    """It should leave the banner away when every file is valid."""
    assert import_errors() == {}


def test_errors_reach_the_banner(import_errors, files, monkeypatch):
    """It should list every error of every file where Airflow shows import errors."""
    files.example(set={"retention.keep_lst": 1})
    files.write("people.yaml", "a: [")
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(files.home))
    (text,) = import_errors().values()
    assert (
        "aurora_recovery/orders.yaml: retention.keep_lst = 1: there is no such field. Did you mean keep_last?"
        in text
    )
    assert "aurora_recovery/people.yaml: line 2, column 1: it is not YAML" in text
