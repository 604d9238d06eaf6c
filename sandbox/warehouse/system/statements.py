"""System tables about statements: which ran, how long, on what.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_DETAIL.html
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_QUERY.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_STL_WLM_QUERY.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.history import Run
from sandbox.warehouse.statements import SystemTable

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

Row = tuple[Any, ...]
SERVICE_CLASS, SERVICE_CLASS_NAME = 100, "Default queue"
TEXT_PIECE = 200
"""Characters of a statement's text in a row of stl_querytext."""


def visible(session: Session) -> Iterator[Run]:
    """List the statements that a user sees: all for a superuser, else the user's own."""
    for run in list(session.warehouse.history.runs):
        if session.superuser or run.user == session.user:
            yield run


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)


def _user(session: Session, run: Run) -> int:
    return session.warehouse.users.number(run.user)


def _queries(session: Session) -> Iterator[Row]:
    for run in visible(session):
        elapsed = _microseconds(run.ran)
        waited = _microseconds(run.waited)
        yield (
            _user(session, run), run.query_id, run.label, run.xid, run.pid, session.warehouse.database, run.kind,
            run.status, False, run.started, run.ended, elapsed, 0, elapsed - waited, run.error or None, run.rows,
            run.text[:4000], waited, SERVICE_CLASS, SERVICE_CLASS_NAME,
        )  # fmt: skip


def _texts(session: Session) -> Iterator[Row]:
    for run in visible(session):
        for number, start in enumerate(range(0, len(run.text), TEXT_PIECE)):
            yield (
                _user(session, run), run.xid, run.pid, run.query_id, number, run.text[start : start + TEXT_PIECE],
                run.started,
            )  # fmt: skip


def _details(session: Session) -> Iterator[Row]:
    for run in visible(session):
        steps = [("scan", name) for name in sorted(run.reads)] + [
            ("insert", name) for name in sorted(run.writes)
        ]
        for number, (step, name) in enumerate(steps):
            yield (
                _user(session, run), run.query_id, number, step, session.warehouse.oid(name), name, run.started,
                run.ended, _microseconds(run.ran), run.rows,
            )  # fmt: skip


def _loads(session: Session) -> Iterator[Row]:
    states = {"success": "completed", "failed": "aborted"}
    for run in visible(session):
        if run.kind == "COPY":
            name = next(iter(run.writes), "").rpartition(".")[2]
            yield (
                _user(session, run), run.query_id, run.xid, run.pid, session.warehouse.database,
                states.get(run.status, run.status), name, run.started, run.ended, _microseconds(run.ran), run.rows,
                run.size, run.files, run.size, int(bool(run.error)),
            )  # fmt: skip


def _logged(session: Session) -> Iterator[Row]:
    for run in visible(session):
        yield (
            _user(session, run), run.query_id, run.label, run.xid, run.pid, session.warehouse.database, run.text[:4000],
            run.started, run.ended, int(bool(run.error)),
        )  # fmt: skip


def _managed(session: Session) -> Iterator[Row]:
    for run in visible(session):
        if run.ended is not None:
            yield (
                _user(session, run), run.xid, run.query_id, run.query_id, SERVICE_CLASS,
                int(run.slots), run.started, run.started, 0, run.started, run.ended, _microseconds(run.ran),
                "Completed",
            )  # fmt: skip


def _running(session: Session) -> Iterator[Row]:
    now: datetime = session.warehouse.surroundings.now()
    for run in visible(session):
        if run.ended is None:
            spent = (now - run.started).total_seconds()
            yield (
                run.pid,
                run.query_id,
                run.user,
                session.warehouse.database,
                run.text[:600],
                run.started,
                spent * 1e6,
            )


IDENTITY = {"userid": "INTEGER", "xid": "BIGINT", "pid": "INTEGER", "query": "BIGINT"}
TABLES = {
    "sys_query_history": SystemTable(
        {
            "user_id": "INTEGER", "query_id": "BIGINT", "query_label": "VARCHAR", "transaction_id": "BIGINT",
            "session_id": "INTEGER", "database_name": "VARCHAR", "query_type": "VARCHAR", "status": "VARCHAR",
            "result_cache_hit": "BOOLEAN", "start_time": "TIMESTAMP", "end_time": "TIMESTAMP", "elapsed_time": "BIGINT",
            "queue_time": "BIGINT", "execution_time": "BIGINT", "error_message": "VARCHAR", "returned_rows": "BIGINT",
            "query_text": "VARCHAR", "lock_wait_time": "BIGINT", "service_class_id": "INTEGER",
            "service_class_name": "VARCHAR",
        },
        _queries,
    ),
    "sys_query_detail": SystemTable(
        {
            "user_id": "INTEGER", "query_id": "BIGINT", "step_id": "INTEGER", "step_name": "VARCHAR",
            "table_id": "INTEGER", "table_name": "VARCHAR", "start_time": "TIMESTAMP", "end_time": "TIMESTAMP",
            "duration": "BIGINT", "output_rows": "BIGINT",
        },
        _details,
    ),
    "sys_load_history": SystemTable(
        {
            "user_id": "INTEGER", "query_id": "BIGINT", "transaction_id": "BIGINT", "session_id": "INTEGER",
            "database_name": "VARCHAR", "status": "VARCHAR", "table_name": "VARCHAR", "start_time": "TIMESTAMP",
            "end_time": "TIMESTAMP", "duration": "BIGINT", "loaded_rows": "BIGINT", "loaded_bytes": "BIGINT",
            "source_file_count": "INTEGER", "source_file_bytes": "BIGINT", "error_count": "INTEGER",
        },
        _loads,
    ),
    "stl_querytext": SystemTable(
        {**IDENTITY, "sequence": "INTEGER", "text": "VARCHAR", "starttime": "TIMESTAMP"}, _texts
    ),
    "stl_query": SystemTable(
        {
            "userid": "INTEGER", "query": "BIGINT", "label": "VARCHAR", "xid": "BIGINT", "pid": "INTEGER",
            "database": "VARCHAR", "querytxt": "VARCHAR", "starttime": "TIMESTAMP", "endtime": "TIMESTAMP",
            "aborted": "INTEGER",
        },
        _logged,
    ),
    "stl_wlm_query": SystemTable(
        {
            "userid": "INTEGER", "xid": "BIGINT", "task": "BIGINT", "query": "BIGINT", "service_class": "INTEGER",
            "slot_count": "INTEGER", "queue_start_time": "TIMESTAMP", "queue_end_time": "TIMESTAMP",
            "total_queue_time": "BIGINT", "exec_start_time": "TIMESTAMP", "exec_end_time": "TIMESTAMP",
            "total_exec_time": "BIGINT", "final_state": "VARCHAR",
        },
        _managed,
    ),
    "stv_recents": SystemTable(
        {
            "pid": "INTEGER", "query_id": "BIGINT", "user_name": "VARCHAR", "db_name": "VARCHAR", "query": "VARCHAR",
            "starttime": "TIMESTAMP", "duration": "DOUBLE",
        },
        _running,
    ),
}  # fmt: skip
