"""The steps of a discovery one by one, over three small tables in the world "customers"."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg2
import psycopg2.extras
import pymysql
import yaml
from airflow.sdk.exceptions import TaskDeferred

from sandbox.objects import Objects
from sandbox.seed.worlds import customers
from sandbox.seed.worlds.searched import ROLE, WRITER, Searched
from sandbox.testing import LocalSandbox
from switchyard.configuration.sensitive_data_discovery import SensitiveDataDiscovery
from switchyard.discovery.names import job_prefix
from switchyard.operators.discovery.classify import ClassifyExtractOperator
from switchyard.operators.discovery.collect import CollectEvidenceOperator
from switchyard.operators.discovery.counts import CountSourceRowsOperator
from switchyard.operators.discovery.identifiers import PrepareIdentifiersOperator
from switchyard.operators.discovery.load import LoadExtractOperator
from switchyard.operators.discovery.preflight import CheckDiscoveryPreconditionsOperator
from switchyard.operators.discovery.publish import PublishRegisterOperator
from switchyard.operators.discovery.purge import PurgeExtractOperator
from switchyard.operators.discovery.reconcile import ReconcileLoadOperator
from switchyard.operators.discovery.register import RegisterExposuresOperator
from switchyard.pipelines.sensitive_data_discovery import exceptions, place, purge, section, source, tables
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import new_context
from tests.support.databases import change_database
from tests.support.recovery import REPOSITORY

CUSTOMERS = REPOSITORY / "include" / "pipelines" / "sensitive_data_discovery" / "customers.yaml"
TABLES = ("contact", "nobody", "language")
"""E-mail addresses, no row at all, and rows in which nothing is to be found."""

MADE = (
    "CREATE TABLE contact (id INT PRIMARY KEY, email VARCHAR(50), remark VARCHAR(2000))",
    "INSERT INTO contact VALUES (1, 'ann@example.org', 'a'), (2, 'bob@example.org', 'b'), (3, 'cy@example.org', 'c')",
    "CREATE TABLE nobody (id INT PRIMARY KEY, email VARCHAR(50))",
    "CREATE TABLE language (id INT PRIMARY KEY, name VARCHAR(20))",
    "INSERT INTO language VALUES (1, 'English'), (2, 'Italian'), (3, 'Japanese')",
)


def load_few(connection: Mapping[str, Any]) -> None:
    """Fill the database with the small tables."""
    with closing(pymysql.connect(**connection)) as database, database.cursor() as cursor:
        for statement in MADE:
            cursor.execute(statement)
        database.commit()


FEW = Searched(customers.PLAN, customers.DATABASE, load_few)
"""The world "customers" with the small tables in the place of Sakila."""

Waiting = Callable[[Any], None]


class Killed(BaseException):
    """Ends a step from outside, as a person does who marks it failed."""


def kill(_trigger: Any) -> None:
    raise Killed


def table(name: str, **more: Any) -> dict[str, Any]:
    """A table of the configuration."""
    return {"schema": "sakila", "table": name, **more}


@dataclass
class Steps:
    """The world, with a ledger of its own; each run has a stamp of its own."""

    sandbox: LocalSandbox
    ledger_dsn: str
    ca_bundle: str
    runs: int = 0

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE["account_id"], SOURCE["region_name"])

    def run(self, **changes: Any) -> Run:
        """A new run; sections of the configuration are changed by their names."""
        self.runs += 1
        hours, minutes = divmod(self.runs, 60)
        return Run(self, f"260201{hours:02d}{minutes:02d}-aaaaaa", configuration(**changes))

    @contextmanager
    def slow(self, **durations: float) -> Iterator[None]:
        """Let transitions take time; names are given with _ for . and -."""
        known = {name.replace(".", "_").replace("-", "_"): name for name in self.sandbox.durations()}
        self.sandbox.durations({known[name]: seconds for name, seconds in durations.items()})
        try:
            yield
        finally:
            self.sandbox.durations(profile="instant")

    @contextmanager
    def faults(self, operation: str, kind: str, **details: Any) -> Iterator[None]:
        self.sandbox.fault(operation, kind, **details)
        try:
            yield
        finally:
            self.sandbox.clear_faults()

    @contextmanager
    def unexported(self) -> Iterator[None]:
        """Let Macie keep no discovery results."""
        macie = self.client("macie2")
        before = macie.get_classification_export_configuration()["configuration"]
        macie.put_classification_export_configuration(configuration={})
        try:
            yield
        finally:
            macie.put_classification_export_configuration(configuration=before)

    def force(self, kind: str, identifier: str, status: str) -> None:
        place = {"account": SOURCE["account_id"], "region": SOURCE["region_name"]}
        self.sandbox.force_status(kind, identifier, status, **place)

    def keys(self, bucket: str = customers.EXTRACT, prefix: str = "") -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def put(self, name: str, body: bytes = b"left") -> None:
        """Write into the extract as DMS does."""
        writer = Objects(SOURCE["account_id"], SOURCE["region_name"], ROLE + WRITER)
        key = self.client("kms").describe_key(KeyId="alias/switchyard-discovery-extract")["KeyMetadata"][
            "Arn"
        ]
        writer.write(customers.EXTRACT, customers.FOLDER + name, body, sse="aws:kms", kms_key=key)

    def task(self) -> dict[str, Any]:
        chosen = [{"Name": "replication-task-id", "Values": [customers.TASK]}]
        return self.client("dms").describe_replication_tasks(Filters=chosen)["ReplicationTasks"][0]

    def edit(self, *statements: str) -> None:
        """Change the database, as its owners do."""
        change_database(self.client, "customers", customers.LOGIN, self.ca_bundle, *statements)

    def ledger(self, statement: str) -> list[Mapping[str, Any]]:
        rows = psycopg2.extras.RealDictCursor
        with (
            closing(psycopg2.connect(self.ledger_dsn)) as connection,
            connection.cursor(cursor_factory=rows) as it,
        ):
            it.execute(statement)
            found = [dict(row) for row in it.fetchall()] if it.description else []
            connection.commit()
            return found


@dataclass
class Run:
    """One run; what a step hands on is kept for the steps after it."""

    world: Steps
    stamp: str
    config: SensitiveDataDiscovery
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    """The lineage of each step that ended well."""

    @property
    def job(self) -> dict[str, Any]:
        """The run's newest job."""
        prefix = job_prefix(self.config.pipeline, self.stamp)
        jobs = self.world.client("macie2").list_classification_jobs()["items"]
        own = [one for one in jobs if one["name"].startswith(prefix)]
        return max(own, key=lambda one: one["createdAt"])

    def upto(self, last: str) -> Run:
        """Take the steps from the counts on, up to this one."""
        for name in ("prepare", "count", "load", "reconcile", "classify", "collect", "publish", "register"):
            if name not in self.results:
                self.step(name)
            if name == last:
                break
        return self

    def step(
        self,
        name: str,
        *,
        at_wait: Waiting | None = None,
        context: dict[str, Any] | None = None,
        dry_run: bool = False,
        **changed: Any,
    ) -> dict[str, Any]:
        """Take a step through all its waits; `at_wait` is told each trigger before it fires."""
        operator, context = self.operator(name, **changed), context or self.context(dry_run=dry_run)
        call = lambda: operator.execute(context)  # noqa: E731
        while True:
            try:
                self.results[name] = call()
                self.told[name] = operator.told
                return self.results[name]
            except TaskDeferred as deferred:
                if at_wait is not None:
                    at_wait(deferred.trigger)
                event = asyncio.run(_first(deferred.trigger))
                call = lambda event=event: operator.resume(context, event)  # noqa: E731

    def context(self, **params: Any) -> dict[str, Any]:
        made = new_context(**params)
        made["dag_run"].run_id = f"manual__{self.stamp}"
        return made

    def operator(self, name: str, **changed: Any) -> Any:
        kind, arguments = getattr(self, f"_{name}")()
        common = {
            "task_id": name,
            "pipeline": self.config.pipeline,
            "stamp": self.stamp,
            "timeout": timedelta(seconds=30),
            "poll_interval": 0.05,
            **place(self.config),
        }
        return kind(**common | arguments | changed)

    def _sections(self, *names: str) -> dict[str, Any]:
        return {name: section(self.config, name) for name in names}

    @property
    def _cost(self) -> dict[str, Any]:
        return {"usd_per_gb": self.config.cost.usd_per_gb, "max_usd": self.config.cost.max_usd}

    def _check(self) -> tuple[type, dict[str, Any]]:
        task = {"replication_task_id": self.config.load.replication_task_id}
        return CheckDiscoveryPreconditionsOperator, self._sections("extract", "macie", "athena") | task

    def _prepare(self) -> tuple[type, dict[str, Any]]:
        return PrepareIdentifiersOperator, {
            "identifiers": section(self.config, "macie")["custom_identifiers"]
        }

    def _empty(self) -> tuple[type, dict[str, Any]]:
        return PurgeExtractOperator, purge(self.config)

    def _purge(self) -> tuple[type, dict[str, Any]]:
        return PurgeExtractOperator, purge(self.config) | {"ends_run": True}

    def _count(self) -> tuple[type, dict[str, Any]]:
        return CountSourceRowsOperator, {"source": source(self.config), **tables(self.config), **self._cost}

    def _load(self) -> tuple[type, dict[str, Any]]:
        return LoadExtractOperator, self._sections("load", "extract") | tables(self.config)

    def _reconcile(self) -> tuple[type, dict[str, Any]]:
        arguments = {"source": source(self.config), **self._cost}
        return ReconcileLoadOperator, self._sections("load", "extract") | arguments

    def _classify(self) -> tuple[type, dict[str, Any]]:
        return ClassifyExtractOperator, self._sections("extract", "macie") | {
            "prepared": self.results["prepare"]
        }

    def _collect(self) -> tuple[type, dict[str, Any]]:
        arguments = {
            "job_id": self.results["classify"]["job_id"],
            "source": f"{self.config.source.engine}:{self.config.source.cluster_id}",
            "settle_seconds": 0.05,
        }
        return CollectEvidenceOperator, self._sections("macie") | arguments

    def _publish(self) -> tuple[type, dict[str, Any]]:
        return PublishRegisterOperator, self._sections("athena")

    def _register(self) -> tuple[type, dict[str, Any]]:
        arguments = {"exceptions": exceptions(self.config), "topic_arn": self.config.alert.topic_arn}
        return RegisterExposuresOperator, self._sections("athena") | arguments


def configuration(**changes: Any) -> SensitiveDataDiscovery:
    """The shipped pipeline "customers", over the small tables; sections are changed by their names."""
    content = yaml.safe_load(CUSTOMERS.read_text()) | {"name": "customers"}
    content["tables"] = [table(name) for name in TABLES]
    for name, change in changes.items():
        content[name] = content.get(name, {}) | change if isinstance(change, dict) else change
    return SensitiveDataDiscovery.model_validate_json(json.dumps(content))


async def _first(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    return None
