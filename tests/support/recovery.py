"""The world of the recovery pipeline in a sandbox of its own: run its DAGs, and look at all that they left."""

from __future__ import annotations

import importlib.util
import json
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
from sandbox.seed.worlds.recovery import BUCKET, Recovered
from tests.support.dag_runner import DagRunner, Outcome
from tests.support.recovery_state import end_state

REPOSITORY = Path(__file__).parents[2]
SOURCE, RECOVERY, TARGET = ("source", "us-west-2"), ("source", "us-west-1"), ("target", "us-west-1")


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
        return end_state(self)


def load_dag(half: str) -> Any:
    """The DAG of the configured pipeline "orders"."""
    path = REPOSITORY / "dags" / f"{half}.py"
    spec = importlib.util.spec_from_file_location(f"dag_file_{half}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dag


def load_dags(half: str) -> dict[str, Any]:
    """The DAGs of all pipelines that are configured, by id."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(REPOSITORY / "dags" / f"{half}.py", bundle_name="tests", collect_dags=True)
    assert bag.import_errors == {}
    return dict(bag.dags)


__all__ = ["BUCKET", "Outcome", "RecoveryWorld", "load_dag", "load_dags"]
