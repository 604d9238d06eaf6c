"""Writes ledger rows: one short transaction per call, each an upsert, so that a repeated step is harmless."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Unpack, cast

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extras import Json

from switchyard.errors import BadInput, MayPass, SwitchyardError
from switchyard.ledger.recovery_rows import RecoveryTestRow
from switchyard.ledger.rows import (
    CheckRow,
    DiscoveryCoverageRow,
    DiscoveryRunRow,
    ExposureExceptionRow,
    RecoveryPointRow,
    RunRow,
    SensitiveColumnRow,
    StepRow,
    SynonymChangeRow,
    SynonymProbeRow,
    SynonymReleaseRow,
)
from switchyard.ledger.tables import (
    CHECK_RESULT,
    DISCOVERY_COVERAGE,
    DISCOVERY_RUN,
    EXPOSURE_EXCEPTION,
    RECOVERY_POINT,
    RECOVERY_TEST,
    RUN,
    SENSITIVE_COLUMN,
    STEP,
    SYNONYM_CHANGE,
    SYNONYM_PROBE,
    SYNONYM_RELEASE,
    Table,
)

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 10

_NOT_MIGRATED = (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName)
_LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)

log = logging.getLogger(__name__)


class LedgerUnavailable(SwitchyardError):
    """The ledger cannot be reached or has not been migrated; no AWS resource is affected."""


class LedgerAway(LedgerUnavailable, MayPass):
    """PostgreSQL does not answer; a later try may reach it."""


class Ledger:
    """The ledger behind one PostgreSQL connection string.

    Runs and steps are notes: when the ledger is lost, a warning is logged and the step goes on, because the
    truth about AWS resources is read from AWS. Recovery points, tests, checks, releases and probes are evidence:
    losing the ledger raises `LedgerUnavailable`, because a run must not claim what it could not record.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def record_run(self, **row: Unpack[RunRow]) -> None:
        """Note the state of a run; logs a warning when the ledger is lost."""
        self._note_all([(RUN, row)])

    def record_step(self, **row: Unpack[StepRow]) -> None:
        """Note the state of a step; logs a warning when the ledger is lost."""
        self._note_all([(STEP, row)])

    def record_step_of_run(self, run: RunRow, step: StepRow) -> None:
        """Note the states of a step and of its run, both or none; logs a warning when the ledger is lost."""
        self._note_all([(RUN, run), (STEP, step)])

    def record_recovery_point(self, **row: Unpack[RecoveryPointRow]) -> None:
        """Record what is known of a recovery point by now.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(RECOVERY_POINT, [row])

    def record_recovery_test(self, **row: Unpack[RecoveryTestRow]) -> None:
        """Record the outcome and evidence of a recovery.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(RECOVERY_TEST, [row])

    def record_checks(self, rows: Iterable[CheckRow]) -> None:
        """Record the results of checks, all or none.

        Raises:
            LedgerUnavailable: the rows were not written.
        """
        self._write(CHECK_RESULT, rows)

    def record_synonym_release(self, **row: Unpack[SynonymReleaseRow]) -> None:
        """Record what is known of a release by now.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(SYNONYM_RELEASE, [row])

    def record_synonym_changes(self, *, dag_id: str, run_id: str, rows: Iterable[SynonymChangeRow]) -> None:
        """Record the first changes of a run's release in place of those recorded before, all or none.

        Raises:
            LedgerUnavailable: the rows were not written.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM switchyard.synonym_change WHERE dag_id = %s AND run_id = %s", (dag_id, run_id)
            )
            write_rows(cursor, SYNONYM_CHANGE, rows)

    def record_synonym_probes(self, rows: Iterable[SynonymProbeRow]) -> None:
        """Record the probes of a release, all or none.

        Raises:
            LedgerUnavailable: the rows were not written.
        """
        self._write(SYNONYM_PROBE, rows)

    def record_discovery_run(self, **row: Unpack[DiscoveryRunRow]) -> None:
        """Record what is known of a discovery by now.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(DISCOVERY_RUN, [row])

    def record_discovery_coverage(self, rows: Iterable[DiscoveryCoverageRow]) -> None:
        """Record what is known by now of a run's tables, all or none.

        Raises:
            LedgerUnavailable: the rows were not written.
        """
        self._write(DISCOVERY_COVERAGE, rows)

    def record_exposures(
        self,
        columns: Iterable[SensitiveColumnRow],
        exceptions: Iterable[ExposureExceptionRow],
        run: DiscoveryRunRow,
    ) -> None:
        """Record changes of the register of sensitive columns, the exceptions that a run met, and the run, all or none.

        Raises:
            LedgerUnavailable: the rows were not written.
        """
        with self._transaction() as cursor:
            write_rows(cursor, SENSITIVE_COLUMN, columns)
            write_rows(cursor, EXPOSURE_EXCEPTION, exceptions)
            write_rows(cursor, DISCOVERY_RUN, [run])

    def new_exposures(self, *, dag_id: str, run_id: str) -> int:
        """Read about how many new exposures a discovery has alerted by now.

        Raises:
            LedgerUnavailable: it was not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT new_exposures FROM switchyard.discovery_run WHERE dag_id = %s AND run_id = %s",
                (dag_id, run_id),
            )
            row = cursor.fetchone()
        return int(row[0] or 0) if row else 0

    def sensitive_columns(self, pipeline: str) -> list[SensitiveColumnRow]:
        """Read a pipeline's register of sensitive columns, also those that are gone.

        Raises:
            LedgerUnavailable: it was not read.
        """
        columns = sorted(SENSITIVE_COLUMN.columns)
        statement = sql.SQL("SELECT {} FROM switchyard.sensitive_column WHERE pipeline = %s").format(
            sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._transaction() as cursor:
            cursor.execute(statement, (pipeline,))
            return [cast(SensitiveColumnRow, dict(zip(columns, row, strict=True))) for row in cursor]

    def _note_all(self, noted: Sequence[tuple[Table, Mapping[str, Any]]]) -> None:
        try:
            with self._transaction() as cursor:
                for table, row in noted:
                    write_rows(cursor, table, [row])
        except LedgerUnavailable as error:
            names = ", ".join(table.name for table, _ in noted)
            log.warning("Not recorded in the ledger (%s of %s): %s", names, noted[0][1]["run_id"], error)

    def _write(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        with self._transaction() as cursor:
            write_rows(cursor, table, rows)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        try:
            connection = psycopg2.connect(
                self._dsn,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                options=f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s",
            )
            with closing(connection), connection, connection.cursor() as cursor:
                yield cursor
        except _NOT_MIGRATED as error:
            raise LedgerUnavailable(
                f"the ledger's tables are not as expected: {_first_line(error)}. "
                "Run: python -m switchyard.ledger upgrade"
            ) from error
        except _LOST as error:
            raise LedgerAway(
                f"the ledger cannot be written: {_first_line(error)}. "
                "Check that PostgreSQL runs and that the Airflow connection names it"
            ) from error


def write_rows(cursor: Any, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or complete those that are there, and note the runs they belong to."""
    for row in rows:
        _check_columns(table, row)
        if table.of_a_run:
            _insert_missing_run(cursor, row)
        _upsert(cursor, table, row)


def _check_columns(table: Table, row: Mapping[str, Any]) -> None:
    if unknown := sorted(row.keys() - table.columns):
        raise BadInput(
            field=f"column of switchyard.{table.name}",
            value=", ".join(unknown),
            problem="no such column",
            remedy=f"Use: {', '.join(sorted(table.columns))}",
        )
    for column, value in row.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            raise BadInput(
                field=f"{table.name}.{column}",
                value=value.isoformat(),
                problem="a time without a time zone",
                remedy="Pass an aware datetime, for example datetime.now(UTC)",
            )


def _insert_missing_run(cursor: Any, row: Mapping[str, Any]) -> None:
    """Insert the run a row belongs to where the ledger was away when the run began."""
    cursor.execute(
        "INSERT INTO switchyard.run (dag_id, run_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (row["dag_id"], row["run_id"]),
    )


def _upsert(cursor: Any, table: Table, row: Mapping[str, Any]) -> None:
    columns = list(row)
    changed = [column for column in columns if column not in table.key]
    updates = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in changed]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE SET {updates}"
    ).format(
        table=sql.Identifier("switchyard", table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
        updates=sql.SQL(", ").join([*updates, sql.SQL("recorded_at = now()")]),
    )
    cursor.execute(statement, [_adapted(row[column]) for column in columns])


def _adapted(value: object) -> object:
    return Json(cast(Any, value)) if isinstance(value, Mapping) else value


def _first_line(error: psycopg2.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
