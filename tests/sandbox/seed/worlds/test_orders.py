import json

import pymysql
import pytest
from botocore.exceptions import ClientError

from sandbox.errors import SandboxError
from sandbox.seed.worlds import orders

RECOVERY = "us-west-1"


@pytest.fixture
def world(sandbox):
    sandbox.seed("orders")
    return sandbox


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


def test_seeding_twice_changes_nothing(world):
    """It should make everything once and nothing the second time."""
    before = cluster(world, "target", RECOVERY)["DbClusterResourceId"]
    assert world.seed("orders") == {"world": "orders", "made": []}
    assert cluster(world, "target", RECOVERY)["DbClusterResourceId"] == before


def test_seeding_mends_what_is_missing(world):
    """It should make anew what was deleted and leave the rest alone."""
    queue = world.client("sqs", "target", RECOVERY)
    queue.delete_queue(QueueUrl=queue.get_queue_url(QueueName="switchyard-recovery-points")["QueueUrl"])
    assert world.seed("orders")["made"] == ["queue switchyard-recovery-points (target, us-west-1)"]


def test_seeding_restores_the_pace_of_time(world):
    """It should take no time for transitions itself and leave the durations as they were."""
    world.reset()
    world.durations({"cluster.create": 30, "instance.create": 30})
    world.seed("orders")
    assert world.status()["durations"]["cluster.create"] == 30


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
    """It should let the target read manifests and write acknowledgements, and nothing else."""
    source, target = (world.client("s3", account, RECOVERY) for account in ("source", "target"))
    source.put_object(Bucket=orders.BUCKET, Key="manifests/orders/1.json", Body=b"{}")
    stored = target.get_object(Bucket=orders.BUCKET, Key="manifests/orders/1.json")
    assert (stored["Body"].read(), stored["ServerSideEncryption"]) == (b"{}", "aws:kms")
    assert stored["VersionId"] != "null"
    target.put_object(Bucket=orders.BUCKET, Key="acknowledgements/orders/1.json", Body=b"{}")
    for call, arguments in [
        (target.put_object, {"Key": "manifests/orders/1.json", "Body": b"forged"}),
        (target.delete_object, {"Key": "manifests/orders/1.json"}),
        (target.get_object, {"Key": "acknowledgements/orders/1.json"}),
    ]:
        with pytest.raises(ClientError, match="AccessDenied"):
            call(Bucket=orders.BUCKET, **arguments)


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


def test_failures_reach_the_dead_letter_queue(world):
    """It should keep messages that cannot be delivered, and those that are received too often."""
    sqs = world.client("sqs", "target", RECOVERY)
    url = sqs.get_queue_url(QueueName="switchyard-recovery-points")["QueueUrl"]
    redrive = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    assert json.loads(redrive["RedrivePolicy"])["maxReceiveCount"] == 5
    sqs.delete_queue(QueueUrl=url)
    topic = "arn:aws:sns:us-west-1:111111111111:switchyard-recovery-points"
    world.client("sns", "source", RECOVERY).publish(TopicArn=topic, Message="lost")
    dead = sqs.get_queue_url(QueueName="switchyard-recovery-points-dead")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert json.loads(message["Body"])["Message"] == "lost"


def test_unknown_world(sandbox):
    """It should name the worlds there are."""
    with pytest.raises(SandboxError, match="there is no world 'atlantis': choose one of orders"):
        sandbox.seed("atlantis")


def test_world_that_cannot_be_built(sandbox):
    """It should say in one message which call was refused."""
    sandbox.fault("kms:CreateKey", "error", code="LimitExceededException", message="too many keys")
    with pytest.raises(SandboxError, match=r"world orders cannot be built: .*too many keys"):
        sandbox.seed("orders")


def test_databases_hold_the_data(engines_sandbox, data_plane):
    """It should hold all rows in the source, and in the target those of an older state."""
    engines_sandbox.seed("orders")
    counts = {}
    for account, region in (("source", "us-west-2"), ("target", RECOVERY)):
        found = cluster(engines_sandbox, account, region)
        who = login(engines_sandbox, account, region)
        connection = pymysql.connect(
            host=found["Endpoint"],
            port=found["Port"],
            user=who["username"],
            password=who["password"],
            database=who["dbname"],
            ssl={"ca": str(data_plane.authority.ca_bundle)},
        )
        with connection, connection.cursor() as cursor:
            for table in ("film", "rental", "payment"):
                cursor.execute(f"SELECT count(*) FROM {table}")
                counts[account, table] = cursor.fetchone()[0]
    assert counts["source", "film"] == counts["target", "film"] == 1000
    assert (counts["source", "rental"], counts["source", "payment"]) == (16044, 16049)
    assert 0 < counts["target", "rental"] < 16044
    assert 0 < counts["target", "payment"] < 16049
    assert engines_sandbox.seed("orders")["made"] == []
