"""What reports read of the ledger: everything about one recovery, and the state of all databases."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg2.extras import RealDictCursor

from switchyard.errors import BadInput
from switchyard.ledger.connection import DEFAULT_CONN_ID, dsn_from_airflow
from switchyard.ledger.writer import Ledger

Row = Mapping[str, Any]


class Recovery(NamedTuple):
    """The rows of one recovery: the test, its checks, its steps and what people were asked, each in their order."""

    test: Row
    checks: list[Row]
    steps: list[Row]
    approvals: list[Row]


class ReportLedger(Ledger):
    """The ledger as reports read it."""

    def recovery(self, run_id: str, dag_id: str | None = None) -> Recovery:
        """Read all that was recorded of the recovery of one run.

        Args:
            run_id: Airflow's run id.
            dag_id: the DAG, where run ids of several recoveries are the same.

        Raises:
            BadInput: there is no such recovery, or several.
            LedgerUnavailable: it was not read.
        """
        tests = self._rows(
            "SELECT * FROM switchyard.recovery_test WHERE run_id = %(run_id)s"
            " AND dag_id = coalesce(%(dag_id)s, dag_id) ORDER BY dag_id",
            {"run_id": run_id, "dag_id": dag_id},
        )
        if len(tests) != 1:
            found = ", ".join(str(one["dag_id"]) for one in tests) or "no recovery of this run is recorded"
            raise BadInput(
                "run",
                run_id,
                found,
                "Name a run of recovery_restore that has recorded its evidence, and its DAG",
            )
        run = {"dag_id": tests[0]["dag_id"], "run_id": run_id}
        return Recovery(tests[0], *(self._rows(statement, run) for statement in _OF_RUN))

    def newest_recovery(self, pipeline: str) -> Recovery:
        """Read all that was recorded of a pipeline's newest recovery.

        Raises:
            BadInput: there is none.
            LedgerUnavailable: it was not read.
        """
        rows = self._rows(
            "SELECT dag_id, run_id FROM switchyard.recovery_test WHERE pipeline = %(pipeline)s"
            " ORDER BY started_at DESC NULLS LAST LIMIT 1",
            {"pipeline": pipeline},
        )
        if not rows:
            others = self._rows(
                "SELECT DISTINCT pipeline FROM switchyard.recovery_test ORDER BY pipeline", {}
            )
            known = ", ".join(str(one["pipeline"]) for one in others) or "none"
            remedy = f"Run recovery_restore first, or name a pipeline that has one: {known}"
            raise BadInput("pipeline", pipeline, "no recovery of it is recorded", remedy)
        return self.recovery(rows[0]["run_id"], rows[0]["dag_id"])

    def fleet(self) -> list[Row]:
        """Read for each pipeline its newest usable recovery point, its last proof and its open outages.

        The point is the one that recovery_watch found last; where nobody watches, the one announced last.

        Raises:
            LedgerUnavailable: it was not read.
        """
        return self._rows(_FLEET, {})

    def of_run(self, statement: str, run: Mapping[str, str]) -> list[Row]:
        """Read what a statement of ``include/sql/run_summary`` says of one run.

        Args:
            statement: the file's text.
            run: ``dag_id`` and ``run_id``, which the statement names.

        Raises:
            LedgerUnavailable: it was not read.
        """
        return self._rows(statement, run)

    def _rows(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        with self._transaction() as cursor, cursor.connection.cursor(cursor_factory=RealDictCursor) as reader:
            reader.execute(statement, values)
            return [{name: _plain(value) for name, value in row.items()} for row in reader.fetchall()]


_OF_RUN = (
    "SELECT * FROM switchyard.check_result WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s"
    " ORDER BY checked_at, task_id, name",
    "SELECT * FROM switchyard.step WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s"
    " ORDER BY started_at, task_id",
    "SELECT * FROM switchyard.recovery_approval WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s"
    " ORDER BY asked_at, gate",
)
_FLEET = """
WITH announced AS (
    SELECT DISTINCT ON (pipeline) pipeline, coalesce(copy_arn, snapshot_arn) AS snapshot_arn, source_time
      FROM switchyard.recovery_point
     WHERE deleted_at IS NULL AND state IN ('shared', 'published', 'acknowledged')
     ORDER BY pipeline, source_time DESC NULLS LAST
), seen AS (
    SELECT DISTINCT ON (run.pipeline) run.pipeline, step.result ->> 'snapshot_arn' AS snapshot_arn
         , (step.result ->> 'data_as_of')::timestamptz AS source_time
      FROM switchyard.step
      JOIN switchyard.run USING (dag_id, run_id)
     WHERE step.task_id = 'find_usable_point' AND step.state = 'success'
     ORDER BY run.pipeline, step.finished_at DESC
), point AS (
    SELECT * FROM seen WHERE pipeline IS NOT NULL
    UNION ALL
    SELECT * FROM announced WHERE pipeline NOT IN (SELECT pipeline FROM seen WHERE pipeline IS NOT NULL)
), proof AS (
    SELECT DISTINCT ON (pipeline) pipeline, finished_at, mode, outcome
         , rpo_seconds, rpo_objective_seconds, rto_seconds, rto_objective_seconds, dag_id, run_id
      FROM switchyard.recovery_test
     WHERE outcome IN ('proved', 'swapped', 'kept')
     ORDER BY pipeline, finished_at DESC NULLS LAST
), latest AS (
    SELECT DISTINCT ON (pipeline) pipeline, outcome AS last_outcome, started_at AS last_started_at
      FROM switchyard.recovery_test
     ORDER BY pipeline, started_at DESC NULLS LAST
), outage AS (
    SELECT pipeline, array_agg(cause ORDER BY began_at) AS outages
      FROM switchyard.recovery_outage
     WHERE ended_at IS NULL
     GROUP BY pipeline
)
SELECT pipeline, snapshot_arn, source_time, finished_at AS proved_at, mode, outcome, last_outcome
     , last_started_at, rpo_seconds, rpo_objective_seconds, rto_seconds, rto_objective_seconds
     , dag_id, run_id, coalesce(outages, '{}') AS outages
  FROM point
  FULL JOIN proof USING (pipeline)
  FULL JOIN latest USING (pipeline)
  FULL JOIN outage USING (pipeline)
 ORDER BY pipeline
"""


def _plain(value: Any) -> Any:
    """Durations are of PostgreSQL's type numeric; seconds are floats everywhere else."""
    return float(value) if isinstance(value, Decimal) else value


def report_ledger(conn_id: str = DEFAULT_CONN_ID) -> ReportLedger:
    """Open the ledger that an Airflow connection names.

    Raises:
        BadInput: there is no such connection, or it is of another type.
    """
    return ReportLedger(dsn_from_airflow(conn_id))
