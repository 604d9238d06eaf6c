"""What a restore is for: drills that leave nothing behind, candidates that stay, and both beside a swap."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from switchyard.aurora_recovery.message import RecoveryPointMessage
from switchyard.operators.aurora.announcements import announced
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.recovery import TARGET, RecoveryWorld

POINTS, PROOFS = "switchyard://recovery-point/orders", "switchyard://recovery/orders"
IN_A_SWAP_ONLY = (
    "approve_swap", "swap_names", "apply_after_swap", "check_live", "approve_retire", "retire_old",
)  # fmt: skip


def configure(file: Path, **sections: dict[str, Any]) -> None:
    """Change sections of the pipeline."""
    content = yaml.safe_load(file.read_text())
    for name, section in sections.items():
        content[name] = content.get(name, {}) | section
    file.write_text(yaml.safe_dump(content))


def events_of(world: RecoveryWorld, point: DagRunner) -> dict[str, Any]:
    """The event of the asset that a recovery point has updated; it carries the message that the queue got."""
    [step] = point.outcomes["announce_recovery_point"]
    assert step.updated.keys() == {POINTS}
    events = {POINTS: [SimpleNamespace(extra=step.updated[POINTS])]}
    assert messages(events) == messages(world.announcements())
    return events


def messages(events: dict[str, Any]) -> list[RecoveryPointMessage]:
    """What the restore reads out of asset events."""
    return announced({"triggering_asset_events": events})


def unusual(run: DagRunner) -> dict[str, str]:
    """The tasks that did anything but succeed, with how they ended."""
    return {name: state for name, state in run.states.items() if state != "success"}


def account(world: RecoveryWorld) -> dict[str, Any]:
    """All that both accounts hold, but for documents about recovery points and the ledger."""
    state = world.end_state()
    return {part: state[part] for part in ("clusters", "instances", "data", "snapshots")}


def recovery_test(world: RecoveryWorld, run: DagRunner) -> dict[str, Any]:
    (row,) = world.ledger(f"SELECT * FROM switchyard.recovery_test WHERE run_id = '{run.run_id}'")
    return row


def damaged(world: RecoveryWorld, run: DagRunner) -> DagRunner:
    """The same run, whose candidate loses rows just before it is checked."""
    check = run.run_task

    def run_task(task_id: str, map_index: int = -1) -> Any:
        if task_id == "check_candidate":
            candidate = run.results["restore_candidate"]["candidate_id"]
            with closing(world.database(TARGET, candidate).connect()) as connection:
                connection.cursor().execute("DELETE FROM payment LIMIT 100")
                connection.commit()
        return check(task_id, map_index)

    run.run_task = run_task  # type: ignore[method-assign]
    return run


@pytest.mark.timeout(900)
def test_drills_leave_nothing_behind(recovery_world: RecoveryWorld, configuration: Path) -> None:
    """It should prove, record and tear down; where a check fails it ends red, with what was expected and found."""
    world = recovery_world
    configure(
        configuration,
        restore={"test_instance_class": "db.t4g.medium", "mode": "test", "start_on_message": False},
        retention={"keep_last": 1, "keep_days": 0},
        notification={"asset": POINTS},
        schedule={"asset": POINTS},
        alert={"asset": PROOFS},
    )
    point = world.run("recovery_point")
    before = account(world)

    drill = world.run("recovery_restore", run_type="asset_triggered", events=events_of(world, point))

    assert unusual(drill) == dict.fromkeys(IN_A_SWAP_ONLY, "skipped")
    for task_id in IN_A_SWAP_ONLY:
        assert "the run is in mode test, and tears the candidate down" in drill.outcomes[task_id][0].error
    [proof] = drill.outcomes["record_evidence"]
    assert proof.updated.keys() == {PROOFS}
    assert proof.updated[PROOFS]["outcome"] == "proved"
    row = recovery_test(world, drill)
    assert (row["mode"], row["outcome"], row["failed_step"]) == ("test", "proved", None)
    assert row["instance_class"] == "db.t4g.medium"
    assert row["torn_down_at"] > row["finished_at"]
    (check,) = world.ledger("SELECT * FROM switchyard.check_result WHERE name LIKE '%DBInstanceClass'")
    assert check["passed"]
    assert "restore.test_instance_class" in check["found"]
    proved = account(world)
    assert (proved["clusters"], proved["data"]) == (before["clusters"], before["data"])
    copies = proved["snapshots"][str(TARGET)]
    assert [tags["switchyard:role"] for _, _, tags, _ in copies if "switchyard:role" in tags] == [
        "local-copy"
    ]

    failing = damaged(world, world.runner("recovery_restore", number=2, params={"mode": "test"}))
    with pytest.raises(TaskFailed, match=r"rows of payment: expected at least \d+, found \d+"):
        failing.run()
    assert failing.states["apply_retention"] == "upstream_failed"
    assert failing.states["record_evidence"] == failing.states["tear_down_candidate"] == "success"
    assert failing.outcomes["record_evidence"][0].updated == {}
    row = recovery_test(world, failing)
    assert (row["outcome"], row["failed_step"]) == ("failed", "check_candidate")
    assert "rows of payment" in row["reason"]
    assert row["torn_down_at"] is not None
    assert world.ledger(
        f"SELECT name FROM switchyard.check_result WHERE NOT passed AND run_id = '{failing.run_id}'"
    ) == [{"name": "rows of payment"}]
    assert account(world) == proved


@pytest.mark.timeout(900)
def test_a_kept_candidate_stays_beside_the_live_cluster(recovery_world: RecoveryWorld) -> None:
    """It should leave the proved candidate running under its own name and the live cluster alone, and record it."""
    world = recovery_world
    world.run("recovery_point")
    live = world.cluster(TARGET)["DbClusterResourceId"]

    kept = world.run("recovery_restore", params={"mode": "keep"}, events=world.announcements())

    assert unusual(kept) == dict.fromkeys((*IN_A_SWAP_ONLY, "tear_down_candidate"), "skipped")
    candidate = kept.results["restore_candidate"]["candidate_id"]
    assert world.cluster(TARGET)["DbClusterResourceId"] == live
    assert world.cluster(TARGET, candidate)["Status"] == "available"
    assert world.database(TARGET, candidate).ask("SELECT COUNT(*) FROM rental") > 0
    row = recovery_test(world, kept)
    assert (row["outcome"], row["cluster"], row["torn_down_at"]) == ("kept", candidate, None)
