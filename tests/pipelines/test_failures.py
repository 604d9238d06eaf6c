"""Candidates that lose data before or after they go live, on real databases."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.support.dag_runner import DagRunner, Outcome, TaskFailed
from tests.support.kill_points import KillPoints
from tests.support.recovery import TARGET, RecoveryWorld


def announced_restore(world: RecoveryWorld) -> DagRunner:
    """A restore of a recovery point that was just made, not begun yet."""
    world.run("recovery_point")
    return world.runner("recovery_restore", events=world.announcements())


def run_through(run: DagRunner, last: str) -> None:
    """Run the tasks that are not done yet, up to a task."""
    for task in run.dag.topological_sort():
        if task.task_id not in run.results:
            outcome = run.run_task(task.task_id)
            if outcome.state == "failed":
                raise TaskFailed(task.task_id, outcome)
            run.results[task.task_id] = outcome.result
        if task.task_id == last:
            return


def alter(world: RecoveryWorld, cluster: str, *statements: str) -> None:
    """Change the data behind a cluster's endpoint in one session."""
    with closing(world.database(TARGET, cluster).connect()) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def live(world: RecoveryWorld) -> tuple[Any, ...]:
    """Who bears the live name with which instances, and what clients read there."""
    cluster = world.cluster(TARGET)
    return (
        cluster["DbClusterResourceId"],
        sorted(member["DBInstanceIdentifier"] for member in cluster["DBClusterMembers"]),
        world.database(TARGET).ask("SELECT COUNT(*) FROM rental"),
        world.database(TARGET).ask("SELECT MAX(payment_id) FROM payment"),
    )


def require_failed(outcome: Outcome, *words: str) -> None:
    """A red task whose one error says all this."""
    assert outcome.state == "failed", outcome
    assert outcome.error_type == "CheckFailed", outcome.error
    assert [word for word in words if word not in outcome.result] == [], outcome.result


def require_refused(outcome: Outcome, found: str) -> None:
    """A red task that was not allowed to go on."""
    assert outcome.error_type == "NotAllowed", outcome
    assert found in outcome.result


def test_a_candidate_that_lacks_data_never_goes_live(recovery_world: RecoveryWorld) -> None:
    """It should fail the check by name for lost rows and a lost table, and refuse the swap, until all is back.

    Also where the loss comes after a check that it passed.
    """
    world = recovery_world
    before = live(world)
    run = announced_restore(world)
    run_through(run, "create_instances")
    candidate = run.results["restore_candidate"]["candidate_id"]
    alter(world, candidate, "CREATE TABLE kept AS SELECT * FROM payment", "DELETE FROM payment LIMIT 100")
    require_failed(run.run_task("check_candidate"), f"candidate {candidate}", "payment", "expected", "found")
    alter(world, candidate, "RENAME TABLE payment TO payment_away")
    require_failed(
        run.run_task("check_candidate"), "payment", "doesn't exist", "Compare the database with the tables"
    )

    require_refused(run.run_task("swap_names"), "has not passed the checks of this run")
    assert live(world) == before

    alter(world, candidate, "RENAME TABLE payment_away TO payment")
    alter(world, candidate, "INSERT IGNORE INTO payment SELECT * FROM kept")
    run_through(run, "check_candidate")
    alter(world, candidate, "DELETE FROM payment LIMIT 100")
    require_failed(run.run_task("check_candidate"), "payment")
    require_refused(run.run_task("swap_names"), "has not passed the checks of this run")
    assert live(world) == before

    alter(world, candidate, "INSERT IGNORE INTO payment SELECT * FROM kept", "DROP TABLE kept")
    del run.results["check_candidate"]
    run_through(run, "check_live")
    assert live(world)[0] == run.results["restore_candidate"]["resource_id"]


def test_writes_that_follow_the_swap_do_not_undo_it(recovery_world: RecoveryWorld) -> None:
    """It should accept the live cluster with rows much younger than the snapshot: clients write to it at once."""
    world = recovery_world
    run = announced_restore(world)
    run_through(run, "swap_names")
    newest = "SELECT * FROM payment ORDER BY payment_id DESC LIMIT 1"
    alter(
        world,
        "orders",
        f"CREATE TEMPORARY TABLE fresh AS {newest}",
        "UPDATE fresh SET payment_id = payment_id + 1, payment_date = UTC_TIMESTAMP() + INTERVAL 6 HOUR",
        "INSERT INTO payment SELECT * FROM fresh",
    )
    run_through(run, "check_live")
    assert live(world)[0] == run.results["restore_candidate"]["resource_id"]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("killed", [False, True], ids=["undisturbed", "killed"])
def test_a_failed_verification_goes_back_by_itself(recovery_world: RecoveryWorld, killed: bool) -> None:
    """It should give the live name back to the old cluster and its data, keep the candidate, and end red.

    With kills around every AWS call of the rollback as well as without.
    """
    world = recovery_world
    before = live(world)
    run = announced_restore(world)
    run_through(run, "swap_names")
    restored = run.results["restore_candidate"]
    assert live(world)[0] == restored["resource_id"]
    alter(world, "orders", "SET FOREIGN_KEY_CHECKS = 0", "DELETE FROM rental WHERE rental_id > 8000")
    points = KillPoints(world.folder / "kill-points")
    if killed:
        run.before_try = points.install

    outcome = run.run_task("check_live")

    require_failed(
        outcome,
        "live endpoint of orders",
        "rental",
        "Rolled back: the old cluster bears it again",
        "Study the candidate",
    )
    assert live(world) == before
    candidate = world.cluster(TARGET, restored["candidate_id"])
    assert candidate["DbClusterResourceId"] == restored["resource_id"]
    assert candidate["Status"] == "available"
    assert [one["DBInstanceIdentifier"] for one in candidate["DBClusterMembers"]] == [
        restored["candidate_id"].replace("orders-new", "orders-1-new")
    ]
    assert world.database(TARGET, restored["candidate_id"]).ask("SELECT COUNT(*) FROM rental") == 8000
    names = {
        one["DBClusterIdentifier"] for one in world.client("rds", TARGET).describe_db_clusters()["DBClusters"]
    }
    assert names == {"orders", restored["candidate_id"]}
    operations = {point.split()[3] for point in points.used}
    assert operations >= ({"AddTagsToResource", "ModifyDBCluster", "ModifyDBInstance"} if killed else set())

    run.before_try = lambda _task_id: None
    again = run.run_task("check_live")
    require_failed(again, "Rolled back: the old cluster bears it again")
    assert run.run_task("swap_names").error_type == "NotAllowed"
    assert live(world) == before
