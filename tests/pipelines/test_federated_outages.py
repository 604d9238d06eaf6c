"""Sources that go down while a warehouse reads them: half of what a run wants is there, and must not be used."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from sandbox.data_plane import DataPlane
from tests.support.dag_runner import TaskFailed
from tests.support.dms import wait_for
from tests.support.federated import Difference, Federated
from tests.support.federated_runs import Loads, clear_with_what_follows, shipped_tables, with_columns
from tests.support.in_process import InProcessRunner

FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Table:
    """A table: its columns, of which the first is its key and the third a text, and ways of its database.

    `still` is a condition that stands still, `readers` shows the sessions that are there, `drop` ends one, and `said`
    is how Redshift tells of it.
    """

    name: str
    columns: tuple[str, ...]
    still: str
    readers: str
    drop: str
    said: str

    @property
    def key(self) -> str:
        """The column of its key."""
        return self.columns[0]

    @property
    def text(self) -> str:
        """A column of texts."""
        return self.columns[2]


TABLES = {
    "retail": Table(
        "customer_address",
        ("ca_address_sk", "ca_street_name", "ca_city", "ca_county", "ca_gmt_offset", "updated_at"),
        "SLEEP(100) = 1",
        "SELECT id FROM information_schema.processlist WHERE user = 'warehouse' AND state = 'User sleep'",
        "KILL CONNECTION {}",
        "Lost connection to MySQL server during query",
    ),
    "retail-postgres": Table(
        "item",
        ("i_item_sk", "i_item_id", "i_item_desc", "i_current_price", "updated_at"),
        "pg_sleep(100) IS NULL",
        "SELECT pid FROM pg_stat_activity WHERE usename = 'warehouse' AND wait_event = 'PgSleep'",
        "SELECT pg_terminate_backend({})",
        "server closed the connection unexpectedly",
    ),
}


@dataclass
class Outage:
    """What befalls a source in the middle of the first reading of a table."""

    world: Federated
    table: Table
    strike: Callable[[int], None]
    """Takes the number of the reader's session."""
    pool: ThreadPoolExecutor
    struck: Future[None] | None = None

    def before_try(self, task_id: str) -> None:
        """Let the source stand still in the middle of the table, and be struck there."""
        if task_id == f"{self.table.name}.stage_window" and self.struck is None:
            name = self.table.name
            [(last,)] = self.world.edit(f"SELECT MAX({self.table.key}) FROM {name}")
            half = f"SELECT * FROM {name}_whole WHERE {self.table.key} < {last / 2} OR {self.table.still}"
            self.world.edit(f"ALTER TABLE {name} RENAME TO {name}_whole", f"CREATE VIEW {name} AS {half}")
            self.struck = self.pool.submit(self._strike_a_reader)

    def end(self) -> None:
        """Let the table be whole again."""
        name = self.table.name
        self.world.edit(f"DROP VIEW {name}", f"ALTER TABLE {name}_whole RENAME TO {name}")

    def _strike_a_reader(self) -> None:
        [(reader,)] = wait_for(lambda: self.world.edit(self.table.readers), bool, patience=60)
        self.strike(reader)


Strike = Callable[[Federated, DataPlane, int], None]
"""Takes the world, its servers, and the number of the reader's session."""


def crash(world: Federated, data_plane: DataPlane, _reader: int) -> None:
    """Let the server end without a word."""
    found = world.client("rds").describe_db_clusters(DBClusterIdentifier=world.source.plan.name)
    key = found["DBClusters"][0]["DbClusterResourceId"]
    folder = data_plane.authority.ca_bundle.parent / "engines" / "servers" / key
    os.kill(int((folder / "pid").read_text()), signal.SIGKILL)


def drop(world: Federated, _data_plane: DataPlane, reader: int) -> None:
    """Let the server drop the one who reads, as it does to all in a failover; nobody but a reader itself may."""
    with closing(world.connect(world.source.warehouse_login)) as database, database.cursor() as cursor:
        cursor.execute(TABLES[world.name].drop.format(reader))


def come_back(world: Federated) -> None:
    """Start a server again that has crashed, or one that has not."""
    rds, name = world.client("rds"), world.source.plan.name
    [cluster] = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    [writer] = [one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"] if one["IsClusterWriter"]]
    rds.reboot_db_instance(DBInstanceIdentifier=writer)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=writer, WaiterConfig={"Delay": 1})


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("strike", [crash, drop])
def test_a_source_goes_down_while_it_is_read(
    make_quick_loads: Callable[..., Loads], data_plane: DataPlane, name: str, strike: Strike
) -> None:
    """It should fail with one error that says so, use nothing of what it got, and converge when it is cleared."""
    table = TABLES[name]
    loads = make_quick_loads(name, [with_columns(*shipped_tables(name, table.name), table.columns)])
    world = loads.world
    loads.run(FIRST, InProcessRunner)
    world.edit(f"UPDATE {table.name} SET {table.text} = 'New', updated_at = '2026-02-01 12:00:00'")
    before, made = content(world, table), relations(world)

    with ThreadPoolExecutor(1) as pool:
        outage = Outage(world, table, lambda reader: strike(world, data_plane, reader), pool)
        with pytest.raises(TaskFailed) as failure:
            loads.run(SECOND, InProcessRunner, before_try=outage.before_try)
    stage = f"{table.name}.stage_window"
    assert (failure.value.task_id, failure.value.outcome.error_type) == (stage, "StatementFailed")
    assert f"{table.said}. See that the source is up" in failure.value.outcome.result
    run = loads.runs[-1]
    assert Counter(run.states.values()) == {"success": 5, "failed": 1, "upstream_failed": 6}
    assert (content(world, table), relations(world)) == (before, made)

    come_back(world)
    outage.end()
    clear_with_what_follows(run, stage)
    target = f"retail.{table.name}"
    assert world.compare(table.name, target, [table.key], table.columns) == Difference()
    assert relations(world) == made
    again = loads.run(SECOND, InProcessRunner, params={"window_start": FIRST.isoformat()})
    assert again.results[f"{table.name}.apply_stage"]["inserted"] == 0


def content(world: Federated, table: Table) -> list[str]:
    """All rows of the target."""
    return sorted(map(str, world.ask(f"SELECT * FROM retail.{table.name}")))


def relations(world: Federated) -> list[str]:
    """What there is in the warehouse, stages too."""
    return sorted(map(str, world.ask("SELECT table_schema, table_name FROM information_schema.tables")))
