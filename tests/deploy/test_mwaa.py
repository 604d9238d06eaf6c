"""What is built for Amazon MWAA, laid out as MWAA lays it out, without this repository in reach."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest
import yaml

from demo.airflow_settings import FOREIGN
from demo.connections import connections
from demo.sandbox_process import SandboxProcess
from demo.testing import ledger_template, postgres
from scripts import build_mwaa
from scripts.build_mwaa import MWAA, REPOSITORY, build

__all__ = ["ledger_template", "postgres"]

SET_BY_MWAA = {
    "AIRFLOW__CORE__EXECUTE_TASKS_NEW_PYTHON_INTERPRETER": "True",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__TRIGGERER__QUEUES_ENABLED": "False",
}
BOOTSTRAP = "synonym_bootstrap__products"
LIST = "import sys, json; from airflow.dag_processing.dagbag import DagBag; bag = DagBag(sys.argv[1]); \
    print(json.dumps([sorted(bag.dag_ids), bag.import_errors]))"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Everything that goes into the bucket."""
    folder = tmp_path_factory.mktemp("bucket")
    certificates = tmp_path_factory.mktemp("amazon") / "global-bundle.pem"
    certificates.write_text("a certificate\n")
    build(folder, certificates=certificates)
    return folder


@pytest.fixture(scope="module")
def managed(built, tmp_path_factory):
    """Airflow's folder in the image, and a function that runs a command in it as MWAA's user would."""
    home = tmp_path_factory.mktemp("usr-local-airflow")
    (home / "dags").symlink_to(built / "dags")
    with zipfile.ZipFile(built / "plugins.zip") as packed:
        packed.extractall(home / "plugins")
    (home / "startup.sh").write_text(
        (built / "startup.sh").read_text().replace("/usr/local/airflow", str(home))
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}

    def run(*command, **variables):
        started = ["bash", "-c", '. ./startup.sh && exec "$0" "$@"', *map(str, command)]
        return subprocess.run(
            started,
            cwd=home,
            env={**inherited, **SET_BY_MWAA, "AIRFLOW_HOME": str(home), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    return home, run


def test_requirements_name_what_the_pipelines_need():
    """It should begin with constraints, and name each run-time dependency without a version of its own."""
    lines = [line for line in (MWAA / "requirements.txt").read_text().splitlines() if line[0] != "#"]
    assert lines[0].startswith("--constraint ")
    assert "constraints-3.3.1/constraints-3.12.txt" in lines[0]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[^<>=,]+", each)[0] for each in project["dependencies"]]
    assert lines[1:] == [name for name in names if name != "apache-airflow"]


def test_the_same_sources_give_the_same_bytes(built, tmp_path):
    """It should build a plugins.zip that equals the one of before, and hold no bytecode."""
    build(tmp_path / "again")
    again = (tmp_path / "again" / "plugins.zip").read_bytes()
    assert again == (built / "plugins.zip").read_bytes()
    names = zipfile.ZipFile(built / "plugins.zip").namelist()
    assert {".airflowignore", "switchyard/__init__.py"} <= set(names)
    assert [name for name in names if name.startswith("plugins/") or "pycache" in name] == []


def test_a_folder_in_use_is_left_alone(tmp_path, capsys):
    """It should refuse to build over what is there."""
    (tmp_path / "mine").write_text("kept")
    assert build_mwaa.main([str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_own_constraints_travel_with_the_dags(tmp_path):
    """It should ship a file of constraints, and name the place where MWAA puts it."""
    own = tmp_path / "own.txt"
    own.write_text("sqlglot==30.15.0\n")
    build(tmp_path / "bucket", constraints=own)
    assert (tmp_path / "bucket" / "dags" / "constraints.txt").read_text() == own.read_text()
    lines = (tmp_path / "bucket" / "requirements.txt").read_text().splitlines()
    given = [line for line in lines if line.startswith("--constraint")]
    assert given == ['--constraint "/usr/local/airflow/dags/constraints.txt"']


def test_configuration_is_text_for_options_that_exist():
    """It should give options as MWAA takes them, and name none that Airflow does not know."""
    from airflow.configuration import conf

    options = json.loads((MWAA / "configuration.json").read_text())
    for name, value in options.items():
        section, option = name.split(".", 1)
        assert isinstance(value, str)
        assert conf.has_option(section, option), name
    assert "aws_target" in json.loads(options["secrets.backend_kwargs"])["connections_lookup_pattern"]


def test_all_dags_import(managed):
    """It should find every DAG of this repository's configuration, with include/ inside the DAG folder alone."""
    home, run = managed
    done = run(sys.executable, "-c", LIST, home / "dags")
    assert done.returncode == 0, done.stderr
    dag_ids, errors = json.loads(done.stdout.splitlines()[-1])
    assert errors == {}
    prefixes = {path.stem for path in (REPOSITORY / "dags").glob("*.py")} - {"configuration"}
    assert {dag_id.split("__")[0] for dag_id in dag_ids} == prefixes
    checked = run(sys.executable, "-m", "switchyard.configuration", "check", PYTHONPATH=str(home / "plugins"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def environment(managed, tmp_path_factory, postgres, ledger_template):
    """Variables with connections to a sandbox that holds the world "products", and to a ledger."""
    home, _ = managed
    products = home / "dags" / "include" / "pipelines" / "synonym_refresh" / "products.yaml"
    content = yaml.safe_load(products.read_text()) | {"waits": {"poll_interval_seconds": 0.1}}
    products.write_text(yaml.safe_dump(content))
    sandbox = SandboxProcess(tmp_path_factory.mktemp("sandbox"))
    with sandbox.starting(tmp_path_factory.mktemp("log") / "sandbox.log"):
        postgres.create_database("managed", template=ledger_template)
    try:
        sandbox.client().seed("products")
        (home / "dags/include/certificates/global-bundle.pem").write_text(
            (sandbox.home / "data" / "ca.pem").read_text()
        )
        own = connections(sandbox, postgres, "managed")
        variables = {name: text for name, text in sandbox.environment.items() if name.startswith("AWS_")}
        yield (
            sandbox,
            variables | {f"AIRFLOW_CONN_{name.upper()}": json.dumps(one) for name, one in own.items()},
        )
    finally:
        sandbox.stop()


def test_a_pipeline_runs(managed, environment):
    """It should make a search's package, with the certificates that came in the DAG folder."""
    home, run = managed
    sandbox, variables = environment
    airflow = (sys.executable, "-m", "airflow")
    migrated = run(*airflow, "db", "migrate", **variables)
    assert migrated.returncode == 0, migrated.stderr[-3000:]
    file = home / "dags" / "synonym_bootstrap.py"
    done = run(*airflow, "dags", "test", BOOTSTRAP, "--dagfile-path", file, **variables)
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    search = sandbox.client().client("opensearch", "source", "us-west-2")
    [package] = search.describe_packages()["PackageDetailsList"]
    assert package["PackageStatus"] == "AVAILABLE"
