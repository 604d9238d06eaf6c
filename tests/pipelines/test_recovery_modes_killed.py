"""Each mode of a restore and each way people answer, killed around its calls, its records and what it remembers.

One of them is always run, all of them where every kill point is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.test_recovery_modes import account, configure, damaged
from tests.pipelines.test_recovery_modes_approvals import BOB, answer
from tests.pipelines.test_recovery_variants import this_minute
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample, some
from tests.support.recovery import RecoveryWorld
from tests.support.recovery_variants import PLAIN_MYSQL, PLAIN_POSTGRES, Variant

EVERY = 60
"""Kills are around every sixtieth call, and the first and last of each operation."""


@dataclass(frozen=True)
class Course:
    """One way that a restore can go.

    Attributes:
        name: for the ids of tests.
        outcome: as the ledger has it.
        answers: what people answer, by task; nobody is asked where there are none.
        mode: of the run.
        default: what no answer means.
        fails: the task that ends the run as failed; "" where none does.
        harmed: whether the candidate loses rows before it is checked.
        variant: what is recovered; the cluster "orders" where it is None.
    """

    name: str
    outcome: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "swap"
    default: str = "reject"
    fails: str = ""
    harmed: bool = False
    variant: Variant | None = None

    @property
    def leaves_nothing(self) -> bool:
        """Whether all databases are as they were."""
        return self.mode == "test"


def answers(swap: Any, retire: Any = None) -> dict[str, Any]:
    """What is answered at the gates."""
    return {"approve_swap": swap} | ({"approve_retire": retire} if retire else {})


FAILED_DRILL = Course("failed-drill", "failed", mode="test", fails="check_candidate", harmed=True)
COURSES = (
    FAILED_DRILL,
    Course("drill", "proved", mode="test"),
    Course("kept", "kept", mode="keep"),
    Course("approved", "swapped", answers(answer("Approve"), answer("Approve", BOB))),
    Course("rejected", "rejected", answers(answer("Reject")), fails="swap_names"),
    Course("unanswered", "rejected", answers(answer("Reject", None)), fails="swap_names"),
    Course("retirement-rejected", "swapped", answers(answer("Approve"), answer("Reject"))),
    Course("retirement-unanswered", "swapped", answers(answer("Approve"), answer("Reject", None))),
    Course(
        "unanswered-as-approved",
        "swapped",
        answers(answer("Approve", None), answer("Approve", None)),
        default="approve",
    ),
    Course("plain-drill", "proved", mode="test", variant=PLAIN_POSTGRES),
    replace(FAILED_DRILL, name="plain-failed-drill", variant=PLAIN_MYSQL),
    Course("plain-kept", "kept", mode="keep", variant=PLAIN_POSTGRES),
    Course(
        "plain-approved",
        "swapped",
        answers(answer("Approve"), answer("Approve", BOB)),
        variant=PLAIN_MYSQL,
    ),
)


@dataclass
class End:
    """What a course has come to: how each task ended, what failed, and all that is left."""

    states: dict[str, Any]
    failed: str
    state: dict[str, Any]


def go(world: RecoveryWorld, course: Course, run_after: datetime, points: KillPoints) -> End:
    """Make a recovery point, undisturbed, and restore it."""
    world.run("recovery_point", run_after=run_after)
    before = account(world)
    run = world.runner(
        "recovery_restore",
        run_after=run_after,
        events=world.announcements(),
        params={"mode": course.mode},
        answers=course.answers,
        before_try=points.install,
    )
    failed = failed_task(damaged(world, run) if course.harmed else run)
    if course.leaves_nothing:
        after = account(world)
        del before["snapshots"], after["snapshots"]
        assert after == before
    return End(run.states, failed, world.end_state())


def failed_task(run: DagRunner) -> str:
    """Run a course; the task that failed first, or ""."""
    try:
        run.run()
    except TaskFailed as failed:
        return failed.task_id
    return ""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("course", some((FAILED_DRILL,), of=COURSES), ids=lambda one: one.name)
def test_a_killed_restore_ends_as_an_undisturbed_one(
    make_world: Callable[[], RecoveryWorld],
    make_variant: Callable[[Variant], RecoveryWorld],
    configuration: Path,
    course: Course,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It should reach the same resources, tags, data, answers and ledger, and a test leave no database behind."""

    def make() -> RecoveryWorld:
        world = make_variant(course.variant) if course.variant else make_world()
        asked = {gate: f"approve_{gate}" in course.answers for gate in ("swap", "retire")}
        configure(configuration, approval={"default": course.default, "approvers": ["1", "2"], **asked})
        return world

    run_after = this_minute()
    world = make()
    watched = KillPoints(world.folder / "watched", statements=True, stores=True, sample=Nothing())
    undisturbed = go(world, course, run_after, watched)
    assert undisturbed.failed == course.fails
    (recorded,) = undisturbed.state["ledger"]["recovery_test"]
    assert recorded["outcome"] == course.outcome

    world = make()
    sample = Sample(EVERY, watched.calls)
    points = KillPoints(world.folder / "kill-points", statements=True, stores=True, sample=sample)
    require_same_end(
        f"restore, {course.name}",
        asdict(go(world, course, run_after, points)),
        asdict(undisturbed),
        points,
        capsys,
    )

    assert points.struck("before") == points.struck("after")
    assert "ledger COMMIT" in points.struck("after")
