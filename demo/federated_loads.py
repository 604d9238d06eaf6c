"""Pipeline 4 in front of one's eyes: two live databases, a warehouse that equals them, and a lake."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from demo import account
from demo.airflow_api import AirflowApi
from demo.processes import DemoError
from demo.retail import Lake, Shop, Warehouse
from demo.retail_writer import Clerks, Habits
from demo.stack import Stack
from sandbox.seed.tpcds import CLOSING, TABLES
from sandbox.seed.worlds.archive import FIRST_KEY

WORLDS = ("retail", "retail-postgres")
DATABASES: Mapping[str, str] = {
    "mysql": "Aurora MySQL into a Redshift workgroup",
    "postgres": "Aurora PostgreSQL into a Redshift cluster",
}
DAGS: Mapping[str, str] = {"mysql": "federated_load__retail", "postgres": "federated_load__retail_postgres"}
LOADED: Mapping[str, Mapping[str, str]] = {
    "mysql": {
        "customer": "c_birth_year",
        "customer_address": "ca_gmt_offset",
        "date_dim": "d_year",
        "web_sales": "ws_quantity",
    },
    "postgres": {"item": "i_manager_id", "store": "s_number_employees", "store_sales": "ss_quantity"},
}
"""The tables that the shipped pipelines load, with a number that is compared."""

WRITTEN: Mapping[str, tuple[str, ...]] = {
    "mysql": ("customer", "customer_address", "web_sales"),
    "postgres": ("store_sales",),
}
DONE: Mapping[str, str] = {
    "insert": "inserted",
    "update": "updated",
    "move": "given another key",
    "delete": "deleted",
}
MARKED = ("customer_address", "item")
"""Tables whose rows are marked where they are gone at the source, and stay."""

PUBLISHED: Mapping[str, str] = {"web_sales": "mysql", "store_sales": "postgres"}
VIEW = "retail.customer_everywhere"
ARCHIVED, LIVE = FIRST_KEY + 5, 29_033_279
"""A customer of the lake alone, and one whom no load has seen yet."""

PARSED_SECONDS = 120
RUN_SECONDS = 600
SETTLE_SECONDS = 4
"""A run by hand reads what has been at rest for `settle_seconds` of the pipelines when it starts."""


def run(stack: Stack) -> None:
    """Run the pipelines and print what happened.

    Raises:
        DemoError: something that should have happened did not.
    """
    account.title("Federated loads: a warehouse that equals two live databases")
    for world in WORLDS:
        stack.sandbox.client().seed(world)
    shops = {engine: Shop(stack.sandbox, engine) for engine in DAGS}
    warehouses = {engine: Warehouse(stack.sandbox, engine) for engine in DAGS}
    loads = Loads(stack, stack.api(), shops, warehouses, Lake(stack.sandbox))
    loads.load_under_writing()
    last = loads.load_settled()
    loads.print_reconciliations(last)
    loads.ask_everywhere()
    loads.read_lake()
    for engine, run_id in last.items():
        account.steps_by_group(account.Ledger(stack.ledger_dsn), DAGS[engine], run_id)


@dataclass(frozen=True)
class Loads:
    """Those who write to the databases, load them, and compare what is on the two sides."""

    stack: Stack
    api: AirflowApi
    shops: Mapping[str, Shop]
    warehouses: Mapping[str, Warehouse]
    lake: Lake

    def load_under_writing(self) -> None:
        """Load all that there is while clerks write, some of whom commit late: no run fails, and none can see all."""
        for engine, dag_id in DAGS.items():
            account.line(f"{DATABASES[engine]}: {', '.join(LOADED[engine])}")
            account.wait_for_dag(self.api, dag_id, seconds=PARSED_SECONDS)
            self.api.unpause(dag_id)
        account.title("The first load, of everything, while clerks keep writing to both databases")
        habits = Habits(pause_seconds=0.3, late=0.15, late_seconds=1.5)
        with (
            Clerks(self.shops["mysql"].connect, WRITTEN["mysql"], habits=habits) as web,
            Clerks(self.shops["postgres"].connect, WRITTEN["postgres"], habits=habits) as tills,
        ):
            self._load()
        for name, clerks in (("MySQL", web), ("PostgreSQL", tills)):
            account.line(f"Written meanwhile in {name}: {_told(clerks.tally())}")
        if self.compare():
            account.line("What was written after a run's window ended waits for the next run")

    def load_settled(self) -> Mapping[str, str]:
        """Load what has changed, when the clerks have gone; both sides are equal then. Ids of the runs."""
        account.title("The second load, of what has changed, after they have gone")
        time.sleep(SETTLE_SECONDS)
        runs = self._load()
        if wrong := self.compare():
            raise DemoError(f"source and warehouse differ in {', '.join(wrong)}")
        account.line("Nothing is missing, stale, doubled, or left of what the source deleted")
        return runs

    def _load(self) -> dict[str, str]:
        """Run both pipelines side by side; ids of their runs."""
        runs = {engine: self.api.trigger(dag_id) for engine, dag_id in DAGS.items()}
        for engine, run_id in runs.items():
            account.line(f"Started {DAGS[engine]}: {self.api.url}/dags/{DAGS[engine]}/runs/{run_id}")
        for engine, run_id in runs.items():
            account.require_success(self.api, DAGS[engine], run_id, seconds=RUN_SECONDS)
        return runs

    def compare(self) -> list[str]:
        """Print how the two sides differ, key by key; names of the tables that do.

        Raises:
            DemoError: a key is in the warehouse twice.
        """
        rows: list[tuple[str, ...]] = []
        differing: list[str] = []
        for engine, tables in LOADED.items():
            for table, number in tables.items():
                source, target = self._sides(engine, table, number)
                missing, ghosts = source.keys() - target.keys(), target.keys() - source.keys()
                stale = [key for key in source.keys() & target.keys() if source[key] != target[key]]
                found = (len(source), len(target), len(missing), len(stale), len(ghosts))
                rows.append((table, *map(str, found)))
                differing += [table] if missing or stale or ghosts else []
        account.table(("table", "source", "warehouse", "missing", "stale", "gone at the source"), rows)
        return differing

    def _sides(
        self, engine: str, table: str, number: str
    ) -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]]:
        """The number by key, at the source and in the warehouse."""
        columns = ", ".join((*TABLES[table].key, number))
        at_rest = " WHERE NOT is_deleted" if table in MARKED else ""
        source = self.shops[engine].run(f"SELECT {columns} FROM {table}")  # noqa: S608 - names of this module
        target = self.warehouses[engine].run(f"SELECT {columns} FROM retail.{table}{at_rest}")  # noqa: S608
        sides = [{tuple(map(str, key)): str(value) for *key, value in rows} for rows in (source, target)]
        if len(sides[1]) < len(target):
            raise DemoError(f"retail.{table} holds {len(target) - len(sides[1])} keys twice")
        return sides[0], sides[1]

    def print_reconciliations(self, runs: Mapping[str, str]) -> None:
        """Print what the pipelines themselves found when they compared the sides, part by part."""
        account.title("The pipelines' own comparison of the second load, part by part of the keys")
        rows: list[tuple[str, ...]] = []
        for engine, run_id in runs.items():
            found = self._ledger.rows("load_reconciliation", dag_id=DAGS[engine], run_id=run_id)
            for table in sorted({row["table_name"] for row in found}):
                parts = [row for row in found if row["table_name"] == table]
                verdicts = ", ".join(sorted({row["verdict"] for row in parts}))
                counts = [sum(row[name] or 0 for row in parts) for name in ("source_rows", "target_rows")]
                rows.append((table, str(len(parts)), *map(str, counts), verdicts))
        account.table(("table", "parts", "source", "warehouse", "verdicts"), rows)
        if any("different" in row[-1] for row in rows):
            raise DemoError("the pipelines found differences")

    def ask_everywhere(self) -> None:
        """One customer each who is in the lake alone, in the warehouse, and in the live database alone."""
        account.title("One view over lake, warehouse and live database")
        shop, warehouse = self.shops["mysql"], self.warehouses["mysql"]
        [(known,)] = shop.run(
            f"SELECT min(c_customer_sk) FROM customer WHERE updated_at < '{CLOSING:%Y-%m-%d}'"  # noqa: S608
        )
        shop.run(
            f"INSERT INTO customer (c_customer_sk, c_customer_id, c_last_name) VALUES ({LIVE}, 'AAAA', 'New')"  # noqa: S608
        )
        keys = {str(ARCHIVED): "lake", str(known): "warehouse", str(LIVE): "live"}
        found = warehouse.run(
            f"SELECT c_customer_sk, source FROM {VIEW} WHERE c_customer_sk IN ({', '.join(keys)}) ORDER BY 1"  # noqa: S608
        )
        account.table(("customer", "from"), [(str(key), str(source)) for key, source in found])
        if {str(key): source for key, source in found} != keys:
            raise DemoError(f"the view says {found} where it has to say {keys}")
        [(rows, customers)] = warehouse.run(f"SELECT count(*), count(DISTINCT c_customer_sk) FROM {VIEW}")  # noqa: S608
        if rows != customers:
            raise DemoError(f"the view shows {rows} rows of {customers} customers")
        account.line(f"{VIEW} shows {rows} customers, each once")

    def read_lake(self) -> None:
        """What is published, read by Athena, has the rows and the sums of the warehouse."""
        account.title("The published lake, read back by Athena")
        rows: list[tuple[str, ...]] = []
        for table, engine in PUBLISHED.items():
            number = LOADED[engine][table]
            question = f"SELECT count(*), sum({number}) FROM {{place}}{table}"  # noqa: S608 - names of this module
            [there] = self.warehouses[engine].run(question.format(place="retail."))
            [read] = self.lake.run(question.format(place=""))
            rows.append((table, *map(str, there), *map(str, read)))
        account.table(("table", "rows", "sum", "rows in the lake", "sum in the lake"), rows)
        if any(row[1:3] != row[3:5] for row in rows):
            raise DemoError("the lake differs from the warehouse")

    @property
    def _ledger(self) -> account.Ledger:
        return account.Ledger(self.stack.ledger_dsn)


def _told(tally: Mapping[str, int]) -> str:
    """What was done, in words."""
    done = ", ".join(f"{tally[kind]} {word}" for kind, word in DONE.items())
    return f"{done} ({tally['late']} committed late, {tally['undone']} undone)"
