"""What the ledger keeps of recoveries beside their rows: approvals, failed steps, the end of a candidate."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Unpack

from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.recovery_rows import RecoveryApprovalRow, RecoveryTestRow
from switchyard.ledger.tables import RECOVERY_APPROVAL, RECOVERY_TEST
from switchyard.ledger.writer import Ledger, write_rows


class FailedStep(NamedTuple):
    """A step of a run that failed, and what it had to say."""

    task_id: str
    summary: str


class RecoveryLedger(Ledger):
    """The ledger as recoveries write and read it; what they record is evidence."""

    def record_begun(self, **row: Unpack[RecoveryTestRow]) -> None:
        """Record that a recovery has begun, unless the ledger knows more of it already.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT outcome FROM switchyard.recovery_test WHERE dag_id = %s AND run_id = %s",
                (row["dag_id"], row["run_id"]),
            )
            if cursor.fetchone() is None:
                write_rows(cursor, RECOVERY_TEST, [row])

    def record_recovery_approval(self, **row: Unpack[RecoveryApprovalRow]) -> None:
        """Record a question to people, or its answer.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(RECOVERY_APPROVAL, [row])

    def record_torn_down(self, *, dag_id: str, run_id: str, at: datetime) -> None:
        """Record that nothing of a run's candidate is left; a test that was not brought to its end has failed.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE switchyard.recovery_test SET torn_down_at = %(at)s, recorded_at = now()"
                ", outcome = CASE outcome WHEN 'running' THEN 'failed' ELSE outcome END"
                ", finished_at = coalesce(finished_at, %(at)s)"
                ", reason = CASE outcome WHEN 'running' THEN 'The run was ended before its evidence was recorded.'"
                " ELSE reason END"
                " WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s",
                {"dag_id": dag_id, "run_id": run_id, "at": at},
            )

    def failed_steps(self, *, dag_id: str, run_id: str) -> list[FailedStep]:
        """Read which steps of a run have failed by now, the first one first.

        Raises:
            LedgerUnavailable: they were not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT task_id, coalesce(summary, '') FROM switchyard.step"
                " WHERE dag_id = %s AND run_id = %s AND state = 'failed' ORDER BY finished_at, task_id",
                (dag_id, run_id),
            )
            return [FailedStep(*row) for row in cursor]


def recovery_ledger(conn_id: str = DEFAULT_CONN_ID) -> RecoveryLedger:
    """Open the ledger that an Airflow connection names.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    return RecoveryLedger(dsn_from_airflow(conn_id))
