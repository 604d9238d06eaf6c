"""The shop of the worlds "retail" and "retail-postgres": its databases, the warehouse that loads them, the lake.

After `KEEP=1 make demo`:

    .venv/bin/python -m scripts.in_demo python -m demo.retail warehouse "SELECT count(*) FROM retail.customer"
    .venv/bin/python -m scripts.in_demo python -m demo.retail lake "SELECT count(*) FROM web_sales"
    .venv/bin/python -m scripts.in_demo python -m demo.retail mysql "DELETE FROM customer WHERE c_customer_sk = 1"
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg2
import pymysql
from botocore.exceptions import ClientError

from demo.processes import DemoError
from demo.sandbox_process import SandboxProcess
from sandbox import settings
from sandbox.errors import SandboxError
from sandbox.seed.worlds import federation, retail, retail_postgres, warehouse
from sandbox.seed.worlds.federated_source import Source

ACCOUNT = "source"
SOURCES: Mapping[str, Source] = {"mysql": retail.SOURCE, "postgres": retail_postgres.SOURCE}
TARGETS: Mapping[str, Mapping[str, str]] = {
    "mysql": {"WorkgroupName": warehouse.WORKGROUP},
    "postgres": {"ClusterIdentifier": warehouse.WAREHOUSE},
}
"""Which warehouse a database is loaded into."""

SECONDS = 60
RUNNING = ("SUBMITTED", "PICKED", "STARTED", "QUEUED", "RUNNING")
Row = tuple[Any, ...]


class Shop:
    """One of the databases, as its owners use it."""

    def __init__(self, process: SandboxProcess, engine: str) -> None:
        self.source = SOURCES[engine]
        client = process.client()
        secrets = client.client("secretsmanager", ACCOUNT, federation.REGION)
        login = json.loads(secrets.get_secret_value(SecretId=self.source.owner)["SecretString"])
        rds = client.client("rds", ACCOUNT, federation.REGION)
        [found] = rds.describe_db_clusters(DBClusterIdentifier=self.source.plan.name)["DBClusters"]
        self._where: dict[str, Any] = {
            "host": found["Endpoint"],
            "port": found["Port"],
            "user": login["username"],
            "password": login["password"],
            "database": login["dbname"],
        }
        self._ca_bundle = process.ca_bundle

    def connect(self) -> Any:
        """Open a connection, which does not commit by itself."""
        if self.source.engine == "mysql":
            return pymysql.connect(**self._where, ssl={"ca": self._ca_bundle})
        return psycopg2.connect(**self._where, sslmode="verify-full", sslrootcert=self._ca_bundle)

    def run(self, statement: str) -> list[Row]:
        """Run a statement and commit it; its rows, if it has some."""
        return self.change(statement)[0]

    def change(self, statement: str) -> tuple[list[Row], int]:
        """Run a statement and commit it; its rows, and how many it gave or changed."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
            connection.commit()
            return rows, int(cursor.rowcount)


class Warehouse:
    """The warehouse that one of the databases is loaded into, as its users ask it."""

    def __init__(self, process: SandboxProcess, engine: str) -> None:
        self._data: Any = process.client().client("redshift-data", ACCOUNT, federation.REGION)
        self._target = TARGETS[engine]

    def run(self, statement: str) -> list[Row]:
        """Run a statement; its rows, with all numbers but integers and all moments as text.

        Raises:
            DemoError: it failed; the message is Redshift's.
        """
        sent = self._data.execute_statement(Sql=statement, Database=warehouse.ANALYTICS, **self._target)["Id"]
        deadline = time.monotonic() + SECONDS
        while (status := self._data.describe_statement(Id=sent))["Status"] in RUNNING:
            if time.monotonic() > deadline:
                raise DemoError(f"the warehouse does not answer within {SECONDS} s: {statement}")
            time.sleep(0.05)
        if status["Status"] != "FINISHED":
            raise DemoError(f"the warehouse refuses {statement}: {status.get('Error', status['Status'])}")
        if not status["HasResultSet"]:
            return []
        pages = self._data.get_paginator("get_statement_result").paginate(Id=sent)
        return [tuple(map(_value, row)) for page in pages for row in page["Records"]]


class Lake:
    """What is published, as anybody reads it with Athena."""

    def __init__(self, process: SandboxProcess) -> None:
        self._athena: Any = process.client().client("athena", ACCOUNT, federation.REGION)

    def run(self, statement: str) -> list[Row]:
        """Run a statement; its rows as text.

        Raises:
            DemoError: it failed; the message is Athena's.
        """
        query = self._athena.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": federation.CATALOGUE},
            WorkGroup=federation.GROUP,
        )["QueryExecutionId"]
        deadline = time.monotonic() + SECONDS
        while (status := self._status(query))["State"] in RUNNING:
            if time.monotonic() > deadline:
                raise DemoError(f"Athena does not answer within {SECONDS} s: {statement}")
            time.sleep(0.05)
        if status["State"] != "SUCCEEDED":
            raise DemoError(f"Athena refuses {statement}: {status.get('StateChangeReason')}")
        pages = self._athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        _, *rows = [
            tuple(cell.get("VarCharValue") for cell in row["Data"])
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return rows

    def _status(self, query: str) -> dict[str, Any]:
        return dict(self._athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])


def _value(field: Mapping[str, Any]) -> Any:
    [(kind, value)] = field.items()
    return None if kind == "isNull" else value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one statement in the sandbox that the environment names; problems are one message and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.retail",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("place", choices=("mysql", "postgres", "warehouse", "cluster", "lake"))
    parser.add_argument("statement")
    options = parser.parse_args(arguments)
    try:
        print(_told(_place(options.place), options.statement))
    except (DemoError, SandboxError, ClientError, pymysql.err.Error, psycopg2.Error) as error:
        print(f"retail: {error}", file=sys.stderr)
        return 1
    return 0


def _told(place: Shop | Warehouse | Lake, statement: str) -> str:
    """The rows of a statement, or how many it changed where the place says so."""
    rows, changed = place.change(statement) if isinstance(place, Shop) else (place.run(statement), 0)
    told = "\n".join("\t".join(map(str, row)) for row in rows)
    return told or (f"{changed} rows changed" if changed > 0 else "no rows")


def _place(name: str) -> Shop | Warehouse | Lake:
    process = SandboxProcess(settings.home())
    if not process.present:
        raise DemoError(f"no sandbox is up in {process.home}: start it with KEEP=1 make demo")
    if name == "lake":
        return Lake(process)
    if name in SOURCES:
        return Shop(process, name)
    return Warehouse(process, {"warehouse": "mysql", "cluster": "postgres"}[name])


if __name__ == "__main__":
    sys.exit(main())
