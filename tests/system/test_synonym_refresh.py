"""Pipeline 2 on the whole stack, started and answered by a person in the browser."""

from __future__ import annotations

from functools import partial

import pytest
from selenium.webdriver.common.by import By

from demo import account, processes
from demo.airflow_api import AirflowError
from demo.synonym_refresh import FROZEN, REFRESH, WORLD, opened

NAME = "Synonym refresh: products"
RUN_SECONDS, PARSED_SECONDS = 300, 120
BUCKET = "switchyard-search-111111111111"


@pytest.fixture(scope="module")
def shop(stack, api):
    """The shop with its package, its index and its products, before the first refresh."""
    stack.sandbox.client().seed(WORLD)
    with opened(stack) as shop:
        shop.bootstrap()
        account.wait_for_dag(api, REFRESH, seconds=PARSED_SECONDS)
        api.unpause(REFRESH)
        yield shop


@pytest.fixture
def ledger(stack):
    return account.Ledger(stack.ledger_dsn)


@pytest.fixture
def row(shop):
    """Insert a row that ends with the test."""
    inserted = []
    yield lambda *terms: inserted.append(shop.synonyms.insert(*terms))
    shop.synonyms.delete(inserted)


def keys(stack):
    s3 = stack.sandbox.client().client("s3", "source", "us-west-2")
    return {one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}


def ended(ledger, run_id):
    # The DAG processor records the end of a run a moment after it.
    return ledger.one("run", dag_id=REFRESH, run_id=run_id)["finished_at"] is not None


def asks(api, run_id):
    states = {task["task_id"]: task["state"] for task in api.tasks(REFRESH, run_id)}
    return states["approve_change"] == "awaiting_input"


def test_dry_run_from_the_form_changes_nothing(stack, shop, api, pages, row, ledger):
    """It should let a person find the DAG and plan a release: report, changes and calls are shown, none is made."""
    row("tennis shoe", "plimsoll")
    before = keys(stack)
    pages.find_dag(NAME)
    run_id = pages.trigger(REFRESH, dry_run=True)
    account.require_success(api, REFRESH, run_id, seconds=RUN_SECONDS)

    plan = [
        call["operation"]
        for task_id in ("publish_file", "update_package")
        for call in api.xcom(REFRESH, run_id, task_id, key="planned_calls")
    ]
    assert plan == ["PutObject", "PutObject", "UpdatePackage"]
    assert "2 rows read, 2 rules made. Nothing is wrong." in str(api.said(REFRESH, run_id, "build_release"))
    assert "+ tennis shoe, plimsoll" in str(api.said(REFRESH, run_id, "compare_releases"))
    assert keys(stack) == before
    assert shop.search.find("plimsoll") == ()
    assert ledger.one("synonym_release", run_id=run_id)["state"] == "planned"
    assert all(step["started_at"] for step in ledger.rows("step", run_id=run_id))
    processes.wait_until(partial(ended, ledger, run_id), "the end of the run in the ledger", seconds=60)
    assert ledger.one("run", run_id=run_id)["mode"] == "dry run"
    pages.wait_for_text("Success")
    assert pages.screenshot("synonyms_planned").stat().st_size > 10_000


@pytest.mark.usefixtures("shop")
def test_form_refuses_what_no_run_can_use(api, pages):
    """It should not start a run with a number that is missing or too large, in the form or past it."""
    runs = len(api.runs(REFRESH))
    pages.open_form(REFRESH, max_shrink_percent="200")
    assert pages.field("max_shrink_percent") == "100", "the field keeps to its limits"
    pages.open(f"/dags/{REFRESH}/runs")
    pages.open_form(REFRESH, max_shrink_percent="")
    pages.wait_for_text("This field is required")
    submit = pages.driver.find_element(By.CSS_SELECTOR, "[data-testid=trigger-dag-submit]")
    assert not submit.is_enabled()
    assert pages.screenshot("synonyms_refused").stat().st_size > 10_000
    with pytest.raises(AirflowError, match="max_shrink_percent: 200 is greater than the maximum of 100"):
        api.trigger(REFRESH, {"max_shrink_percent": 200})
    assert len(api.runs(REFRESH)) == runs


def test_rejected_change_is_not_published(stack, shop, api, pages, row, ledger):
    """It should show a person the change, and publish nothing after a no; the run ends well."""
    row("hightop", "sneaker", "*plimsoll*")
    run_id = pages.trigger(REFRESH, percent_without_approval="0")
    processes.wait_until(partial(asks, api, run_id), "the question", seconds=RUN_SECONDS, poll_seconds=0.5)
    shown, _ = pages.answer("Publish these synonyms of products? 1 added", "Reject")
    assert "+ hightop, sneaker, *plimsoll*" in shown.split("\n")
    account.require_success(api, REFRESH, run_id, seconds=RUN_SECONDS)

    assert shop.search.find("sneaker") == ()
    release = ledger.one("synonym_release", run_id=run_id)
    assert (release["state"], release["reason"], release["version"]) == (
        "rejected",
        "rejected by admin",
        None,
    )
    assert not [key for key in keys(stack) if "drafts" in key or "lock" in key]


def test_approved_change_reaches_the_search(shop, api, pages, row, ledger):
    """It should publish a large change after a yes in the browser, and write down whose it was."""
    row(*FROZEN)
    run_id = pages.trigger(REFRESH, percent_without_approval="0")
    processes.wait_until(partial(asks, api, run_id), "the question", seconds=RUN_SECONDS, poll_seconds=0.5)
    assert shop.search.find("gelato") == ()
    pages.answer("Publish these synonyms of products? 1 added", "Approve")
    account.require_success(api, REFRESH, run_id, seconds=RUN_SECONDS)

    assert shop.search.find("gelato") == ("ice cream",)
    assert shop.search.find("danish") == ("croissant",)
    release = ledger.one("synonym_release", run_id=run_id)
    assert (release["state"], release["approved_by"], release["version"]) == ("live", "admin", "v2")
    assert release["approved_at"] is not None
    assert ledger.one("step", run_id=run_id, task_id="approve_change")["summary"] == "approved by admin"
    probes = ledger.rows("synonym_probe", run_id=run_id)
    assert [(probe["query"], probe["passed"]) for probe in probes] == [("danish", True), ("gelato", True)]
    pages.open(f"/dags/{REFRESH}/runs/{run_id}")
    pages.wait_for_text("Success")
    assert pages.screenshot("synonyms_live").stat().st_size > 10_000
