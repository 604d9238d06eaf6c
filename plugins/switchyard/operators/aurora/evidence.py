"""Record what a recovery proved: in the ledger, in the source account's bucket, on the snapshot itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.ledger.rows import CheckRow
from switchyard.operators.aurora import documents, tags
from switchyard.operators.aurora.report import store_report
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.waiting.kinds import Wait


class RecordEvidenceOperator(RecoveryOperator):
    """Write the evidence of a recovery and acknowledge its recovery point to the source account.

    The achieved RPO is the age of the recovered data when the recovery began; the achieved RTO is the time from there
    to the proof of the live endpoint.

    Args:
        accepted, restored, candidate, swapped, live, retired: what the earlier steps handed on.
        rpo_minutes, rto_minutes: the objectives.
    """

    template_fields = (
        *RecoveryOperator.template_fields,
        "accepted",
        "restored",
        "candidate",
        "swapped",
        "live",
        "retired",
        "stamp",
    )

    def __init__(
        self,
        *,
        pipeline: str,
        stamp: str,
        live_cluster_id: str,
        source_cluster_id: str,
        accepted: Any,
        restored: Any,
        candidate: Any,
        swapped: Any,
        live: Any,
        retired: Any,
        rpo_minutes: int,
        rto_minutes: int,
        bucket: str,
        acknowledgements_prefix: str,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.stamp = stamp
        self.live_cluster_id = live_cluster_id
        self.source_cluster_id = source_cluster_id
        self.accepted = accepted
        self.restored = restored
        self.candidate = candidate
        self.swapped = swapped
        self.live = live
        self.retired = retired
        self.rpo_objective = timedelta(minutes=rpo_minutes)
        self.rto_objective = timedelta(minutes=rto_minutes)
        self.bucket = bucket
        self.acknowledgements_prefix = acknowledgements_prefix
        self.ledger_conn_id = ledger_conn_id

    def act(self, context: Any) -> Wait | None:
        self._acknowledge()
        self._mark_proved()
        # The ledger comes last: while it is away, the source must still learn what it may delete.
        if not self.dry_run:
            self._record(context)
            self._store_report(context)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {
            "snapshot_arn": self.accepted["snapshot_arn"],
            "live_resource_id": self.swapped["live_resource_id"],
            "retired_resource_id": self.swapped["retired_resource_id"],
            "final_snapshot_id": self.retired["final_snapshot_id"],
            "checks": len(self.candidate["checks"]) + len(self.live["checks"]),
            "rpo_seconds": self._rpo.total_seconds(),
            "rpo_objective_seconds": self.rpo_objective.total_seconds(),
            "rto_seconds": self._rto.total_seconds(),
            "rto_objective_seconds": self.rto_objective.total_seconds(),
        }

    @property
    def _began(self) -> datetime:
        return datetime.fromisoformat(self.accepted["accepted_at"])

    @property
    def _rpo(self) -> timedelta:
        return self._began - datetime.fromisoformat(self.accepted["source_time"])

    @property
    def _rto(self) -> timedelta:
        return datetime.fromisoformat(self.live["checked_at"]) - self._began

    def _record(self, context: Any) -> None:
        run = {"dag_id": context["dag_run"].dag_id, "run_id": context["run_id"]}
        ledger = from_airflow(self.ledger_conn_id)
        ledger.record_recovery_test(
            **run,
            pipeline=self.pipeline,
            mode="swap",
            outcome="swapped",
            snapshot_arn=self.accepted["snapshot_arn"],
            source_time=datetime.fromisoformat(self.accepted["source_time"]),
            cluster=self.live_cluster_id,
            started_at=self._began,
            finished_at=datetime.now(UTC),
            rpo_seconds=self._rpo.total_seconds(),
            rpo_objective_seconds=self.rpo_objective.total_seconds(),
            rto_seconds=self._rto.total_seconds(),
            rto_objective_seconds=self.rto_objective.total_seconds(),
            evidence={
                "accepted": self.accepted,
                "restored": self.restored,
                "swapped": self.swapped,
                "retired": self.retired,
            },
        )
        for task_id, proof in (("check_candidate", self.candidate), ("check_live", self.live)):
            ledger.record_checks(_row(run, task_id, proof["checked_at"], check) for check in proof["checks"])

    def _store_report(self, context: Any) -> None:
        place = store_report(
            self.client("s3"),
            self.bucket,
            self.source_cluster_id,
            dag_id=context["dag_run"].dag_id,
            run_id=context["run_id"],
            stamp=self.stamp,
            conn_id=self.ledger_conn_id,
        )
        self.log.info("The evidence lies at %s", place)

    def _acknowledge(self) -> None:
        if self.dry_run and not self.accepted:
            return
        acknowledgement = {
            "snapshot_id": self.accepted["snapshot_id"],
            "stamp": self.accepted["snapshot_stamp"],
            "copied_at": self.accepted["accepted_at"],
            "proved_at": (self.live or {}).get("checked_at"),
        }
        key = documents.document_key(
            self.acknowledgements_prefix, self.source_cluster_id, self.accepted["snapshot_id"]
        )
        content = json.dumps(acknowledgement, sort_keys=True).encode()
        documents.write(self.client("s3"), self.bucket, key, content, kms_key_id=None)

    def _mark_proved(self) -> None:
        local = self.protected.snapshots.find(self.client(), self.accepted["snapshot_id"])
        if local is not None:
            proved = tags.tag_list({tags.PROVED: self.stamp})
            self.client().add_tags_to_resource(ResourceName=local.arn, Tags=proved)


def _row(run: Mapping[str, str], task_id: str, checked_at: str, check: Mapping[str, Any]) -> CheckRow:
    return CheckRow(
        dag_id=run["dag_id"],
        run_id=run["run_id"],
        task_id=task_id,
        name=check["name"],
        kind=check["name"].partition(" ")[0],
        passed=check["passed"],
        expected=check["expected"],
        found=check["found"],
        detail=check["remedy"] or None,
        checked_at=datetime.fromisoformat(checked_at),
    )
