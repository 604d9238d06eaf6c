import json

import pytest
from botocore.exceptions import ClientError

from sandbox.seed.worlds.recovery import BUCKET

RECOVERY = "us-west-1"


@pytest.fixture(scope="module")
def world(session_sandbox):
    """The world, built once for the tests of this file, which only add to it."""
    session_sandbox.reset()
    session_sandbox.seed("orders")
    return session_sandbox


def login(sandbox, account, region):
    secret = sandbox.client("secretsmanager", account, region).get_secret_value(
        SecretId="switchyard/orders/login"
    )
    return json.loads(secret["SecretString"])


def cluster(sandbox, account, region):
    [found] = sandbox.client("rds", account, region).describe_db_clusters(DBClusterIdentifier="orders")[
        "DBClusters"
    ]
    return found


@pytest.mark.parametrize(("account", "region"), [("source", "us-west-2"), ("target", RECOVERY)])
def test_cluster_in_each_account(world, account, region):
    """It should have an available, encrypted cluster with one instance in its groups."""
    found = cluster(world, account, region)
    alias = {"source": "alias/switchyard-source", "target": "alias/switchyard-orders"}[account]
    key = world.client("kms", account, region).describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    assert (found["Status"], found["Engine"]) == ("available", "aurora-mysql")
    assert (found["StorageEncrypted"], found["KmsKeyId"]) == (True, key)
    assert found["DBClusterParameterGroup"] == "switchyard-orders"
    assert found["DBSubnetGroup"] == "switchyard"
    [member] = found["DBClusterMembers"]
    assert (member["DBInstanceIdentifier"], member["IsClusterWriter"]) == ("orders-1", True)


def test_one_login_for_both_accounts(world):
    """It should keep the same login in both accounts, since a restored cluster has its source's users."""
    source = login(world, "source", "us-west-2")
    assert source == login(world, "target", RECOVERY)
    assert (source["dbname"], len(source["password"])) == ("sakila", 32)


def test_target_may_use_the_recovery_key(world):
    """It should let the target use the key that recovery points are encrypted with, and no other of the source."""
    source, target = (world.client("kms", account, RECOVERY) for account in ("source", "target"))
    arn = source.describe_key(KeyId="alias/switchyard-recovery")["KeyMetadata"]["Arn"]
    sealed = target.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"]
    assert source.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    with pytest.raises(ClientError, match="kms:CreateGrant"):  # only through RDS
        target.create_grant(
            KeyId=arn, GranteePrincipal="arn:aws:iam::222222222222:root", Operations=["Decrypt"]
        )
    own = world.client("kms", "source", "us-west-2").describe_key(KeyId="alias/switchyard-source")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        world.client("kms", "target", "us-west-2").describe_key(KeyId=own["KeyMetadata"]["Arn"])


def test_manifests_and_acknowledgements(world):
    """It should let the target read manifests, write acknowledgements and evidence, and nothing else."""
    source, target = (world.client("s3", account, RECOVERY) for account in ("source", "target"))
    source.put_object(Bucket=BUCKET, Key="manifests/orders/1.json", Body=b"{}")
    stored = target.get_object(Bucket=BUCKET, Key="manifests/orders/1.json")
    assert (stored["Body"].read(), stored["ServerSideEncryption"]) == (b"{}", "aws:kms")
    assert stored["VersionId"] != "null"
    target.put_object(Bucket=BUCKET, Key="acknowledgements/orders/1.json", Body=b"{}")
    target.put_object(Bucket=BUCKET, Key="evidence/orders/1.json", Body=b"{}")
    for call, arguments in [
        (target.put_object, {"Key": "manifests/orders/1.json", "Body": b"forged"}),
        (target.delete_object, {"Key": "manifests/orders/1.json"}),
        (target.get_object, {"Key": "acknowledgements/orders/1.json"}),
        (target.get_object, {"Key": "evidence/orders/1.json"}),
    ]:
        with pytest.raises(ClientError, match="AccessDenied"):
            call(Bucket=BUCKET, **arguments)


def test_messages_reach_the_target(world):
    """It should lead a message from the source's topic into the target's queue."""
    topic = "arn:aws:sns:us-west-1:111111111111:switchyard-recovery-points"
    world.client("sns", "source", RECOVERY).publish(TopicArn=topic, Message="ready")
    sqs = world.client("sqs", "target", RECOVERY)
    url = sqs.get_queue_url(QueueName="switchyard-recovery-points")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "ready"
    [subscription] = world.client("sns", "target", RECOVERY).list_subscriptions()["Subscriptions"]
    assert subscription["Owner"] == "222222222222"
