import json
import urllib.error
import urllib.request
from contextlib import closing
from ssl import create_default_context

import psycopg2
import pymysql
import pytest
from botocore.exceptions import ClientError

from sandbox.seed.worlds import products

ROLE = "arn:aws:iam::111111111111:role/switchyard-source"


@pytest.fixture(scope="module")
def world(session_sandbox):
    """The world, built once for the tests of this file, which only add to it."""
    session_sandbox.reset()
    session_sandbox.seed("products")
    return session_sandbox


@pytest.mark.parametrize(
    ("name", "engine"), [("catalog", "aurora-mysql"), ("catalog-pg", "aurora-postgresql")]
)
def test_clusters_and_their_logins(world, name, engine):
    """It should have an available, encrypted cluster of each engine with one instance, and a login to it."""
    [found] = world.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    assert (found["Status"], found["Engine"], found["StorageEncrypted"]) == ("available", engine, True)
    assert [member["DBInstanceIdentifier"] for member in found["DBClusterMembers"]] == [f"{name}-1"]
    secret = world.client("secretsmanager").get_secret_value(SecretId=f"switchyard/{name}/login")
    login = json.loads(secret["SecretString"])
    assert (login["username"], login["dbname"]) == (found["MasterUsername"], "shop")


def test_bucket_takes_files_that_the_service_can_read(world):
    """It should keep versions, encrypt by S3's own keys, refuse plain HTTP by policy, and be closed to others."""
    s3 = world.client("s3")
    s3.put_object(Bucket=products.BUCKET, Key="synonyms/x.txt", Body=b"a, b\n")
    head = s3.head_object(Bucket=products.BUCKET, Key="synonyms/x.txt")
    assert head["ServerSideEncryption"] == "AES256"
    assert head["VersionId"] != "null"
    assert all(s3.get_public_access_block(Bucket=products.BUCKET)["PublicAccessBlockConfiguration"].values())
    [statement] = json.loads(s3.get_bucket_policy(Bucket=products.BUCKET)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        world.client("s3", "target").get_object(Bucket=products.BUCKET, Key="synonyms/x.txt")


def test_domain_without_package(world):
    """It should have an active, encrypted domain that only the pipelines' role may reach, with no package."""
    search = world.client("opensearch")
    domain = search.describe_domain(DomainName="products")["DomainStatus"]
    assert (domain["EngineVersion"], domain["DomainProcessingStatus"]) == ("OpenSearch_2.17", "Active")
    assert domain["EncryptionAtRestOptions"]["Enabled"]
    assert domain["DomainEndpointOptions"]["EnforceHTTPS"]
    [statement] = json.loads(domain["AccessPolicies"])["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"AWS": ROLE}, "es:ESHttp*")
    assert search.describe_packages()["PackageDetailsList"] == []
    assert search.list_packages_for_domain(DomainName="products")["DomainPackageDetailsList"] == []


def test_seeding_twice_changes_nothing(world):
    """It should make everything once and nothing the second time."""
    assert world.seed("products") == {"world": "products", "made": []}


def test_two_worlds_beside_each_other(sandbox):
    """It should leave room for the world of the recovery pipeline."""
    sandbox.seed("products")
    sandbox.seed("orders")
    assert sandbox.seed("products")["made"] == []


def connect(sandbox, ca_bundle, name):
    [cluster] = sandbox.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    secret = sandbox.client("secretsmanager").get_secret_value(SecretId=f"switchyard/{name}/login")
    login = json.loads(secret["SecretString"])
    place = {"host": cluster["Endpoint"], "port": cluster["Port"], "database": login["dbname"]}
    who = {"user": login["username"], "password": login["password"]}
    if name == "catalog":
        return pymysql.connect(**place, **who, ssl={"ca": str(ca_bundle)})
    return psycopg2.connect(**place, **who, sslmode="verify-full", sslrootcert=str(ca_bundle))


@pytest.mark.parametrize(
    ("name", "columns", "table"),
    [
        ("catalog", "SynID, Base_Term, Synonym_1, Synonym_2", "SynonymsTable"),
        ("catalog-pg", "syn_id, base_term, synonym_1, synonym_2", "synonyms_table"),
    ],
)
def test_table_and_domain_are_real(engines_sandbox, data_plane, name, columns, table):
    """It should hold the article's row in either database, take more, and have a domain that answers."""
    engines_sandbox.seed("products")
    ca_bundle = data_plane.authority.ca_bundle
    with closing(connect(engines_sandbox, ca_bundle, name)) as database, database.cursor() as cursor:
        add = f"INSERT INTO {table} ({columns.partition(', ')[2]}) VALUES (%s, %s, NULL)"
        cursor.execute(add, ("gelato", "ice cream"))
        database.commit()
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY 1")
        assert list(cursor.fetchall()) == [
            (1, "danish", "croissant", "pastry"),
            (2, "gelato", "ice cream", None),
        ]
    domain = engines_sandbox.client("opensearch").describe_domain(DomainName="products")["DomainStatus"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(
            f"https://{domain['Endpoint']}/", context=create_default_context(cafile=str(ca_bundle))
        )
    assert engines_sandbox.seed("products")["made"] == []
