"""Both halves of a recovery in each of its variants, on real databases: undisturbed, and killed around its calls.

Some variants are always run, all of them where every kill point is asked for: each run takes as long as the databases
take to be made, copied and restored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.iam_files import enforced
from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample, some
from tests.support.least_privilege import Proof, Role, require_least_privilege
from tests.support.outside import require_nothing_outside
from tests.support.recovery import RecoveryWorld
from tests.support.recovery_variants import PLAIN_POSTGRES, SINGLE_STEP, VARIANTS, Variant
from tests.support.surroundings import PROXY, login_arn, logins

EVERY = 40
"""Kills are around every fortieth AWS call, and the first and last of each operation."""
ALWAYS, ALWAYS_KILLED = (SINGLE_STEP,), (PLAIN_POSTGRES,)
SNAPSHOTS = {
    "two-step": ("rp", "rp", "final rp"),
    "single-step": ("rp", "", "final rp"),
    "from-share": ("rp", "rp", "final"),
    "one-account": ("rp", "final rp", "final rp"),
    "one-region": ("rp", "rp", "final rp"),
    "in-place": ("final rp", "final rp", "final rp"),
}
"""What is left of a recovery in the place of the source, that of the recovery copy and that of the target."""
GUIDE = "AWS's guides list it for who encrypts or shares with a key; the sandbox asks for what they call the least"
UNSEEN: dict[str, dict[str, str]] = {
    "source": {
        "Announce: arn:aws:sns:us-west-1:111111111111:switchyard-recovery-alerts": "no run of this test is late",
        "Expire": "no recovery point is old enough to expire",
        "UseBothKeys: kms:ReEncrypt*": GUIDE,
    },
    "target": {
        "Alert": "the watch, which alerts, looks before the policies count here; test_iam has it look while they do",
        "Expire": "no recovery point is old enough to expire",
        "ReceiveAnnouncements": "these restores are told the name of what they restore",
        "RestoreSwapAndRetire: arn:aws:rds:us-west-1:222222222222:og:*": "the databases here have no option group",
        "RestoreSwapAndRetire: rds:StartDBInstance": "nobody stopped what was replaced",
        "RestoreSwapAndRetire: rds:StopDBInstance": "what was replaced is deleted",
        "TellMissingManifestsFromForbiddenOnes": "no manifest is missing",
        "UseKeyOfRecoveryPoints: kms:ListGrants": GUIDE,
        "UseKeyOfRecoveryPoints: kms:RetireGrant": GUIDE,
        "UseKeyOfRecoveryPoints: kms:RevokeGrant": GUIDE,
        "UseOwnKey: kms:Decrypt": GUIDE,
        "UseOwnKey: kms:GenerateDataKey*": GUIDE,
        "UseOwnKey: kms:ReEncrypt*": GUIDE,
    },
}
"""What has no occasion in a drill and a swap of plain instances, with the reason why the files have it."""


def recover(world: RecoveryWorld, run_after: datetime, **options: Any) -> dict[str, dict[str, Any]]:
    """Make a recovery point and restore it by its name; the results of both runs by task."""
    point = world.run("recovery_point", run_after=run_after, **options)
    world.announcements()
    return point.results | restore(world, point, run_after=run_after, **options).results


def restore(world: RecoveryWorld, point: DagRunner, mode: str = "swap", **options: Any) -> DagRunner:
    """Restore what a run has made."""
    named = {"snapshot_arn": point.results["announce_recovery_point"]["snapshot_arn"], "mode": mode}
    return world.run("recovery_restore", params=named, **options)


def this_minute() -> datetime:
    """When both runs of a recovery begin."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def names_of(state: Mapping[str, Any], place: tuple[str, str]) -> list[str]:
    """Clusters and plain instances of a place."""
    return [one["name"] for kind in ("clusters", "instances") for one in state[kind][str(place)]]


def roles_of(state: Mapping[str, Any], place: tuple[str, str]) -> list[Any]:
    """What the instances of a place's clusters are for, and the custom endpoints over them."""
    return [
        {
            name: [one[what] for what in ("class", "tier", "writer")]
            for name, one in cluster["instances"].items()
        }
        | {"endpoints": cluster["endpoints"]}
        for cluster in state["clusters"][str(place)]
    ]


def snapshots_of(state: Mapping[str, Any], place: tuple[str, str]) -> str:
    """What the snapshots of a place are for, by the middle of their names."""
    return " ".join(sorted(name.rsplit("-", 3)[1] for name, *_ in state["snapshots"][str(place)]))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("variant", some(ALWAYS, of=VARIANTS), ids=lambda one: one.name)
def test_recovers_source_under_live_name(
    make_variant: Callable[[Variant], RecoveryWorld], variant: Variant
) -> None:
    """It should try the recovery point and leave no trace, then put the source's data under the live name.

    With nothing else left running, no snapshot that the variant does not need, and within what the policies allow.
    """
    world = make_variant(variant)
    with pytest.raises(TaskFailed, match=r"recovery point is none"):
        world.run("recovery_watch")
    old = world.live_id()
    rentals = world.database(world.target).ask("SELECT COUNT(*) FROM rental")
    with _enforced(variant, world):
        point = world.run("recovery_point")
        assert restore(world, point, "test").results["check_candidate"]["checks"]
    assert (world.live_id(), names_of(world.end_state(), world.target)) == (old, [world.name])
    assert world.database(world.target).ask("SELECT COUNT(*) FROM rental") == rentals

    with _enforced(variant, world) as roles:
        found = restore(world, point, number=2).results

    assert world.live_id() == found["swap_names"]["live_resource_id"] != old
    assert found["retire_old"]["retired_resource_id"] == old
    assert world.database(world.target).ask("SELECT COUNT(*) FROM rental") == 16_044
    state = world.end_state()
    assert names_of(state, world.target) == [world.name]
    assert roles_of(state, world.target) == roles_of(state, world.source)
    places = (world.source, world.recovery, world.target)
    assert tuple(snapshots_of(state, place) for place in places) == SNAPSHOTS[variant.copies]
    if "after_swap" in variant.sections:
        _require_logins(world, old)
    require_watched(world)
    _require_policies(variant, roles)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("variant", some(ALWAYS_KILLED, of=VARIANTS), ids=lambda one: one.name)
def test_killed_runs_end_as_undisturbed_ones(
    make_variant: Callable[[Variant], RecoveryWorld], variant: Variant, capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same resources, tags, data and ledger after a kill before and after AWS calls."""
    run_after = this_minute()
    world = make_variant(variant)
    watched = KillPoints(world.folder / "watched", sample=Nothing())
    recover(world, run_after, before_try=watched.install)
    undisturbed = world.end_state()
    assert names_of(undisturbed, world.target) == [world.name]

    world = make_variant(variant)
    points = KillPoints(world.folder / "kill-points", sample=Sample(EVERY, watched.calls))
    recover(world, run_after, before_try=points.install)
    require_same_end(f"recovery, {variant.name}", world.end_state(), undisturbed, points, capsys)

    assert points.struck("before") == points.struck("after")


def require_watched(world: RecoveryWorld) -> None:
    """The watch finds a recovery point that it could use, and a restore that was proved."""
    watch = world.run("recovery_watch", number=2)
    assert "snapshot" in watch.results["find_usable_point"]["snapshot_arn"]


def _require_logins(world: RecoveryWorld, old: str) -> None:
    """The proxy leads to the new bearer of the name, and the policy knows both."""
    state = world.end_state()
    assert state["proxies"] == {PROXY: [world.name]}
    assert set(logins(world)) == {login_arn(world, old), login_arn(world)}


def _enforced(variant: Variant, world: RecoveryWorld) -> AbstractContextManager[dict[str, Role]]:
    return enforced(world, variant.copies, follows="after_swap" in variant.sections)


def _require_policies(variant: Variant, roles: Mapping[str, Role]) -> None:
    """No role was refused anything; a drill needs to tear down; roles on plain instances need all they may do."""
    for half, role in roles.items():
        proof = Proof(role.statements, role.asked())
        assert {part for part in proof.actions if part[0].endswith("TearDownTests")} <= proof.needed
        if len(roles) == 2:  # the files of one account's halves let each other in
            require_nothing_outside(role.statements, role.arn)
        if variant.policies and variant.copies == "two-step":
            require_least_privilege(role, f"{half}{variant.policies}", UNSEEN[half])
