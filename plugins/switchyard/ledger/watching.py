"""What the ledger keeps for the watch over recoveries: outages that were told of, and the last proof."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.recovery_rows import RecoveryOutageRow
from switchyard.ledger.tables import RECOVERY_OUTAGE
from switchyard.ledger.writer import Ledger

PROVED = ("proved", "swapped", "kept")
"""Outcomes of a recovery whose data was proved."""


class WatchLedger(Ledger):
    """The ledger as the watch writes and reads it; whom it told of what is evidence."""

    def record_recovery_outage(self, **row: Unpack[RecoveryOutageRow]) -> None:
        """Record what is known of an outage by now.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        self._write(RECOVERY_OUTAGE, [row])

    def open_outages(self, pipeline: str) -> list[tuple[str, datetime]]:
        """Read cause and beginning of the outages of a pipeline that were told of and are not over.

        Raises:
            LedgerUnavailable: they were not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT cause, began_at FROM switchyard.recovery_outage"
                " WHERE pipeline = %s AND ended_at IS NULL ORDER BY began_at",
                (pipeline,),
            )
            return [(cause, began_at) for cause, began_at in cursor]

    def last_proved(self, pipeline: str) -> datetime | None:
        """Read when a restore of a pipeline was last proved, in whichever mode; None where none ever was.

        Raises:
            LedgerUnavailable: it was not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT max(finished_at) FROM switchyard.recovery_test"
                " WHERE pipeline = %s AND outcome = ANY(%s)",
                (pipeline, list(PROVED)),
            )
            moment: datetime | None = cursor.fetchone()[0]
        return moment

    def has_proved(self, dag_id: str, run_id: str, task_id: str) -> bool:
        """Read whether the step of a run that proves has ended well, or the run has recorded its proof otherwise.

        Raises:
            LedgerUnavailable: it was not read.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM switchyard.step WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s"
                " AND task_id = %(task_id)s AND state IN ('success', 'skipped'))"
                " OR EXISTS (SELECT 1 FROM switchyard.recovery_test WHERE dag_id = %(dag_id)s"
                " AND run_id = %(run_id)s AND outcome = ANY(%(proved)s))",
                {"dag_id": dag_id, "run_id": run_id, "task_id": task_id, "proved": list(PROVED)},
            )
            return bool(cursor.fetchone()[0])


def watching_from_airflow(conn_id: str = DEFAULT_CONN_ID) -> WatchLedger:
    """Open the ledger that an Airflow connection names.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    return WatchLedger(dsn_from_airflow(conn_id))
