"""Configuration of one warehouse's health checks, as in include/pipelines/warehouse_health/NAME.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field, model_validator

from switchyard.configuration import federated_types as ft
from switchyard.configuration import types as t
from switchyard.configuration.faults import Faults
from switchyard.configuration.federated_agreement import warehouse_disagreements
from switchyard.configuration.federated_sections import Warehouse
from switchyard.configuration.instance import Instance
from switchyard.configuration.rules import paced, repeats, scheduled
from switchyard.configuration.schedules import Runs, Schedule
from switchyard.configuration.synonym_types import AssetName
from switchyard.errors import BadInput


class Limits(t.Section):
    """What is nothing unusual."""

    days: float = Field(1.0, gt=0, le=7, description="How far back statements are looked at.")
    commit_seconds: int = Field(5, ge=0, le=86_400, description="Longest commit.")
    copy_seconds: int = Field(600, ge=0, le=86_400, description="Longest COPY.")
    copy_file_mb: int = Field(1024, ge=1, le=1_048_576, description="Largest file that a COPY reads alone.")
    least_rows: int = Field(
        1000, ge=0, le=10**12, description="Rows below which a table's state does not matter."
    )
    unsorted_percent: float = Field(20.0, ge=0, le=100, description="Most unsorted rows of a table.")
    stats_off_percent: float = Field(20.0, ge=0, le=100, description="Most staleness of statistics.")
    skew: float = Field(
        4.0, ge=1, le=1_000_000, description="Most rows of a slice, in those of the one with the fewest."
    )
    lock_seconds: int = Field(600, ge=0, le=86_400, description="Longest time that a lock is held.")
    growth_percent: float = Field(
        50.0, ge=0, le=1_000_000, description="Growth of a table since the run before."
    )
    growth_mb: int = Field(
        1024, ge=1, le=10**9, description="Growth below which the percentage does not matter."
    )
    unscanned_mb: int = Field(
        1024, ge=1, le=10**9, description="Size from which on a table should be read by someone."
    )
    query_seconds: int = Field(600, ge=0, le=86_400, description="Longest statement.")


class Maintenance(t.Section):
    """What is done about the state of the configured tables."""

    analyze: bool = Field(True, description="Take statistics anew where they are too old.")
    vacuum: bool = Field(False, description="Sort tables and reclaim space where too much is unsorted.")


class Timeouts(t.Section):
    """Minutes after which a step fails instead of waiting on."""

    checks: float = Field(30.0, ge=0.05, le=10_080, description="Each check.")
    maintenance: float = Field(720.0, ge=0.05, le=10_080, description="ANALYZE and VACUUM.")


class Waits(t.Section):
    """How waiting is done."""

    poll_interval_seconds: float = Field(
        5.0, ge=0.1, le=600, description="Time between two looks at a statement."
    )
    timeouts_minutes: Timeouts = Field(Timeouts(), description="Deadlines by step.")


class Schedules(Runs):
    """When the checks run by themselves."""

    health: Schedule | None = Field(None, description="How often; null never.")
    asset: AssetName | None = Field(
        None, description="Airflow asset whose update starts the checks, such as that of a load."
    )


class Pools(t.Section):
    """Airflow pools of the steps."""

    default: t.Pool = Field("default_pool", description="Pool of the steps.")


class WarehouseHealth(Instance):
    """Looks at the health of one warehouse, and keeps its tables in order."""

    folder: ClassVar[str] = "warehouse_health"

    aws_conn_id: t.ConnectionId = Field("aws_source", description="Airflow connection to the account.")
    account_id: t.AccountId = Field(description="Account of the warehouse, 12 digits.")
    region: t.Region = Field(description="Region of the warehouse.")
    warehouse: Warehouse
    tables: tuple[ft.QualifiedName, ...] = Field(
        (), description="Tables whose definitions are kept, and that maintenance may touch."
    )
    staging_users: tuple[ft.Grantee, ...] = Field(
        (), description="Users, groups and roles that may use the staging schema."
    )
    limits: Limits = Limits()
    maintenance: Maintenance = Maintenance()
    schedule: Schedules = Schedules()
    waits: Waits = Waits()
    pools: Pools = Pools()

    @model_validator(mode="after")
    def _agree(self) -> WarehouseHealth:
        """Raise every contradiction between fields at once."""
        if faults := tuple(self._disagreements()):
            raise Faults(faults)
        return self

    def _disagreements(self) -> Iterator[BadInput]:
        yield from warehouse_disagreements(self.warehouse)
        yield from paced(self.waits)
        yield from scheduled(
            self.schedule,
            past="the warehouse is looked at as it is now, whatever day a run is for",
            alone="two runs would maintain the same tables",
        )
        yield from repeats({"tags": self.tags, "tables": self.tables, "staging_users": self.staging_users})
