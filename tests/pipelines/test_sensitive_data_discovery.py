"""The discovery on a real database, real files and a real search, undisturbed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.seed.worlds import customers
from switchyard.waiting import poller
from tests.support.dag_runner import TaskFailed
from tests.support.discovery import Discovery
from tests.support.recovery import REPOSITORY

CUSTOMERS = REPOSITORY / "include" / "pipelines" / "sensitive_data_discovery" / "customers.yaml"
EMAILS = {("customer", "email"), ("staff", "email")}


@pytest.fixture
def discovery(
    seed_world: Callable[[str], dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Discovery:
    """A freshly seeded world "customers", with waits for a world in which nothing takes long."""
    content = yaml.safe_load(CUSTOMERS.read_text())
    content["waits"] = {"poll_interval_seconds": 0.1, "settle_seconds": 0.1}
    file = tmp_path / "pipelines" / "sensitive_data_discovery" / "customers.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump(content))
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(tmp_path / "pipelines"))
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.02)
    return Discovery(**seed_world("customers"))


def columns(discovery: Discovery, detector: str) -> set[tuple[str, str]]:
    """Where the register has a kind of data."""
    rows = discovery.ledger("SELECT * FROM switchyard.sensitive_column WHERE gone_at IS NULL")
    return {(row["table_name"], row["column_name"]) for row in rows if row["detector"] == detector}


def test_new_column_alone_alerts_and_no_row_stays(discovery: Discovery) -> None:
    """It should register the planted columns, alert on a column that comes later alone, and leave no row behind."""
    first = discovery.run()
    assert columns(discovery, "custom:EMAIL_ADDRESS") == EMAILS
    assert columns(discovery, "custom:PASSWORD_HASH") == {("staff", "password")}
    assert first.results["register_exposures"]["new"] == first.results["register_exposures"]["exposures"] > 2
    assert discovery.extract() == []

    discovery.edit(
        "ALTER TABLE store ADD COLUMN contact VARCHAR(50)",
        "UPDATE store SET contact = 'shop@example.org'",
    )
    second = discovery.run()
    assert columns(discovery, "custom:EMAIL_ADDRESS") == EMAILS | {("store", "contact")}
    assert second.results["register_exposures"]["new"] == 1
    assert second.results["collect_evidence"]["found"] == "found"

    runs = discovery.ledger("SELECT * FROM switchyard.discovery_run ORDER BY stamp")
    assert [(run["state"], run["found"], run["new_exposures"]) for run in runs[1:]] == [
        ("registered", "found", 1)
    ]
    proofs = discovery.ledger("SELECT task_id FROM switchyard.extract_purge ORDER BY run_id, task_id")
    assert [proof["task_id"] for proof in proofs] == ["empty_extract", "purge_extract"] * 2
    assert discovery.extract() == []


def test_dry_run_changes_nothing(discovery: Discovery) -> None:
    """It should make its checks and counts, and plan the load and the job."""
    run = discovery.run(params={"dry_run": True})
    planned = [call["operation"] for found in run.results.values() for call in found.get("planned_calls", [])]
    assert {"StartReplicationTask", "ModifyReplicationTask", "CreateClassificationJob"} <= set(planned)
    assert discovery.keys(customers.FINDINGS) == []
    assert discovery.client("macie2").list_classification_jobs()["items"] == []


def test_failed_run_leaves_no_row_behind(discovery: Discovery) -> None:
    """It should empty the extract although the search was blind, and say that it was."""
    discovery.client("s3").delete_bucket_policy(Bucket=customers.RESULTS)
    with pytest.raises(TaskFailed, match=r"collect_evidence: (?s:.*)(nothing scanned|unproven|blind)"):
        discovery.run()
    assert discovery.extract() == []
    assert discovery.ledger("SELECT * FROM switchyard.sensitive_column") == []
    proofs = discovery.ledger("SELECT task_id FROM switchyard.extract_purge ORDER BY task_id")
    assert [proof["task_id"] for proof in proofs] == ["empty_extract", "purge_extract"]
