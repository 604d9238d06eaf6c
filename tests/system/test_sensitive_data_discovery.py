"""Pipeline 3 on the whole stack, started by a person in the browser, and what Airflow keeps of it."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import pytest
import yaml

from demo import account, pipelines
from demo.clients import database
from demo.customers import ACCOUNT, Customers, Register
from demo.sensitive_data_discovery import DISCOVERY, WORLD
from sandbox.seed.worlds import customers as seeded
from sandbox.seed.worlds.customers_truth import TRUTH
from tests.support import kept, planted
from tests.support.backfills import fill_back, schedule_as
from tests.support.page_commands import PAGES

NAME = "Sensitive data discovery: customers"
RUN_SECONDS, PARSED_SECONDS = 600, 120
TABLES = ("customer", "staff", "address", "staff_list")
QUOTED = "Error 1366: Incorrect value: '{email}' for column 'email', row of '{username}'"
"""A failure that quotes the row, which DMS may hand on in its task's last message."""
WRONG = "zqwrongpassword"
PAGE = (PAGES / "backfill.md").read_text()
BOTH, AGAIN = re.findall(
    rf"^(airflow backfill create --dag-id {DISCOVERY} (?!.*--dry-run).*)$", PAGE, re.MULTILINE
)
FIRST, SECOND = (datetime(2026, 1, 25, 3, tzinfo=UTC), datetime(2026, 2, 1, 3, tzinfo=UTC))
"""The ticks between the dates of both commands."""


@pytest.fixture(scope="module")
def customers(stack, api):
    """The world with some values that nobody can mistake, and its DAG, parsed and unpaused."""
    stack.sandbox.client().seed(WORLD)
    database = Customers(stack.sandbox)
    database.change(planted.MARK_STAFF)
    account.wait_for_dag(api, DISCOVERY, seconds=PARSED_SECONDS)
    api.unpause(DISCOVERY)
    return database


def test_register_equals_the_truth_after_a_click(stack, api, pages, customers, metrics, lineage):
    """It should let a person find and start the DAG; the register then holds what was planted, the extract nothing.

    Both are told to the collectors of metrics and lineage.
    """
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
    assert_told(metrics, lineage)


def assert_told(metrics, lineage):
    """The run's numbers, where its tables went, and what became of Macie's findings."""
    found = {one.name: one for one in metrics.flushed() if one.tags.get("dag_id") == DISCOVERY}
    assert found["airflow.switchyard.discovery.exposures_new"].value == len(TRUTH)
    assert found["airflow.switchyard.discovery.exposures_new"].tags["task_id"] == "register_exposures"
    assert found["airflow.switchyard.discovery.extract_deleted"].value > 0
    loaded, published = (
        lineage.wait_for(partial(is_end_of, task_id), seconds=60)
        for task_id in ("reconcile_load", "publish_register")
    )
    sources = {one["name"]: one["namespace"] for one in loaded["inputs"]}
    assert set(sources) > {f"sakila.{one}" for one in TABLES}
    assert all(one.startswith("mysql://") for one in sources.values())
    folders = {one["name"]: one["outputFacets"]["outputStatistics"] for one in loaded["outputs"]}
    assert set(folders) == {f"{seeded.FOLDER}{one.replace('.', '/')}" for one in sources}
    assert all(one["fileCount"] > 0 for one in folders.values() if one["rowCount"])
    [findings], [register] = published["inputs"], published["outputs"]
    assert findings["namespace"] == f"s3://{seeded.FINDINGS}"
    assert register["namespace"] == f"awsathena://athena.{seeded.REGION}.amazonaws.com"
    assert register["name"] == f"AwsDataCatalog.{seeded.CATALOGUE}.sensitive_columns"
    assert register["outputFacets"]["outputStatistics"]["rowCount"] >= len(TRUTH)


def is_end_of(task_id, event):
    """Whether an event is of the good end of a step of the discovery."""
    return (event["eventType"], event["job"]["name"]) == ("COMPLETE", f"{DISCOVERY}.{task_id}")


@pytest.fixture(scope="module")
def scheduled(stack, api, customers):
    """The shipped schedule, which the stack leaves out, until the end of the tests."""
    name = DISCOVERY.replace("__", "/")
    schedule = yaml.safe_load((pipelines.SHIPPED / f"{name}.yaml").read_text())["schedule"]
    with pipelines.changed(stack.home / "pipelines", name, schedule=schedule):
        schedule_as(api, DISCOVERY, schedule["discovery"]["cron"])
        yield


@pytest.mark.usefixtures("scheduled")
def test_airflow_keeps_no_value_and_no_password(stack, api, customers):
    """It should hold none in its database, the ledger and any log, also after runs whose errors may quote some.

    The runs are those of two weeks that are filled back; the first of them is there already when both are asked for.
    """
    secrets = stack.sandbox.client().client("secretsmanager", ACCOUNT, seeded.REGION)
    login = secrets.get_secret_value(SecretId=seeded.LOGIN)["SecretString"]
    unwanted = values(stack) | {json.loads(login)["password"].lower(), WRONG}

    quoted = QUOTED.format(**planted.MARKED)
    place = f"dms:Load/{seeded.TASK}/sakila.staff"
    sandbox = stack.sandbox.client()
    sandbox.fault(place, kind="error", code="UNKNOWN", message=quoted, times=None)
    filled = fill_back(stack, DISCOVERY, BOTH.replace("2026-02-01T03:00:00", "2026-01-26"))
    assert filled.keys() == {FIRST}
    require_failure(api, filled[FIRST], "load_extract")
    sandbox.clear_faults()
    assert customers.extract() == []

    wrong = json.dumps(json.loads(login) | {"password": WRONG})
    secrets.put_secret_value(SecretId=seeded.LOGIN, SecretString=wrong)
    before, filled = filled, fill_back(stack, DISCOVERY, BOTH)
    assert filled.keys() == {FIRST, SECOND}
    assert filled[FIRST] == before[FIRST], "a tick that has a run is passed over"
    require_failure(api, filled[SECOND], "count_source_rows")
    secrets.put_secret_value(SecretId=seeded.LOGIN, SecretString=login)

    texts = kept.everything(stack)
    assert all("register_exposures" in texts[name] for name in ("Airflow's database", "the ledger"))
    assert sum("task_id=load_extract" in where for where in texts) >= 2
    found = {where: planted.found_in(text, unwanted) for where, text in texts.items()}
    assert {where: some for where, some in found.items() if some} == {}


@pytest.mark.usefixtures("scheduled")
def test_a_week_that_failed_is_searched_again(stack, customers):
    """It should have let Airflow take both runs for failed, and search for the second tick again, unalerted."""
    register, ledger = Register(stack.sandbox), account.Ledger(stack.ledger_dsn)
    filled = fill_back(stack, DISCOVERY, AGAIN)
    assert {moment: run["state"] for moment, run in filled.items()} == {FIRST: "failed", SECOND: "success"}
    run = ledger.one("discovery_run", run_id=filled[SECOND]["dag_run_id"])
    assert (run["state"], run["new_exposures"]) == ("registered", 0)
    trend = {row["run_date"]: int(row["exposures"]) for row in register.ask("trend")}
    assert trend.pop(f"{SECOND:%Y-%m-%d}") == len(TRUTH)
    assert list(trend.values()) == [len(TRUTH)], "and the run of today"
    assert register.now() == TRUTH
    assert customers.extract() == []


def require_failure(api, run, task_id):
    """Raise unless a run has failed in a task, and in no other."""
    account.require_failure(api, DISCOVERY, run["dag_run_id"], [task_id], seconds=RUN_SECONDS)


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
