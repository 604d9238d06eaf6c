"""Short ways to make what DMS needs, to run its tasks, and to look at what they wrote."""

import io
import json
import time
from dataclasses import dataclass
from typing import Any

import psycopg2
import pyarrow.parquet as pq
import pymysql
import pytest
from botocore.exceptions import ClientError

from sandbox.testing import LocalSandbox

SOURCE, REGION = "111111111111", "us-west-2"
BUCKET = "extracts"
USER, PASSWORD = "keeper", "long-enough"
ROLE = f"arn:aws:iam::{SOURCE}:role/extract-writer"
SECRET_ROLE = f"arn:aws:iam::{SOURCE}:role/secret-reader"
END = {"stopped", "failed"}


def trust(*services):
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def include(table="%", schema="shop", number=1, action="include", **more):
    """Return a selection rule; `kind`, `filters` and `order` say more."""
    locator = {"schema-name": schema, "table-name": table}
    if "kind" in more:
        locator["table-type"] = more["kind"]
    rule = {
        "rule-type": "selection",
        "rule-id": str(number),
        "rule-name": f"rule {number}",
        "object-locator": locator,
        "rule-action": action,
        "filters": more.get("filters", []),
    }
    return rule | ({"load-order": more["order"]} if "order" in more else {})


def transform(action, number=50, target="column", value=None, **locator):
    """Return a transformation rule."""
    names = {name.replace("_", "-"): text for name, text in locator.items() if name not in EXTRA}
    extra = {name.replace("_", "-"): text for name, text in locator.items() if name in EXTRA}
    rule = {
        "rule-type": "transformation",
        "rule-id": str(number),
        "rule-name": f"rule {number}",
        "rule-action": action,
        "rule-target": target,
        "object-locator": {"schema-name": "%", "table-name": "%"} | names,
    }
    return rule | ({"value": value} if value is not None else {}) | extra


EXTRA = {"expression", "data_type", "old_value"}


@dataclass(frozen=True)
class Migration:
    """DMS of one account in one Region, and the bucket that it fills."""

    sandbox: LocalSandbox

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE, REGION)

    @property
    def dms(self) -> Any:
        return self.client("dms")

    def role(self, arn, *services):
        self.client("iam").create_role(
            RoleName=arn.rpartition("/")[2], AssumeRolePolicyDocument=trust(*services)
        )

    def instance(self, name="small"):
        made = self.dms.create_replication_instance(
            ReplicationInstanceIdentifier=name, ReplicationInstanceClass="dms.t3.small"
        )
        arn = made["ReplicationInstance"]["ReplicationInstanceArn"]
        wait_for(lambda: self.instance_status(arn), "available".__eq__)
        return arn

    def instance_status(self, arn):
        wanted = [{"Name": "replication-instance-arn", "Values": [arn]}]
        [found] = self.dms.describe_replication_instances(Filters=wanted)["ReplicationInstances"]
        return found["ReplicationInstanceStatus"]

    def target(self, name="lake", **settings):
        wanted = {"BucketName": BUCKET, "ServiceAccessRoleArn": ROLE, "DataFormat": "parquet", **settings}
        made = self.dms.create_endpoint(
            EndpointIdentifier=name, EndpointType="target", EngineName="s3", S3Settings=wanted
        )
        return made["Endpoint"]["EndpointArn"]

    def source(self, server, name="db", **settings):
        wanted = {
            "EngineName": server.engine,
            "ServerName": server.host,
            "Port": server.port,
            "Username": USER,
            "Password": PASSWORD,
            "DatabaseName": "shop",
            **settings,
        }
        given = {key: value for key, value in wanted.items() if value is not None}
        made = self.dms.create_endpoint(EndpointIdentifier=name, EndpointType="source", **given)
        return made["Endpoint"]["EndpointArn"]

    def test(self, instance, endpoint):
        """Test a connection, wait for the result and return it."""
        self.dms.test_connection(ReplicationInstanceArn=instance, EndpointArn=endpoint)
        return wait_for(lambda: self.connection(endpoint), lambda found: found["Status"] != "testing")

    def connection(self, endpoint):
        wanted = [{"Name": "endpoint-arn", "Values": [endpoint]}]
        [found] = self.dms.describe_connections(Filters=wanted)["Connections"]
        return found

    def task(self, source, *rules, target=None, name="load", settings=None, instance=None, test=True):
        """Make a task that could be started, and return its ARN."""
        instance = instance or self.instance()
        target = target or self.target()
        if test:
            assert self.test(instance, source)["Status"] == "successful", self.connection(source)
            assert self.test(instance, target)["Status"] == "successful", self.connection(target)
        made = self.dms.create_replication_task(
            ReplicationTaskIdentifier=name,
            SourceEndpointArn=source,
            TargetEndpointArn=target,
            ReplicationInstanceArn=instance,
            MigrationType="full-load",
            TableMappings=json.dumps({"rules": list(rules) or [include()]}),
            **({"ReplicationTaskSettings": json.dumps(settings)} if settings else {}),
        )
        arn = made["ReplicationTask"]["ReplicationTaskArn"]
        self.until(arn, {"ready"})
        return arn

    def start(self, task, kind="start-replication"):
        return self.dms.start_replication_task(ReplicationTaskArn=task, StartReplicationTaskType=kind)[
            "ReplicationTask"
        ]

    def run(self, task, kind="start-replication"):
        """Start a task and wait for its end."""
        self.start(task, kind)
        return self.until(task, END)

    def until(self, task, states):
        return wait_for(lambda: self.show(task), lambda found: found["Status"] in states)

    def show(self, task):
        wanted = [{"Name": "replication-task-arn", "Values": [task]}]
        [found] = self.dms.describe_replication_tasks(Filters=wanted)["ReplicationTasks"]
        return found

    def tables(self, task, **wanted):
        """Return the statistics by table."""
        found = self.dms.describe_table_statistics(ReplicationTaskArn=task, **wanted)["TableStatistics"]
        return {table["TableName"]: table for table in found}

    def states(self, task):
        return {
            name: (table["TableState"], table["FullLoadRows"]) for name, table in self.tables(task).items()
        }

    def listed(self):
        listed = self.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in listed]

    def object(self, key):
        return self.client("s3").get_object(Bucket=BUCKET, Key=key)

    def file(self, key):
        return pq.ParquetFile(io.BytesIO(self.object(key)["Body"].read()))

    def rows(self, key):
        return self.file(key).read().to_pylist()


@dataclass(frozen=True)
class Server:
    """A real database server."""

    engine: str
    key: str
    host: str
    port: int

    def connect(self):
        where = {"host": self.host, "port": self.port, "user": USER, "password": PASSWORD}
        if self.engine == "mysql":
            return pymysql.connect(**where, database="shop", autocommit=True, charset="utf8mb4")
        connection = psycopg2.connect(**where, dbname="shop")
        connection.autocommit = True
        return connection

    def do(self, *statements):
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()


def wait_for(look, wanted, patience=120.0):
    """Look again and again until what is seen is wanted, and return it."""
    deadline = time.monotonic() + patience
    while not wanted(seen := look()):
        assert time.monotonic() < deadline, f"{seen} for {patience} s"
        time.sleep(0.01)
    return seen


def refused(code, call, *arguments, **named):
    """Call what must be refused with an error code, and return the message."""
    with pytest.raises(ClientError, match=rf"\({code}\)") as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Message"]


def fill(server, *tables, rows=3):
    """Make tables of the same shape with some rows each."""
    for table in tables:
        names = ", ".join(f"({number}, 'name {number}')" for number in range(rows))
        server.do(
            f"CREATE TABLE {table} (id INT PRIMARY KEY, name VARCHAR(20))",
            f"INSERT INTO {table} VALUES {names}",
        )
