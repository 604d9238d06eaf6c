"""The discovery on a real database, real files and a real search, undisturbed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.seed.exposures import Exposure
from sandbox.seed.worlds import customers
from sandbox.seed.worlds.customers_truth import CONTROLS, TRUTH
from tests.support.dag_runner import TaskFailed
from tests.support.discovery import Discovery
from tests.support.recovery import REPOSITORY

CUSTOMERS = REPOSITORY / "include" / "pipelines" / "sensitive_data_discovery" / "customers.yaml"
POLICY = REPOSITORY / "docs" / "reference" / "iam" / "sensitive_data_discovery.json"
QUERIES = ("register_now", "new_since", "by_table", "by_type", "trend", "coverage", "exceptions")
CALLED_OTHERWISE = {
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
}
"""S3 operations whose action has another name."""
ADDED = Exposure("sakila", "store", "contact", "custom:EMAIL_ADDRESS")


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
    return Discovery(**seed_world("customers"))


def allowed() -> set[str]:
    """Actions of the role's policy."""
    statements = json.loads(POLICY.read_text())["Statement"]
    actions = [one["Action"] for one in statements]
    return {action for some in actions for action in ([some] if isinstance(some, str) else some)}


def test_role_may_not_read_the_extract() -> None:
    """It should have no action but list, delete and end uploads on the extract."""
    on_extract = [
        one["Action"]
        for one in json.loads(POLICY.read_text())["Statement"]
        if "switchyard-extract" in json.dumps(one["Resource"])
    ]
    flat = {action for some in on_extract for action in some}
    assert {one for one in flat if not one.startswith(("s3:List", "s3:GetBucket"))} == {
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetEncryptionConfiguration",
    }


def test_new_column_alone_alerts_and_no_row_stays(discovery: Discovery) -> None:
    """It should register what was planted and nothing else, alert on a later column alone, and leave no row behind."""
    begun = len(discovery.sandbox.calls())
    first = discovery.run()
    made = {
        f"{call['service']}:{CALLED_OTHERWISE.get(call['operation'], call['operation'])}"
        for call in discovery.sandbox.calls()[begun:]
        if call["service"] != "sts"
    }
    assert made - allowed() == set()
    assert discovery.registered() == discovery.published() == TRUTH
    assert {one["table_name"] for one in discovery.ask("coverage")} >= set(CONTROLS)
    assert {exposure.table for exposure in TRUTH}.isdisjoint(CONTROLS)
    assert first.results["register_exposures"]["new"] == len(TRUTH)
    assert discovery.extract() == []

    published = sorted(discovery.keys(customers.REGISTER))
    assert first.run_task("publish_register").state == "success"
    assert sorted(discovery.keys(customers.REGISTER)) == published

    spoilt = {"Bucket": customers.REGISTER, "CopySource": f"{customers.REGISTER}/{published[0]}"}
    discovery.client("s3").copy_object(Key=f"{published[0]}-again", **spoilt)
    assert first.run_task("publish_register").state == "success"
    assert f"{published[0]}-again" not in discovery.keys(customers.REGISTER)

    discovery.edit(
        "ALTER TABLE store ADD COLUMN contact VARCHAR(50)",
        "UPDATE store SET contact = 'shop@example.org'",
    )
    second = discovery.run()
    assert discovery.registered() == discovery.published() == TRUTH | {ADDED}
    assert second.results["register_exposures"]["new"] == 1
    assert second.results["collect_evidence"]["found"] == "found"

    [values] = zip(*discovery.edit("SELECT email FROM customer WHERE email <> ''"), strict=True)
    kept = json.dumps([first.results, second.results]) + discovery.texts(customers.FINDINGS)
    kept += json.dumps(discovery.ledger("SELECT result::text, summary FROM switchyard.step"))
    assert [value for value in values if value in kept] == []

    asked = {name: discovery.ask(name) for name in QUERIES}
    assert [row["exposures"] for row in asked["trend"]] == [
        str(run.results["register_exposures"]["exposures"]) for run in (first, second)
    ]
    assert {row["objects"] == row["complete"] for row in asked["coverage"]} == {True}
    assert {row["detector"] for row in asked["by_type"]} == {exposure.detector for exposure in TRUTH}
    assert {row["table_name"] for row in asked["by_table"]} == {
        exposure.table for exposure in TRUTH | {ADDED}
    }
    assert asked["exceptions"] == []

    runs = discovery.ledger("SELECT * FROM switchyard.discovery_run ORDER BY stamp")
    assert [(run["state"], run["found"], run["new_exposures"]) for run in runs[1:]] == [
        ("registered", "found", 1)
    ]
    proofs = discovery.ledger("SELECT task_id FROM switchyard.extract_purge ORDER BY run_id, task_id")
    assert [proof["task_id"] for proof in proofs] == ["empty_extract", "purge_extract"] * 2
    assert discovery.extract() == []


def test_cleared_run_searches_what_it_loads_then(discovery: Discovery) -> None:
    """It should search a second load of the same run by a job of its own, though its keys and counts are the same."""
    run = discovery.run()
    discovery.edit("ALTER TABLE staff RENAME COLUMN email TO mail")
    run.run()
    jobs = discovery.client("macie2").list_classification_jobs()["items"]
    assert [job["jobStatus"] for job in jobs] == ["COMPLETE", "COMPLETE"]
    staff = Exposure("sakila", "staff", "email", "custom:EMAIL_ADDRESS")
    assert (
        discovery.registered() == discovery.published() == TRUTH - {staff} | {staff._replace(column="mail")}
    )


def test_dry_run_changes_nothing(discovery: Discovery) -> None:
    """It should make its checks and counts, and plan the load and the job."""
    run = discovery.run(params={"dry_run": True})
    told = [found for found in run.results.values() if found]
    planned = [call["operation"] for found in told for call in found.get("planned_calls", [])]
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
