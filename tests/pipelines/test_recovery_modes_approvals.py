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

    def make(**approval: Any) -> DagRunner:
        asked = {"swap": True, "retire": True, "approvers": ["1", "2"]}
        configure(configuration, approval=asked | approval)
        recovery_world.run("recovery_point")
        return recovery_world.runner("recovery_restore", events=recovery_world.announcements())

    return make


def bring(run: DagRunner, task_id: str) -> None:
    """Run all that comes before a task."""
    for task in run.dag.topological_sort():
        if task.task_id == task_id:
            return
        run.run_instances(task)


def answered(run: DagRunner, gate: str, **given: Any) -> DagRunner:
    """Clear a gate with all that comes after it, as a person may, and run that with these answers."""
    run.max_tries += 1
    run.answers = given
    tasks = list(run.dag.topological_sort())
    begin = [task.task_id for task in tasks].index(gate)
    for task in tasks[begin:]:
        run.outcomes.pop(task.task_id, None)
        run.results.pop(task.task_id, None)
    for task in tasks[begin:]:
        run.run_instances(task)
    return run


def approvals(world: RecoveryWorld, run: DagRunner) -> dict[str, tuple[Any, ...]]:
    rows = world.ledger(f"SELECT * FROM switchyard.recovery_approval WHERE run_id = '{run.run_id}'")
    return {row["gate"]: (row["decision"], row["decided_by"], row["comment"]) for row in rows}


@pytest.mark.timeout(900)
def test_people_decide_on_swap_and_retirement(
    recovery_world: RecoveryWorld, restore: Callable[..., DagRunner]
) -> None:
    """It should do what is answered at both gates, and nothing where nobody answers in time; one run, cleared for each.

    A rejected swap ends red with the candidate kept, a rejected retirement keeps the old one and says so. Kills around
    every record of an answer, and around what remembers it, do not ask anybody twice.
    """
    world, run = recovery_world, restore()
    live = world.cluster(TARGET)["DbClusterResourceId"]
    bring(run, "approve_swap")
    _require_no_swap_without_an_answer(run)
    answered(run, "approve_swap", approve_swap=answer("Reject", comment="not before noon"))
    words = r"(?s)swap_names: .*it was rejected by alice at .*: not before noon"
    _require_rejected_swap(world, run, live, words)
    assert "rejected by alice" in recovery_test(world, run)["reason"]
    assert approvals(world, run) == {"swap": ("rejected", "alice", "not before noon")}

    answered(run, "approve_swap", approve_swap=answer("Reject", None))
    _require_rejected_swap(world, run, live, r"rejected by the default, as nobody answered in time")
    assert approvals(world, run) == {"swap": ("rejected", None, None)}

    points = KillPoints(world.folder / "kill-points", statements=True, stores=True)
    run.before_try = lambda task_id: points.install(task_id) if task_id.startswith("approve_") else None
    answered(run, "approve_swap", approve_swap=answer("Approve"), approve_retire=answer("Reject"))
    assert any("INSERT-recovery_approval" in point for point in points.used)
    assert world.cluster(TARGET)["DbClusterResourceId"] == run.results["restore_candidate"]["resource_id"]
    _require_kept(world, run, live, "rejected by alice")
    _require_question_with_evidence(world, run)

    answered(run, "approve_retire", approve_retire=answer("Reject", None))
    _require_kept(world, run, live, "nobody answered")

    answered(run, "approve_retire", approve_retire=answer("Approve", BOB))
    run.require_success()
    row = recovery_test(world, run)
    assert (row["outcome"], row["approved_by"], row["reason"]) == ("swapped", "alice", None)
    assert row["approved_at"] is not None
    assert approvals(world, run) == {"swap": ("approved", "alice", None), "retire": ("approved", "bob", None)}
    assert run.results["retire_old"]["action"] == "delete"


@pytest.mark.timeout(900)
def test_no_answer_counts_as_configured(
    recovery_world: RecoveryWorld, restore: Callable[..., DagRunner]
) -> None:
    """It should go on where the default is to approve and nobody answers."""
    run = restore(default="approve")
    run.answers = {"approve_swap": answer("Approve", None), "approve_retire": answer("Approve", None)}
    asked = run.dag.get_task("approve_swap")
    assert (asked.defaults, asked.assigned_users) == (
        ["Approve"],
        [{"id": "1", "name": "1"}, {"id": "2", "name": "2"}],
    )
    run.run()
    assert recovery_test(recovery_world, run)["outcome"] == "swapped"
    assert approvals(recovery_world, run)["swap"] == ("approved", None, None)


def _require_no_swap_without_an_answer(run: DagRunner) -> None:
    """Whoever marks the asking step as a success by hand has it hand nothing on."""
    refused = run.run_task("swap_names")
    assert refused.error_type == "NotAllowed"
    assert "the step that asks was ended by hand" in refused.result


def _require_rejected_swap(world: RecoveryWorld, run: DagRunner, live: str, words: str) -> None:
    with pytest.raises(TaskFailed, match=words):
        run.require_success()
    assert world.cluster(TARGET)["DbClusterResourceId"] == live
    candidate = run.results["restore_candidate"]["candidate_id"]
    assert world.cluster(TARGET, candidate)["Status"] == "available"
    row = recovery_test(world, run)
    assert (row["outcome"], row["failed_step"], row["approved_by"]) == ("rejected", "swap_names", None)


def _require_kept(world: RecoveryWorld, run: DagRunner, old: str, words: str) -> None:
    run.require_success()
    assert run.states["retire_old"] == "skipped"
    assert words in run.outcomes["retire_old"][0].error
    kept = world.cluster(TARGET, run.results["swap_names"]["retired_id"])
    assert (kept["DbClusterResourceId"], kept["Status"]) == (old, "available")
    row = recovery_test(world, run)
    assert (row["outcome"], row["failed_step"], row["approved_by"]) == ("swapped", None, "alice")
    assert words in row["reason"]


def _require_question_with_evidence(world: RecoveryWorld, run: DagRunner) -> None:
    """It shows the evidence as text that forms no Markdown, and how long an answer counts."""
    (asked,) = world.ledger(
        f"SELECT * FROM switchyard.recovery_approval WHERE gate = 'swap' AND run_id = '{run.run_id}'"
    )
    names = run.results["accept_recovery_point"]["live_instances"]
    assert all(f"| {name} | {name}-old-" in asked["body"] for name in [*names, "orders"])
    assert "| rows of payment | at least" in asked["body"]
    assert (asked["deadline_at"] - asked["asked_at"]).total_seconds() == pytest.approx(720 * 60, abs=1)
