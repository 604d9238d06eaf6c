"""System tables about the cluster: queues, alerts, disks and maintenance; what is not measured here can be planted.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_STV_WLM_SERVICE_CLASS_CONFIG.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ALERT_EVENT_LOG.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_VACUUM.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_ANALYZE.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STV_PARTITIONS.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_INTEGRATION_TABLE_STATE.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.statements import SystemTable
from sandbox.warehouse.system.access import superusers
from sandbox.warehouse.system.statements import SERVICE_CLASS, SERVICE_CLASS_NAME

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

Row = tuple[Any, ...]
SLOTS = 5
CAPACITY = 262_144
"""Blocks of a megabyte on the disk of a node."""


def _nothing(_session: Session) -> Iterator[Row]:
    yield from ()


def _queues(_session: Session) -> Iterator[Row]:
    yield SERVICE_CLASS, "WLM queue", SLOTS, SLOTS, 0, SERVICE_CLASS_NAME, 0, "Normal"


def _vacuums(session: Session) -> Iterator[Row]:
    users = session.warehouse.users
    for one in list(session.warehouse.history.maintenance):
        if one.kind == "VACUUM":
            table = session.warehouse.oid(one.table)
            for status, rows, ordered in (
                ("Started", one.rows, one.ordered),
                ("Finished", one.rows, one.rows),
            ):
                yield users.number(one.user), one.xid, table, status, rows, ordered, one.when


def _analyses(session: Session) -> Iterator[Row]:
    users = session.warehouse.users
    for one in list(session.warehouse.history.maintenance):
        if one.kind == "ANALYZE":
            schema, _, table = one.table.partition(".")
            status = "Skipped" if one.skipped else "Full"
            yield (
                users.number(one.user), one.xid, session.warehouse.database, session.warehouse.oid(one.table), status,
                one.rows, one.when, schema, table,
            )  # fmt: skip


def _disks(session: Session) -> Iterator[Row]:
    used = len(list(session.warehouse.parts.system_tables["stv_blocklist"].rows(session)))
    yield 0, 0, 0, 0, used, 0, CAPACITY


TABLES = {
    "stv_wlm_service_class_config": SystemTable(
        {
            "service_class": "INTEGER", "queueing_strategy": "VARCHAR", "num_query_tasks": "INTEGER",
            "target_num_query_tasks": "INTEGER", "query_working_mem": "INTEGER", "name": "VARCHAR",
            "max_execution_time": "BIGINT", "query_priority": "VARCHAR",
        },
        superusers("stv_wlm_service_class_config", _queues),
    ),
    "stl_alert_event_log": SystemTable(
        {
            "userid": "INTEGER", "query": "BIGINT", "slice": "INTEGER", "segment": "INTEGER", "step": "INTEGER",
            "pid": "INTEGER", "xid": "BIGINT", "event": "VARCHAR", "solution": "VARCHAR", "event_time": "TIMESTAMP",
        },
        _nothing,
    ),
    "stl_vacuum": SystemTable(
        {
            "userid": "INTEGER", "xid": "BIGINT", "table_id": "INTEGER", "status": "VARCHAR", "rows": "BIGINT",
            "sortedrows": "BIGINT", "eventtime": "TIMESTAMP",
        },
        superusers("stl_vacuum", _vacuums),
    ),
    "stl_analyze": SystemTable(
        {
            "userid": "INTEGER", "xid": "BIGINT", "database": "VARCHAR", "table_id": "INTEGER", "status": "VARCHAR",
            "rows": "DOUBLE", "endtime": "TIMESTAMP", "schema_name": "VARCHAR", "table_name": "VARCHAR",
        },
        superusers("stl_analyze", _analyses),
    ),
    "stv_partitions": SystemTable(
        {
            "owner": "INTEGER", "host": "INTEGER", "diskno": "INTEGER", "part_begin": "BIGINT", "used": "INTEGER",
            "tossed": "INTEGER", "capacity": "INTEGER",
        },
        superusers("stv_partitions", _disks),
    ),
    "svv_integration_table_state": SystemTable(
        {
            "integration_id": "VARCHAR", "target_database": "VARCHAR", "schema_name": "VARCHAR",
            "table_name": "VARCHAR", "table_state": "VARCHAR", "table_last_replicated_checkpoint": "VARCHAR",
            "reason": "VARCHAR", "last_updated_timestamp": "TIMESTAMP", "table_rows": "BIGINT", "table_size": "BIGINT",
        },
        _nothing,
    ),
}  # fmt: skip
