"""World "customers": a Sakila database with planted personal data, and all that a search for it needs.

One account in one Region runs the cluster `customers`, a DMS task that loads it into a bucket of its own, Macie with
an export of its results, and Athena with a workgroup and a database for the register.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import pymysql

from sandbox import programs, settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError
from sandbox.seed import sakila
from sandbox.seed.worlds.cluster import Cluster, Plan
from sandbox.seed.worlds.place import Place, allow, found, policy

REGION = "us-west-2"
ACCOUNT = settings.ACCOUNTS["source"]
PLAN = Plan("customers", "aurora-mysql")
DATABASE = "sakila"
LOGIN, DMS_LOGIN = "switchyard/customers/login", "switchyard/customers/dms"
EXTRACT, FINDINGS, REGISTER, RESULTS, QUERIES = (
    f"switchyard-{name}-{ACCOUNT}-{REGION}"
    for name in ("extract", "findings", "register", "results", "queries")
)
FOLDER = "customers/"
TASK = INSTANCE = "switchyard-customers"
GROUP = TOPIC = "switchyard-discovery"
CATALOGUE = "switchyard_discovery"
WRITER, READER = "switchyard-discovery-extract-writer", "switchyard-customers-secret-reader"
ORCHESTRATOR = "switchyard-discovery"
MACIE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    status = sandbox.status()
    if status["ports"] and (problem := programs.missing("mysql")):
        raise SandboxError(problem)
    place = Place(sandbox, "source", REGION, made)
    _database(place, status["ca_bundle"])
    extract_key, evidence_key = _keys(place)
    _buckets(place, extract_key, evidence_key)
    _roles(place, extract_key)
    _task(place, extract_key)
    _macie(place, evidence_key)
    _athena(place, evidence_key)
    place.topic(TOPIC, allow("sns:Publish", place.arn("sns", TOPIC), {"AWS": settings.ROLES[ACCOUNT]}))


def _database(place: Place, ca_bundle: str | None) -> None:
    """Make the cluster with its login and its rows; where no servers stand behind the sandbox, without rows."""
    fresh = {"username": "switchyard", "password": secrets.token_urlsafe(24), "dbname": DATABASE}
    login = place.secret(LOGIN, fresh, "Login to the customers database")
    cluster = Cluster(place, PLAN, place.key("alias/switchyard-customers", "Data of the customers"), login)
    cluster.create()
    if ca_bundle:
        connection = {
            "host": cluster.endpoint,
            "port": cluster.port,
            "user": login["username"],
            "password": login["password"],
            "database": DATABASE,
            "ssl": {"ca": ca_bundle},
        }
        with pymysql.connect(**connection) as database, database.cursor() as cursor:
            is_empty = int(cursor.execute("SHOW TABLES")) == 0
        if is_empty:
            sakila.load(connection, "mysql")
            place.note(f"data of {DATABASE}")
    where = {"host": cluster.endpoint, "port": cluster.port}
    place.secret(DMS_LOGIN, {**login, **where}, "Login of DMS to the customers database")


def _keys(place: Place) -> tuple[str, str]:
    use = ["kms:Decrypt", "kms:DescribeKey"]
    extract = place.key(
        "alias/switchyard-discovery-extract",
        "Rows while they are searched; only Macie and DMS use it",
        [allow(use, "*", {"AWS": MACIE})],
    )
    service = {"Service": "macie.amazonaws.com"}
    evidence = place.key(
        "alias/switchyard-discovery-findings",
        "Findings, results and the register",
        [allow(["kms:GenerateDataKey", "kms:Encrypt"], "*", service)],
    )
    return extract, evidence


def _buckets(place: Place, extract_key: str, evidence_key: str) -> None:
    """Make private buckets under their keys, which TLS alone reaches."""
    service = {"Service": "macie.amazonaws.com"}
    results = [
        allow("s3:GetBucketLocation", f"arn:aws:s3:::{RESULTS}", service),
        allow("s3:PutObject", f"arn:aws:s3:::{RESULTS}/*", service),
    ]
    _bucket(place, EXTRACT, extract_key)
    _bucket(place, RESULTS, evidence_key, *results)
    for name in (FINDINGS, REGISTER, QUERIES):
        _bucket(place, name, evidence_key)


def _bucket(place: Place, name: str, key: str, *statements: Mapping[str, Any]) -> None:
    s3 = place.client("s3")
    if found(lambda: s3.head_bucket(Bucket=name), "404") is not None:
        return
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": place.region})
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    arn = f"arn:aws:s3:::{name}"
    plain = allow("s3:*", [arn, f"{arn}/*"], {"AWS": "*"}, {"Bool": {"aws:SecureTransport": "false"}})
    s3.put_bucket_policy(Bucket=name, Policy=policy(plain | {"Effect": "Deny"}, *statements))
    place.note(f"bucket {name}")


def _roles(place: Place, extract_key: str) -> None:
    """Make the roles by which DMS works in networks, writes the extract and reads its login, and the pipeline's.

    The pipeline's has no policy yet: who tries one gives it.
    """
    iam = place.client("iam")
    dms, account = {"Service": "dms.amazonaws.com"}, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    bucket = f"arn:aws:s3:::{EXTRACT}"
    writes = [
        _may(["s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging"], f"{bucket}/*"),
        _may(["s3:ListBucket", "s3:GetBucketLocation"], bucket),
        _may(["kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"], extract_key),
    ]
    reads = [_may("secretsmanager:GetSecretValue", f"{place.arn('secretsmanager', f'secret:{DMS_LOGIN}')}-*")]
    roles: Mapping[str, tuple[dict[str, str], list[dict[str, Any]]]] = {
        "dms-vpc-role": (dms, []),
        WRITER: (dms, writes),
        READER: ({"Service": f"dms.{REGION}.amazonaws.com"}, reads),
        ORCHESTRATOR: (account, []),
    }
    for name, (trusted, rights) in roles.items():
        if found(lambda name=name: iam.get_role(RoleName=name), "NoSuchEntity") is None:  # type: ignore[misc]
            trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
            if rights:
                iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*rights))
            place.note(f"role {name}")
    if found(lambda: iam.get_role(RoleName=MACIE.rpartition("/")[2]), "NoSuchEntity") is None:
        iam.create_service_linked_role(AWSServiceName="macie.amazonaws.com")


def _may(actions: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def _task(place: Place, key: str) -> None:
    """Make the DMS task, whose mappings each run brings up to date."""
    dms = place.client("dms")
    if _task_status(dms) is not None:
        return
    instance = dms.create_replication_instance(
        ReplicationInstanceIdentifier=INSTANCE, ReplicationInstanceClass="dms.t3.medium"
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    place.wait(f"replication instance {INSTANCE}", lambda: _instance_status(dms, instance))
    role = f"arn:aws:iam::{ACCOUNT}:role/"
    login = place.client("secretsmanager").describe_secret(SecretId=DMS_LOGIN)["ARN"]
    reads = {"SecretsManagerSecretId": login, "SecretsManagerAccessRoleArn": role + READER}
    source = dms.create_endpoint(
        EndpointIdentifier=f"{TASK}-source",
        EndpointType="source",
        EngineName="mysql",
        SslMode="none",
        MySQLSettings=reads,
    )["Endpoint"]["EndpointArn"]
    target = dms.create_endpoint(
        EndpointIdentifier=f"{TASK}-extract",
        EndpointType="target",
        EngineName="s3",
        S3Settings={
            "BucketName": EXTRACT,
            "BucketFolder": FOLDER.rstrip("/"),
            "ServiceAccessRoleArn": role + WRITER,
            "DataFormat": "parquet",
            "CompressionType": "gzip",
            "EncryptionMode": "sse-kms",
            "ServerSideEncryptionKmsKeyId": key,
            "ParquetTimestampInMillisecond": True,
            "EnableStatistics": False,
            "ExpectedBucketOwner": ACCOUNT,
        },
    )["Endpoint"]["EndpointArn"]
    everything = {
        "rule-type": "selection",
        "rule-id": "1",
        "rule-name": "1",
        "object-locator": {"schema-name": DATABASE, "table-name": "%"},
        "rule-action": "include",
    }
    _prove(place, dms, instance, source, target)
    dms.create_replication_task(
        ReplicationTaskIdentifier=TASK,
        SourceEndpointArn=source,
        TargetEndpointArn=target,
        ReplicationInstanceArn=instance,
        MigrationType="full-load",
        TableMappings=json.dumps({"rules": [everything]}),
    )
    states = {"ready": "available", None: "creating"}
    place.wait(f"replication task {TASK}", lambda: states.get(status := _task_status(dms), str(status)))
    place.note(f"replication task {TASK}")


def _prove(place: Place, dms: Any, instance: str, *endpoints: str) -> None:
    """Test the connections, without which no task can be made."""
    states = {"successful": "available"}
    for endpoint in endpoints:
        dms.test_connection(ReplicationInstanceArn=instance, EndpointArn=endpoint)

        def look(endpoint: str = endpoint) -> str:
            chosen = [{"Name": "endpoint-arn", "Values": [endpoint]}]
            [one] = dms.describe_connections(Filters=chosen)["Connections"]
            return states.get(one["Status"], str(one["Status"]))

        place.wait(f"connection to {endpoint}", look)


def _task_status(dms: Any) -> str | None:
    chosen = [{"Name": "replication-task-id", "Values": [TASK]}]
    tasks = found(
        lambda: dms.describe_replication_tasks(Filters=chosen)["ReplicationTasks"], "ResourceNotFoundFault"
    )
    return str(tasks[0]["Status"]) if tasks else None


def _instance_status(dms: Any, arn: str) -> str:
    chosen = [{"Name": "replication-instance-arn", "Values": [arn]}]
    [one] = dms.describe_replication_instances(Filters=chosen)["ReplicationInstances"]
    return str(one["ReplicationInstanceStatus"])


def _macie(place: Place, key: str) -> None:
    """Switch Macie on, and let it export its results."""
    macie = place.client("macie2")
    if found(macie.get_macie_session, "AccessDeniedException", "ResourceNotFoundException") is None:
        macie.enable_macie(status="ENABLED")
        place.note("Macie")
    if not macie.get_classification_export_configuration().get("configuration", {}).get("s3Destination"):
        destination = {"bucketName": RESULTS, "kmsKeyArn": key}
        macie.put_classification_export_configuration(configuration={"s3Destination": destination})
        place.note("export of Macie's results")


def _athena(place: Place, key: str) -> None:
    athena, glue = place.client("athena"), place.client("glue")
    groups = {one["Name"] for one in athena.list_work_groups()["WorkGroups"]}
    if GROUP not in groups:
        encrypted = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
        results = {"OutputLocation": f"s3://{QUERIES}/results/", "EncryptionConfiguration": encrypted}
        athena.create_work_group(
            Name=GROUP,
            Configuration={"EnforceWorkGroupConfiguration": True, "ResultConfiguration": results},
        )
        place.note(f"workgroup {GROUP}")
    if found(lambda: glue.get_database(Name=CATALOGUE), "EntityNotFoundException") is None:
        glue.create_database(DatabaseInput={"Name": CATALOGUE})
        place.note(f"database {CATALOGUE}")
