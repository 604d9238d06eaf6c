"""Tasks that a person clears when their run has long ended."""

from __future__ import annotations

from contextlib import closing

from tests.support.recovery import TARGET, RecoveryWorld


def test_a_finished_run_bears_the_clearing_of_any_task(recovery_world: RecoveryWorld) -> None:
    """It should change nothing: neither restore a second cluster, nor swap, retire or roll back again.

    Also where the live cluster, which clients have worked on since, would not pass its verification any more.
    """
    world = recovery_world
    point = world.run("recovery_point")
    restore = world.run("recovery_restore", events=world.announcements())
    before = _world(world)

    outcomes = {
        task.task_id: run.run_task(task.task_id)
        for run in (point, restore)
        for task in run.dag.topological_sort()
    }
    assert _world(world) == before
    assert {name: it.error_type for name, it in outcomes.items() if it.state == "failed"} == {
        "accept_recovery_point": "BadInput",
        "check_candidate": "NotAllowed",
    }
    assert (
        "Clear the task that checks the live endpoint, or start a new run"
        in outcomes["check_candidate"].result
    )

    with closing(world.database(TARGET).connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        cursor.execute("DELETE FROM rental WHERE rental_id > 8000")
        connection.commit()
    verified = restore.run_task("check_live")
    assert verified.error_type == "CheckFailed"
    assert "rows of rental" in verified.result
    assert "Rolled back" not in verified.result
    assert _world(world)["clusters"] == before["clusters"]


def _world(world: RecoveryWorld) -> dict:
    return {part: state for part, state in world.end_state().items() if part != "ledger"}
