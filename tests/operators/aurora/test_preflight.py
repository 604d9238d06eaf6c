"""Bad input that must be refused before a recovery point's first write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from switchyard.errors import BadInput, NotAllowed, StepFailed
from switchyard.operators.aurora.preflight import CheckRecoveryPointPreconditionsOperator
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import BUCKET, LOGIN, new_context, run_step

TOPIC = "arn:aws:sns:us-west-1:111111111111:switchyard-recovery-points"
SETTINGS = {
    "task_id": "check_preconditions",
    "engine": "aurora-mysql",
    "source_id": "orders",
    "kms_key_id": "alias/switchyard-source",
    "recovery_region": "us-west-1",
    "recovery_key_id": "alias/switchyard-recovery",
    "recovery_key_field": "recovery.kms_key_id",
    "login_secret_id": LOGIN,
    "manifest_bucket": BUCKET,
    "topic_arn": TOPIC,
    "timeout": timedelta(minutes=1),
    "poll_interval": 0.05,
    **SOURCE,
}


@pytest.fixture
def check(accounts):
    """Run the check in a sound world with some settings changed; it must change nothing."""
    source, recovery = accounts.source, accounts.recovery
    source.cluster(StorageEncrypted=True, KmsKeyId=source.key("alias/switchyard-source"))
    source.instance()
    recovery.key("alias/switchyard-recovery")
    source.login()
    recovery.bucket()
    recovery.client("sns").create_topic(Name="switchyard-recovery-points")

    def run(**changed):
        accounts.changes()
        try:
            operator = CheckRecoveryPointPreconditionsOperator(**SETTINGS | changed)
            return run_step(operator, new_context())
        finally:
            assert accounts.changes() == []

    return run


def test_a_sound_world_is_accepted(check, accounts):
    """It should say which cluster it has checked."""
    found = accounts.source.show_cluster("orders")
    assert check()["resource_id"] == found["DbClusterResourceId"]


def test_an_unknown_cluster_is_named_with_its_place(check):
    """It should tell the account and Region in which it looked."""
    with pytest.raises(
        BadInput,
        match=r"^source\.cluster_id is 'shop': no such cluster in account 111111111111, Region us-west-2\. Correct",
    ):
        check(source_id="shop")


def test_an_engine_that_does_not_fit_is_refused(check):
    """It should name both engines."""
    with pytest.raises(
        BadInput, match=r"^engine is 'aurora-postgresql': cluster orders runs aurora-mysql\. Correct engine"
    ):
        check(engine="aurora-postgresql")


def test_an_unencrypted_cluster_is_refused(check, accounts):
    """It should say that no copy can make up for it."""
    accounts.source.cluster("plain")
    with pytest.raises(
        BadInput,
        match=r"^source\.cluster_id is 'plain': the cluster is not encrypted.*Restore the cluster under",
    ):
        check(source_id="plain")


def test_a_cluster_without_instances_is_refused(check, accounts):
    """It should say so, rather than fail over an endpoint that leads nowhere."""
    accounts.source.rds.delete_db_instance(DBInstanceIdentifier="orders-1", SkipFinalSnapshot=True)
    with pytest.raises(
        BadInput,
        match=r"^source\.cluster_id is 'orders': the cluster has no instance.* Create an instance in it",
    ):
        check()


def test_a_cluster_under_a_key_of_aws_is_refused(check, accounts):
    """It should refuse the key that AWS manages, which no other account may use."""
    accounts.source.cluster("default", StorageEncrypted=True)
    accounts.source.instance("default-1", "default")
    with pytest.raises(
        BadInput,
        match=r"^source\.kms_key_id is 'alias/aws/rds': a key managed by AWS cannot be used by another",
    ):
        check(source_id="default", kms_key_id="alias/aws/rds")


def test_a_cluster_under_another_key_is_refused(check, accounts):
    """It should compare the cluster's key with the configured one."""
    accounts.source.key("alias/other")
    with pytest.raises(
        BadInput,
        match=r"^source\.kms_key_id is 'alias/other': cluster orders is encrypted with arn.* Name the",
    ):
        check(kms_key_id="alias/other")


def test_a_recovery_key_of_aws_is_refused(check, accounts):
    """It should refuse the key that AWS manages in the recovery Region too."""
    accounts.recovery.cluster("default", StorageEncrypted=True)  # lets AWS make its key there
    with pytest.raises(
        BadInput,
        match=r"^recovery\.kms_key_id is 'alias/aws/rds': a key managed by AWS .*KMS key of Region us-west-1",
    ):
        check(recovery_key_id="alias/aws/rds")


def test_a_recovery_key_is_refused_under_the_name_it_was_configured_by(check):
    """It should name the field of the configuration that the key came from, which is the target's in one account."""
    with pytest.raises(BadInput, match=r"^target\.kms_key_id is 'alias/nowhere': "):
        check(recovery_key_id="alias/nowhere", recovery_key_field="target.kms_key_id")


def test_a_recovery_key_of_another_region_is_refused(check, accounts):
    """It should look for the key where the copy will lie."""
    elsewhere = accounts.source.client("kms").describe_key(KeyId="alias/switchyard-source")["KeyMetadata"][
        "Arn"
    ]
    with pytest.raises(
        BadInput,
        match=r"^recovery\.kms_key_id is 'arn:aws:kms:us-west-2.*KMS in us-west-1 answers \w+\. Name an",
    ):
        check(recovery_key_id=elsewhere)


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
@pytest.mark.parametrize(
    ("side", "alias"), [("source", "alias/switchyard-source"), ("recovery", "alias/switchyard-recovery")]
)
def test_an_unusable_key_is_refused(check, accounts, side, alias, state):
    """It should refuse a key that would make the snapshot or its copy unreadable."""
    kms = getattr(accounts, side).client("kms")
    key_id = kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"]
    if state == "Disabled":
        kms.disable_key(KeyId=key_id)
    else:
        kms.schedule_key_deletion(KeyId=key_id)
    with pytest.raises(BadInput, match=rf": the key is {state}\. Name an enabled, customer-managed KMS key"):
        check()


@pytest.mark.parametrize(("side", "region"), [("source", "us-west-2"), ("recovery", "us-west-1")])
def test_a_full_quota_of_snapshots_is_refused(check, accounts, limits, side, region):
    """It should count the snapshots of both Regions before it fills one of them."""
    place = getattr(accounts, side)
    if side == "recovery":
        place.cluster(StorageEncrypted=True)
    place.snapshot("somebody-elses")
    limits.manual_cluster_snapshots = 1
    with pytest.raises(
        BadInput,
        match=rf"^quota ManualClusterSnapshots in {region} is '1 of 1 used': the run needs 1 more\. Delete what",
    ):
        check()


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        (
            "login_secret_id",
            "switchyard/nothing",
            r"^login\.source_secret_id is 'switchyard/nothing': DescribeSecret answers ResourceNotFound",
        ),
        (
            "manifest_bucket",
            "switchyard-nothing",
            r"^manifest\.bucket is 'switchyard-nothing': HeadBucket answers 404",
        ),
        (
            "topic_arn",
            f"{TOPIC}-not",
            r"^notification\.topic_arn is '.*-not': GetTopicAttributes answers NotFound",
        ),
    ],
)
def test_a_missing_place_is_named(check, setting, value, message):
    """It should name the setting whose secret, bucket or topic is not there."""
    with pytest.raises(BadInput, match=rf"{message}.*\. Create it, correct its name, or let"):
        check(**{setting: value})


def test_a_connection_into_another_account_is_refused(check):
    """It should not look around in an account that it was not told about."""
    with pytest.raises(
        NotAllowed,
        match=r"aws_source for account 222222222222: it leads to account 111111111111\. Correct the role",
    ):
        check(account_id="222222222222")


def test_an_unknown_connection_is_refused(check):
    """It should name the connection and where to define it."""
    with pytest.raises(BadInput, match=r"^aws_conn_id is 'aws_nowhere': .*AIRFLOW_CONN_AWS_NOWHERE"):
        check(aws_conn_id="aws_nowhere")


def test_a_cluster_that_cannot_become_available_is_refused(check, accounts):
    """It should not wait for a stopped cluster, which nobody starts for it."""
    accounts.sandbox.force_status(
        "db_cluster", "orders", "stopped", account="111111111111", region="us-west-2"
    )
    with pytest.raises(StepFailed, match=r"db_cluster orders: its status is stopped\. Start cluster orders"):
        check()
