import json
from typing import Any

import pytest

from sandbox.objects import Objects
from tests.cloudformation.conftest import SECRET
from tests.support.dms import PASSWORD, REGION, SOURCE, USER, Migration, Server, refused
from tests.support.stacks import MACIE


@pytest.fixture(scope="session")
def mysql_server(data_plane):
    data_plane.engines.create("people", "mysql", username=USER, password=PASSWORD, database="shop")
    host, port = data_plane.engines.start("people", certificate_names=["127.0.0.1"])
    return Server("mysql", "people", host, port)


@pytest.fixture
def mysql(mysql_server):
    """A MariaDB with a table of people."""
    mysql_server.do(
        "DROP TABLE IF EXISTS person",
        "CREATE TABLE person (id INT PRIMARY KEY, note LONGTEXT)",
        "INSERT INTO person VALUES (1, 'a'), (2, 'b')",
    )
    return mysql_server


@pytest.fixture
def login(sandbox, mysql):
    content = {"username": USER, "password": PASSWORD, "host": mysql.host, "port": mysql.port}
    made = sandbox.client("secretsmanager").create_secret(Name="login", SecretString=json.dumps(content))
    return made["ARN"]


def endpoint(sandbox: Any, arn: str) -> dict[str, Any]:
    wanted = [{"Name": "endpoint-arn", "Values": [arn]}]
    [found] = sandbox.client("dms").describe_endpoints(Filters=wanted)["Endpoints"]
    return found


def connected(sandbox: Any, made: dict[str, str]) -> Migration:
    """Return DMS with both of the stack's connections tested, as it wants them before a load."""
    migration = Migration(sandbox)
    for side in ("SourceEndpointArn", "TargetEndpointArn"):
        assert migration.test(made["InstanceArn"], made[side])["Status"] == "successful"
    return migration


def test_stack_loads_the_extract(sandbox, account, database, login):
    """It should extract a real database over verified TLS into files that Macie can read and the account cannot."""
    made = database(LoginSecretArn=login)
    migration = connected(sandbox, made)
    assert migration.run(made["TaskArn"])["StopReason"] == "Stop Reason FULL_LOAD_ONLY_FINISHED"
    assert migration.states(made["TaskArn"]) == {"person": ("Table completed", 2)}
    bucket = account["ExtractBucketName"]
    [found] = sandbox.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert found["Key"] == f"{made['ExtractPrefix']}shop/person/LOAD00000001.parquet"
    assert Objects(SOURCE, REGION, MACIE).read(bucket, found["Key"])[:4] == b"PAR1"
    refused("AccessDenied", sandbox.client("s3").get_object, Bucket=bucket, Key=found["Key"])


def test_load_stops_at_a_value_that_would_be_cut(sandbox, database, login, mysql):
    """It should fail the load where a large value does not fit, which else would be scanned in part."""
    mysql.do("UPDATE person SET note = REPEAT('x', 3000) WHERE id = 2")
    made = database(LoginSecretArn=login, LobMaxSize="1")
    migration = connected(sandbox, made)
    ended = migration.run(made["TaskArn"])
    assert (ended["Status"], ended["StopReason"]) != ("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED")
    assert migration.states(made["TaskArn"])["person"][0] != "Table completed"


@pytest.fixture
def plain(database):
    """The outputs of a stack whose database nobody asks."""
    return database()


def test_target(sandbox, account, plain):
    """It should write Parquet, compressed, encrypted with the extract's key, into the database's own folder."""
    found = endpoint(sandbox, plain["TargetEndpointArn"])["S3Settings"]
    wanted = {
        "BucketName": account["ExtractBucketName"],
        "BucketFolder": "people",
        "ExpectedBucketOwner": SOURCE,
        "ServiceAccessRoleArn": account["ExtractWriterRoleArn"],
        "DataFormat": "parquet",
        "CompressionType": "gzip",
        "EncryptionMode": "sse-kms",
        "ServerSideEncryptionKmsKeyId": account["ExtractKeyArn"],
        "ParquetTimestampInMillisecond": True,
        "EnableStatistics": False,
        "GlueCatalogGeneration": False,
    }
    assert {name: found.get(name) for name in wanted} == wanted


def test_source(sandbox, plain, certificate):
    """It should name a secret and no password, and verify the server by name."""
    found = endpoint(sandbox, plain["SourceEndpointArn"])
    assert (found["EngineName"], found["SslMode"], found["CertificateArn"]) == (
        "mysql",
        "verify-full",
        certificate,
    )
    role = f"arn:aws:iam::{SOURCE}:role/switchyard-discovery-people-login-reader"
    assert found["MySQLSettings"] == {"SecretsManagerSecretId": SECRET, "SecretsManagerAccessRoleArn": role}
    assert not {"Username", "Password", "ServerName"} & set(found)


def test_source_in_postgres(sandbox, account, database):
    """It should connect to the database that PostgreSQL needs to be told."""
    made = database(Engine="aurora-postgresql", DatabaseName="shop", DatabasePort="5432")
    found = endpoint(sandbox, made["SourceEndpointArn"])
    assert (found["EngineName"], found["DatabaseName"]) == ("aurora-postgresql", "shop")
    assert found["PostgreSQLSettings"]["SecretsManagerSecretId"] == SECRET
    assert "MySQLSettings" not in found


def test_task_fails_closed(sandbox, plain):
    """It should load the schema once, and stop at whatever DMS would by default pass over."""
    found = Migration(sandbox).show(plain["TaskArn"])
    assert (found["MigrationType"], found["Status"]) == ("full-load", "ready")
    [rule] = json.loads(found["TableMappings"])["rules"]
    assert rule["object-locator"] == {"schema-name": "shop", "table-name": "%", "table-type": "table"}
    settings = json.loads(found["ReplicationTaskSettings"])
    behavior = settings["ErrorBehavior"]
    for name in ("DataErrorPolicy", "DataTruncationErrorPolicy", "TableErrorPolicy"):
        assert behavior[name] == "STOP_TASK"
    assert (behavior["RecoverableErrorCount"], behavior["FailOnNoTablesCaptured"]) == (3, True)
    assert settings["FullLoadSettings"]["TargetTablePrepMode"] == "DO_NOTHING"
    assert settings["TargetMetadata"]["LobMaxSize"] == 1024


def test_arns_fit_the_orchestrators_policy(sandbox, account, plain):
    """It should give task, instance and endpoints ARNs that the orchestrator's policy admits."""
    document = sandbox.client("iam").get_role_policy(
        RoleName=account["OrchestratorRoleName"], PolicyName="sensitive-data-discovery"
    )["PolicyDocument"]
    [admitted] = [one["Resource"] for one in document["Statement"] if one["Sid"] == "LoadTheExtract"]
    prefixes = tuple(resource.removesuffix("*") for resource in admitted)
    assert all(resource.endswith("switchyard-*") for resource in admitted)
    for output in ("TaskArn", "InstanceArn", "SourceEndpointArn", "TargetEndpointArn"):
        assert plain[output].startswith(prefixes), output


def test_instance_is_reached_by_nobody(sandbox, plain, network):
    """It should keep the instance off the internet, and let it out to the database and to TLS alone."""
    wanted = [{"Name": "replication-instance-arn", "Values": [plain["InstanceArn"]]}]
    [instance] = sandbox.client("dms").describe_replication_instances(Filters=wanted)["ReplicationInstances"]
    assert instance["PubliclyAccessible"] is False
    [group] = sandbox.client("ec2").describe_security_groups(GroupIds=[plain["SecurityGroupId"]])[
        "SecurityGroups"
    ]
    assert (group["VpcId"], group["IpPermissions"]) == (network.vpc, [])
    out = {
        (rule["FromPort"], ip["CidrIp"]) for rule in group["IpPermissionsEgress"] for ip in rule["IpRanges"]
    }
    assert out == {(3306, "10.0.0.0/16"), (443, "0.0.0.0/0")}


def test_extract_is_emptied_folder_by_folder(sandbox, account, plain):
    """It should let the orchestrator delete what is in the folder of this database, and nothing else with it."""
    found = sandbox.client("iam").get_role_policy(
        RoleName=account["OrchestratorRoleName"], PolicyName="purge-the-extract-of-people"
    )["PolicyDocument"]
    [statement] = found["Statement"]
    assert statement["Action"] == ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert statement["Resource"] == f"arn:aws:s3:::{account['ExtractBucketName']}/people/*"


def test_login_is_read_by_two(sandbox, account, plain):
    """It should let DMS and the orchestrator read this one login."""
    iam = sandbox.client("iam")
    for role in ("switchyard-discovery-people-login-reader", account["OrchestratorRoleName"]):
        found = iam.get_role_policy(RoleName=role, PolicyName="read-the-login-of-people")["PolicyDocument"]
        assert [one["Resource"] for one in found["Statement"]] == [SECRET]


def test_key_of_the_login(sandbox, account, database):
    """It should let both decrypt a login that has a key of its own."""
    key = f"arn:aws:kms:{REGION}:{SOURCE}:key/login"
    database(LoginSecretKeyArn=key)
    iam = sandbox.client("iam")
    for role in ("switchyard-discovery-people-login-reader", account["OrchestratorRoleName"]):
        found = iam.get_role_policy(RoleName=role, PolicyName="decrypt-the-login-of-people")["PolicyDocument"]
        assert [one["Resource"] for one in found["Statement"]] == [key]
