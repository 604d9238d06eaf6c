"""A database that is searched for sensitive data: its cluster, and the DMS task that loads it into an extract."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import settings
from sandbox.seed.worlds.cluster import Cluster
from sandbox.seed.worlds.place import Place, found
from sandbox.seed.worlds.server import EngineName, Plan, connection, is_empty

ACCOUNT = settings.ACCOUNTS["source"]
EXTRACT = f"switchyard-extract-{ACCOUNT}-us-west-2"
INSTANCE = "switchyard-discovery"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
WRITER, READER = "switchyard-discovery-extract-writer", "switchyard-discovery-secret-reader"


@dataclass(frozen=True)
class Searched:
    """A database that is searched.

    Attributes:
        plan: its cluster.
        database: the name of the database.
        load: fills it; takes what the driver's `connect` does.
    """

    plan: Plan
    database: str
    load: Callable[[Mapping[str, Any]], None]

    @property
    def engine(self) -> EngineName:
        """What it speaks."""
        return self.plan.speaks

    @property
    def login(self) -> str:
        """The secret of those who count its rows."""
        return f"switchyard/{self.plan.name}/login"

    @property
    def dms_login(self) -> str:
        """The secret of DMS."""
        return f"switchyard/{self.plan.name}/dms"

    @property
    def task(self) -> str:
        """The DMS task that loads it."""
        return f"switchyard-{self.plan.name}"

    @property
    def folder(self) -> str:
        """Its folder in the bucket of extracts, with its slash."""
        return f"{self.plan.name}/"


def make_database(place: Place, searched: Searched, ca_bundle: str | None) -> None:
    """Make the cluster with its login and its rows; where no servers stand behind the sandbox, without rows."""
    name = searched.plan.name
    fresh = {
        "username": "switchyard",
        "password": secrets.token_urlsafe(24),
        "dbname": searched.database,
    }
    login = place.secret(searched.login, fresh, f"Login to the database of {name}")
    cluster = Cluster(place, searched.plan, place.key(f"alias/switchyard-{name}", f"Data of {name}"), login)
    cluster.create()
    if ca_bundle:
        reached = connection(cluster, ca_bundle)
        if is_empty(reached, searched.engine):
            searched.load(reached)
            place.note(f"data of {searched.database}")
    where = {"host": cluster.endpoint, "port": cluster.port}
    place.secret(searched.dms_login, {**login, **where}, f"Login of DMS to the database of {name}")


def make_task(place: Place, searched: Searched, key: str) -> None:
    """Make the DMS task, whose mappings each run brings up to date."""
    dms = place.client("dms")
    if _task_status(dms, searched.task) is not None:
        return
    instance = _instance(place, dms)
    endpoints = _source(place, dms, searched), _target(dms, searched, key)
    _prove(place, dms, instance, *endpoints)
    everything = {
        "rule-type": "selection",
        "rule-id": "1",
        "rule-name": "1",
        "object-locator": {"schema-name": "%", "table-name": "%"},
        "rule-action": "include",
    }
    dms.create_replication_task(
        ReplicationTaskIdentifier=searched.task,
        SourceEndpointArn=endpoints[0],
        TargetEndpointArn=endpoints[1],
        ReplicationInstanceArn=instance,
        MigrationType="full-load",
        TableMappings=json.dumps({"rules": [everything]}),
    )
    states = {"ready": "available", None: "creating"}
    place.wait(
        f"replication task {searched.task}",
        lambda: states.get(status := _task_status(dms, searched.task), str(status)),
    )
    place.note(f"replication task {searched.task}")


def _instance(place: Place, dms: Any) -> str:
    """Return the ARN of the replication instance, which all tasks share."""
    chosen = [{"Name": "replication-instance-id", "Values": [INSTANCE]}]
    known = found(
        lambda: dms.describe_replication_instances(Filters=chosen)["ReplicationInstances"],
        "ResourceNotFoundFault",
    )
    if known:
        return str(known[0]["ReplicationInstanceArn"])
    instance = dms.create_replication_instance(
        ReplicationInstanceIdentifier=INSTANCE, ReplicationInstanceClass="dms.t3.medium"
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    place.wait(f"replication instance {INSTANCE}", lambda: _instance_status(dms, instance))
    return str(instance)


def _source(place: Place, dms: Any, searched: Searched) -> str:
    login = place.client("secretsmanager").describe_secret(SecretId=searched.dms_login)["ARN"]
    reads = {"SecretsManagerSecretId": login, "SecretsManagerAccessRoleArn": ROLE + READER}
    settings_of: dict[EngineName, dict[str, Any]] = {
        "mysql": {"MySQLSettings": reads},
        "postgres": {"PostgreSQLSettings": reads, "DatabaseName": searched.database},
    }
    endpoint = dms.create_endpoint(
        EndpointIdentifier=f"{searched.task}-source",
        EndpointType="source",
        EngineName=searched.engine,
        SslMode="none",
        **settings_of[searched.engine],
    )
    return str(endpoint["Endpoint"]["EndpointArn"])


def _target(dms: Any, searched: Searched, key: str) -> str:
    endpoint = dms.create_endpoint(
        EndpointIdentifier=f"{searched.task}-extract",
        EndpointType="target",
        EngineName="s3",
        S3Settings={
            "BucketName": EXTRACT,
            "BucketFolder": searched.folder.rstrip("/"),
            "ServiceAccessRoleArn": ROLE + WRITER,
            "DataFormat": "parquet",
            "CompressionType": "gzip",
            "EncryptionMode": "sse-kms",
            "ServerSideEncryptionKmsKeyId": key,
            "ParquetTimestampInMillisecond": True,
            "EnableStatistics": False,
            "ExpectedBucketOwner": ACCOUNT,
        },
    )
    return str(endpoint["Endpoint"]["EndpointArn"])


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


def _task_status(dms: Any, name: str) -> str | None:
    chosen = [{"Name": "replication-task-id", "Values": [name]}]
    tasks = found(
        lambda: dms.describe_replication_tasks(Filters=chosen)["ReplicationTasks"], "ResourceNotFoundFault"
    )
    return str(tasks[0]["Status"]) if tasks else None


def _instance_status(dms: Any, arn: str) -> str:
    chosen = [{"Name": "replication-instance-arn", "Values": [arn]}]
    [one] = dms.describe_replication_instances(Filters=chosen)["ReplicationInstances"]
    return str(one["ReplicationInstanceStatus"])
