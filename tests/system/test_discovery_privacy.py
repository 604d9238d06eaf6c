"""What Airflow itself keeps of discoveries, good and broken, on the whole stack."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from demo import account
from sandbox.engines.locate import locate_postgres
from sandbox.seed.worlds import customers
from tests.support import planted
from tests.support.discovery import Discovery

DAG = "sensitive_data_discovery__customers"
TABLES = ("customer", "staff", "address", "staff_list")
RUN_SECONDS, PARSED_SECONDS = 300, 120
QUOTED = "Error 1366: Incorrect value: '{email}' for column 'email', row {phone} of {username}"


@pytest.fixture(scope="module")
def discovery(stack, api, tmp_path_factory):
    """The customers with values that nobody can mistake, and a pipeline that searches some of their tables."""
    stack.sandbox.client().seed("customers")
    file = stack.home / "pipelines" / "sensitive_data_discovery" / "customers.yaml"
    content = yaml.safe_load(file.read_text())
    content["tables"] = [
        {"schema": "sakila", "table": name, "kind": "all", "exclude_columns": ["picture", "location"]}
        for name in TABLES
    ]
    file.write_text(yaml.safe_dump(content))
    account.wait_for_dag(api, DAG, seconds=PARSED_SECONDS)
    api.unpause(DAG)
    made = Discovery(
        stack.sandbox.client(),
        stack.ledger_dsn,
        stack.sandbox.ca_bundle,
        tmp_path_factory.mktemp("discovery"),
    )
    made.edit(planted.MARK_STAFF, planted.MARK_PHONE)
    return made


def dump(dsn):
    """All that a database of PostgreSQL holds, as text."""
    program = locate_postgres("pg_dump")
    return subprocess.run([program, "--dbname", dsn], capture_output=True, text=True, check=True).stdout


def logs(stack):
    """What tasks and Airflow's components have logged."""
    files = [*(stack.home / "task-logs").rglob("*.log"), *(stack.home / "log").glob("*.log")]
    return {path: path.read_text(errors="replace") for path in map(Path, files) if path.name != "sandbox.log"}


def wanted(discovery):
    """All values of the database that are personal data, and the passwords."""
    rows = [row for statement in planted.statements(TABLES) for row in discovery.edit(statement)]
    names = (customers.LOGIN, customers.SEARCHED.dms_login)
    secrets = discovery.client("secretsmanager")
    logins = [json.loads(secrets.get_secret_value(SecretId=name)["SecretString"]) for name in names]
    values = planted.distinct(rows) | {one["password"].lower() for one in logins}
    assert len(values) > 1_000
    return values | {"zqwrongpassword"}


def fails(api, run_id, task_id):
    account.require_failure(api, DAG, run_id, [task_id], seconds=RUN_SECONDS)


def test_airflow_keeps_no_value_and_no_password(stack, api, discovery):
    """It should hold none in its database, the ledger and any log, after a good run and runs whose errors may quote."""
    run_id = api.trigger(DAG)
    account.require_success(api, DAG, run_id, seconds=RUN_SECONDS)
    assert api.xcom(DAG, run_id, "register_exposures", key="new") > 5

    quoted = QUOTED.format(phone="98765432109", **planted.MARKED)
    discovery.sandbox.fault(
        f"dms:Load/{customers.TASK}/sakila.staff", kind="error", code="UNKNOWN", message=quoted, times=None
    )
    fails(api, api.trigger(DAG), "load_extract")
    discovery.sandbox.clear_faults()
    assert discovery.extract() == []

    values = wanted(discovery)
    secrets = discovery.client("secretsmanager")
    login = json.loads(secrets.get_secret_value(SecretId=customers.LOGIN)["SecretString"])
    changed = json.dumps(login | {"password": "zqwrongpassword"})
    secrets.put_secret_value(SecretId=customers.LOGIN, SecretString=changed)
    fails(api, api.trigger(DAG), "count_source_rows")
    secrets.put_secret_value(SecretId=customers.LOGIN, SecretString=json.dumps(login))

    url = stack.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
    kept = {"Airflow's database": dump(url), "the ledger": dump(stack.ledger_dsn)}
    assert all("register_exposures" in text for text in kept.values())
    kept |= {str(path): text for path, text in logs(stack).items()}
    assert len([path for path in kept if "task_id=load_extract" in path]) >= 2
    found = {where: planted.found_in(text, values) for where, text in kept.items()}
    assert {where: some for where, some in found.items() if some} == {}
