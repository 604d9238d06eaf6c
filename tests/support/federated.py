"""A world whose database a warehouse reads live: change the one, ask the other, and compare them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extras
import pymysql
import pytest
import yaml

from sandbox.client import Sandbox
from sandbox.seed.worlds import federation, retail, retail_postgres, warehouse
from sandbox.seed.worlds.federated_source import Source
from switchyard.databases.connections import CA_BUNDLE_VARIABLE
from switchyard.redshift.results import read_page
from tests.support import athena
from tests.support.aws_connections import SOURCE, connection
from tests.support.ledger import ledger_connection
from tests.support.recovery import REPOSITORY
from tests.support.warm_botocore import warm_botocore

SOURCES: Mapping[str, Source] = {"retail": retail.SOURCE, "retail-postgres": retail_postgres.SOURCE}
TARGETS: Mapping[str, Mapping[str, str]] = {
    "retail": {"WorkgroupName": warehouse.WORKGROUP},
    "retail-postgres": {"ClusterIdentifier": warehouse.WAREHOUSE},
}
"""The warehouse that the shipped pipeline over a world loads."""

PIPELINES = REPOSITORY / "include" / "pipelines" / "federated_load"

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Difference:
    """What is wrong in a target: how many keys are missing, stale, there more than once, or gone at the source."""

    missing: int = 0
    stale: int = 0
    doubled: int = 0
    ghosts: int = 0


@dataclass
class Federated:
    """One of the worlds in a sandbox, with a ledger."""

    name: str
    sandbox: Sandbox
    ledger_dsn: str
    ca_bundle: str

    @property
    def source(self) -> Source:
        """Its database."""
        return SOURCES[self.name]

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE["account_id"], SOURCE["region_name"])

    def where(self, secret: str | None = None) -> dict[str, Any]:
        """What the driver's `connect` takes to let the database's owners in, or whose login a secret is."""
        secret = secret or self.source.owner
        text = self.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        login = json.loads(text)
        found = self.client("rds").describe_db_clusters(DBClusterIdentifier=self.source.plan.name)
        [cluster] = found["DBClusters"]
        mysql = self.source.engine == "mysql"
        verified = {"ssl": {"ca": self.ca_bundle}}
        return {
            "host": cluster["Endpoint"],
            "port": cluster["Port"],
            "user": login["username"],
            "password": login["password"],
            "database": login["dbname"],
            **(verified if mysql else {"sslmode": "verify-full", "sslrootcert": self.ca_bundle}),
        }

    def connect(self, secret: str | None = None) -> Any:
        """A connection of the database's owners, or with a secret's login, which does not commit by itself."""
        return (pymysql if self.source.engine == "mysql" else psycopg2).connect(**self.where(secret))

    def edit(self, *statements: str) -> list[Row]:
        """Change the database, as its owners do; the rows of the last statement."""
        with closing(self.connect()) as database, database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            database.commit()
            return rows

    def ask(self, *statements: str, secret: str | None = None, **parameters: str) -> list[dict[str, Any]]:
        """Run statements in the warehouse in one transaction, as the pipelines' role; rows of the last one.

        With the id of a `secret`, as the user whose login it is.
        """
        data = self.client("redshift-data")
        where: dict[str, Any] = {**TARGETS[self.name], "Database": warehouse.ANALYTICS}
        if secret:
            where["SecretArn"] = self.client("secretsmanager").describe_secret(SecretId=secret)["ARN"]
        if parameters:
            where["Parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
        if len(statements) == 1:
            sent = data.execute_statement(Sql=statements[0], **where)["Id"]
            result = sent
        else:
            sent = data.batch_execute_statement(Sqls=list(statements), **where)["Id"]
            result = f"{sent}:{len(statements)}"
        status = {"Status": "SUBMITTED"}
        while status["Status"] in ("SUBMITTED", "PICKED", "STARTED"):
            status = data.describe_statement(Id=sent, WaitTimeSeconds=5)
        assert status["Status"] == "FINISHED", (status.get("Error"), statements)
        if not (status["SubStatements"][-1] if len(statements) > 1 else status)["HasResultSet"]:
            return []
        pages = data.get_paginator("get_statement_result").paginate(Id=result)
        return [row for page in pages for row in read_page(page)]

    def ask_lake(self, statement: str) -> list[tuple[str | None, ...]]:
        """Run a query in Athena over what is published, as anybody does; values as text."""
        where = athena.place(federation.CATALOGUE, federation.GROUP)
        return athena.ask(self.client("athena"), statement, **where)[1:]

    def ledger(self, statement: str) -> list[dict[str, Any]]:
        rows = psycopg2.extras.RealDictCursor
        with (
            closing(psycopg2.connect(self.ledger_dsn)) as database,
            database.cursor(cursor_factory=rows) as it,
        ):
            it.execute(statement)
            return [dict(row) for row in it.fetchall()]

    def compare(
        self, table: str, target: str, key: Sequence[str], columns: Sequence[str], *, where: str = "TRUE"
    ) -> Difference:
        """Compare all rows of a table with those of its target that fulfil a condition."""
        names = ", ".join(columns)
        there = [tuple(row.values()) for row in self.ask(f"SELECT {names} FROM {target} WHERE {where}")]
        positions = [list(columns).index(name) for name in key]
        return difference(self.edit(f"SELECT {names} FROM {table}"), there, positions)


def difference(source: Sequence[Row], target: Sequence[Row], key: Sequence[int]) -> Difference:
    """What is wrong in a target; `key` are the positions of the key's columns."""
    right = {tuple(row[one] for one in key): row for row in source}
    counted = Counter(tuple(row[one] for one in key) for row in target)
    found = {tuple(row[one] for one in key): row for row in target}
    return Difference(
        missing=len(right.keys() - found.keys()),
        stale=sum(found[one] != right[one] for one in right.keys() & found.keys()),
        doubled=sum(count > 1 for count in counted.values()),
        ghosts=len(found.keys() - right.keys()),
    )


@contextmanager
def federated_world(
    name: str, sandbox: Any, data_plane: Any, postgres: Any, ledger_template: str, ledger: str
) -> Iterator[Federated]:
    """A world in the sandbox of this process, for the tests of a file, which keep out of each other's tables."""
    warm_botocore()
    postgres.create_database(ledger, template=ledger_template)
    ca_bundle = str(data_plane.authority.ca_bundle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "AIRFLOW_CONN_AWS_SOURCE",
            connection(sandbox.endpoint_url, SOURCE["account_id"], verify=ca_bundle),
        )
        patch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", ledger_connection(postgres.dsn(ledger)))
        patch.setenv(CA_BUNDLE_VARIABLE, ca_bundle)
        sandbox.server.reset()
        data_plane.attach()
        try:
            sandbox.seed(name)
            yield Federated(name, sandbox, postgres.dsn(ledger), ca_bundle)
        finally:
            sandbox.server.reset()
            data_plane.detach()


def configure(
    folder: Path, world: str, name: str, tables: Sequence[Mapping[str, Any]], **sections: Any
) -> None:
    """Write a pipeline over a world's database into a folder of pipelines: the shipped one with other tables."""
    content = yaml.safe_load((PIPELINES / f"{world.replace('-', '_')}.yaml").read_text())
    content |= {"tables": list(tables), "settle_seconds": 0, "waits": {"poll_interval_seconds": 1}}
    content["source"]["grants"] = []
    for section, change in sections.items():
        content[section] = content.get(section, {}) | change if isinstance(change, dict) else change
    content.pop("schedule", None)
    file = folder / "federated_load" / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, sort_keys=False))
