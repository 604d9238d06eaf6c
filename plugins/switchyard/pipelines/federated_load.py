"""The DAG of a federated load, as far as configuration decides about it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset, CronDataIntervalTimetable, Param, TaskGroup

from switchyard.configuration.federated_load import FederatedLoad
from switchyard.configuration.federated_tables import Table
from switchyard.configuration.loader import load
from switchyard.operators.federated.apply import ApplyOperator, ApplyWindowOperator
from switchyard.operators.federated.swap import SwapTableOperator
from switchyard.pipelines.common import dag_arguments, dry_run
from switchyard.pipelines.schedules import late_after, started_by

TAGS = ("switchyard", "federated-load")
LOAD = "federated_load"
DECIDED_WINDOWS = "{{ ti.xcom_pull('check_preconditions', key='windows') | tojson }}"
"""What the first step hands to each later one; as its `output` it would be drawn as an edge to all of them."""


def federated_loads() -> tuple[FederatedLoad, ...]:
    """The configured loads; dags/configuration.py tells of broken files."""
    return load().of(FederatedLoad)


def federated_load_dag(pipeline: FederatedLoad) -> dict[str, Any]:
    """Arguments of the DAG."""
    return dag_arguments(pipeline, LOAD, TAGS) | {
        **started_by(pipeline.schedule.load, pipeline.schedule.asset, times=_intervals(pipeline)),
        **late_after(
            pipeline,
            region_name=pipeline.region,
            aws_conn_id=pipeline.aws_conn_id,
            account_id=pipeline.account_id,
        ),
        "params": {
            "dry_run": dry_run(),
            "window_start": _moment(
                "First moment of the window",
                "Rows that changed from here on are loaded; left empty, from where the last load ended.",
            ),
            "window_end": _moment(
                "End of the window",
                "Rows that changed before it are loaded; left empty, up to the start of the run.",
            ),
        },
    }


def _moment(title: str, description: str) -> Param:
    return Param(
        None,
        type=["null", "string"],
        format="date-time",
        title=title,
        description=description,
        section="Window",
    )


def _intervals(pipeline: FederatedLoad) -> CronDataIntervalTimetable | None:
    """Runs whose data interval is the time since the run before, so that a backfill can repeat any of them."""
    cron = pipeline.schedule.load
    return CronDataIntervalTimetable(cron.cron, timezone=cron.timezone) if cron else None


def connection(pipeline: FederatedLoad) -> dict[str, Any]:
    """Account and warehouse, as every step takes them."""
    return {
        "aws_conn_id": pipeline.aws_conn_id,
        "account_id": pipeline.account_id,
        "region_name": pipeline.region,
        "warehouse": pipeline.warehouse.model_dump(mode="json"),
    }


def place(pipeline: FederatedLoad) -> dict[str, Any]:
    """Account, warehouse, source and lake, as the steps of a load take them."""
    where = {
        "aws_conn_id": pipeline.aws_conn_id,
        "account_id": pipeline.account_id,
        "region": pipeline.region,
    }
    return {
        **connection(pipeline),
        "source": pipeline.source.model_dump(mode="json", by_alias=True) | where,
        "lake": pipeline.lake.model_dump(mode="json") if pipeline.lake else None,
    }


def making_schemas(pipeline: FederatedLoad, loader: Any) -> dict[str, Any]:
    """Account, warehouse, source and lake of the step that makes external schemas, which may have a login of its own.

    Args:
        pipeline: the configuration.
        loader: the user that the other steps log in as.
    """
    here, admin = place(pipeline), pipeline.schema_admin
    if admin is None:
        return here
    login = {"db_user": admin.db_user, "secret_arn": admin.secret_arn}
    return here | {
        "aws_conn_id": admin.aws_conn_id or pipeline.aws_conn_id,
        "warehouse": here["warehouse"] | login,
        "loader": loader,
    }


def cancelling(pipeline: FederatedLoad) -> dict[str, Any]:
    """Account and warehouse of the step that cancels statements, and who else sends some."""
    admin = pipeline.schema_admin
    others = [admin.aws_conn_id] if admin and admin.aws_conn_id else []
    return {**connection(pipeline), "other_connections": others}


def tables(pipeline: FederatedLoad) -> list[dict[str, Any]]:
    """The tables as steps that look at all of them take them."""
    return [pipeline.table(table.name) for table in pipeline.tables]


def table_group(table: Table) -> TaskGroup:
    """The group of a table's steps."""
    return TaskGroup(table.name, tooltip=f"{table.name} into {table.target}, mode {table.mode}")


def applying(table: Table) -> type[ApplyOperator]:
    """What brings a table's stage into its target."""
    return SwapTableOperator if table.mode == "swap" else ApplyWindowOperator


def outlets(pipeline: FederatedLoad) -> list[Asset]:
    """The asset that is updated once all tables are loaded."""
    return [Asset(pipeline.alert.asset)] if pipeline.alert.asset else []


def windows(pipeline: FederatedLoad) -> dict[str, Any]:
    """What decides which rows a run reads."""
    return {
        "lookback_minutes": pipeline.lookback_minutes,
        "settle_seconds": pipeline.settle_seconds,
        "window_start": "{{ params.window_start }}",
        "window_end": "{{ params.window_end }}",
    }


def writing(pipeline: FederatedLoad) -> dict[str, Any]:
    """How steps that write to the warehouse are kept from each other: one of a task at a time, in whatever runs."""
    pool = {"pool": pipeline.pools.warehouse} if pipeline.pools.warehouse else {}
    return {"max_active_tis_per_dag": 1, **pool}
