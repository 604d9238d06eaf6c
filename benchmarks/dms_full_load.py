"""The sandbox's DMS: rows per second of a full load from a real MariaDB into Parquet in S3.

One table of a million people in twelve columns: names, addresses, numbers, dates and a text, as a customer
database has them; loaded by a task through the API, as it comes and compressed. The rate counts from the
first row's reading to the object in the bucket, and the whole task with its starting.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

ACCOUNT, REGION = "111111111111", "us-west-2"
BUCKET, USER, PASSWORD = "extract", "keeper", "long-enough"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/extract-writer"
ROWS = 1_000_000
BAR = 300_000
"""Rows per second, of files as they come."""

MEMORY_BAR = 1024
"""MiB of the whole sandbox, in which S3 holds its objects in memory."""

TABLE = """
CREATE TABLE person (
  person_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  first_name VARCHAR(45) NOT NULL,
  last_name VARCHAR(45) NOT NULL,
  email VARCHAR(100),
  phone VARCHAR(30),
  street VARCHAR(80),
  born DATE,
  balance DECIMAL(12,2),
  active TINYINT(1) NOT NULL,
  notes TEXT,
  created DATETIME(6),
  changed TIMESTAMP NOT NULL
)
"""
FILLING = """
INSERT INTO person
SELECT seq, CONCAT('First', seq % 997), CONCAT('Lastname', seq % 7919),
  CONCAT('first', seq % 997, '.last', seq, '@example.org'),
  IF(seq % 11 = 0, NULL, CONCAT('+1 555 ', LPAD(seq % 10000000, 7, '0'))),
  CONCAT(seq % 300, ' Some Street Number ', seq % 4001), '1940-01-01' + INTERVAL seq % 25000 DAY,
  (seq % 1000000) / 100, seq % 2, CONCAT('note ', MD5(seq)), '2020-01-01' + INTERVAL seq SECOND,
  '2021-01-01' + INTERVAL seq SECOND
FROM seq_1_to_{rows}
"""
KINDS = {
    "as it comes": {},
    "gzip": {"CompressionType": "gzip"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each kind of file, print one table, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        return report(Path(home), options.rows)


def report(home: Path, rows: int) -> int:
    """Start a sandbox in a folder, fill a database, load it and print what was measured."""
    from sandbox.client import Sandbox
    from sandbox.data_plane import DataPlane
    from sandbox.server import Server

    plane = DataPlane(home)
    server = Server(profile="instant")
    server.use(plane)
    server.start()
    try:
        port = fill(plane, rows)
        migration = Migration(Sandbox(server.url), port)
        print(f"{'file':14}{'rows/s':>10}{'seconds':>10}{'MiB':>8}{'whole task':>13}")
        rates = [measure(migration, name, rows) for name in KINDS]
    finally:
        server.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    met = rates[0] >= BAR and memory <= MEMORY_BAR
    print(f"\nmemory {memory:.0f} MiB, bars: {BAR:,} rows/s, {MEMORY_BAR} MiB: {'met' if met else 'missed'}")
    return not met


def fill(plane: Any, rows: int) -> int:
    """Make a MariaDB with the table, and return its port."""
    import pymysql

    plane.engines.create("people", "mysql", username=USER, password=PASSWORD, database="shop")
    host, port = plane.engines.start("people", certificate_names=["127.0.0.1"])
    where = {"host": host, "port": port, "user": USER, "password": PASSWORD, "database": "shop"}
    with pymysql.connect(**where, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(FILLING.format(rows=int(rows)))
    return int(port)


class Migration:
    """What DMS needs for a load, made through the API."""

    def __init__(self, sandbox: Any, port: int) -> None:
        self._sandbox = sandbox
        self.dms = self._client("dms")
        for name in ("dms-vpc-role", ROLE.rpartition("/")[2]):
            self._client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust())
        self._client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.instance = self.dms.create_replication_instance(
            ReplicationInstanceIdentifier="bench", ReplicationInstanceClass="dms.t3.large"
        )["ReplicationInstance"]["ReplicationInstanceArn"]
        self.source = self.dms.create_endpoint(
            EndpointIdentifier="people",
            EndpointType="source",
            EngineName="mysql",
            ServerName="127.0.0.1",
            Port=port,
            Username=USER,
            Password=PASSWORD,
        )["Endpoint"]["EndpointArn"]

    def load(self, name: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Load the table with these settings of the target; its statistics and the seconds of the whole task."""
        target = self.dms.create_endpoint(
            EndpointIdentifier=name,
            EndpointType="target",
            EngineName="s3",
            S3Settings={
                "BucketName": BUCKET,
                "BucketFolder": name,
                "ServiceAccessRoleArn": ROLE,
                "DataFormat": "parquet",
                **settings,
            },
        )["Endpoint"]["EndpointArn"]
        for endpoint in (self.source, target):
            self.dms.test_connection(ReplicationInstanceArn=self.instance, EndpointArn=endpoint)
            self.dms.get_waiter("test_connection_succeeds").wait(
                Filters=[{"Name": "endpoint-arn", "Values": [endpoint]}],
                WaiterConfig={"Delay": 1},
            )
        task = self.dms.create_replication_task(
            ReplicationTaskIdentifier=name,
            SourceEndpointArn=self.source,
            TargetEndpointArn=target,
            ReplicationInstanceArn=self.instance,
            MigrationType="full-load",
            TableMappings=json.dumps({"rules": [SELECTION]}),
        )["ReplicationTask"]["ReplicationTaskArn"]
        began = time.perf_counter()
        self.dms.start_replication_task(ReplicationTaskArn=task, StartReplicationTaskType="start-replication")
        while (found := self._show(task))["Status"] not in {"stopped", "failed"}:
            time.sleep(0.2)
        seconds = time.perf_counter() - began
        if found["Status"] != "stopped":
            raise SystemExit(found["LastFailureMessage"])
        [table] = self.dms.describe_table_statistics(ReplicationTaskArn=task)["TableStatistics"]
        return {"seconds": seconds, **table}

    def content(self, name: str) -> bytes:
        """Return the object that a load wrote."""
        key = f"{name}/shop/person/LOAD00000001.parquet"
        content: bytes = self._client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def _show(self, task: str) -> dict[str, Any]:
        wanted = [{"Name": "replication-task-arn", "Values": [task]}]
        [found] = self.dms.describe_replication_tasks(Filters=wanted)["ReplicationTasks"]
        return dict(found)

    def _client(self, service: str) -> Any:
        return self._sandbox.client(service, ACCOUNT, REGION)


SELECTION = {
    "rule-type": "selection",
    "rule-id": "1",
    "rule-name": "people",
    "object-locator": {"schema-name": "shop", "table-name": "person"},
    "rule-action": "include",
}


def trust() -> str:
    """Return the policy of a role that DMS may take."""
    principal = {"Service": "dms.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def measure(migration: Migration, name: str, rows: int) -> float:
    """Load once, check that every row arrived, print a line and return rows per second."""
    import pyarrow.parquet as pq

    loaded = migration.load(name.replace(" ", "-"), KINDS[name])
    content = migration.content(name.replace(" ", "-"))
    assert pq.read_metadata(io.BytesIO(content)).num_rows == loaded["FullLoadRows"] == rows
    seconds = (loaded["FullLoadEndTime"] - loaded["FullLoadStartTime"]).total_seconds()
    rate = float(rows / seconds)
    print(
        f"{name:14}{rate:10,.0f}{seconds:10.2f}{len(content) / 2**20:8.0f}{loaded['seconds']:11.2f} s",
        flush=True,
    )
    return rate


if __name__ == "__main__":
    sys.exit(main())
