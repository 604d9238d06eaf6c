"""Pipeline 3 on the whole stack, started by a person in the browser, and what Airflow keeps of it."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from demo import account
from demo.clients import database
from demo.customers import ACCOUNT, Customers, Register
from demo.sensitive_data_discovery import DISCOVERY, WORLD
from sandbox.seed.worlds import customers as seeded
from sandbox.seed.worlds.customers_truth import TRUTH
from tests.support import kept, planted

NAME = "Sensitive data discovery: customers"
RUN_SECONDS, PARSED_SECONDS = 600, 120
TABLES = ("customer", "staff", "address", "staff_list")
QUOTED = "Error 1366: Incorrect value: '{email}' for column 'email', row of '{username}'"
"""A failure that quotes the row, which DMS may hand on in its task's last message."""
WRONG = "zqwrongpassword"


@pytest.fixture(scope="module")
def customers(stack, api):
    """The world with some values that nobody can mistake, and its DAG, parsed and unpaused."""
    stack.sandbox.client().seed(WORLD)
    database = Customers(stack.sandbox)
    database.change(planted.MARK_STAFF)
    account.wait_for_dag(api, DISCOVERY, seconds=PARSED_SECONDS)
    api.unpause(DISCOVERY)
    return database


def test_register_equals_the_truth_after_a_click(stack, api, pages, customers):
    """It should let a person find and start the DAG; the register then holds what was planted, the extract nothing."""
    pages.find_dag(NAME)
    run_id = pages.trigger(DISCOVERY)
    account.require_success(api, DISCOVERY, run_id, seconds=RUN_SECONDS)

    assert Register(stack.sandbox).now() == TRUTH
    assert customers.extract() == []
    ledger = account.Ledger(stack.ledger_dsn)
    assert ledger.one("discovery_run", run_id=run_id)["new_exposures"] == len(TRUTH)
    assert ledger.one("extract_purge", run_id=run_id, task_id="purge_extract")["deleted"] > 0
    pages.wait_for_text("Success")
    assert pages.screenshot("sensitive_data").stat().st_size > 10_000


def test_airflow_keeps_no_value_and_no_password(stack, api, customers):
    """It should hold none in its database, the ledger and any log, also after runs whose errors may quote some."""
    secrets = stack.sandbox.client().client("secretsmanager", ACCOUNT, seeded.REGION)
    login = secrets.get_secret_value(SecretId=seeded.LOGIN)["SecretString"]
    unwanted = values(stack) | {json.loads(login)["password"].lower(), WRONG}

    quoted = QUOTED.format(**planted.MARKED)
    place = f"dms:Load/{seeded.TASK}/sakila.staff"
    sandbox = stack.sandbox.client()
    sandbox.fault(place, kind="error", code="UNKNOWN", message=quoted, times=None)
    fail(api, "load_extract")
    sandbox.clear_faults()
    assert customers.extract() == []

    wrong = json.dumps(json.loads(login) | {"password": WRONG})
    secrets.put_secret_value(SecretId=seeded.LOGIN, SecretString=wrong)
    fail(api, "count_source_rows")
    secrets.put_secret_value(SecretId=seeded.LOGIN, SecretString=login)

    texts = kept.everything(stack)
    assert all("register_exposures" in texts[name] for name in ("Airflow's database", "the ledger"))
    assert sum("task_id=load_extract" in where for where in texts) >= 2
    found = {where: planted.found_in(text, unwanted) for where, text in texts.items()}
    assert {where: some for where, some in found.items() if some} == {}


def fail(api, task_id):
    """Start a run and see it fail in a task."""
    account.require_failure(api, DISCOVERY, api.trigger(DISCOVERY), [task_id], seconds=RUN_SECONDS)


def values(stack):
    """All values of the database that are personal data."""
    cluster = database(stack.sandbox, ACCOUNT, seeded.REGION, seeded.PLAN.name)
    rows = []
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        for statement in planted.statements(TABLES):
            cursor.execute(statement)
            rows += cursor.fetchall()
    found = planted.distinct(rows)
    assert {one.lower() for one in planted.MARKED.values()} < found
    assert len(found) > 500
    return found
