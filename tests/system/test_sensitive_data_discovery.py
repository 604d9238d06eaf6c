"""Pipeline 3 on the whole stack, started by a person in the browser."""

from __future__ import annotations

import pytest

from demo import account
from demo.customers import Customers, Register
from demo.sensitive_data_discovery import DISCOVERY, WORLD
from sandbox.seed.worlds.customers_truth import TRUTH

NAME = "Sensitive data discovery: customers"
RUN_SECONDS, PARSED_SECONDS = 600, 120


@pytest.fixture(scope="module")
def customers(stack, api):
    """The world, and its DAG, parsed and unpaused."""
    stack.sandbox.client().seed(WORLD)
    account.wait_for_dag(api, DISCOVERY, seconds=PARSED_SECONDS)
    api.unpause(DISCOVERY)


@pytest.mark.usefixtures("customers")
def test_register_equals_the_truth_after_a_click(stack, api, pages):
    """It should let a person find and start the DAG; the register then holds what was planted, the extract nothing."""
    pages.find_dag(NAME)
    run_id = pages.trigger(DISCOVERY)
    account.require_success(api, DISCOVERY, run_id, seconds=RUN_SECONDS)

    assert Register(stack.sandbox).now() == TRUTH
    assert Customers(stack.sandbox).extract() == []
    ledger = account.Ledger(stack.ledger_dsn)
    assert ledger.one("discovery_run", run_id=run_id)["new_exposures"] == len(TRUTH)
    assert ledger.one("extract_purge", run_id=run_id, task_id="purge_extract")["deleted"] > 0
    pages.wait_for_text("Success")
    assert pages.screenshot("sensitive_data").stat().st_size > 10_000
