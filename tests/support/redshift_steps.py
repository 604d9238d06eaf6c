"""Steps in a warehouse: a workgroup and a cluster, and a task's tries with the state store that they share."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from sandbox.testing import LocalSandbox
from switchyard.operators.redshift.run_statement import RedshiftStatementOperator
from tests.support.airflow_json import written
from tests.support.aws_connections import SOURCE

DATABASE = "analytics"
WORKGROUP = {"workgroup": "shop", "database": DATABASE}
CLUSTER = {"cluster_id": "shop-warehouse", "database": DATABASE, "db_user": "loader"}
INSERT = "INSERT INTO sales.orders (id) VALUES (1)"


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Store(dict):
    """A task's state store, which holds nothing but JSON.

    It ends the process at its n-th write, before or after it, or instead of keeping what holds a text, when told to.
    """

    lives = -1
    dies_after = False
    never_keeps = ""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default)

    def set(self, key: str, value: Any) -> None:
        text = written(value)
        if self.never_keeps and self.never_keeps in text:
            raise Killed
        self._write(lambda: self.__setitem__(key, json.loads(text)))

    def delete(self, key: str) -> None:
        if key in self:  # else nothing changes, and to die there is to die at the write before
            self._write(lambda: self.pop(key, None))

    def clear(self) -> None:
        self._write(super().clear)

    def _write(self, change: Callable[[], Any]) -> None:
        self.lives -= 1
        if self.lives == 0 and not self.dies_after:
            raise Killed
        change()
        if self.lives == 0:
            raise Killed


@dataclass
class Shop:
    """The warehouses with a table of orders each, which has no rows."""

    sandbox: LocalSandbox
    warehouse: Mapping[str, str] = field(default_factory=lambda: WORKGROUP)

    @property
    def data_api(self) -> Any:
        return self.sandbox.client("redshift-data", SOURCE["account_id"], SOURCE["region_name"])

    def build(self) -> Shop:
        serverless = self.sandbox.client("redshift-serverless", SOURCE["account_id"], SOURCE["region_name"])
        serverless.create_namespace(namespaceName="shop", dbName=DATABASE)
        serverless.create_workgroup(workgroupName="shop", namespaceName="shop", baseCapacity=8)
        return self

    def build_cluster(self) -> Shop:
        redshift = self.sandbox.client("redshift", SOURCE["account_id"], SOURCE["region_name"])
        redshift.create_cluster(
            ClusterIdentifier=CLUSTER["cluster_id"],
            NodeType="ra3.large",
            MasterUsername="keeper",
            MasterUserPassword="Long-enough-1",
            DBName=DATABASE,
        )
        self.warehouse = CLUSTER
        return self

    def make_orders(self) -> Shop:
        self.run("CREATE SCHEMA sales")
        self.run("CREATE TABLE sales.orders (id int NOT NULL, name varchar(10))")
        return self

    def run(self, sql: str) -> list[list[Any]]:
        """Run a statement past the operators, and return its rows."""
        place = {"WorkgroupName": "shop", "Database": DATABASE}
        if "cluster_id" in self.warehouse:
            place = {"ClusterIdentifier": CLUSTER["cluster_id"], "DbUser": "loader", "Database": DATABASE}
        identifier = self.data_api.execute_statement(Sql=sql, **place)["Id"]
        found = self.ended(identifier)
        assert found["Status"] == "FINISHED", found.get("Error")
        if not found["HasResultSet"]:
            return []
        records = self.data_api.get_statement_result(Id=identifier)["Records"]
        return [[next(iter(value.values())) for value in record] for record in records]

    def ended(self, identifier: str) -> dict[str, Any]:
        """A statement's description, once it has ended."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = self.data_api.describe_statement(Id=identifier, WaitTimeSeconds=1)
            if found["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return found
        raise AssertionError(f"{identifier} has not ended")

    @property
    def orders(self) -> int:
        """How many orders there are."""
        return int(self.run("SELECT count(*) FROM sales.orders")[0][0])

    def sent(self) -> list[dict[str, Any]]:
        """The tasks' own statements, the oldest first."""
        listed = self.data_api.list_statements(Status="ALL")["Statements"]
        return [one for one in reversed(listed) if one.get("StatementName")]

    def task(
        self,
        sql: str | Sequence[str] | None = INSERT,
        *,
        kind: Any = RedshiftStatementOperator,
        run_id: str = "manual__1",
        **arguments: Any,
    ) -> Task:
        """A task of a run, with a statement where its kind has one."""
        given = {"warehouse": self.warehouse, **arguments} | ({} if sql is None else {"sql": sql})
        return Task(self, kind, given, run_id=run_id)


@dataclass
class Task:
    """A task with the store that its tries share."""

    shop: Shop
    kind: Any
    arguments: Mapping[str, Any]
    run_id: str = "manual__1"
    store: Store = field(default_factory=Store)
    max_tries: int = 1
    try_number: int = 1
    params: Mapping[str, Any] = field(default_factory=dict)
    operator: Any = None

    def context(self) -> dict[str, Any]:
        return {
            "task_state_store": self.store,
            "ti": SimpleNamespace(max_tries=self.max_tries, try_number=self.try_number, map_index=-1),
            "dag_run": SimpleNamespace(dag_id="load__shop", run_id=self.run_id),
            "params": dict(self.params),
        }

    def begin(self) -> Any:
        """A try up to its first wait: its result, or what it raised."""
        common = {"task_id": "work", "timeout": timedelta(seconds=30), "poll_interval": 0.05, **SOURCE}
        self.operator = self.kind(**common | dict(self.arguments))
        return self.operator.execute(self.context())

    def run(self, at_wait: Callable[[Any], None] = lambda _: None) -> dict[str, Any]:
        """A try through all its waits."""
        call = self.begin
        while True:
            try:
                return call()
            except TaskDeferred as deferred:
                at_wait(deferred.trigger)
                event = asyncio.run(_first(deferred.trigger))
                call = lambda event=event: self.operator.resume(self.context(), event)  # noqa: E731

    def clear(self) -> None:
        """What Airflow does when somebody clears the task."""
        self.max_tries = self.try_number + 1
        self.try_number += 1

    def retry(self) -> None:
        """What Airflow does when a try has failed and others are left."""
        self.try_number += 1


async def _first(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    return None
