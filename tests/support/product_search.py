"""The world of the synonym refresh in a sandbox of its own: run its DAGs, edit its rows, search as its users do."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extras
import pymysql

from sandbox.client import Sandbox
from switchyard.aws.dry_run import is_read
from switchyard.search.client import SearchClient
from switchyard.search.connections import search_client
from tests.support.aws_connections import SOURCE
from tests.support.dag_runner import DagRunner
from tests.support.recovery import load_dag

BUCKET = "switchyard-search-111111111111"
DOMAIN = INDEX = "products"
TITLES = ("tennis shoe", "hightop", "croissant", "ice cream", "frozen pizza")
FROZEN_CUSTARD = ("frozen custard", "gelato", "ice cream")
NOT_THE_PIPELINES = {"AssumeRole", "GetCallerIdentity"}


@dataclass
class ProductSearch:
    """A shop with a table of synonyms, a search domain, and a ledger."""

    sandbox: Sandbox
    ledger_dsn: str
    ca_bundle: str
    folder: Path
    runs: dict[str, DagRunner] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE["account_id"], SOURCE["region_name"])

    def runner(self, dag: str, **options: Any) -> DagRunner:
        """A run that is not begun yet; each has an identity of its own."""
        number = len(self.runs) + 1
        folder = self.folder / f"{dag}-{number}"
        folder.mkdir()
        run_after = datetime.now(UTC).replace(second=0, microsecond=0)
        self.runs[f"manual__{number}"] = run = DagRunner(
            load_dag(dag), folder, run_id=f"manual__{number}", **{"run_after": run_after} | options
        )
        return run

    def run(self, dag: str, **options: Any) -> DagRunner:
        """Run a DAG to its end; a failed task raises `TaskFailed`."""
        run = self.runner(dag, **options)
        run.run()
        return run

    def bootstrap(self, **options: Any) -> None:
        """Make package and index, and fill the index."""
        self.run("synonym_bootstrap", **options)
        self.fill()

    def fill(self) -> None:
        """Fill the index."""
        for title in TITLES:
            path = f"/{INDEX}/_doc/{title.replace(' ', '-')}?refresh=true"
            self.search.write("PUT", path, {"title": title})

    @property
    def search(self) -> SearchClient:
        return search_client(self.client("opensearch"), domain_name=DOMAIN, **SOURCE)

    def titles(self, query: str) -> set[str]:
        """Titles of what a query finds."""
        answer = self.search.read(f"/{INDEX}/_search", {"query": {"match": {"title": query}}})
        return {hit["_source"]["title"] for hit in answer["hits"]["hits"]}

    def edit(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Change the table of synonyms, as the people who edit it do; gives the rows of a statement that has some."""
        rds, secrets = self.client("rds"), self.client("secretsmanager")
        (cluster,) = rds.describe_db_clusters(DBClusterIdentifier="catalog")["DBClusters"]
        login = json.loads(secrets.get_secret_value(SecretId="switchyard/catalog/login")["SecretString"])
        with (
            closing(
                pymysql.connect(
                    host=cluster["Endpoint"],
                    port=cluster["Port"],
                    user=login["username"],
                    password=login["password"],
                    database=login["dbname"],
                    ssl_ca=self.ca_bundle,
                    autocommit=True,
                )
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def insert(self, *terms: str | None) -> None:
        self.edit("INSERT INTO SynonymsTable (Base_Term, Synonym_1, Synonym_2) VALUES (%s, %s, %s)", *terms)

    def calls(self) -> list[dict[str, Any]]:
        """The calls of AWS that the pipeline has made since the sandbox began to count."""
        return [one for one in self.sandbox.calls() if one["operation"] not in NOT_THE_PIPELINES]

    def writes_after(self, moment: int) -> list[str]:
        """The changing calls after the first so many."""
        return [one["operation"] for one in self.calls()[moment:] if not is_read(one["operation"])]

    def objects(self) -> set[str]:
        """Keys of what is in the bucket."""
        found = self.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {one["Key"] for one in found}

    def version(self) -> str:
        """The package's version on the domain."""
        found = self.client("opensearch").list_packages_for_domain(DomainName=DOMAIN)
        (package,) = found["DomainPackageDetailsList"]
        return str(package["PackageVersion"])

    def ledger(self, statement: str) -> list[dict[str, Any]]:
        rows = psycopg2.extras.RealDictCursor
        with (
            closing(psycopg2.connect(self.ledger_dsn)) as connection,
            connection.cursor(cursor_factory=rows) as it,
        ):
            it.execute(statement)
            return [dict(row) for row in it.fetchall()]
