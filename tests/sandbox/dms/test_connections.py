import json

import pytest

from sandbox.endpoints import CertificateAuthority
from sandbox.runtime import runtime
from tests.support.dms import (
    BUCKET,
    PASSWORD,
    REGION,
    ROLE,
    SECRET_ROLE,
    SOURCE,
    USER,
    Server,
    include,
    refused,
    wait_for,
)


def secret(migration, name="login", **content):
    """Keep a login in a secret and return the settings of an endpoint that uses it."""
    made = migration.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(content))
    return {"SecretsManagerSecretId": made["ARN"], "SecretsManagerAccessRoleArn": SECRET_ROLE}


NOTHING = {"ServerName": None, "Port": None, "Username": None, "Password": None}


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_connection_is_tested_for_real(migration, engine, request, stand_still):
    """It should be testing for its time, then successful where the database lets the user in."""
    server = request.getfixturevalue(engine)
    instance, source = migration.instance(), migration.source(server)
    clock = stand_still("dms-connection.test")
    made = migration.dms.test_connection(ReplicationInstanceArn=instance, EndpointArn=source)["Connection"]
    assert made["Status"] == "testing"
    clock.advance(100)
    found = wait_for(lambda: migration.connection(source), lambda found: found["Status"] != "testing")
    assert (found["Status"], found["LastFailureMessage"]) == ("successful", "")


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
@pytest.mark.parametrize("wrong", [{"Password": "wrong-password"}, {"Port": 1}])
def test_connection_fails_with_the_reason(migration, engine, wrong, request):
    """It should tell why the database could not be reached, and no password."""
    server = request.getfixturevalue(engine)
    found = migration.test(migration.instance(), migration.source(server, **wrong))
    assert found["Status"] == "failed"
    assert found["LastFailureMessage"].startswith(
        "Test Endpoint failed: Application-Status: 1020912, Application-M"
    )
    assert "wrong-password" not in found["LastFailureMessage"]


def test_result_stays_until_the_next_test(migration, mysql, data_plane):
    """It should keep an old success although the endpoint would fail now."""
    instance, source = migration.instance(), migration.source(mysql)
    assert migration.test(instance, source)["Status"] == "successful"
    migration.dms.modify_endpoint(EndpointArn=source, Password="wrong-password")
    assert migration.connection(source)["Status"] == "successful"
    assert migration.test(instance, source)["Status"] == "failed"


def test_instance_is_creating_before_it_is_available(migration, mysql, stand_still):
    """It should refuse tests from an instance that is not available yet."""
    source = migration.source(mysql)
    clock = stand_still("replication-instance.create")
    made = migration.dms.create_replication_instance(
        ReplicationInstanceIdentifier="slow", ReplicationInstanceClass="dms.t3.small"
    )["ReplicationInstance"]
    arn = made["ReplicationInstanceArn"]
    assert made["ReplicationInstanceStatus"] == migration.instance_status(arn) == "creating"
    test = migration.dms.test_connection
    refused("InvalidResourceStateFault", test, ReplicationInstanceArn=arn, EndpointArn=source)
    clock.advance(100)
    assert migration.instance_status(arn) == "available"


def test_network_role_is_needed(sandbox):
    """It should make instances and subnet groups only in an account with the role dms-vpc-role."""
    dms = sandbox.client("dms", SOURCE, REGION)
    wanted = {"ReplicationInstanceIdentifier": "small", "ReplicationInstanceClass": "dms.t3.small"}
    message = refused("AccessDeniedFault", dms.create_replication_instance, **wanted)
    assert message == f"The IAM Role arn:aws:iam::{SOURCE}:role/dms-vpc-role is not configured properly."
    group = {
        "ReplicationSubnetGroupIdentifier": "net",
        "ReplicationSubnetGroupDescription": "x",
        "SubnetIds": ["a"],
    }
    refused("AccessDeniedFault", dms.create_replication_subnet_group, **group)


def test_role_of_a_target_must_trust_dms(migration):
    """It should refuse targets whose role does not exist or trusts another service."""
    other = f"arn:aws:iam::{SOURCE}:role/other"
    refused("AccessDeniedFault", migration.target, ServiceAccessRoleArn=other)
    migration.role(other, "lambda.amazonaws.com")
    refused("AccessDeniedFault", migration.target, ServiceAccessRoleArn=other)


def test_role_that_asks_for_the_account(migration):
    """It should take on a role that trusts DMS for its own account, and none that trusts it for another."""
    trusting, iam = f"arn:aws:iam::{SOURCE}:role/trusting", migration.client("iam")

    def only_for(account):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "dms.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=only_for("999999999999"))
    refused("AccessDeniedFault", migration.target, ServiceAccessRoleArn=trusting)
    iam.update_assume_role_policy(RoleName="trusting", PolicyDocument=only_for(SOURCE))
    assert migration.target(ServiceAccessRoleArn=trusting)


def test_target_needs_a_bucket_it_can_list(migration):
    """It should fail the test of a target without bucket, or whose policy keeps the role out."""
    instance = migration.instance()
    assert (
        "NoSuchBucket"
        in migration.test(instance, migration.target(BucketName="missing"))["LastFailureMessage"]
    )
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": ROLE},
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    migration.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)
    assert "AccessDenied" in migration.test(instance, migration.target("kept-out"))["LastFailureMessage"]


def test_target_is_in_its_region_and_of_its_owner(migration):
    """It should fail the test of a target whose bucket is elsewhere, or of another account than expected."""
    instance = migration.instance()
    strange = migration.target(ExpectedBucketOwner="222222222222")
    assert "expected bucket owner" in migration.test(instance, strange)["LastFailureMessage"]
    east = migration.sandbox.client("s3", SOURCE, "us-east-1")
    east.create_bucket(Bucket="far-away")
    far = migration.target("far", BucketName="far-away")
    assert "us-east-1" in migration.test(instance, far)["LastFailureMessage"]


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_login_may_be_a_secret(migration, engine, request):
    """It should read user, password, host and port from a secret under its role, each time anew."""
    server = request.getfixturevalue(engine)
    content = {"username": USER, "password": PASSWORD, "host": server.host, "port": server.port}
    name = "MySQLSettings" if engine == "mysql" else "PostgreSQLSettings"
    source = migration.source(server, **NOTHING, **{name: secret(migration, **content)})
    instance = migration.instance()
    assert migration.test(instance, source)["Status"] == "successful"
    changed = json.dumps(content | {"password": "another"})
    migration.client("secretsmanager").put_secret_value(SecretId="login", SecretString=changed)
    assert migration.test(instance, source)["Status"] == "failed"


def test_secret_must_be_readable_and_whole(migration, mysql):
    """It should fail the test where the secret is gone, lacks a part, or its policy keeps the role out."""
    instance = migration.instance()
    gone = {"SecretsManagerSecretId": "missing", "SecretsManagerAccessRoleArn": SECRET_ROLE}
    found = migration.test(instance, migration.source(mysql, "gone", **NOTHING, MySQLSettings=gone))
    assert "Unable to find Secrets Manager secret" in found["LastFailureMessage"]
    short = secret(migration, username=USER, password=PASSWORD)
    found = migration.test(instance, migration.source(mysql, "short", **NOTHING, MySQLSettings=short))
    assert "host and port" in found["LastFailureMessage"]
    whole = {"username": USER, "password": PASSWORD, "host": mysql.host, "port": mysql.port}
    closed = secret(migration, "closed", **whole)
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": SECRET_ROLE},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    migration.client("secretsmanager").put_resource_policy(
        SecretId="closed", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    found = migration.test(instance, migration.source(mysql, "closed", **NOTHING, MySQLSettings=closed))
    assert "not authorized" in found["LastFailureMessage"]


def test_secret_excludes_a_login_in_clear(migration, mysql):
    """It should refuse both at a time, and a secret without a role that DMS may take."""
    both = {"SecretsManagerSecretId": "login", "SecretsManagerAccessRoleArn": SECRET_ROLE}
    refused("InvalidParameterCombinationException", migration.source, mysql, MySQLSettings=both)
    alone = {"SecretsManagerSecretId": "login"}
    refused("InvalidParameterCombinationException", migration.source, mysql, **NOTHING, MySQLSettings=alone)
    strange = both | {"SecretsManagerAccessRoleArn": f"arn:aws:iam::{SOURCE}:role/nobody"}
    refused("AccessDeniedFault", migration.source, mysql, **NOTHING, MySQLSettings=strange)


def test_passwords_are_never_shown(migration, mysql):
    """It should describe endpoints without their passwords, wherever they were given."""
    settings = {"Username": USER, "Password": PASSWORD, "ServerName": mysql.host, "Port": mysql.port}
    source = migration.source(mysql, **NOTHING, MySQLSettings=settings)
    assert PASSWORD not in json.dumps(migration.dms.describe_endpoints()["Endpoints"])
    assert migration.test(migration.instance(), source)["Status"] == "successful"


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_tls(migration, engine, mode, request, data_plane):
    """It should verify the server with the certificate of the endpoint, when it tests and when it loads."""
    server = request.getfixturevalue(engine)
    pem = data_plane.authority.ca_bundle.read_text()
    made = migration.dms.import_certificate(CertificateIdentifier="authority", CertificatePem=pem)[
        "Certificate"
    ]
    source = migration.source(server, SslMode=mode, CertificateArn=made["CertificateArn"])
    server.do("CREATE TABLE item (id INT)", "INSERT INTO item VALUES (1)")
    task = migration.task(source, include(schema="%"))
    migration.run(task)
    assert migration.states(task) == {"item": ("Table completed", 1)}


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_strange_server_is_refused(migration, engine, request, tmp_path):
    """It should fail where the server's certificate is signed by another authority."""
    server = request.getfixturevalue(engine)
    pem = CertificateAuthority(tmp_path).ca_bundle.read_text()
    made = migration.dms.import_certificate(CertificateIdentifier="strange", CertificatePem=pem)[
        "Certificate"
    ]
    source = migration.source(server, SslMode="verify-ca", CertificateArn=made["CertificateArn"])
    assert "certificate" in migration.test(migration.instance(), source)["LastFailureMessage"].lower()


def test_certificates_tell_their_dates(migration, mysql, data_plane):
    """It should describe a certificate with its validity, keep it while it is used, and refuse what is none."""
    dms, pem = migration.dms, data_plane.authority.ca_bundle.read_text()
    arn = dms.import_certificate(CertificateIdentifier="CA", CertificatePem=pem)["Certificate"][
        "CertificateArn"
    ]
    [found] = dms.describe_certificates()["Certificates"]
    assert found["CertificateIdentifier"] == "ca"
    assert found["ValidFromDate"] < found["ValidToDate"]
    wrong = {"CertificateIdentifier": "other", "CertificatePem": "no certificate"}
    refused("InvalidCertificateFault", dms.import_certificate, **wrong)
    refused(
        "ResourceAlreadyExistsFault", dms.import_certificate, CertificateIdentifier="ca", CertificatePem=pem
    )
    source = migration.source(mysql, SslMode="verify-ca", CertificateArn=arn)
    refused("InvalidResourceStateFault", dms.delete_certificate, CertificateArn=arn)
    dms.delete_endpoint(EndpointArn=source)
    dms.delete_certificate(CertificateArn=arn)
    assert dms.describe_certificates()["Certificates"] == []


def test_tls_needs_a_certificate(migration, mysql):
    """It should refuse to verify servers without a certificate, or with one that is not there."""
    refused("InvalidParameterCombinationException", migration.source, mysql, SslMode="verify-full")
    missing = f"arn:aws:dms:{REGION}:{SOURCE}:cert:MISSING"
    refused("ResourceNotFoundFault", migration.source, mysql, SslMode="verify-ca", CertificateArn=missing)


def test_endpoints_change_all_or_nothing(migration, mysql):
    """It should leave an endpoint as it is where one of its changes is refused."""
    source = migration.source(mysql)
    change = {"ServerName": "elsewhere", "SslMode": "verify-full"}
    refused(
        "InvalidParameterCombinationException", migration.dms.modify_endpoint, EndpointArn=source, **change
    )
    [found] = migration.dms.describe_endpoints()["Endpoints"]
    assert (found["ServerName"], found["SslMode"]) == (mysql.host, "none")


def test_what_is_in_use_stays(migration, mysql):
    """It should delete endpoints and instances only when no task has them, and forget their tests with them."""
    task = migration.show(migration.task(migration.source(mysql)))
    source, instance = task["SourceEndpointArn"], task["ReplicationInstanceArn"]
    delete_endpoint, delete_instance = (
        migration.dms.delete_endpoint,
        migration.dms.delete_replication_instance,
    )
    refused("InvalidResourceStateFault", delete_endpoint, EndpointArn=source)
    refused("InvalidResourceStateFault", delete_instance, ReplicationInstanceArn=instance)
    migration.dms.delete_replication_task(ReplicationTaskArn=task["ReplicationTaskArn"])
    wait_for(lambda: migration.dms.describe_replication_tasks()["ReplicationTasks"], lambda tasks: not tasks)
    delete_endpoint(EndpointArn=source)
    assert len(migration.dms.describe_connections()["Connections"]) == 1
    delete_instance(ReplicationInstanceArn=instance)
    assert migration.dms.describe_connections()["Connections"] == []


def test_unknown_resources(migration, mysql):
    """It should say what it does not find."""
    arn = f"arn:aws:dms:{REGION}:{SOURCE}:endpoint:MISSING"
    refused("ResourceNotFoundFault", migration.dms.modify_endpoint, EndpointArn=arn)
    refused("ResourceNotFoundFault", migration.dms.delete_endpoint, EndpointArn=arn)
    test = migration.dms.test_connection
    refused("ResourceNotFoundFault", test, ReplicationInstanceArn=migration.instance(), EndpointArn=arn)
    start = {"ReplicationTaskArn": arn, "StartReplicationTaskType": "start-replication"}
    refused("ResourceNotFoundFault", migration.dms.start_replication_task, **start)


def test_engines_that_are_not_read_say_so(migration, mysql):
    """It should refuse other engines as not implemented."""
    refused("NotImplemented", migration.source, mysql, EngineName="oracle")


def test_aurora_is_read_through_its_endpoint(engines_sandbox, migration):
    """It should load from an Aurora cluster under the address that RDS gives, with its certificate verified."""
    rds = migration.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="shop",
        Engine="aurora-mysql",
        MasterUsername=USER,
        MasterUserPassword=PASSWORD,
        DatabaseName="shop",
    )
    wait_for(lambda: rds.describe_db_clusters()["DBClusters"][0]["Status"], "available".__eq__)
    wanted = {"DBInstanceClass": "db.r6g.large", "Engine": "aurora-mysql", "DBClusterIdentifier": "shop"}
    rds.create_db_instance(DBInstanceIdentifier="shop-1", **wanted)
    wait_for(lambda: rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"], "available".__eq__)
    cluster = rds.describe_db_clusters()["DBClusters"][0]
    server = Server("mysql", "", cluster["ReaderEndpoint"], cluster["Port"])
    server.do("CREATE TABLE item (id INT)", "INSERT INTO item VALUES (1)")
    pem = runtime.authority.ca_bundle.read_text()
    made = migration.dms.import_certificate(CertificateIdentifier="rds", CertificatePem=pem)["Certificate"]
    source = migration.source(
        server, EngineName="aurora", SslMode="verify-full", CertificateArn=made["CertificateArn"]
    )
    task = migration.task(source)
    migration.run(task)
    assert migration.states(task) == {"item": ("Table completed", 1)}
