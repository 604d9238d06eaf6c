"""python -m switchyard.configuration"""

import subprocess
import sys

import pytest

from switchyard.configuration.__main__ import main
from switchyard.configuration.loader import MODELS
from tests.configuration.conftest import REPOSITORY


def test_check_prints_every_error_and_fails(files, capsys):
    """It should print a line for each error and end with 1, so that a build stops."""
    files.example()
    files.example("people.yaml", set={"engine": "aurora"})
    assert main(["check", str(files.home)]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("aurora_recovery/people.yaml: engine = 'aurora': input should be 'aurora-mysql'")
    assert last == "1 error; valid: aurora_recovery/orders"


def test_check_succeeds_without_airflow():
    """It should check the example from a shell, and import nothing of Airflow on the way."""
    script = (
        "import sys; from switchyard.configuration.__main__ import main; code = main(['check']);"
        "sys.exit(code or any(name.split('.')[0] in ('airflow', 'boto3', 'botocore') for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY / "plugins",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "0 errors; valid: aurora_recovery/orders, federated_load/retail, federated_load/retail_postgres, "
        "sensitive_data_discovery/customers, synonym_refresh/products, warehouse_health/analytics\n"
    )


def test_schema_writes_the_schemas(files, capsys):
    """It should write one schema for each pipeline."""
    assert main(["schema", str(files.home)]) == 0
    folder = files.home / "schema"
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {folder / f'{pipeline}.json'}" for pipeline in MODELS
    ]


def test_no_folder_is_an_error(tmp_path, capsys):
    """It should fail where there is nothing to check."""
    assert main(["check", str(tmp_path / "nothing")]) == 1
    assert "there is no such folder" in capsys.readouterr().out


@pytest.mark.parametrize("place", ["people.yaml", "."], ids=["file", "folder of a pipeline"])
def test_check_takes_what_people_name(files, capsys, monkeypatch, place):
    """It should check one file, or those of one pipeline, as well as all."""
    files.example()
    files.example("people.yaml", set={"engine": "aurora"})
    monkeypatch.chdir(files.home / files.pipeline)
    assert main(["check", place]) == 1
    error, last = capsys.readouterr().out.splitlines()
    assert error.startswith("aurora_recovery/people.yaml: engine = 'aurora'")
    assert last == f"1 error; valid: {'none' if place == 'people.yaml' else 'aurora_recovery/orders'}"
    assert main(["check", "orders.yaml"]) == 0
    assert capsys.readouterr().out == "0 errors; valid: aurora_recovery/orders\n"


def test_check_refuses_a_file_elsewhere(files, tmp_path, capsys):
    """It should say of a file outside of the pipelines' folders that nothing reads it."""
    assert main(["check", str(files.example().rename(tmp_path / "orders.yaml"))]) == 1
    assert "orders.yaml: no pipeline reads this folder. Move the file" in capsys.readouterr().out
