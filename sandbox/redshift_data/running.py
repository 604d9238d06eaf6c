"""Running the texts of a statement one after the other, in a thread that holds no lock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sandbox.redshift.databases import ConnectionFailed
from sandbox.redshift_data import mishaps, parameters
from sandbox.redshift_data.parts import ABORTED, FAILED, FINISHED, STARTED, Part
from sandbox.redshift_data.requests import TRANSACTION
from sandbox.warehouse.errors import RedshiftError

if TYPE_CHECKING:
    from sandbox.redshift.databases import Connection
    from sandbox.redshift_data.statements import Statement


class Failure(Exception):
    """A statement has failed; `message` is what it says of that as a whole."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Stopped(Exception):
    """A statement is to run no further."""


def run(statement: Statement, connection: Connection) -> None:
    """Run all texts of a statement.

    Raises:
        Failure: one of them failed, and with it the transaction where they have one; or the connection did.
        Stopped: it was cancelled between two of them.
    """
    if not statement.request.batch:
        _run(statement, statement.parts[0], connection)
    elif statement.request.mode == TRANSACTION:
        _run_together(statement, connection)
    else:
        _run_each(statement, connection)


def _run_together(statement: Statement, connection: Connection) -> None:
    connection.begin()
    try:
        for part in statement.parts:
            _run(statement, part, connection)
        text = "; ".join(part.sql for part in statement.parts)
        mishaps.strike(mishaps.COMMIT, text, statement.account, statement.region, statement.stopped)
        connection.commit()
    except (RedshiftError, ConnectionFailed) as error:
        connection.rollback()
        raise Failure(str(error)) from error
    except BaseException:
        connection.rollback()
        raise


def _run_each(statement: Statement, connection: Connection) -> None:
    """Run every text, whether or not those before it failed."""
    failures: list[Failure] = []
    for part in statement.parts:
        try:
            _run(statement, part, connection)
        except Failure as failure:
            failures.append(failure)
            if isinstance(failure.__cause__, ConnectionFailed):
                break
    if failures:
        raise failures[0]


def _run(statement: Statement, part: Part, connection: Connection) -> None:
    if statement.stopped.is_set():
        raise Stopped
    part.show(STARTED)
    began = time.perf_counter_ns()
    try:
        _execute(statement, part, connection)
    except (RedshiftError, ConnectionFailed) as error:
        part.duration = time.perf_counter_ns() - began
        part.show(ABORTED if statement.stopped.is_set() else FAILED, str(error))
        raise Failure(statement.failure_of(part)) from error
    part.duration = time.perf_counter_ns() - began
    part.show(FINISHED)


def _execute(statement: Statement, part: Part, connection: Connection) -> None:
    sql = parameters.bound(part.sql, dict(statement.request.values))
    place = (statement.account, statement.region)
    lost = mishaps.strike(mishaps.EXECUTE, sql, *place, statement.stopped)
    if statement.stopped.is_set():
        raise Stopped
    try:
        answer = connection.execute(sql)
    finally:
        part.query_id = connection.query_id
    part.keep(answer)
    if lost:
        raise mishaps.lose()
