"""What the ledger keeps of purges: the proofs that an extract was empty, and all that was deleted for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.rows import ExtractPurgeRow
from switchyard.ledger.tables import EXTRACT_PURGE
from switchyard.ledger.writer import Ledger, write_rows

_PURGES = "purges"
"""In the evidence: what the step has deleted, by how often it had been cleared."""


class PurgeLedger(Ledger):
    """The ledger as purges write it."""

    def record_extract_purge(
        self, *, clears: int, counted: Mapping[str, int], **row: Unpack[ExtractPurgeRow]
    ) -> None:
        """Record the proof that an extract was empty, with all that the step has deleted, also before it was cleared.

        Args:
            clears: how often the step was cleared. Tries between two clears count the same things, and are one purge.
            counted: what this purge has ``deleted``, its ``uploads`` and its ``versions``.
            row: what else there is to keep.

        Raises:
            LedgerUnavailable: the row was not written.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "SELECT evidence FROM switchyard.extract_purge"
                " WHERE dag_id = %s AND run_id = %s AND task_id = %s FOR UPDATE",
                (row["dag_id"], row["run_id"], row["task_id"]),
            )
            [evidence] = cursor.fetchone() or [None]
            purges = (evidence or {}).get(_PURGES, {}) | {str(clears): dict(counted)}
            total = {name: sum(one[name] for one in purges.values()) for name in counted}
            row["deleted"], row["uploads"] = total["deleted"], total["uploads"]
            kept = {"versions": total["versions"], _PURGES: purges}
            row["evidence"] = {**row.get("evidence", {}), **kept}
            write_rows(cursor, EXTRACT_PURGE, [row])


def purges_from_airflow(conn_id: str = DEFAULT_CONN_ID) -> PurgeLedger:
    """Open the ledger that an Airflow connection names.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    return PurgeLedger(dsn_from_airflow(conn_id))
