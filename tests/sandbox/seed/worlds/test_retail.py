import json
from contextlib import closing

import psycopg2
import pymysql
import pytest

from sandbox.seed.worlds import federation, retail, retail_postgres, warehouse
from sandbox.seed.worlds.federated_source import DATABASE
from tests.support.federated import Federated

SOURCES = {"retail": retail.SOURCE, "retail-postgres": retail_postgres.SOURCE}


@pytest.fixture(params=SOURCES)
def world(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def built(world, engines_sandbox):
    engines_sandbox.seed(world)
    return engines_sandbox


def client(sandbox, service):
    return sandbox.client(service, "source", federation.REGION)


def connect(sandbox, data_plane, source, secret):
    """A session under a login of Secrets Manager, at the cluster's endpoint."""
    text = client(sandbox, "secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    login = json.loads(text)
    found = client(sandbox, "rds").describe_db_clusters(DBClusterIdentifier=source.plan.name)
    [cluster] = found["DBClusters"]
    options = {
        "host": cluster["Endpoint"],
        "port": cluster["Port"],
        "user": login["username"],
        "password": login["password"],
        "database": login["dbname"],
    }
    ca_bundle = str(data_plane.authority.ca_bundle)
    if source.engine == "mysql":
        return pymysql.connect(**options, ssl={"ca": ca_bundle})
    return psycopg2.connect(**options, sslmode="verify-full", sslrootcert=ca_bundle)


def test_database_and_its_logins(world, built, data_plane):
    """It should hold the rows, which owners change, and which pipelines and the warehouse only read."""
    source = SOURCES[world]
    with (
        closing(connect(built, data_plane, source, source.owner)) as database,
        database.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE made_later (id INTEGER PRIMARY KEY)")
        cursor.execute("UPDATE customer SET c_login = 'owner' WHERE c_customer_sk = 1")
        assert cursor.rowcount == 1
        database.commit()
    for secret in (source.login, source.warehouse_login):
        with closing(connect(built, data_plane, source, secret)) as database, database.cursor() as cursor:
            cursor.execute("SELECT count(*), max(c_login) FROM customer WHERE c_customer_sk = 1")
            assert tuple(cursor.fetchone()) == (1, "owner")
            cursor.execute("SELECT count(*) FROM made_later")
            assert cursor.fetchone()[0] == 0
            with pytest.raises((pymysql.err.OperationalError, psycopg2.Error), match="denied"):
                cursor.execute("DELETE FROM customer")
    assert built.seed(world)["made"] == []


def test_login_of_the_warehouse(world, built):
    """It should have the fields that Secrets Manager's console gives a database's secret."""
    source = SOURCES[world]
    text = client(built, "secretsmanager").get_secret_value(SecretId=source.warehouse_login)["SecretString"]
    login = json.loads(text)
    assert (login["engine"], login["dbname"]) == (source.engine, DATABASE)
    assert login["dbClusterIdentifier"] == source.plan.name
    assert {"username", "password", "host", "port"} < set(login)


def test_roles_of_the_warehouse(sandbox):
    """It should let Redshift alone take on roles that read one kind of secret, and one bucket and database."""
    sandbox.seed("retail")
    iam = client(sandbox, "iam")
    for name, wanted in {
        federation.FEDERATED_ROLE: {"secret:switchyard/*/warehouse-*"},
        federation.LAKE_ROLE: {
            f"arn:aws:s3:::{federation.LAKE}",
            f"arn:aws:s3:::{federation.LAKE}/*",
            "catalog",
            f"database/{federation.CATALOGUE}",
            f"table/{federation.CATALOGUE}/*",
        },
    }.items():
        role = iam.get_role(RoleName=name)["Role"]
        assert role["Arn"] == federation.role_arn(name)
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {
            "Service": ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
        }
        rules = iam.get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"]["Statement"]
        named = {resource for rule in rules for resource in rule["Resource"] if ":kms:" not in resource}
        assert {one if ":s3:" in one else one.split(":", 5)[5] for one in named} == wanted


def test_both_worlds_share_a_warehouse(sandbox):
    """It should add only the second database where the first world's warehouse stands."""
    sandbox.seed("retail")
    made = sandbox.seed("retail-postgres")["made"]
    assert made
    assert all("retail-postgres" in one for one in made), made


def test_warehouses_hold_schemas_alone(sandbox):
    """It should have a workgroup and a cluster with both roles attached, and two empty schemas in each."""
    sandbox.seed("retail")
    roles = {federation.role_arn(name) for name in (federation.FEDERATED_ROLE, federation.LAKE_ROLE)}
    [cluster] = client(sandbox, "redshift").describe_clusters()["Clusters"]
    assert {role["IamRoleArn"] for role in cluster["IamRoles"]} == roles
    [namespace] = client(sandbox, "redshift-serverless").list_namespaces()["namespaces"]
    assert all(any(role in text for text in namespace["iamRoles"]) for role in roles)
    for name in SOURCES:
        world = Federated(name, sandbox, ledger_dsn="", ca_bundle="")
        rows = world.ask(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name IN ('etl_stage', 'retail')"
        )
        assert {row["schema_name"] for row in rows} == {warehouse.STAGING, warehouse.TARGET}
        held = "SELECT count(*) AS tables FROM information_schema.tables WHERE table_schema IN ('etl_stage', 'retail')"
        assert world.ask(held) == [{"tables": 0}]
