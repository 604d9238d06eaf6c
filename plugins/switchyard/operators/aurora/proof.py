"""What the checks before and after the swap share: the data behind an endpoint, compared with the manifest."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pymysql

from switchyard.aurora_recovery import checks
from switchyard.aurora_recovery.checks import CheckResult
from switchyard.aurora_recovery.manifest import Manifest
from switchyard.databases.connections import connect
from switchyard.databases.logins import read_login
from switchyard.errors import CheckFailed
from switchyard.operators.aurora import describe
from switchyard.operators.aurora.manifest import count_rows, read_watermarks
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.restore import CandidateOperator
from switchyard.operators.base import Pause
from switchyard.sql import render

NO_ANSWER = (pymysql.err.OperationalError, psycopg2.OperationalError)
_ANSWER_DEADLINE = "answer_deadline"


class ProofOperator(CandidateOperator):
    """What both proofs share: the data behind an endpoint, compared with the manifest.

    Args:
        engine: engine as RDS names it.
        login_secret_id: secret with the login, in the target account and Region.
        database: database to connect to; None takes the secret's own.
        sql_checks: files under `include/sql/aurora_recovery/sanity/`; each passes when it returns no row.
        deleted_rows_percent: how many rows fewer than the manifest's a table may have.
        watermark_tolerance_seconds: how far a time watermark may lie beyond the snapshot.
        snapshot_time: when AWS made the snapshot, ISO 8601.
        answer_within: how long an endpoint that was just made or renamed may stay without an answer.
    """

    template_fields = (*CandidateOperator.template_fields, "snapshot_time")

    def __init__(
        self,
        *,
        engine: str,
        login_secret_id: str,
        database: str | None,
        sql_checks: Sequence[str],
        deleted_rows_percent: float,
        watermark_tolerance_seconds: int,
        snapshot_time: str,
        answer_within: timedelta = timedelta(minutes=10),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.engine = engine
        self.login_secret_id = login_secret_id
        self.database = database
        self.sql_checks = tuple(sql_checks)
        self.deleted_rows_percent = deleted_rows_percent
        self.watermark_tolerance_seconds = watermark_tolerance_seconds
        self.snapshot_time = snapshot_time
        self.answer_within = answer_within
        self.results: list[CheckResult] = []

    def prove_data(self, described: Described, manifest: Manifest, *, is_live: bool) -> list[CheckResult]:
        """Run every configured check against the endpoint that clients write to.

        Args:
            described: the candidate or live one as AWS describes it.
            manifest: what it is to hold.
            is_live: whether clients write to it, so that it may hold younger rows than the snapshot; and whether it
                was renamed, so that its certificate bears another name.

        Raises:
            CheckFailed: the database refuses a statement.
            pymysql.err.OperationalError, psycopg2.OperationalError: it does not answer.
        """
        login = read_login(self.client("secretsmanager"), self.login_secret_id, database=self.database)
        engine = describe.DATABASE_ENGINES[self.engine]
        watermarks = dict(name.rsplit(".", 1) for name in manifest.watermarks)
        with connect(engine, *described.address, login, verify_host_name=not is_live) as database:
            return [
                *checks.row_counts(
                    manifest,
                    count_rows(database, engine, tuple(manifest.row_counts)),
                    deleted_rows_percent=self.deleted_rows_percent,
                ),
                *checks.watermarks(
                    manifest,
                    read_watermarks(database, engine, watermarks),
                    snapshot_time=None if is_live else datetime.fromisoformat(self.snapshot_time),
                    tolerance=timedelta(seconds=self.watermark_tolerance_seconds),
                ),
                *checks.sql_checks(
                    {
                        file: database.rows(render(f"aurora_recovery/sanity/{file}", engine))
                        for file in self.sql_checks
                    }
                ),
            ]

    def patience(self, context: Any, error: Exception) -> Pause | CheckFailed:
        """Wait for an endpoint to answer, until the time that begins with the first failure is spent."""
        store = context["task_state_store"]
        deadline = store.get(_ANSWER_DEADLINE)
        if deadline is None:
            # What follows, a rollback perhaps, must fit into the step's time too.
            deadline = time.time() + min(self.answer_within, self.timeout / 2).total_seconds()
            store.set(_ANSWER_DEADLINE, deadline)
        if time.time() < float(deadline):
            return Pause(self.poll_interval, f"the endpoint to answer ({type(error).__name__})")
        return CheckFailed(
            what="the endpoint answers",
            found=f"{type(error).__name__}: {error}",
            remedy="Check security groups, the certificate authorities and the login, then clear this task",
        )

    def evidence(self) -> dict[str, Any]:
        """The checks as the ledger keeps them."""
        passed = len(self.results) - len(checks.failures(self.results))
        return {
            "checks": [asdict(result) for result in self.results],
            "checked_at": datetime.now(UTC).isoformat(),
            "summary": f"{passed} of {len(self.results)} checks passed",
        }


def require_passed(results: Sequence[CheckResult], *, what: str) -> None:
    """Raise one error that names every failed check.

    Raises:
        CheckFailed: at least one check failed.
    """
    failed = checks.failures(results)
    if not failed:
        return
    found = "; ".join(f"{one.name}: expected {one.expected}, found {one.found}" for one in failed)
    raise CheckFailed(what=what, found=found, remedy=" ".join(dict.fromkeys(one.remedy for one in failed)))
