"""Prove the candidate before it may go live, and the live endpoint after it has."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pymysql

from switchyard.aurora_recovery import checks
from switchyard.aurora_recovery.checks import CheckResult
from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.parity import compare
from switchyard.aurora_recovery.restore import acceptance_arguments
from switchyard.databases.connections import connect
from switchyard.databases.logins import read_login
from switchyard.errors import CheckFailed
from switchyard.operators.aurora import describe, swap_loop, swap_state, tags
from switchyard.operators.aurora.manifest import count_rows, read_watermarks
from switchyard.operators.aurora.restore import CandidateOperator, given
from switchyard.operators.base import Pause
from switchyard.sql import render
from switchyard.waiting.kinds import Wait

NO_ANSWER = (pymysql.err.OperationalError, psycopg2.OperationalError)
_ANSWER_DEADLINE = "answer_deadline"
_REASON = "rollback_reason"


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

    def prove_data(
        self, cluster: Mapping[str, Any], manifest: Manifest, *, is_live: bool
    ) -> list[CheckResult]:
        """Run every configured check against a cluster's writer endpoint.

        Args:
            cluster: as AWS describes it.
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
        with connect(
            engine, cluster["Endpoint"], cluster["Port"], login, verify_host_name=not is_live
        ) as database:
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
        return {
            "checks": [asdict(result) for result in self.results],
            "checked_at": datetime.now(UTC).isoformat(),
        }


class CheckCandidateOperator(ProofOperator):
    """Prove that the candidate holds what the recovery point promised, over TLS verified down to the host name.

    Only this step writes the tag that lets a candidate take the live name.
    """

    def __init__(
        self,
        *,
        explained_differences: Mapping[str, str],
        instance_overrides: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.explained_differences = dict(explained_differences)
        self.instance_overrides = dict(instance_overrides)

    template_fields = (*ProofOperator.template_fields, "instance_overrides")

    def act(self, context: Any) -> Wait | Pause | None:
        cluster = describe.find_cluster(self.client(), self.candidate_id)
        if self.dry_run and cluster is None:
            self.log.info("Would check %s: row counts, watermarks, %s", self.candidate_id, self.sql_checks)
            return None
        cluster = describe.require_cluster(self.client(), self.candidate_id)
        self.require_own(cluster, f"cluster {self.candidate_id}")
        manifest = self.manifest()
        try:
            data = self.prove_data(cluster, manifest, is_live=False)
        except NO_ANSWER as error:
            outcome = self.patience(context, error)
            if isinstance(outcome, CheckFailed):
                raise outcome from error
            return outcome
        self.results = [*data, *self._settings(cluster, manifest)]
        require_passed(self.results, what=f"candidate {self.candidate_id}")
        self.client().add_tags_to_resource(
            ResourceName=cluster["DBClusterArn"], Tags=tags.tag_list({tags.PROVED: self.stamp})
        )
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return self.evidence()

    def _settings(self, cluster: Mapping[str, Any], manifest: Manifest) -> list[CheckResult]:
        final_name = {
            self.names.candidate_instance_id(one.instance_id): one.instance_id for one in manifest.members
        }
        instances = {
            final_name[one["DBInstanceIdentifier"]]: one
            for one in describe.members(self.client(), cluster)
            if one["DBInstanceIdentifier"] in final_name
        }
        differences = compare(
            manifest,
            cluster,
            instances,
            overrides=self.overrides,
            instance_overrides=given(self.instance_overrides),
            explained=self.explained_differences,
        )
        return checks.parity(differences)


class CheckLiveOperator(ProofOperator):
    """Prove that the live endpoint leads to the proved cluster and its data; go back to the old one when it does not.

    The rollback is the swap's own loop with the inverse plan. It ends this step as failed, with the old cluster live
    again and the candidate kept under its own name for study. The certificate of a renamed cluster bears its former
    name until the cluster is stopped and started, so that here its authority alone is verified.
    """

    template_fields = (*ProofOperator.template_fields, "candidate_resource_id")

    def __init__(self, *, candidate_resource_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.candidate_resource_id = candidate_resource_id

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            self.log.info("Would check the live endpoint of %s", self.live_cluster_id)
            return None
        candidate = swap_loop.candidate_cluster(self.client(), self.candidate_resource_id)
        if isinstance(candidate, Pause):
            return candidate
        if swap_state.direction(candidate) == "back":
            return self._roll_back(context, candidate)
        outcome = self._verify(context, candidate)
        if isinstance(outcome, CheckFailed):
            return self._turn_back(context, candidate, outcome)
        return outcome or self._accept(candidate)

    def result(self, context: Any) -> dict[str, Any]:
        return self.evidence()

    def _verify(self, context: Any, candidate: Mapping[str, Any]) -> Pause | CheckFailed | None:
        try:
            data = self.prove_data(candidate, self.manifest(), is_live=True)
            self.results = [self._bearer(), *data]
            require_passed(self.results, what=f"live endpoint of {self.live_cluster_id}")
        except NO_ANSWER as error:
            return self.patience(context, error)
        except CheckFailed as failed:
            return failed
        return None

    def _bearer(self) -> CheckResult:
        live = describe.find_cluster(self.client(), self.live_cluster_id)
        found = live["DbClusterResourceId"] if live else "nobody"
        return CheckResult(
            name=f"bearer of {self.live_cluster_id}",
            expected=self.candidate_resource_id,
            found=found,
            passed=found == self.candidate_resource_id,
            remedy="See the how-to on half swaps",
        )

    def _turn_back(
        self, context: Any, candidate: Mapping[str, Any], failed: CheckFailed
    ) -> Wait | Pause | None:
        self.log.error("Going back to the old cluster: %s", failed)
        context["task_state_store"].set(_REASON, str(failed))
        swap_state.turn_back(self.client(), candidate["DBClusterArn"])
        return self._roll_back(context, candidate)

    def _roll_back(self, context: Any, candidate: Mapping[str, Any]) -> Wait | Pause | None:
        plan = swap_state.recall(candidate, stamp=self.stamp, live_name=self.live_cluster_id)
        if plan is None:
            return Pause(self.poll_interval, "the recorded plan to become visible")
        wanted = swap_loop.advance(self.client(), plan.inverse(), poll_interval=self.poll_interval)
        if wanted is not None:
            return wanted
        old = "the old cluster bears it again" if plan.leaving else "nobody bears it, as before"
        raise CheckFailed(
            what=f"live endpoint of {self.live_cluster_id}",
            found=f"{context['task_state_store'].get(_REASON, default='its verification failed.')} Rolled back: {old}",
            remedy="Study the candidate, which is kept under its own name; then start a new run",
        )

    def _accept(self, candidate: Mapping[str, Any]) -> Wait | None:
        arn = candidate["DBClusterArn"]
        self.client().add_tags_to_resource(ResourceName=arn, Tags=tags.tag_list({tags.ROLE: "live"}))
        wanted = acceptance_arguments(self.manifest(), self.overrides)
        missing = {name: value for name, value in wanted.items() if candidate.get(name) != value}
        if missing:
            self.client().modify_db_cluster(
                DBClusterIdentifier=self.live_cluster_id, ApplyImmediately=True, **missing
            )
        return None


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
