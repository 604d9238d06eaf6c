"""Ask people before the live name moves and before what was replaced goes, with Airflow's own approvals."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aurora_recovery.modes import why_not
from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.questions import Question, retire_question, swap_question
from switchyard.aurora_recovery.report_pages import length_of_time, moment
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.recovery_rows import Decision, Gate
from switchyard.operators.aurora.modes import APPROVED, REJECTED, said
from switchyard.operators.aurora.notes import note_approval
from switchyard.operators.recorders import tell_recorders
from switchyard.operators.retry import AwsRetryPolicy
from switchyard.operators.run_parameters import number
from switchyard.web.links import LedgerLink

_QUESTION, _ANSWER = "question", "answer"
_SHORTEST = timedelta(seconds=1)


class ApproveOperator(ApprovalOperator):
    """Show the evidence and wait, without a worker, for an answer or for the deadline.

    The step ends well with either answer and hands it on; what a rejection means is for the step after it. A try that
    was killed asks again until the same deadline, but not what was answered already. A cleared task asks anew.

    Args:
        asked: whether anybody is asked at all.
        deadline_minutes: how long an answer is waited for.
        default: what no answer means.
        approvers: ids of the Airflow users who may answer; everybody with access where there are none.
        live_id: the live name.
        accepted: what the accepting step handed on.
    """

    gate: ClassVar[Gate]
    operator_extra_links = (LedgerLink(),)
    template_fields = (*ApprovalOperator.template_fields, "accepted", "stamp", "live_id")

    def __init__(
        self,
        *,
        asked: bool,
        deadline_minutes: float,
        default: Literal["approve", "reject"],
        approvers: Sequence[str],
        pipeline: str,
        stamp: str,
        live_id: str,
        accepted: Any,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            subject=f"Approve the {self.gate}?",
            defaults=APPROVED if default == "approve" else REJECTED,
            assigned_users=[{"id": one, "name": one} for one in approvers],
            retry_policy=AwsRetryPolicy(),
            **kwargs,
        )
        self.asked = asked
        self.timeout = timedelta(minutes=deadline_minutes)
        self.default = default
        self.pipeline = pipeline
        self.stamp = stamp
        self.live_id = live_id
        self.accepted = accepted
        self.ledger_conn_id = ledger_conn_id

    def question(self, deadline: datetime) -> Question:
        """What is asked, with the evidence."""
        raise NotImplementedError

    def needless(self) -> str | None:
        """Why there is nothing to ask about; None where there is."""
        off = f"nobody is asked: approval.{self.gate} is off in the configuration"
        return why_not(self.accepted["mode"], "swap", "nobody is asked") or (None if self.asked else off)

    def _data_as_of(self) -> str:
        since, until = self.accepted["source_time"], self.accepted["accepted_at"]
        age = datetime.fromisoformat(until) - datetime.fromisoformat(since)
        return f"{moment(since)}, {length_of_time(age.total_seconds())} old when the recovery began"

    def execute(self, context: Any) -> dict[str, Any]:
        """Skip, repeat an answer that was given, or ask."""
        self._tell(context, "running", "")
        reason = self.needless()
        if reason is None and context["params"].get("dry_run"):
            reason = "nobody is asked in a dry run"
        if reason:
            self._tell(context, "skipped", reason)
            raise AirflowSkipException(reason)
        asked = self._asked(context)
        if answer := context["task_state_store"].get(_ANSWER):
            return self._finish(context, answer)
        deadline = datetime.fromtimestamp(asked["deadline"], UTC)
        self.response_timeout = max(deadline - datetime.now(UTC), _SHORTEST)
        question = self.question(deadline)
        self.subject, self.body = question.subject, question.body
        note_approval(
            context,
            self.gate,
            ledger_conn_id=self.ledger_conn_id,
            decision="waiting",
            decided_by=None,
            decided_at=None,
            comment=None,
            asked_at=datetime.fromtimestamp(asked["since"], UTC),
            deadline_at=deadline,
            subject=question.subject,
            body=question.body,
        )
        self._tell(
            context, "waiting", f"waiting for an answer until {utc_text(deadline)}: {question.subject}"
        )
        result: dict[str, Any] = super().execute(context)
        return result

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer and hand it on."""
        # The approval's own completion would skip the next step, without a word there of why.
        HITLOperator.execute_complete(self, context, event)
        since = context["task_state_store"].get(_QUESTION)["since"]
        user = event.get("responded_by_user") or {}
        answer = {
            "gate": self.gate,
            "chosen": event["chosen_options"][0],
            "decided_by": user.get("name") or user.get("id"),
            "decided_at": utc_text(event["responded_at"]),
            "waited_seconds": round(event["responded_at"].timestamp() - since, 3),
            "comment": str((event.get("params_input") or {}).get("comment") or ""),
        }
        context["task_state_store"].set(_ANSWER, answer)
        return self._finish(context, answer)

    def _asked(self, context: Any) -> dict[str, float]:
        """Since when and until when this task asks; Airflow raises its most tries with every clear."""
        store, generation = context["task_state_store"], getattr(context["ti"], "max_tries", 0)
        known: dict[str, float] | None = store.get(_QUESTION)
        if known is not None and known["generation"] == generation:
            return known
        store.clear()
        now = time.time()
        asked = {"generation": generation, "since": now, "deadline": now + self.timeout.total_seconds()}
        store.set(_QUESTION, asked)
        return asked

    def _finish(self, context: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
        decision: Decision = "approved" if answer["chosen"] == APPROVED else "rejected"
        note_approval(
            context,
            self.gate,
            ledger_conn_id=self.ledger_conn_id,
            decision=decision,
            decided_by=answer["decided_by"],
            decided_at=datetime.fromisoformat(answer["decided_at"]),
            comment=answer["comment"] or None,
        )
        self._tell(context, "success", said(answer))
        self.log.info("The %s was %s", self.gate, said(answer))
        return dict(answer)

    def _tell(self, context: Any, state: str, summary: str) -> None:
        tell_recorders(context, state, summary, {}, self.log)


class ApproveSwapOperator(ApproveOperator):
    """Ask whether the proved candidate may take the live name.

    Args:
        restored, candidate: what the steps that restored and checked the candidate handed on.
        rename_instances: whether instances are renamed too.
    """

    gate = "swap"
    template_fields = (*ApproveOperator.template_fields, "restored", "candidate")

    def __init__(self, *, restored: Any, candidate: Any, rename_instances: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.restored = restored
        self.candidate = candidate
        self.rename_instances = rename_instances

    def question(self, deadline: datetime) -> Question:
        """The candidate's checks, and every rename."""
        facts = {
            "Recovery point": self.accepted["snapshot_arn"],
            "Data as of": self._data_as_of(),
            "Candidate": f"{self.restored['candidate_id']} ({self.restored['resource_id']})",
            "Engine": self.restored["engine_version"],
            "Checked at": moment(self.candidate["checked_at"]),
            "Live now": self.accepted["live_resource_id"] or "nobody bears the live name",
        }
        return swap_question(
            live=self.live_id,
            facts=facts,
            renames=list(self._renames()),
            checks=self.candidate["checks"],
            deadline=deadline,
            default=self.default,
        )

    def _renames(self) -> Sequence[tuple[str, str]]:
        names = RecoveryNames.for_run(self.live_id, self.stamp)
        old, new = self.accepted["live_instances"], self.accepted["instances"]
        if not self.rename_instances:
            old, new = [], []
        leaving = [(one, names.retired_instance_id(one)) for one in old]
        if self.accepted["live_resource_id"]:
            leaving.append((self.live_id, names.retired_id))
        coming = [(names.candidate_instance_id(one), one) for one in new]
        return [*leaving, *coming, (names.candidate_id, self.live_id)]


class ApproveRetirementOperator(ApproveOperator):
    """Ask whether what was replaced may be retired, which ends what could be gone back to.

    Args:
        swapped, live: what the steps that swapped the names and checked the live endpoint handed on.
        action, final_snapshot, drain_minutes: how it is retired.
    """

    gate = "retire"
    template_fields = (*ApproveOperator.template_fields, "swapped", "live", "final_snapshot", "drain_minutes")

    def __init__(
        self,
        *,
        swapped: Any,
        live: Any,
        action: Literal["delete", "stop"],
        final_snapshot: bool | str,
        drain_minutes: float | str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.swapped = swapped
        self.live = live
        self.action = action
        self.final_snapshot = final_snapshot
        self.drain_minutes = drain_minutes

    def needless(self) -> str | None:
        """Also where the run has replaced nothing."""
        none = (self.swapped or {}).get("retired_resource_id") == ""
        return super().needless() or ("nobody is asked: the run replaced nothing" if none else None)

    def question(self, deadline: datetime) -> Question:
        """The checks of the live endpoint, and all that becomes of what was replaced."""
        facts = {
            "Replaced": f"{self.swapped['retired_id']} ({self.swapped['retired_resource_id']})",
            "Live now": f"{self.live_id} ({self.swapped['live_resource_id']})",
            "Data as of": self._data_as_of(),
            "Recovery point": self.accepted["snapshot_arn"],
            "Live endpoint checked at": moment(self.live["checked_at"]),
        }
        return retire_question(
            live=self.live_id,
            facts=facts,
            deeds=self._deeds(),
            checks=self.live["checks"],
            deadline=deadline,
            default=self.default,
        )

    def _deeds(self) -> list[str]:
        names = RecoveryNames.for_run(self.live_id, self.stamp)
        old = self.swapped["retired_id"]
        minutes = number("drain_minutes", self.drain_minutes)
        time = f"{minutes:g} minute{'' if minutes == 1 else 's'}"
        deeds = [f"waits up to {time} for clients to leave {old}"]
        if self.action == "stop":
            return [*deeds, f"stops {old}; AWS starts it again after seven days"]
        if str(self.final_snapshot).lower() == "true":
            deeds.append(f"takes the final snapshot {names.final_snapshot_id}")
        return [*deeds, f"deletes {old} with its instances"]
