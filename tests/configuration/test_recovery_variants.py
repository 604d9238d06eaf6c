"""Variants of a recovery: what each of them needs, what it gives no meaning to, and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

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
VARIANTS = {
    "one_account": ONE_ACCOUNT,
    "one_region": ONE_REGION,
    "one_place": ONE_PLACE,
    "plain": PLAIN,
    "single_step": SINGLE_STEP,
}
REFUSED = yaml.safe_load(Path(__file__).with_name("bad_recovery_variants.yaml").read_text(encoding="utf-8"))


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


@pytest.mark.parametrize("bad", REFUSED, ids=lambda bad: bad["case"])
def test_what_a_variant_gives_no_meaning_to_is_refused(files, bad):
    """It should name the field, its value, what is wrong with it in this variant, and what to do."""
    variants = [VARIANTS[name] for name in bad["of"]]
    found = written(files, *variants, bad.get("set", {}), dict.fromkeys(bad.get("drop", []), NOTHING))
    assert len(found.errors) == 1, [str(error) for error in found.errors]
    (error,) = found.errors
    assert (error.field, error.value) == (bad["field"], bad["value"])
    problem, remedy = bad["says"]
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
