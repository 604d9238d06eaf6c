"""What people's answers do to a restore: an approval, a rejection, and none in time, at both gates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.test_recovery_modes import configure, recovery_test
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.kill_points import KillPoints
from tests.support.recovery import TARGET, RecoveryWorld

ALICE, BOB = {"id": "1", "name": "alice"}, {"id": "2", "name": "bob"}


def answer(option: str, user: dict[str, str] | None = ALICE, **params: Any) -> dict[str, Any]:
    """An answer as Airflow hands it on; nobody's is the default's, after the deadline."""
    responded = {"responded_by_user": user, "responded_at": datetime.now(UTC), "timedout": user is None}
    return {"chosen_options": [option], "params_input": {"comment": None} | params, **responded}


@pytest.fixture
def restore(recovery_world: RecoveryWorld, configuration: Path) -> Callable[..., DagRunner]:
    """Make a recovery point, and make a restore of it, not run it, that people are asked about."""
    numbers = iter(range(1, 9))
    configure(configuration, approval={"swap": True, "retire": True, "approvers": ["1", "2"]})

    def make(*, swap: dict[str, Any], retire: dict[str, Any] | None = None, **options: Any) -> DagRunner:
        number = next(numbers)
        recovery_world.run("recovery_point", number=number)
        answers = {"approve_swap": swap} | ({"approve_retire": retire} if retire else {})
        events = recovery_world.announcements()
        return recovery_world.runner(
            "recovery_restore", number=number, events=events, answers=answers, **options
        )

    return make


def approvals(world: RecoveryWorld, run: DagRunner) -> dict[str, tuple[Any, ...]]:
    rows = world.ledger(f"SELECT * FROM switchyard.recovery_approval WHERE run_id = '{run.run_id}'")
    return {row["gate"]: (row["decision"], row["decided_by"], row["comment"]) for row in rows}


@pytest.mark.timeout(900)
def test_a_rejected_swap_changes_nothing_and_an_approved_one_goes_through(
    recovery_world: RecoveryWorld, restore: Callable[..., DagRunner]
) -> None:
    """It should end a rejected swap red with the candidate kept; then swap and retire where both are approved.

    Kills around every record of an answer, and around what remembers it, do not ask anybody twice.
    """
    world = recovery_world
    live = world.cluster(TARGET)["DbClusterResourceId"]
    rejected = restore(swap=answer("Reject", comment="not before noon"))
    with pytest.raises(
        TaskFailed, match=r"(?s)swap_names: .*it was rejected by alice at .*: not before noon"
    ):
        rejected.run()
    assert world.cluster(TARGET)["DbClusterResourceId"] == live
    candidate = rejected.results["restore_candidate"]["candidate_id"]
    assert world.cluster(TARGET, candidate)["Status"] == "available"
    row = recovery_test(world, rejected)
    assert (row["outcome"], row["failed_step"], row["approved_by"]) == ("rejected", "swap_names", None)
    assert "rejected by alice" in row["reason"]
    assert approvals(world, rejected) == {"swap": ("rejected", "alice", "not before noon")}

    approved = restore(swap=answer("Approve"), retire=answer("Approve", BOB))
    points = KillPoints(world.folder / "kill-points", ledger=True, stores=True)
    approved.before_try = lambda task_id: points.install(task_id) if task_id.startswith("approve_") else None
    approved.run()
    assert any("record_recovery_approval" in point for point in points.used)
    restored = approved.results["restore_candidate"]["resource_id"]
    assert world.cluster(TARGET)["DbClusterResourceId"] == restored
    row = recovery_test(world, approved)
    assert (row["outcome"], row["approved_by"], row["reason"]) == ("swapped", "alice", None)
    assert row["approved_at"] is not None
    assert approvals(world, approved) == {
        "swap": ("approved", "alice", None),
        "retire": ("approved", "bob", None),
    }
    assert approved.results["retire_old"]["action"] == "delete"


@pytest.mark.timeout(900)
def test_a_rejected_retirement_keeps_the_old_cluster(
    recovery_world: RecoveryWorld, restore: Callable[..., DagRunner]
) -> None:
    """It should go on and say so, where somebody rejects and where nobody answers in time and the default rejects.

    The question shows the evidence as text that forms no Markdown, and who may answer.
    """
    world = recovery_world
    for retire, words in (
        (answer("Reject"), "rejected by alice"),
        (answer("Reject", None), "nobody answered"),
    ):
        old = world.cluster(TARGET)["DbClusterResourceId"]
        run = restore(swap=answer("Approve", BOB), retire=retire)
        run.run()
        assert run.states["retire_old"] == "skipped"
        assert words in run.outcomes["retire_old"][0].error
        kept = world.cluster(TARGET, run.results["swap_names"]["retired_id"])
        assert (kept["DbClusterResourceId"], kept["Status"]) == (old, "available")
        row = recovery_test(world, run)
        assert (row["outcome"], row["failed_step"], row["approved_by"]) == ("swapped", None, "bob")
        assert words in row["reason"]
        (asked,) = world.ledger(
            f"SELECT * FROM switchyard.recovery_approval WHERE gate = 'swap' AND run_id = '{run.run_id}'"
        )
        names = run.results["accept_recovery_point"]["live_instances"]
        assert all(f"| {name} | {name}-old-" in asked["body"] for name in [*names, "orders"])
        assert "| rows of payment | at least" in asked["body"]
        assert (asked["deadline_at"] - asked["asked_at"]).total_seconds() == pytest.approx(720 * 60, abs=1)


@pytest.mark.timeout(900)
def test_no_answer_counts_as_configured(
    recovery_world: RecoveryWorld, restore: Callable[..., DagRunner], configuration: Path
) -> None:
    """It should reject a swap that nobody answered for, and go on where the default is to approve."""
    world = recovery_world
    run = restore(swap=answer("Reject", None))
    with pytest.raises(TaskFailed, match=r"rejected by the default, as nobody answered in time"):
        run.run()
    assert approvals(world, run) == {"swap": ("rejected", None, None)}

    configure(configuration, approval={"default": "approve"})
    run = restore(swap=answer("Approve", None), retire=answer("Approve", None))
    asked = run.dag.get_task("approve_swap")
    assert (asked.defaults, asked.assigned_users) == (
        ["Approve"],
        [{"id": "1", "name": "1"}, {"id": "2", "name": "2"}],
    )
    run.run()
    assert recovery_test(world, run)["outcome"] == "swapped"
    assert approvals(world, run)["swap"] == ("approved", None, None)


def test_an_approval_that_nobody_gave_is_none(
    recovery_world: RecoveryWorld, restore: Callable[..., DagRunner]
) -> None:
    """It should not swap where the asking step was marked as a success by hand, and so hands nothing on."""
    run = restore(swap=answer("Approve"))
    for task in run.dag.topological_sort():
        if task.task_id == "swap_names":
            break
        run.run_instances(task)
    run.results.pop("approve_swap")
    refused = run.run_task("swap_names")
    assert refused.error_type == "NotAllowed"
    assert "the step that asks was ended by hand" in refused.result
