"""The world of the recovery pipeline in a sandbox of its own: run its DAGs, and look at all that they left."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import psycopg2.extras

from demo.clients import Target
from sandbox.client import Sandbox
from sandbox.seed.worlds.orders import RECOVERED
from sandbox.seed.worlds.recovery import Recovered
from tests.support.dag_runner import DagRunner, Outcome

REPOSITORY = Path(__file__).parents[2]
SOURCE, RECOVERY, TARGET = ("source", "us-west-2"), ("source", "us-west-1"), ("target", "us-west-1")
BUCKET = "switchyard-manifests-111111111111"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?")
_RESOURCE_ID = re.compile(r"\b(?:cluster|db)-[A-Z0-9]{26}\b")
_KEY_ID = re.compile(r"key/[0-9a-f-]{36}")
_CHECKSUMS = {
    "mysql": "SELECT SUM(CRC32(CONCAT_WS('|', payment_id, rental_id, amount))) FROM payment",
    "postgres": "SELECT MD5(STRING_AGG(CONCAT_WS('|', payment_id, rental_id, amount), ',' ORDER BY payment_id))"
    " FROM payment",
}
_HASH = re.compile(r"\b[0-9a-f]{64}\b")


class PostgresTarget(Target):
    """The same of a PostgreSQL database."""

    def connect(self) -> Any:
        """Open a connection over TLS whose certificate's authority is verified."""
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.username,
            password=self.password,
            dbname=self.database,
            sslmode="verify-ca",
            sslrootcert=str(self.ca_bundle),
            connect_timeout=5,
        )


@dataclass
class RecoveryWorld:
    """Source and target with the database that is recovered, and a ledger; the world "orders" unless told otherwise."""

    sandbox: Sandbox
    ledger_dsn: str
    ca_bundle: str
    folder: Path
    recovered: Recovered = RECOVERED

    @property
    def source(self) -> tuple[str, str]:
        return self.recovered.source

    @property
    def recovery(self) -> tuple[str, str]:
        """Where the manifests are, and the copy of another account."""
        return (self.source[0], self.target[1])

    @property
    def target(self) -> tuple[str, str]:
        return self.recovered.target

    @property
    def name(self) -> str:
        """Of the database in both accounts."""
        return self.recovered.plan.name

    def client(self, service: str, place: tuple[str, str]) -> Any:
        return self.sandbox.client(service, *place)

    def run(self, half: str, *, number: int = 1, **options: Any) -> DagRunner:
        """Run a half to its end and return the finished run; a failed task raises `TaskFailed`."""
        runner = self.runner(half, number=number, **options)
        runner.run()
        return runner

    def runner(self, half: str, *, number: int = 1, **options: Any) -> DagRunner:
        folder = self.folder / f"{half}-{number}"
        folder.mkdir(exist_ok=True)
        # The past hour, so that recovery points of a test are in order and none is stale.
        run_after = datetime.now(UTC).replace(second=0, microsecond=0)
        return DagRunner(
            load_dag(half), folder, run_id=f"manual__{number}", **{"run_after": run_after} | options
        )

    def announcements(self) -> dict[str, list[SimpleNamespace]]:
        """The messages in the target's queue, as asset events carry them into a run; they leave the queue."""
        sqs = self.client("sqs", self.target)
        url = sqs.get_queue_url(QueueName=self.recovered.points)["QueueUrl"]
        events = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                events.append(SimpleNamespace(extra={"payload": {"body": message["Body"]}}))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return {"announcements": events}

    def cluster(self, place: tuple[str, str], name: str = "orders") -> dict[str, Any]:
        return self.client("rds", place).describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]

    def database(self, place: tuple[str, str], name: str | None = None) -> Target:
        """A client of the database that bears a name now."""
        host, port = self._address(place, name or self.name)
        secret = self.client("secretsmanager", place).get_secret_value(SecretId=self.recovered.secret)
        login = json.loads(secret["SecretString"])
        kind = Target if self.recovered.plan.speaks == "mysql" else PostgresTarget
        return kind(host, port, login["username"], login["password"], login["dbname"], Path(self.ca_bundle))

    def live_id(self) -> str:
        """The resource id of what bears the live name."""
        rds = self.client("rds", self.target)
        if self.recovered.plan.is_cluster:
            return rds.describe_db_clusters(DBClusterIdentifier=self.name)["DBClusters"][0][
                "DbClusterResourceId"
            ]
        return rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]["DbiResourceId"]

    def _address(self, place: tuple[str, str], name: str) -> tuple[str, int]:
        if self.recovered.plan.is_cluster:
            cluster = self.cluster(place, name)
            return cluster["Endpoint"], cluster["Port"]
        found = self.client("rds", place).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return found[0]["Endpoint"]["Address"], found[0]["Endpoint"]["Port"]

    def ledger(self, statement: str) -> list[dict[str, Any]]:
        rows = psycopg2.extras.RealDictCursor
        with (
            closing(psycopg2.connect(self.ledger_dsn)) as connection,
            connection.cursor(cursor_factory=rows) as it,
        ):
            it.execute(statement)
            return [dict(row) for row in it.fetchall()]

    def end_state(self) -> dict[str, Any]:
        """All that runs leave behind, free of what must differ between two worlds: random ids, times, addresses."""
        state = {
            "clusters": {place: self._clusters(place) for place in (self.source, self.target)},
            "instances": {place: self._instances(place) for place in (self.source, self.target)},
            "snapshots": {
                place: self._snapshots(place) for place in (self.source, self.recovery, self.target)
            },
            "documents": self._documents(),
            "data": {place: self._data(place) for place in (self.source, self.target)},
            "ledger": self._ledger(),
        }
        return json.loads(_scrub(json.dumps(_plain(state), sort_keys=True, default=str)))

    def _clusters(self, place: tuple[str, str]) -> list[Any]:
        rds = self.client("rds", place)
        instances = {
            one["DBInstanceIdentifier"]: [one["DBInstanceStatus"], one["DBInstanceClass"], _tags(one)]
            for one in rds.describe_db_instances()["DBInstances"]
        }
        return [
            {
                "name": one["DBClusterIdentifier"],
                "status": one["Status"],
                "version": one["EngineVersion"],
                "parameter_group": one["DBClusterParameterGroup"],
                "protected": one["DeletionProtection"],
                "tags": _tags(one),
                "instances": {
                    member["DBInstanceIdentifier"]: instances[member["DBInstanceIdentifier"]]
                    for member in one["DBClusterMembers"]
                },
            }
            for one in rds.describe_db_clusters()["DBClusters"]
        ]

    def _instances(self, place: tuple[str, str]) -> list[Any]:
        """Plain ones."""
        return [
            {
                "name": one["DBInstanceIdentifier"],
                "status": one["DBInstanceStatus"],
                "version": one["EngineVersion"],
                "class": one["DBInstanceClass"],
                "groups": [group["DBParameterGroupName"] for group in one["DBParameterGroups"]],
                "protected": one["DeletionProtection"],
                "tags": _tags(one),
            }
            for one in self.client("rds", place).describe_db_instances()["DBInstances"]
            if not one.get("DBClusterIdentifier")
        ]

    def _snapshots(self, place: tuple[str, str]) -> list[Any]:
        return [*self._cluster_snapshots(place), *self._instance_snapshots(place)]

    def _instance_snapshots(self, place: tuple[str, str]) -> list[Any]:
        rds = self.client("rds", place)
        return [
            [
                one["DBSnapshotIdentifier"],
                one["Status"],
                _tags(one),
                rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=one["DBSnapshotIdentifier"])[
                    "DBSnapshotAttributesResult"
                ]["DBSnapshotAttributes"],
            ]
            for one in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        ]

    def _cluster_snapshots(self, place: tuple[str, str]) -> list[Any]:
        rds = self.client("rds", place)
        found = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
        return [
            [
                one["DBClusterSnapshotIdentifier"],
                one["Status"],
                _tags(one),
                rds.describe_db_cluster_snapshot_attributes(
                    DBClusterSnapshotIdentifier=one["DBClusterSnapshotIdentifier"]
                )["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"],
            ]
            for one in found
        ]

    def _documents(self) -> dict[str, str]:
        s3 = self.client("s3", self.recovery)
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        texts = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}
        # A report tells how long steps took; all else in it is of the ledger, which is compared by itself.
        return {key: "" if key.startswith("evidence/") else text for key, text in texts.items()}

    def _data(self, place: tuple[str, str]) -> dict[str, Any]:
        target = self.database(place)
        tables = ("rental", "payment", "customer", "film")
        return {table: target.ask(f"SELECT COUNT(*) FROM {table}") for table in tables} | {
            "checksum": target.ask(_CHECKSUMS[self.recovered.plan.speaks])
        }

    def _ledger(self) -> dict[str, Any]:
        columns = {
            "run": "dag_id, run_id, pipeline, stamp, state",
            "step": "dag_id, run_id, task_id, map_index, state",
            "recovery_point": "snapshot_arn, pipeline, run_id, stamp, state, source_cluster, copy_arn, shared_with",
            "recovery_test": "dag_id, run_id, pipeline, mode, outcome, failed_step, reason, snapshot_arn, cluster,"
            " approved_by, torn_down_at IS NOT NULL AS torn_down",
            "recovery_approval": "dag_id, run_id, gate, decision, decided_by, comment",
            "check_result": "dag_id, run_id, task_id, name, kind, passed, expected, found",
        }
        return {
            table: sorted(self.ledger(f"SELECT {names} FROM switchyard.{table}"), key=str)
            for table, names in columns.items()
        }


def load_dag(half: str) -> Any:
    """The DAG of the configured pipeline "orders"."""
    path = REPOSITORY / "dags" / f"{half}.py"
    spec = importlib.util.spec_from_file_location(f"dag_file_{half}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dag


def _tags(resource: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get("TagList", [])}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _scrub(text: str) -> str:
    for pattern, name in ((_MOMENT, "MOMENT"), (_KEY_ID, "KEY"), (_HASH, "HASH")):
        text = pattern.sub(name, text)
    seen: dict[str, str] = {}
    return _RESOURCE_ID.sub(lambda match: seen.setdefault(match[0], f"RESOURCE-{len(seen)}"), text)


__all__ = ["Outcome", "RecoveryWorld", "load_dag"]
