"""Kill the tasks of the discovery around all that they do elsewhere: AWS calls, statements, ledger writes, memories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.support.dag_runner import TaskFailed
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.discovery_state import end_state
from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample

RUN_AFTER = datetime(2026, 2, 1, tzinfo=UTC)
EVERY = 40
"""Kills are around every fortieth call, and the first and last of each operation."""


@pytest.mark.timeout(1200)
def test_killed_runs_end_as_undisturbed_ones(
    make_discovery: Callable[..., Discovery], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same register, evidence, job, alerts and proofs, whatever a kill struck, and leave no row."""
    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    alerts = discovery.hear_alerts()
    watched = KillPoints(discovery.folder / "watched", statements=True, stores=True, sample=Nothing())
    discovery.run(run_after=RUN_AFTER, before_try=watched.install)
    undisturbed, told = end_state(discovery), alerts()
    assert len(told) == 1
    assert undisturbed["extract"] == [[], []]
    assert len(undisturbed["jobs"]) == 1

    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    alerts = discovery.hear_alerts()
    sample = Sample(EVERY, watched.calls)
    points = KillPoints(discovery.folder / "kill-points", statements=True, stores=True, sample=sample)
    discovery.run(run_after=RUN_AFTER, before_try=points.install)
    require_same_end("discovery", end_state(discovery), undisturbed, points, capsys)
    # SNS knows no tokens: a kill between the alert and its record repeats it word by word.
    assert set(alerts()) == set(told)

    loads = [one["status"] for one in discovery.sandbox.calls("StartReplicationTask")]
    assert loads.count(200) == 1
    assert points.struck("before") == points.struck("after")
    operations = {struck.split()[1] for struck in points.struck("before")}
    assert {
        "StartReplicationTask", "CreateClassificationJob", "StartQueryExecution", "DeleteObjects", "Publish",
        "PutObject", "COMMIT", "SELECT",
    } <= operations  # fmt: skip


ABANDONED = {
    "after load_extract dms ModifyReplicationTask": {0},
    "after load_extract dms StartReplicationTask": {0, 1, 2, 3},
    "before reconcile_load ledger INSERT-discovery_coverage": {3},
    "after classify_extract macie2 CreateClassificationJob": {3},
    "after publish_register athena StartQueryExecution": {3},
    "after purge_extract s3 DeleteObjects": {3},
}
"""Where runs are killed for good, while loads, jobs and statements are under way; how many objects there may be."""
SLOW = {
    "replication-task.start": 0.2,
    "replication-task.batch": 0.2,
    "classification-job.run": 5,
    "query.run": 5,
}


@pytest.mark.timeout(600)
def test_runs_that_nobody_continues_leave_no_row(make_discovery: Callable[..., Discovery]) -> None:
    """It should empty the extract by its teardown alone, end load, job and statements, and prove it."""
    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    for number, (point, objects) in enumerate(ABANDONED.items(), 1):
        task_id = point.split()[1]
        slow = {name: seconds for name, seconds in SLOW.items() if _is_under_way(point, name)}
        discovery.sandbox.durations(profile="instant", override=slow)
        points = KillPoints(discovery.folder / f"abandoned-{number}", only=point, statements=True)
        run = discovery.runner(before_try=points.install, goes_on=False)
        if task_id == "purge_extract":
            run.run()
        else:
            with pytest.raises(TaskFailed, match=f"{task_id}: killed"):
                run.run()
        assert len(points.used) == 1, point
        assert run.states["purge_extract"] == "success", point
        assert discovery.extract() == [], point
        [proof] = discovery.ledger(
            "SELECT deleted, uploads FROM switchyard.extract_purge "
            f"WHERE run_id = '{run.run_id}' AND task_id = 'purge_extract'"
        )
        assert proof["deleted"] in objects, point
        assert proof["uploads"] == 0, point
        assert _under_way(discovery) == [], point


def _is_under_way(point: str, name: str) -> bool:
    """Whether what takes this time is what the point begins."""
    begins = {"StartReplicationTask": "replication-task", "CreateClassificationJob": "classification-job"}
    begins |= {"StartQueryExecution": "query"}
    begun = [what for operation, what in begins.items() if operation in point]
    return point.startswith("after") and name.startswith(tuple(begun))


def _under_way(discovery: Discovery) -> list[str]:
    """States of what has not ended."""
    [task] = discovery.client("dms").describe_replication_tasks()["ReplicationTasks"]
    jobs = discovery.client("macie2").list_classification_jobs()["items"]
    athena = discovery.client("athena")
    ids = athena.list_query_executions(WorkGroup="switchyard-discovery")["QueryExecutionIds"]
    queries = athena.batch_get_query_execution(QueryExecutionIds=ids[:50])["QueryExecutions"] if ids else []
    states = [
        task["Status"],
        *(job["jobStatus"] for job in jobs),
        *(one["Status"]["State"] for one in queries),
    ]
    ended = {"ready", "stopped", "failed", "COMPLETE", "CANCELLED", "SUCCEEDED", "FAILED"}
    return [state for state in states if state not in ended]
