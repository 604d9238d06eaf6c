"""The world of the discovery in a sandbox of its own: run its DAG, look at what it has left."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extras

from sandbox.client import Sandbox
from sandbox.seed.exposures import Exposure
from sandbox.seed.worlds import customers
from sandbox.seed.worlds.place import allow, policy
from tests.support import athena
from tests.support.aws_connections import SOURCE
from tests.support.dag_runner import DagRunner
from tests.support.databases import change_database
from tests.support.recovery import REPOSITORY, load_dag

DAG = "sensitive_data_discovery"
FEW_TABLES = [
    {"schema": "sakila", "table": "store"},
    {"schema": "sakila", "table": "staff", "exclude_columns": ["picture"]},
    {"schema": "sakila", "table": "staff_list", "kind": "view"},
]
"""Tables of a search for tests of how runs go, not of what they find: two with personal data, one without."""


@dataclass
class Discovery:
    """A database with planted personal data, and a ledger."""

    sandbox: Sandbox
    ledger_dsn: str
    ca_bundle: str
    folder: Path
    runs: list[DagRunner] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE["account_id"], SOURCE["region_name"])

    def runner(self, **options: Any) -> DagRunner:
        """A run that is not begun yet; each has an identity of its own."""
        number = len(self.runs) + 1
        folder = self.folder / str(number)
        folder.mkdir()
        # Stamps count minutes, by which the register tells which of two runs is the later one.
        run_after = datetime(2026, 2, 1, 0, number, tzinfo=UTC)
        run = DagRunner(
            load_dag(DAG), folder, run_id=f"manual__{number}", **{"run_after": run_after} | options
        )
        self.runs.append(run)
        return run

    def run(self, **options: Any) -> DagRunner:
        """Run the DAG to its end; a failed task raises `TaskFailed`."""
        run = self.runner(**options)
        run.run()
        return run

    def extract(self) -> list[str]:
        """Keys of what is in the extract."""
        return self.keys(customers.EXTRACT)

    def keys(self, bucket: str) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        return [one["Key"] for one in found]

    def texts(self, bucket: str) -> str:
        """All that is written in a bucket."""
        s3 = self.client("s3")
        return "".join(
            s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in self.keys(bucket)
        )

    def hear_alerts(self) -> Callable[[], list[str]]:
        """Subscribe to the alerts; what is returned takes those that have come since, as subject and text."""
        sns, sqs = self.client("sns"), self.client("sqs")
        place = f"{SOURCE['region_name']}:{SOURCE['account_id']}"
        queue, topic = f"arn:aws:sqs:{place}:alerts", f"arn:aws:sns:{place}:{customers.TOPIC}"
        let = allow("sqs:SendMessage", queue, {"Service": "sns.amazonaws.com"})
        url = sqs.create_queue(QueueName="alerts", Attributes={"Policy": policy(let)})["QueueUrl"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

        def take() -> list[str]:
            found: list[str] = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for one in messages:
                    body = json.loads(one["Body"])
                    found.append(f"{body['Subject']}\n{body['Message']}")
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            return found

        return take

    def edit(self, *statements: str) -> list[tuple[Any, ...]]:
        """Change the database, as its owners do; the rows of the last statement."""
        return change_database(self.client, "customers", customers.LOGIN, self.ca_bundle, *statements)

    def ask(self, name: str) -> list[dict[str, str | None]]:
        """Run a query for auditors as they do; rows by the names of their columns."""
        query = (REPOSITORY / "include" / "sql" / "athena" / f"{name}.sql").read_text()
        where = athena.place(customers.CATALOGUE, customers.GROUP)
        names, *lines = athena.ask(self.client("athena"), query, **where)
        return [dict(zip(names, one, strict=True)) for one in lines]

    def registered(self) -> set[Exposure]:
        """What the ledger's register holds now."""
        rows = self.ledger("SELECT * FROM switchyard.sensitive_column WHERE gone_at IS NULL")
        return {_exposure(row) for row in rows}

    def published(self) -> set[Exposure]:
        """What the lake's register says of the last run."""
        return {_exposure(row) for row in self.ask("register_now")}

    def ledger(self, statement: str) -> list[Mapping[str, Any]]:
        rows = psycopg2.extras.RealDictCursor
        with (
            closing(psycopg2.connect(self.ledger_dsn)) as connection,
            connection.cursor(cursor_factory=rows) as it,
        ):
            it.execute(statement)
            return [dict(row) for row in it.fetchall()]


def _exposure(row: Mapping[str, Any]) -> Exposure:
    return Exposure(*(row[name] or "" for name in ("schema_name", "table_name", "column_name", "detector")))
