import pytest
from botocore.exceptions import ClientError

from tests.support.least_privilege import Role

TARGET = "222222222222"


def test_unknown_key_is_refused(source):
    """It should refuse a key id and an alias that do not exist."""
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        source.encrypted(key="11111111-2222-3333-4444-555555555555")
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        source.encrypted(key="alias/nothing")


def test_alias_stands_for_its_key(source):
    """It should accept a key by alias and show its ARN."""
    key = source.key()
    source.kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    assert source.encrypted(key="alias/orders")["KmsKeyId"] == key


def test_key_of_another_region_is_refused(source, recovery):
    """It should refuse a key of another Region."""
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        source.encrypted(key=recovery.key())


def test_disabled_key_is_refused_for_a_copy(source, recovery):
    """It should refuse to copy under a disabled key."""
    source.encrypted()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    key = recovery.key()
    recovery.kms.disable_key(KeyId=key.split("/")[1])
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault.*not enabled"):
        recovery.copy(arn, KmsKeyId=key)


def test_key_pending_deletion_is_refused_for_a_copy(source, recovery):
    """It should refuse to copy under a key that will be deleted."""
    source.encrypted()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    key = recovery.key()
    recovery.kms.schedule_key_deletion(KeyId=key.split("/")[1], PendingWindowInDays=7)
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        recovery.copy(arn, KmsKeyId=key)


def test_missing_alias_is_refused_for_a_copy(source, recovery):
    """It should refuse, not fail, where the alias for a copy does not exist."""
    source.encrypted()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault.*\[alias/nothing\]"):
        recovery.copy(arn, KmsKeyId="alias/nothing")


def test_share_is_readable_only_with_its_key(recovery, target):
    """It should refuse to copy or restore a share whose key does not admit the account, in AWS's words."""
    recovery.encrypted()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    words = r"KMSKeyNotAccessibleFault.*The source snapshot KMS key"
    with pytest.raises(ClientError, match=words):
        target.copy(arn, KmsKeyId=target.key())
    with pytest.raises(ClientError, match=words):
        target.restore(arn, KmsKeyId=target.key())


def test_share_needs_create_grant_on_its_key(recovery, target):
    """It should refuse a key policy that allows all cryptography but no grants."""
    without = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    recovery.encrypted(key=recovery.key(TARGET, actions=without))
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        target.copy(arn, KmsKeyId=target.key())


def test_foreign_key_needs_its_policy(recovery, target):
    """It should let an account encrypt with another's key only where the key's policy admits it."""
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        target.encrypted(key=recovery.key())
    friendly = recovery.key(TARGET)
    assert target.encrypted(key=friendly)["KmsKeyId"] == friendly


def test_key_policy_may_name_the_calling_role(recovery, target):
    """It should admit the role that a key policy names, and no other role of the account."""
    role = target.sandbox.client("sts", TARGET, "us-west-1").get_caller_identity()["Arn"].split("/")[1]
    named = recovery.key(f"arn:aws:iam::{TARGET}:role/{role}")
    other = recovery.key(f"arn:aws:iam::{TARGET}:role/somebody-else")
    assert target.encrypted(key=named)["KmsKeyId"] == named
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        target.encrypted("second", key=other)


def test_grant_admits_an_account(recovery, target):
    """It should accept a grant in place of the key's policy."""
    key = recovery.key()
    recovery.kms.create_grant(
        KeyId=key, GranteePrincipal=f"arn:aws:iam::{TARGET}:root", Operations=["CreateGrant", "DescribeKey"]
    )
    assert target.encrypted(key=key)["KmsKeyId"] == key


def test_default_key_belongs_to_aws(source):
    """It should encrypt under aws/rds where no key is named."""
    key = source.cluster(StorageEncrypted=True)["KmsKeyId"]
    metadata = source.kms.describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    assert (metadata["Arn"], metadata["KeyManager"]) == (key, "AWS")


@pytest.mark.parametrize("end", ["disable_key", "schedule_key_deletion"])
def test_cluster_loses_its_key(source, end):
    """It should make a cluster inaccessible when its key is disabled or to be deleted."""
    key = source.key()
    source.encrypted(key=key)
    source.instance()
    getattr(source.kms, end)(KeyId=key.split("/")[1])
    assert source.show_cluster("orders")["Status"] == "inaccessible-encryption-credentials-recoverable"
    assert source.show_instance("orders-1")["DBInstanceStatus"] == (
        "inaccessible-encryption-credentials-recoverable"
    )


def test_cluster_recovers_with_its_key_by_a_start(source):
    """It should stay inaccessible until it is started with a key that works again."""
    key = source.key()
    source.encrypted(key=key)
    source.kms.disable_key(KeyId=key.split("/")[1])
    source.show_cluster("orders")
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        source.rds.start_db_cluster(DBClusterIdentifier="orders")
    source.kms.enable_key(KeyId=key.split("/")[1])
    assert source.show_cluster("orders")["Status"] == "inaccessible-encryption-credentials-recoverable"
    source.rds.start_db_cluster(DBClusterIdentifier="orders")
    assert source.show_cluster("orders")["Status"] == "available"


def test_cluster_is_lost_seven_days_after_its_key(source, stand_still):
    """It should give an inaccessible cluster up after seven days."""
    clock = stand_still()
    key = source.key()
    source.encrypted(key=key)
    source.kms.disable_key(KeyId=key.split("/")[1])
    source.show_cluster("orders")
    clock.advance(7 * 86400 + 1)
    assert source.show_cluster("orders")["Status"] == "inaccessible-encryption-credentials"


def test_target_cluster_on_the_source_key_dies_with_the_source(recovery, target):
    """It should lock out a cluster restored under another account's key when that key goes."""
    key = recovery.key(TARGET)
    recovery.encrypted(key=key)
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    assert target.restore(arn)["KmsKeyId"] == key
    recovery.kms.disable_key(KeyId=key.split("/")[1])
    assert target.show_cluster("restored")["Status"] == "inaccessible-encryption-credentials-recoverable"


def test_inaccessible_cluster_can_be_deleted(source):
    """It should let go of a cluster whose key is gone, without a final snapshot."""
    key = source.key()
    source.encrypted(key=key)
    source.instance()
    source.kms.disable_key(KeyId=key.split("/")[1])
    source.rds.delete_db_instance(DBInstanceIdentifier="orders-1")
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last")
    source.rds.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    assert source.rds.describe_db_clusters()["DBClusters"] == []


def test_lost_cluster_stays_deleting_once_it_is_deleted(source, stand_still):
    """It should not bring a lost cluster back from its deletion."""
    clock = stand_still("cluster.delete")
    key = source.key()
    source.encrypted(key=key)
    source.kms.disable_key(KeyId=key.split("/")[1])
    source.show_cluster("orders")
    clock.advance(8 * 86400)
    source.show_cluster("orders")
    source.rds.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    assert source.show_cluster("orders")["Status"] == "deleting"
    clock.advance(100)
    assert source.rds.describe_db_clusters()["DBClusters"] == []


def test_own_policies_of_the_caller_count(sandbox, source):
    """It should refuse a role whose policies let it make clusters and not use the key, where they are enforced."""
    key = source.key()
    sandbox.choose(iam_policies="enforced")
    making = {"Sid": "Make", "Effect": "Allow", "Action": "rds:*", "Resource": "*"}
    using = {"Effect": "Allow", "Action": ["kms:CreateGrant", "kms:DescribeKey"], "Resource": key}
    wanted = {
        "DBClusterIdentifier": "orders",
        "Engine": "aurora-mysql",
        "MasterUsername": "keeper",
        "MasterUserPassword": "long-enough",
        "StorageEncrypted": True,
        "KmsKeyId": key,
    }
    arn = "arn:aws:iam::111111111111:role/keeper"
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        Role(sandbox, arn, [making]).client("rds").create_db_cluster(**wanted)
    keeper = Role(sandbox, arn, [making, using | {"Sid": "Use"}]).client("rds")
    assert keeper.create_db_cluster(**wanted)["DBCluster"]["KmsKeyId"] == key
