"""What people see of the pipelines in Airflow's pages, before and after a run."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest

from demo import account
from demo.airflow_api import AirflowError

RESTORE, WATCH = "recovery_restore__orders", "recovery_watch__orders"
PARSED_SECONDS, RUN_SECONDS = 150, 400


@pytest.fixture(scope="module")
def parsed(api):
    """The DAGs, as the API describes them."""
    for dag_id in (RESTORE, WATCH):
        account.wait_for_dag(api, dag_id, seconds=PARSED_SECONDS)


@pytest.mark.usefixtures("parsed")
def test_form_refuses_what_is_no_snapshot(api, pages):
    """It should keep a person on the form, and tell what is wrong, where a field does not have its form."""
    runs = len(api.runs(RESTORE))
    pages.open_form(RESTORE, snapshot_arn="orders-backup")
    pages.click("[data-testid=trigger-dag-submit]")
    pages.wait_for_text("orders-backup' does not match")
    assert pages.screenshot("form_refused").stat().st_size > 10_000
    with pytest.raises(AirflowError, match=r"'restore' is not one of \['swap', 'test', 'keep'\]"):
        api.trigger(RESTORE, {"mode": "restore"})
    assert len(api.runs(RESTORE)) == runs


@pytest.mark.usefixtures("parsed", "orders")
def test_run_tells_how_it_went(api, pages):
    """It should lead from the form to the summary of the run, and from its tasks to the AWS console and the ledger."""
    run_id = unquote(pages.trigger(WATCH, dry_run=True))
    account.require_success(api, WATCH, run_id, seconds=RUN_SECONDS)
    summary = pages.summary(WATCH, run_id)
    assert summary.startswith("success Dry run: nothing was changed"), summary
    for shown in ("Started by hand (admin)", "1. Find the newest", "dry run yes"):
        assert shown in summary
    assert "The ledger was not read" not in summary
    assert pages.screenshot("summary").stat().st_size > 10_000

    looked, planned = (
        api.get(f"dags/{WATCH}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task_id}/links")["extra_links"]
        for task_id in ("find_usable_point", "tell_outages")
    )
    console = "https://console.aws.amazon.com/rds/home?region=us-west-1#snapshots-list:"
    report = f"/dags/{WATCH}/runs/{quote(run_id, safe='')}/plugin/switchyard-run"
    assert looked == {"AWS console": console, "Ledger report": report}
    assert planned == {"AWS console": None, "Ledger report": report}, "a planned call leads nowhere"
