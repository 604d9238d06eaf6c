"""Record what a recovery proved, or why it did not: in the ledger, in the source's bucket, on the snapshot itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aurora_recovery.modes import Mode
from switchyard.aurora_recovery.outcomes import ENDED_WELL, Ending, ending
from switchyard.aws import console as pages
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.recoveries import RecoveryLedger, recovery_ledger
from switchyard.observability import metrics
from switchyard.operators.aurora import documents, swap_state, tags
from switchyard.operators.aurora.modes import APPROVED, recorded_mode, said
from switchyard.operators.aurora.notes import begun, check_rows, run_of
from switchyard.operators.aurora.report import store_report
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.waiting.kinds import Wait

_AFTERWARDS = ("record_evidence", "apply_retention", "tear_down_candidate")
"""What has failed of these says nothing about the recovery."""
PROOFS = ("candidate", "live")
"""What the two checks handed on, as attributes; their tasks are called check_ and this."""


class RecordEvidenceOperator(RecoveryOperator):
    """Write the evidence of a recovery, however it ended, and acknowledge to the source account what was proved.

    It runs after failures too, and ends well where all is recorded: that a run has failed is for the run to say, and
    the step's outlets tell of proved restores alone. The achieved RPO is the age of the recovered data when the
    recovery began; the achieved RTO is the time from there to the proof of the live endpoint, or of the candidate where
    the live name was not to move.

    Args:
        configured_mode: the mode of the configuration, for runs that came not even to decide on theirs.
        accepted, restored, candidate, swapped, live, retired: what the earlier steps handed on; None where one did not.
        approvals: the answers of people, by gate.
        rpo_minutes, rto_minutes: the objectives.
    """

    reports = metrics.reported(
        rpo_seconds=metrics.RPO,
        rpo_objective_seconds=metrics.RPO_OBJECTIVE,
        rto_seconds=metrics.RTO,
        rto_objective_seconds=metrics.RTO_OBJECTIVE,
        checks=metrics.RECOVERY_CHECKS,
    )
    console = (pages.FOLDER % ("bucket", "acknowledgements_prefix"),)
    handed_on: ClassVar = ("accepted", "restored", "candidate", "swapped", "live", "retired", "approvals")
    template_fields = (*RecoveryOperator.template_fields, *handed_on, "stamp")

    def __init__(
        self,
        *,
        pipeline: str,
        stamp: str,
        live_id: str,
        source_id: str,
        configured_mode: Mode,
        accepted: Any,
        restored: Any,
        candidate: Any,
        swapped: Any,
        live: Any,
        retired: Any,
        approvals: Mapping[str, Any],
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
        self.live_id = live_id
        self.source_id = source_id
        self.configured_mode = configured_mode
        self.accepted = accepted
        self.restored = restored
        self.candidate = candidate
        self.swapped = swapped
        self.live = live
        self.retired = retired
        self.approvals = approvals
        self.rpo_objective = timedelta(minutes=rpo_minutes)
        self.rto_objective = timedelta(minutes=rto_minutes)
        self.bucket = bucket
        self.acknowledgements_prefix = acknowledgements_prefix
        self.ledger_conn_id = ledger_conn_id
        self.ending: Ending | None = None

    def act(self, context: Any) -> Wait | None:
        states = _states(context)
        if states.get("accept_recovery_point") == "skipped":
            raise AirflowSkipException("The run restored nothing: there is nothing to record")
        if self.dry_run:
            self._acknowledge(None)
            self._mark_proved()
            return None
        self.ending = self._ending(context, states)
        if self.ending.proved_at:
            self._acknowledge(self.ending.proved_at)
            self._mark_proved()
        # The ledger comes last: while it is away, the source must still learn what it may delete.
        self._record(context, self.ending)
        self._store_report(context)
        if self.ending.outcome not in ENDED_WELL:
            self.outlets = []
        return None

    def result(self, context: Any) -> dict[str, Any]:
        end, swapped = self.ending, self.swapped or {}
        if end is None:
            raise TypeError("a result without an ending")
        for events in (context["outlet_events"][asset] for asset in self.outlets):
            events.extra = {"stamp": self.stamp, "outcome": end.outcome}
        found = {
            "outcome": end.outcome,
            "failed_step": end.failed_step or "",
            "reason": end.reason or "",
            "snapshot_arn": (self.accepted or {}).get("snapshot_arn", ""),
            "live_resource_id": swapped.get("live_resource_id", ""),
            "retired_resource_id": swapped.get("retired_resource_id", ""),
            "final_snapshot_id": (self.retired or {}).get("final_snapshot_id", ""),
            "checks": sum(len(proof["checks"]) for proof in self._proofs.values()),
            **self._objectives(end),
        }
        return found | {"summary": ". ".join(filter(None, (end.outcome, end.reason)))}

    @property
    def _proofs(self) -> dict[str, Any]:
        return {f"check_{name}": proof for name in PROOFS if (proof := getattr(self, name)) is not None}

    def _answers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((gate, answer) for gate, answer in self.approvals.items() if answer)

    def _ending(self, context: Any, states: Mapping[str, str]) -> Ending:
        red = {task_id for task_id, state in states.items() if state == "failed"} - {*_AFTERWARDS}
        known = self._ledger().failed_steps(**run_of(context)) if red else []
        in_order = [step.task_id for step in known if step.task_id in red]
        return ending(
            mode=self.accepted["mode"] if self.accepted else self.configured_mode,
            candidate=self.candidate,
            live=self.live,
            failed=[*in_order, *sorted(red - {*in_order})],
            reasons={step.task_id: step.summary for step in known if step.summary},
            rejections={gate: said(one) for gate, one in self._answers() if one["chosen"] != APPROVED},
            rolled_back=self._rolled_back(),
        )

    def _rolled_back(self) -> bool:
        if not self.restored:
            return False
        found = self.protected.find_by_resource_id(self.client(), self.restored["resource_id"])
        return found is not None and swap_state.direction(found.tags) == "back"

    def _objectives(self, end: Ending) -> dict[str, float | None]:
        """Achieved and wanted RPO and RTO in seconds, for what was accepted and proved."""
        began = datetime.fromisoformat(self.accepted["accepted_at"]) if self.accepted else None
        source_time = datetime.fromisoformat(self.accepted["source_time"]) if self.accepted else None
        proved = datetime.fromisoformat(end.proved_at) if end.proved_at else None
        return {
            "rpo_seconds": (began - source_time).total_seconds() if began and source_time else None,
            "rpo_objective_seconds": self.rpo_objective.total_seconds(),
            "rto_seconds": (proved - began).total_seconds() if began and proved else None,
            "rto_objective_seconds": self.rto_objective.total_seconds(),
        }

    def _ledger(self) -> RecoveryLedger:
        return recovery_ledger(self.ledger_conn_id)

    def _record(self, context: Any, end: Ending) -> None:
        run, ledger = run_of(context), self._ledger()
        accepted = self.accepted or {}
        swap = (self.approvals.get("swap") or {}) if self.approvals else {}
        approved = swap.get("chosen") == APPROVED
        ledger.record_recovery_test(
            **run,
            pipeline=self.pipeline,
            stamp=self.stamp,
            outcome=end.outcome,
            failed_step=end.failed_step,
            reason=end.reason,
            cluster=self._cluster(end),
            finished_at=datetime.now(UTC),
            approved_by=swap.get("decided_by") if approved else None,
            approved_at=datetime.fromisoformat(swap["decided_at"]) if approved else None,
            **({"mode": recorded_mode(context, configured=self.configured_mode)} | begun(accepted)),
            **dict[str, Any](self._objectives(end)),
            evidence={
                "accepted": accepted,
                "restored": self.restored or {},
                "swapped": self.swapped or {},
                "retired": self.retired or {},
                "approvals": {gate: dict(answer) for gate, answer in self._answers()},
            },
        )
        for task_id, proof in self._proofs.items():
            ledger.record_checks(check_rows(run, task_id, proof))
        for gate, answer in self._answers():
            ledger.record_recovery_approval(
                **run,
                gate="swap" if gate == "swap" else "retire",
                decision="approved" if answer["chosen"] == APPROVED else "rejected",
                decided_by=answer["decided_by"],
                decided_at=datetime.fromisoformat(answer["decided_at"]),
                comment=answer["comment"] or None,
            )

    def _store_report(self, context: Any) -> None:
        place = store_report(
            self.client("s3"),
            self.bucket,
            self.source_id,
            **run_of(context),
            stamp=self.stamp,
            conn_id=self.ledger_conn_id,
        )
        self.log.info("The evidence lies at %s", place)

    def _cluster(self, end: Ending) -> str:
        """The name under which the restored data was proved."""
        restored = self.restored or {}
        return self.live_id if end.outcome == "swapped" else str(restored.get("candidate_id", ""))

    def _acknowledge(self, proved_at: str | None) -> None:
        if not self.accepted:
            return
        acknowledgement = {
            "snapshot_id": self.accepted["snapshot_id"],
            "stamp": self.accepted["snapshot_stamp"],
            "copied_at": self.accepted["accepted_at"],
            "proved_at": proved_at,
        }
        key = documents.document_key(
            self.acknowledgements_prefix, self.source_id, self.accepted["snapshot_id"]
        )
        content = json.dumps(acknowledgement, sort_keys=True).encode()
        documents.write(self.client("s3"), self.bucket, key, content, kms_key_id=None)

    def _mark_proved(self) -> None:
        if not self.accepted:
            return
        local = self.protected.snapshots.find(self.client(), self.accepted["snapshot_id"])
        if local is not None:
            proved = tags.tag_list({tags.PROVED: self.stamp})
            self.client().add_tags_to_resource(ResourceName=local.arn, Tags=proved)


def _states(context: Any) -> dict[str, str]:
    """The states of the run's tasks by now."""
    run = run_of(context)
    states: Mapping[str, Any] = context["ti"].get_task_states(dag_id=run["dag_id"], run_ids=[run["run_id"]])
    return {task_id: str(state) for task_id, state in states.get(run["run_id"], {}).items()}
