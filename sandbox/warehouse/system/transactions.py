"""System tables about transactions, locks and sessions.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/SYS_TRANSACTION_HISTORY.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TRANSACTIONS.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_COMMIT_STATS.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_TR_CONFLICT.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.statements import SystemTable
from sandbox.warehouse.system.access import superusers

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

Row = tuple[Any, ...]
MODELS = {"SNAPSHOT": (1, "Snapshot Isolation"), "SERIALIZABLE": (2, "Serializable")}


def _ended(session: Session) -> Iterator[Row]:
    level = MODELS[session.warehouse.isolation.level][1]
    for one in list(session.warehouse.history.commits):
        yield one.user, one.xid, level, "committed", one.began, one.started, one.ended


def _commits(session: Session) -> Iterator[Row]:
    for one in list(session.warehouse.history.commits):
        yield one.xid, -1, one.started, one.started, one.ended, 0


def _locks(session: Session) -> Iterator[Row]:
    open_now = {one.transaction.xid: one for one in session.warehouse.sessions if one.transaction is not None}
    for lock in session.warehouse.locks.listed():
        holder = open_now.get(lock.xid)
        if holder is not None and holder.transaction is not None:
            table = session.warehouse.oid(f"{lock.table.schema}.{lock.table.table}")
            yield (
                holder.user, session.warehouse.database, lock.xid, holder.pid, holder.transaction.started, lock.mode,
                "relation", table, lock.granted,
            )  # fmt: skip


def _held(session: Session) -> Iterator[Row]:
    for owner, _, _, pid, started, mode, _, table, granted in _locks(session):
        if granted:
            yield table, started, owner, pid, mode


def _conflicts(session: Session) -> Iterator[Row]:
    for xid, pid, table, when in session.warehouse.isolation.violations:
        yield xid, pid, when, session.warehouse.oid(f"{table.schema}.{table.table}")


def _levels(session: Session) -> Iterator[Row]:
    yield session.warehouse.database, MODELS[session.warehouse.isolation.level][1]


def _databases(session: Session) -> Iterator[Row]:
    model = MODELS[session.warehouse.isolation.level][0]
    yield session.warehouse.database, 100, 6, False, True, f"{{concurrency_model={model}}}"


def _sessions(session: Session) -> Iterator[Row]:
    for one in session.warehouse.sessions:
        yield one.since, one.pid, one.user, session.warehouse.database


TABLES = {
    "sys_transaction_history": SystemTable(
        {
            "user_id": "INTEGER", "transaction_id": "BIGINT", "isolation_level": "VARCHAR", "status": "VARCHAR",
            "transaction_start_time": "TIMESTAMP", "commit_start_time": "TIMESTAMP", "commit_end_time": "TIMESTAMP",
        },
        superusers("sys_transaction_history", _ended),
    ),
    "stl_commit_stats": SystemTable(
        {
            "xid": "BIGINT", "node": "INTEGER", "startqueue": "TIMESTAMP", "startwork": "TIMESTAMP",
            "endtime": "TIMESTAMP", "queuelen": "BIGINT",
        },
        superusers("stl_commit_stats", _commits),
    ),
    "svv_transactions": SystemTable(
        {
            "txn_owner": "VARCHAR", "txn_db": "VARCHAR", "xid": "BIGINT", "pid": "INTEGER", "txn_start": "TIMESTAMP",
            "lock_mode": "VARCHAR", "lockable_object_type": "VARCHAR", "relation": "INTEGER", "granted": "BOOLEAN",
        },
        _locks,
    ),
    "stv_locks": SystemTable(
        {
            "table_id": "INTEGER", "last_update": "TIMESTAMP", "lock_owner": "VARCHAR", "lock_owner_pid": "INTEGER",
            "lock_status": "VARCHAR",
        },
        superusers("stv_locks", _held),
    ),
    "stl_tr_conflict": SystemTable(
        {"xact_id": "BIGINT", "process_id": "INTEGER", "abort_time": "TIMESTAMP", "table_id": "INTEGER"},
        superusers("stl_tr_conflict", _conflicts),
    ),
    "stv_db_isolation_level": SystemTable(
        {"db_name": "VARCHAR", "db_isolation_level": "VARCHAR"}, superusers("stv_db_isolation_level", _levels)
    ),
    "pg_database_info": SystemTable(
        {
            "datname": "VARCHAR", "datdba": "INTEGER", "encoding": "INTEGER", "datistemplate": "BOOLEAN",
            "datallowconn": "BOOLEAN", "datconfig": "VARCHAR",
        },
        _databases,
    ),
    "stv_sessions": SystemTable(
        {"starttime": "TIMESTAMP", "process": "INTEGER", "user_name": "VARCHAR", "db_name": "VARCHAR"}, _sessions
    ),
}  # fmt: skip
