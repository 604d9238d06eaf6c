"""All ten steps of a load on a table that a test makes, run after run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.operators.federated.apply import ApplyWindowOperator
from switchyard.operators.federated.deletes import DeleteGoneOperator
from switchyard.operators.federated.publish import PublishTableOperator
from switchyard.operators.federated.reconcile import ReconcileTableOperator
from switchyard.operators.federated.swap import SwapTableOperator
from switchyard.operators.federated.tidy import TidyLoadOperator
from tests.support.federated import Federated
from tests.support.federated_steps import LoadSteps, LoadTask, table

COLUMNS = {"id": "bigint", "note": "varchar(20)", "price": "decimal(7,2)", "updated_at": "timestamp"}
MAKE = """
CREATE TABLE {name} (
  id BIGINT PRIMARY KEY, note VARCHAR(20), price DECIMAL(7,2),
  updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, INDEX changed (updated_at)
)
"""
DAY = datetime(2026, 1, 10, tzinfo=UTC)
LAKE = {
    "bucket": "switchyard-lake-111111111111-us-west-2",
    "prefix": "published/test/",
    "database": "retail_lake",
    "external_schema": "retail_lake",
    "role_arn": "arn:aws:iam::111111111111:role/switchyard-warehouse-lake",
    "grants": [],
}


def at(hour: float) -> datetime:
    """A moment of the tests' day."""
    return DAY + timedelta(hours=hour)


def written(hour: float) -> str:
    """Such a moment as MySQL has it."""
    return f"{at(hour):%Y-%m-%d %H:%M:%S}"


@dataclass
class Run(LoadSteps):
    """One run of a load, for a window."""

    interval: tuple[datetime, datetime] = (at(0), at(1))
    number: int | None = None

    def task(self, kind: Any, **arguments: Any) -> LoadTask:
        made = super().task(kind, **arguments)
        made.interval = self.interval
        self.number = made.number = self.number or made.number
        return made

    @property
    def window(self) -> dict[str, Any]:
        lo, hi = self.interval
        return {"lo": lo.isoformat(), "hi": hi.isoformat(), "lookback_seconds": 300.0}

    def of_table(self, kind: Any, **more: Any) -> LoadTask:
        self.results = {"windows": {self.tables[0]["name"]: self.window}}
        return super().of_table(kind, **more)

    def apply(self, staged: Mapping[str, Any]) -> LoadTask:
        kind = SwapTableOperator if self.tables[0]["mode"] == "swap" else ApplyWindowOperator
        return self.of_table(kind, staged=dict(staged))

    def deletes(self) -> LoadTask:
        return self.of_table(DeleteGoneOperator)

    def reconcile(self, deletes: Mapping[str, Any] | None = None) -> LoadTask:
        return self.of_table(ReconcileTableOperator, deletes=dict(deletes or {}))

    def publish(self) -> LoadTask:
        return self.of_table(PublishTableOperator)

    def tidy(self) -> LoadTask:
        return self.task(TidyLoadOperator, tables=self.tables)

    def load(self) -> dict[str, Any]:
        """From the stage to the tidying; what each step hands on, by its name."""
        done = {"stage": self.stage().run()}
        done["check"] = self.check_stage(done["stage"]).run()
        done["apply"] = self.apply(done["stage"]).run()
        done["deletes"] = self.deletes().run()
        done["reconcile"] = self.reconcile(done["deletes"]).run()
        done["publish"] = self.publish().run()
        done["tidy"] = self.tidy().run()
        return done


@dataclass
class Load:
    """A table at the source with its target, and the runs over it; each has a stamp of its own."""

    world: Federated
    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    lake: Mapping[str, Any] | None = None
    definition: str = MAKE
    runs: int = 0

    def make(self) -> Load:
        """Make the table anew, empty, and what a load needs in the warehouse."""
        self.world.edit(f"DROP TABLE IF EXISTS {self.name}", self.definition.format(name=self.name))
        self.run(0, 1).ensure()
        return self

    def put(self, *rows: tuple[Any, ...]) -> None:
        """Write rows (id, note, price, hour), over those of the same ids."""
        values = ", ".join(
            f"({key}, {'NULL' if note is None else repr(note)}, {price}, '{written(hour)}')"
            for key, note, price, hour in rows
        )
        self.world.edit(f"REPLACE INTO {self.name} (id, note, price, updated_at) VALUES {values}")

    def run(self, lo: float, hi: float, **changes: Any) -> Run:
        """A new run for a window."""
        self.runs += 1
        stamp = f"26011000{self.runs:02d}-{self.runs:06x}"
        made = table(self.name, COLUMNS, **{**self.changes, **changes})
        return Run(
            self.world,
            [made],
            stamp=stamp,
            lake=self.lake,
            pipeline=f"federated_load/{self.name}",
            interval=(at(lo), at(hi)),
        )

    def staged(self, lo: float, hi: float) -> tuple[Run, dict[str, Any]]:
        """A run that has staged its window."""
        run = self.run(lo, hi)
        return run, run.stage().run()

    @property
    def target(self) -> str:
        return f"retail.{self.name}"

    def held(self, columns: str = "id, note, price", where: str = "TRUE") -> list[tuple[Any, ...]]:
        """Rows of the target."""
        rows = self.world.ask(f"SELECT {columns} FROM {self.target} WHERE {where} ORDER BY 1")
        return [tuple(row.values()) for row in rows]

    def ids(self, where: str = "TRUE") -> list[int]:
        return [row[0] for row in self.held("id", where)]

    def windows(self) -> list[dict[str, Any]]:
        """What the ledger has of the table, by window."""
        return self.world.ledger(
            f"SELECT * FROM switchyard.load_window WHERE table_name = '{self.name}' ORDER BY lo, stamp"
        )


def another_try(task: LoadTask) -> LoadTask:
    """The next try of a task whose worker was killed."""
    task.store.lives = -1
    return replace(task, try_number=task.try_number + 1, max_tries=task.max_tries)
