import json

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
