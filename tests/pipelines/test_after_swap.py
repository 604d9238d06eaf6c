"""What a swap of names does not carry, on real databases: there and back."""

from __future__ import annotations

from pathlib import Path

from tests.pipelines.test_failures import (
    alter,
    announced_restore,
    require_failed,
    require_refused,
    run_through,
)
from tests.support.recovery import TARGET, RecoveryWorld
from tests.support.surroundings import ask_for_more, furnish, login_arn, surroundings

CARRIED = {
    "endpoints": [
        ["orders", "orders-analytics", "READER", []],
        ["orders", "orders-reports", "ANY", ["orders-1"]],
    ],
    "targets": [["cluster:orders", 1, 3]],
    "policies": [["cluster:orders", "cpu", 60.0]],
}


def test_everything_around_the_source_is_around_the_new_live_cluster(
    recovery_world: RecoveryWorld, configuration: Path
) -> None:
    """It should carry over endpoints, scaling, Data API, policy, proxy, and have the certificate made anew."""
    world = furnish(recovery_world)
    ask_for_more(world, configuration)
    old_login = login_arn(world)
    run = announced_restore(world)
    run_through(run, "apply_retention")
    after = surroundings(world)
    assert {name: after[name] for name in CARRIED} == CARRIED
    assert after["data_api"] == {"orders": "answers"}
    assert after["proxy"] == ["orders"]
    assert after["logins"] == [old_login, login_arn(world)]
    assert run.results["apply_after_swap"]["certificate"] == "names the endpoint"
    # A client that verifies the host name, as world.database is one.
    assert world.database(TARGET).ask("SELECT COUNT(*) FROM rental") == 16_044


def test_a_rollback_gives_back_what_was_carried_over(recovery_world: RecoveryWorld) -> None:
    """It should leave around the old live cluster what was there before, and nothing around the candidate."""
    world = furnish(recovery_world)
    before = surroundings(world)
    run = announced_restore(world)
    run_through(run, "apply_after_swap")
    middle = surroundings(world)
    assert {name: middle[name] for name in CARRIED} == CARRIED
    alter(world, "orders", "DELETE FROM payment LIMIT 100")
    require_failed(run.run_task("check_live"), "Rolled back: the old cluster bears it again")
    after = surroundings(world)
    assert {name: after[name] for name in CARRIED} == {name: before[name] for name in CARRIED}


def test_planted_differences_of_settings_stop_the_run_before_the_swap(recovery_world: RecoveryWorld) -> None:
    """It should list each with what was expected, found and to be done, and go on once they are mended."""
    world = recovery_world
    run = announced_restore(world)
    run_through(run, "create_instances")
    rds, candidate = world.client("rds", TARGET), run.results["restore_candidate"]["candidate_id"]
    cluster = world.cluster(TARGET, candidate)
    member = cluster["DBClusterMembers"][0]["DBInstanceIdentifier"]
    tier = rds.describe_db_instances(DBInstanceIdentifier=member)["DBInstances"][0]["PromotionTier"]
    kept = cluster["BackupRetentionPeriod"]
    plant = {"BackupRetentionPeriod": kept + 1, "EnableLocalWriteForwarding": True}
    rds.modify_db_cluster(DBClusterIdentifier=candidate, ApplyImmediately=True, **plant)
    rds.modify_db_instance(DBInstanceIdentifier=member, ApplyImmediately=True, PromotionTier=tier + 1)

    outcome = run.run_task("check_candidate")
    require_failed(
        outcome,
        f"setting BackupRetentionPeriod: expected {kept}, found {kept + 1}",
        "setting EnableLocalWriteForwarding: expected False, found True",
        f"setting orders-1.PromotionTier: expected {tier}, found {tier + 1}",
        "Set it by target.cluster_overrides.BackupRetentionPeriod",
        "Set it by target.instance_overrides.PromotionTier",
        "explained_differences",
    )
    require_refused(run.run_task("swap_names"), "the candidate has not passed the checks of this run")

    mend = {"BackupRetentionPeriod": kept, "EnableLocalWriteForwarding": False}
    rds.modify_db_cluster(DBClusterIdentifier=candidate, ApplyImmediately=True, **mend)
    rds.modify_db_instance(DBInstanceIdentifier=member, ApplyImmediately=True, PromotionTier=tier)
    assert run.run_task("check_candidate").state == "success"
