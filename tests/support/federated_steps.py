"""The first steps of a load, from its preconditions to the check of a stage, on tables that a test makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

from switchyard.configuration.federated_load import FederatedLoad
from switchyard.configuration.federated_tables import Table
from switchyard.configuration.loader import load
from switchyard.operators.federated.check_stage import CheckStageOperator
from switchyard.operators.federated.ensure_schemas import EnsureExternalSchemasOperator
from switchyard.operators.federated.ensure_targets import EnsureTargetsOperator
from switchyard.operators.federated.guard import GuardReadingOperator
from switchyard.operators.federated.preflight import CheckLoadPreconditionsOperator
from switchyard.operators.federated.stage import StageWindowOperator
from switchyard.pipelines.federated_load import place
from tests.support.federated import Federated
from tests.support.recovery import REPOSITORY
from tests.support.redshift_steps import Task

NAMES = {"retail": "retail", "retail-postgres": "retail_postgres"}
"""The shipped pipeline over a world."""

LO, HI = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 11, tzinfo=UTC)
"""The window of a run that a test does not give one."""


@cache
def shipped(world: str) -> FederatedLoad:
    """The shipped pipeline over a world."""
    loaded = load(REPOSITORY / "include" / "pipelines").of(FederatedLoad)
    return next(one for one in loaded if one.name == NAMES[world])


def table(name: str, columns: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """A table as operators take it, into a target of its own name."""
    given = {"name": name, "target": f"retail.{name}", "key": ["id"], "watermark": "updated_at"}
    made = Table.model_validate({**given, "columns": dict(columns), **more}, strict=False)
    return made.model_dump(mode="json", by_alias=True)


_RUNS = count(1)
"""Numbers of runs: two runs of one name would be one, to the ledger and to the Data API's tokens."""


@dataclass
class LoadTask(Task):
    """A task of a run for an interval, or of one by hand where it has none."""

    interval: tuple[datetime, datetime] | None = (LO, HI)
    number: int = field(default_factory=_RUNS.__next__)
    """Of the run."""
    run_type: str = "scheduled"

    def context(self) -> dict[str, Any]:
        given = super().context()
        kind = self.run_type if self.interval else "manual"
        given["dag_run"] = SimpleNamespace(
            dag_id="federated_load__test",
            run_id=f"{kind}__{self.number}",
            run_type=kind,
            run_after=datetime(2026, 2, 1, tzinfo=UTC),
        )
        given["task"] = self.operator
        if self.interval:
            given["data_interval_start"], given["data_interval_end"] = self.interval
        return given


@dataclass
class LoadSteps:
    """The steps of a load of a test's tables in a world, each of a run of its own.

    `source` and `lake` change fields of the shipped sections.
    """

    world: Federated
    tables: list[dict[str, Any]]
    stamp: str = "2602010000-aaaaaa"
    source: Mapping[str, Any] = field(default_factory=dict)
    lake: Mapping[str, Any] | None = None
    pipeline: str = "federated_load/test"
    results: dict[str, Any] = field(default_factory=dict)

    def task(self, kind: Any, **arguments: Any) -> LoadTask:
        """A task of one of the steps."""
        given = place(shipped(self.world.name))
        given["source"] |= self.source
        given["lake"] = dict(self.lake) if self.lake else None
        common = {"pipeline": self.pipeline, "stamp": self.stamp, "timeout": timedelta(seconds=60)}
        return LoadTask(None, kind, {**given, **common, **arguments})

    def preconditions(self, start: str = "", end: str = "", **more: Any) -> LoadTask:
        return self.task(
            CheckLoadPreconditionsOperator,
            tables=self.tables,
            lookback_minutes=5.0,
            settle_seconds=60.0,
            window_start=start,
            window_end=end,
            **more,
        )

    def ensure_schemas(self, **more: Any) -> LoadTask:
        return self.task(EnsureExternalSchemasOperator, **more)

    def ensure_targets(self) -> LoadTask:
        return self.task(EnsureTargetsOperator, tables=self.tables)

    def ensure(self) -> None:
        """Make what a load needs in the warehouse."""
        self.ensure_schemas().run()
        self.ensure_targets().run()

    def of_table(self, kind: Any, **more: Any) -> LoadTask:
        """A step on the first table, in the window that the preconditions decided, or the test's own."""
        name = self.tables[0]["name"]
        window = {"lo": LO.isoformat(), "hi": HI.isoformat(), "lookback_seconds": 300.0}
        windows = self.results.get("windows", {name: window})
        return self.task(kind, table=self.tables[0], windows=windows, **more)

    def guard(self) -> LoadTask:
        return self.of_table(GuardReadingOperator)

    def stage(self, settle_seconds: float = 0.0) -> LoadTask:
        return self.of_table(StageWindowOperator, settle_seconds=settle_seconds)

    def check_stage(self, staged: Mapping[str, Any]) -> LoadTask:
        return self.of_table(CheckStageOperator, staged=dict(staged))

    def run(self) -> dict[str, Any]:
        """All five steps; what the last one hands on."""
        self.results = self.preconditions().run()
        self.ensure()
        self.guard().run()
        return self.check_stage(self.stage().run()).run()

    def rows_of(self, relation: str) -> list[tuple[Any, ...]]:
        """All rows of a table of the warehouse, in the order of their first columns."""
        return sorted(tuple(row.values()) for row in self.world.ask(f"SELECT * FROM {relation}"))
