import json

import pymysql
import pytest

from sandbox.errors import SandboxError

RECOVERY = "us-west-1"


@pytest.fixture
def world(sandbox):
    sandbox.seed("orders")
    return sandbox


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
    worlds = (
        "clinic-mysql, clinic-postgres, customers, orders, orders-postgres, orders-serverless, plain-mysql, "
        "plain-postgres, products, retail, retail-postgres"
    )
    with pytest.raises(SandboxError, match=f"there is no world 'atlantis': choose one of {worlds}"):
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
        secrets = engines_sandbox.client("secretsmanager", account, region)
        who = json.loads(secrets.get_secret_value(SecretId="switchyard/orders/login")["SecretString"])
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
