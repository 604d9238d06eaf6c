"""The worlds around databases that are recovered, beside "orders"."""

import json
from contextlib import closing

import psycopg2
import pytest

from sandbox.seed.worlds import orders_postgres, orders_serverless, plain_mysql, plain_postgres
from sandbox.seed.worlds.recovery import RECOVERY_REGION, SOURCE_REGION

SIDES = [("source", SOURCE_REGION), ("target", RECOVERY_REGION)]
WORLDS = [plain_mysql, plain_postgres, orders_postgres, orders_serverless]


def described(sandbox, recovered, account, region):
    """Return the database of a world as RDS shows it."""
    rds, name = sandbox.client("rds", account, region), recovered.plan.name
    if recovered.plan.is_cluster:
        [found] = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    else:
        [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return found


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__.rpartition(".")[2])
def test_world_has_all_that_a_recovery_needs(sandbox, world):
    """It should have the database in both accounts under their keys, one login, and a queue behind a topic."""
    recovered = world.RECOVERED
    name = recovered.plan.name
    sandbox.seed(name)
    logins = set()
    for (account, region), alias in zip(SIDES, (recovered.source_key, recovered.target_key), strict=True):
        found = described(sandbox, recovered, account, region)
        key = sandbox.client("kms", account, region).describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
        assert (found["Engine"], found["KmsKeyId"]) == (recovered.plan.engine, key)
        secrets = sandbox.client("secretsmanager", account, region)
        logins.add(secrets.get_secret_value(SecretId=recovered.secret)["SecretString"])
    assert len(logins) == 1
    topic = f"arn:aws:sns:{RECOVERY_REGION}:111111111111:{recovered.points}"
    sandbox.client("sns", "source", RECOVERY_REGION).publish(TopicArn=topic, Message="ready")
    sqs = sandbox.client("sqs", "target", RECOVERY_REGION)
    [message] = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=recovered.points)["QueueUrl"])[
        "Messages"
    ]
    assert json.loads(message["Body"])["Message"] == "ready"
    assert sandbox.seed(name)["made"] == []


def test_serverless_members(sandbox):
    """It should have a Serverless v2 member in a cluster with a range."""
    sandbox.seed("orders-serverless")
    found = described(sandbox, orders_serverless.RECOVERED, *SIDES[0])
    assert found["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 4.0}
    [member] = sandbox.client("rds", *SIDES[0]).describe_db_instances()["DBInstances"]
    assert member["DBInstanceClass"] == "db.serverless"


def test_plain_instances_hold_the_data(engines_sandbox, data_plane):
    """It should hold all rows in the source, and in the target those of an older state."""
    recovered = plain_postgres.RECOVERED
    engines_sandbox.seed(recovered.plan.name)
    rentals = []
    for account, region in SIDES:
        found = described(engines_sandbox, recovered, account, region)
        secrets = engines_sandbox.client("secretsmanager", account, region)
        login = json.loads(secrets.get_secret_value(SecretId=recovered.secret)["SecretString"])
        with (
            closing(connect(found["Endpoint"], login, data_plane)) as database,
            database.cursor() as cursor,
        ):
            cursor.execute("SELECT count(*) FROM rental")
            rentals.append(cursor.fetchone()[0])
    assert rentals[0] == 16044
    assert 0 < rentals[1] < 16044


def connect(endpoint, login, data_plane):
    """Connect to an instance's endpoint, whose certificate must be for that name."""
    return psycopg2.connect(
        host=endpoint["Address"],
        port=endpoint["Port"],
        user=login["username"],
        password=login["password"],
        database=login["dbname"],
        sslmode="verify-full",
        sslrootcert=str(data_plane.authority.ca_bundle),
    )
