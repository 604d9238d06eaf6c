"""What the ledger keeps of federated loads: windows, reconciliations, publications."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple, Unpack

from psycopg2 import sql

from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.load_rows import LoadPublicationRow, LoadReconciliationRow, LoadWindowRow
from switchyard.ledger.tables import LOAD_PUBLICATION, LOAD_RECONCILIATION, LOAD_WINDOW
from switchyard.ledger.writer import Ledger, write_rows

Pass = Literal["deletes_at", "reconciled_at", "published_at"]
"""A step that not every run makes, by the column that says when it was made."""


class Publication(NamedTuple):
    """A folder of the lake that a run wrote and that was not removed since."""

    dag_id: str
    run_id: str
    location: str
    published_at: datetime


class LoadLedger(Ledger):
    """The ledger as federated loads write and read it; what they record is evidence."""

    def record_load_window(self, **row: Unpack[LoadWindowRow]) -> None:
        """Record what is known of a window by now.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(LOAD_WINDOW, [row])

    def record_load_reconciliation(
        self, *, dag_id: str, run_id: str, table_name: str, rows: Iterable[LoadReconciliationRow]
    ) -> None:
        """Record the buckets that a run compared in place of those recorded before, all or none.

        Raises:
            LedgerUnavailable: the rows were not written.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM switchyard.load_reconciliation WHERE dag_id = %s AND run_id = %s AND table_name = %s",
                (dag_id, run_id, table_name),
            )
            write_rows(cursor, LOAD_RECONCILIATION, rows)

    def record_load_publication(self, **row: Unpack[LoadPublicationRow]) -> None:
        """Record what is known of a publication by now.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(LOAD_PUBLICATION, [row])

    def applied_windows(self, pipeline: str, table: str) -> list[tuple[datetime, datetime]]:
        """Read `[lo, hi)` of the windows of a table that its target holds, in their order.

        Raises:
            LedgerUnavailable: they were not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT lo, hi FROM switchyard.load_window"
                " WHERE pipeline = %s AND table_name = %s AND state <> 'staged' AND lo IS NOT NULL"
                " ORDER BY lo, hi",
                (pipeline, table),
            )
            return [(lo, hi) for lo, hi in cursor]

    def windows_since(self, made: Pass, pipeline: str, table: str, *, but_run: str) -> int | None:
        """Count the windows of a table that were applied since the last one with a pass of that kind.

        Args:
            made: the pass.
            pipeline: the pipeline instance.
            table: the table.
            but_run: a run that does not count, so that a repeated run finds what it found at first.

        Returns:
            None where there was no such pass yet.

        Raises:
            LedgerUnavailable: they were not read.
        """
        statement = sql.SQL(
            "SELECT max(applied_at) FILTER (WHERE {made} IS NOT NULL),"
            " array_remove(array_agg(applied_at), NULL)"
            " FROM switchyard.load_window WHERE pipeline = %s AND table_name = %s AND run_id <> %s"
        ).format(made=sql.Identifier(made))
        with self._transaction() as cursor:
            cursor.execute(statement, (pipeline, table, but_run))
            last, applied = cursor.fetchone()
        return None if last is None else sum(moment > last for moment in applied)

    def publications(self, pipeline: str, table: str) -> list[Publication]:
        """Read the publications of a table whose folders were not removed, the newest first.

        Raises:
            LedgerUnavailable: they were not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT dag_id, run_id, location, published_at FROM switchyard.load_publication"
                " WHERE pipeline = %s AND table_name = %s AND published_at IS NOT NULL AND removed_at IS NULL"
                " ORDER BY published_at DESC",
                (pipeline, table),
            )
            return [Publication(*row) for row in cursor]

    def last_found(self, dag_id: str, kind: str, *, but_run: str) -> dict[str, str]:
        """Read what checks of a kind found when a DAG made them last, by their names.

        Args:
            dag_id: the DAG.
            kind: of the checks.
            but_run: a run that does not count.

        Raises:
            LedgerUnavailable: it was not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT DISTINCT ON (name) name, found FROM switchyard.check_result"
                " WHERE dag_id = %s AND kind = %s AND run_id <> %s AND found IS NOT NULL"
                " ORDER BY name, checked_at DESC",
                (dag_id, kind, but_run),
            )
            return dict(cursor.fetchall())


def loads_from_airflow(conn_id: str = DEFAULT_CONN_ID) -> LoadLedger:
    """Open the ledger that an Airflow connection names.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    return LoadLedger(dsn_from_airflow(conn_id))
