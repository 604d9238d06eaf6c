"""The DAG that looks after a warehouse, as far as configuration decides about it."""

from __future__ import annotations

from typing import Any

from switchyard.configuration.loader import load
from switchyard.configuration.warehouse_health import WarehouseHealth
from switchyard.pipelines.common import dag_arguments, dry_run
from switchyard.pipelines.schedules import late_after, started_by

TAGS = ("switchyard", "warehouse-health")
HEALTH = "warehouse_health"


def warehouses() -> tuple[WarehouseHealth, ...]:
    """The configured warehouses; dags/configuration.py tells of broken files."""
    return load().of(WarehouseHealth)


def health_dag(pipeline: WarehouseHealth) -> dict[str, Any]:
    """Arguments of the DAG."""
    return dag_arguments(pipeline, HEALTH, TAGS) | {
        **started_by(pipeline.schedule.health, pipeline.schedule.asset),
        **late_after(
            pipeline,
            region_name=pipeline.region,
            aws_conn_id=pipeline.aws_conn_id,
            account_id=pipeline.account_id,
        ),
        "params": {"dry_run": dry_run()},
    }


def connection(pipeline: WarehouseHealth) -> dict[str, Any]:
    """Account and warehouse, as every step takes them."""
    return {
        "aws_conn_id": pipeline.aws_conn_id,
        "account_id": pipeline.account_id,
        "region_name": pipeline.region,
        "warehouse": pipeline.warehouse.model_dump(mode="json"),
    }


def place(pipeline: WarehouseHealth) -> dict[str, Any]:
    """Account, warehouse, limits and tables, as the checks take them."""
    return {
        **connection(pipeline),
        "limits": pipeline.limits.model_dump(mode="json"),
        "tables": list(pipeline.tables),
    }


def maintenance(pipeline: WarehouseHealth) -> dict[str, bool]:
    """What may be done to the tables."""
    return pipeline.maintenance.model_dump()
