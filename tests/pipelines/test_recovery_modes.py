"""What a restore is for: drills that leave nothing behind, candidates that stay, and both beside a swap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.dag_runner import DagRunner
from tests.support.recovery import RecoveryWorld

IN_A_SWAP_ONLY = (
    "approve_swap", "swap_names", "apply_after_swap", "check_live", "approve_retire", "retire_old_cluster",
)  # fmt: skip


def configure(file: Path, **sections: dict[str, Any]) -> None:
    """Change sections of the pipeline."""
    content = yaml.safe_load(file.read_text())
    for name, section in sections.items():
        content[name] = content.get(name, {}) | section
    file.write_text(yaml.safe_dump(content))


def steps(run: DagRunner) -> dict[str, str]:
    return {name: state for name, state in run.states.items() if state != "success"}


def account(world: RecoveryWorld) -> dict[str, Any]:
    """All that the target account holds; not the tags of what was live before, nor the ledger."""
    state = world.end_state()
    return {"clusters": state["clusters"], "data": state["data"], "snapshots": state["snapshots"]}


def test_a_drill_proves_and_leaves_nothing(recovery_world: RecoveryWorld, configuration: Path) -> None:
    """It should restore, prove, record and tear down; what is live and the source stay as they were."""
    world = recovery_world
    configure(configuration, restore={"test_instance_class": "db.t4g.medium"})
    world.run("recovery_point")
    before = account(world)

    drill = world.run("recovery_restore", params={"mode": "test"}, events=world.announcements())

    assert steps(drill) == dict.fromkeys(IN_A_SWAP_ONLY, "skipped")
    after = account(world)
    assert after["clusters"] == before["clusters"]
    assert after["data"] == before["data"]
    for task_id in IN_A_SWAP_ONLY:
        assert "the run is in mode test, and tears the candidate down" in drill.outcomes[task_id][0].error
    (row,) = world.ledger("SELECT * FROM switchyard.recovery_test")
    assert (row["mode"], row["outcome"], row["failed_step"]) == ("test", "proved", None)
    assert row["instance_class"] == "db.t4g.medium"
    assert row["torn_down_at"] > row["finished_at"]
    assert row["rto_seconds"] > 0
    (check,) = world.ledger("SELECT * FROM switchyard.check_result WHERE name LIKE '%DBInstanceClass'")
    assert check["passed"]
    assert "restore.test_instance_class" in check["found"]
