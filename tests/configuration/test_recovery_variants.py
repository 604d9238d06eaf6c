"""Variants of a recovery: what each of them needs, what it gives no meaning to, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from switchyard.configuration.loader import load

HERE = "111111111111"
NOTHING = object()
"""In place of a value: the field is left out."""
ONE_ACCOUNT = {
    "target.account_id": HERE,
    "notification.queue_arn": f"arn:aws:sqs:us-west-1:{HERE}:switchyard-recovery-points",
    "alert": NOTHING,
}
ONE_REGION = {
    "target.region": "us-west-2",
    "notification.topic_arn": f"arn:aws:sns:us-west-2:{HERE}:switchyard-recovery-points",
    "notification.queue_arn": "arn:aws:sqs:us-west-2:222222222222:switchyard-recovery-points",
    "alert": NOTHING,
}
ONE_PLACE = {
    **ONE_ACCOUNT,
    **ONE_REGION,
    "notification.queue_arn": f"arn:aws:sqs:us-west-2:{HERE}:switchyard-recovery-points",
    "target.kms_key_id": "alias/switchyard-source",
    "target.cluster_id": "orders-restored",
}
PLAIN = {
    "engine": "postgres",
    "source.cluster_id": NOTHING,
    "source.instance_id": "orders-plain",
    "target.cluster_id": NOTHING,
    "target.instance_id": "orders-plain",
    "target.cluster_parameter_group": NOTHING,
}
SINGLE_STEP = {"copy_mode": "single_step", "recovery": NOTHING}


def written(files, *variants: dict[str, Any]) -> Any:
    """What loads from the example in which these fields are set, or left out."""
    fields = {name: value for variant in variants for name, value in variant.items()}
    kept = {name: value for name, value in fields.items() if value is not NOTHING}
    files.example(set=kept)
    for name in fields.keys() - kept:
        files.without(name)
    return load(files.home)


def loaded(files, *variants: dict[str, Any]) -> Any:
    """The one pipeline of a file without faults."""
    found = written(files, *variants)
    assert [str(error) for error in found.errors] == []
    return found.instances[0]


def test_two_accounts_and_regions_make_every_step_needed(files):
    """It should copy, share, announce the copy and copy again, in the variant that the project ships."""
    found = loaded(files)
    assert (found.kind, found.source.identifier, found.target.identifier) == ("cluster", "orders", "orders")
    assert [found.no_copy, found.no_share, found.no_local_copy, found.no_retention] == [""] * 4
    assert found.announced_region == found.recovery_region == "us-west-1"
    assert found.copy_key_id == found.manifest_key_id == "alias/switchyard-recovery"
    assert found.copy_key_field == "recovery.kms_key_id"


def test_a_single_step_leaves_the_copying_to_the_target(files):
    """It should announce the snapshot of the source's Region, and leave the manifest's key to the bucket."""
    found = loaded(files, SINGLE_STEP)
    assert found.no_copy == "the target account copies over account and Region at once"
    assert (found.no_share, found.no_local_copy) == ("", "")
    assert (found.announced_region, found.recovery_region) == ("us-west-2", "us-west-1")
    assert found.manifest_key_id is None
    key = {"manifest.kms_key_id": "alias/manifests"}
    assert loaded(files, SINGLE_STEP, key).manifest_key_id == "alias/manifests"


def test_one_account_copies_under_its_key_and_shares_nothing(files):
    """It should need no second copy, and leave deletions to the recovery points' own retention."""
    found = loaded(files, ONE_ACCOUNT, {"recovery": NOTHING})
    assert found.no_copy == ""
    assert (found.copy_key_id, found.copy_key_field) == ("alias/switchyard-orders", "target.kms_key_id")
    assert found.no_share == "it is restored in the account of its source"
    assert found.no_local_copy == "the snapshot belongs to this account already"
    assert found.no_retention
    assert found.announced_region == "us-west-1"


def test_one_region_shares_the_snapshot_itself(files):
    """It should make one copy alone, that of the target account."""
    found = loaded(files, ONE_REGION, {"recovery": NOTHING})
    assert found.no_copy == "it is restored in the Region of its source"
    assert (found.no_share, found.no_local_copy) == ("", "")
    assert found.announced_region == found.recovery_region == "us-west-2"


def test_one_place_copies_and_shares_nothing(files):
    """It should restore from the snapshot itself."""
    found = loaded(files, ONE_PLACE, {"recovery": NOTHING})
    assert all((found.no_copy, found.no_share, found.no_local_copy, found.no_retention))
    assert not found.in_place


def test_a_share_may_be_restored_without_a_copy(files):
    """It should say that the configuration wants no copy."""
    found = loaded(files, {"restore.restore_from": "share"})
    assert found.no_local_copy == "it is restored from the share, as configured"


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_a_plain_instance_takes_its_settings_in_the_restore(files, engine):
    """It should give the restore class and groups, and no key: AWS takes none there."""
    settings = {
        "target.instance_class": "db.t4g.medium",
        "target.instance_parameter_group": "orders",
        "target.instance_overrides": {"MultiAZ": False},
    }
    found = loaded(files, PLAIN, settings, {"engine": engine})
    assert (found.kind, found.source.identifier, found.target.identifier) == (
        "instance",
        "orders-plain",
        "orders-plain",
    )
    assert found.restore_overrides == {
        "DBSubnetGroupName": "switchyard",
        "DBInstanceClass": "db.t4g.medium",
        "DBParameterGroupName": "orders",
        "DeletionProtection": False,
        "MultiAZ": False,
    }


@pytest.mark.parametrize(
    ("variant", "field", "value", "problem", "remedy"),
    [
        pytest.param(
            {**PLAIN, "source.instance_id": NOTHING},
            "source.instance_id",
            None,
            "it is missing",
            "Name the instance: engine postgres runs on a plain instance",
            id="no instance",
        ),
        pytest.param(
            {**PLAIN, "source.instance_id": NOTHING, "source.cluster_id": "orders"},
            "source.cluster_id",
            "orders",
            "engine postgres runs on a plain instance",
            "Write it as source.instance_id, or correct engine",
            id="cluster of a plain engine",
        ),
        pytest.param(
            {**PLAIN, "target.cluster_parameter_group": "orders"},
            "target.cluster_parameter_group",
            "orders",
            "a plain instance has no cluster",
            "Write it as target.instance_parameter_group",
            id="cluster group",
        ),
        pytest.param(
            {**PLAIN, "target.cluster_overrides": {"BackupRetentionPeriod": 1}},
            "target.cluster_overrides",
            {"BackupRetentionPeriod": 1},
            "a plain instance has no cluster",
            "Write it as target.instance_overrides",
            id="cluster settings",
        ),
        pytest.param(
            {**PLAIN, "target.instance_overrides": {"PromotionTier": 1}},
            "target.instance_overrides.PromotionTier",
            1,
            "a plain instance has no such setting",
            "Remove it; known: ",
            id="setting of a member",
        ),
        pytest.param(
            {**PLAIN, "swap.rename_instances": True},
            "swap.rename_instances",
            True,
            "its name is the live name",
            "Remove it",
            id="rename of members",
        ),
        pytest.param(
            {**PLAIN, "restore.restore_from": "share"},
            "restore.restore_from",
            "share",
            "AWS restores no encrypted snapshot of a plain instance that another account shares",
            "Set it to local_copy",
            id="share of an instance",
        ),
        pytest.param(
            {**SINGLE_STEP, "restore.restore_from": "share"},
            "restore.restore_from",
            "share",
            "the share is in us-west-2, and a snapshot is restored in its own Region only",
            "Set it to local_copy, or copy_mode to two_step",
            id="share of another Region",
        ),
        pytest.param(
            {**ONE_ACCOUNT, "recovery": NOTHING, "restore.restore_from": "share"},
            "restore.restore_from",
            "share",
            "source and target are one account, nothing is shared",
            "Remove it",
            id="share in one account",
        ),
        pytest.param(
            ONE_ACCOUNT,
            "recovery",
            {"region": "us-west-1", "kms_key_id": "alias/switchyard-recovery"},
            "it is restored in the account of its source, under target.kms_key_id",
            "Remove the section",
            id="copy for nobody",
        ),
        pytest.param(
            {**ONE_REGION, "recovery.region": "us-west-2"},
            "recovery",
            {"region": "us-west-2", "kms_key_id": "alias/switchyard-recovery"},
            "it is restored in the Region of its source",
            "Remove the section",
            id="copy to its own Region",
        ),
        pytest.param(
            {**ONE_ACCOUNT, "recovery": NOTHING, "copy_mode": "single_step"},
            "copy_mode",
            "single_step",
            "source and target are in one account",
            "Remove it",
            id="single step in one account",
        ),
        pytest.param(
            {**ONE_REGION, "recovery": NOTHING, "copy_mode": "single_step"},
            "copy_mode",
            "single_step",
            "source and target are in one Region",
            "Remove it",
            id="single step in one Region",
        ),
        pytest.param(
            {
                **PLAIN,
                **ONE_PLACE,
                "recovery": NOTHING,
                "target.cluster_id": NOTHING,
                "target.instance_id": "orders-restored",
                "target.kms_key_id": "alias/other",
            },
            "target.kms_key_id",
            "alias/other",
            "a plain instance keeps the key of its snapshot",
            "Set it to source.kms_key_id, alias/switchyard-source",
            id="other key of an instance in one place",
        ),
        pytest.param(
            {**ONE_PLACE, "recovery": NOTHING, "target.cluster_id": "orders"},
            "restore.start_on_message",
            True,
            "each recovery point would at once replace the cluster that it was taken of",
            "Set it to false, set restore.mode to test or keep, or give target.cluster_id another name",
            id="in place by itself",
        ),
        pytest.param(
            {
                **ONE_PLACE,
                "recovery": NOTHING,
                "target.cluster_id": "orders",
                "restore.start_on_message": False,
                "schedule.recovery_restore": {"cron": "@daily"},
            },
            "schedule.recovery_restore",
            "@daily",
            "the cluster would lose, again and again, what was written since its last recovery point",
            "Remove it, set restore.mode to test or keep, or give target.cluster_id another name",
            id="in place on a schedule",
        ),
    ],
)
def test_what_a_variant_gives_no_meaning_to_is_refused(files, variant, field, value, problem, remedy):
    """It should name the field, its value, what is wrong with it in this variant, and what to do."""
    found = written(files, variant)
    assert len(found.errors) == 1, [str(error) for error in found.errors]
    (error,) = found.errors
    assert (error.field, error.value) == (field, value)
    assert problem in error.problem
    assert remedy in error.remedy


def test_a_restore_in_place_is_started_by_hand(files):
    """It should know that the source itself is what a restore replaces."""
    by_hand = {"restore.start_on_message": False, "target.cluster_id": "orders"}
    assert loaded(files, ONE_PLACE, by_hand, {"recovery": NOTHING}).in_place


def test_a_drill_in_place_may_start_by_itself(files):
    """It should admit messages and schedules where nothing live is touched."""
    drill = {"restore.mode": "test", "target.cluster_id": "orders", "recovery": NOTHING}
    assert loaded(files, ONE_PLACE, drill, {"schedule.recovery_restore": {"cron": "@daily"}}).in_place
