"""Ask a person about a large change, with Airflow's own form for approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.operators.recorders import tell_recorders
from switchyard.operators.run_parameters import number
from switchyard.operators.synonyms.notes import note_release, run_of
from switchyard.web.links import LedgerLink


class ApproveChangeOperator(ApprovalOperator):
    """Let small changes through at once, and wait for a person's answer to a large one.

    The diff is shown with the question. A rejection, or no answer in time, ends the run without an error and without
    any change; so does a release that is live already.

    Args:
        change: what the comparison handed on: ``changed``, ``change_percent``, ``subject``, ``body``.
        percent_without_approval: how much of the rules may change before anybody is asked.
        response_timeout: how long an answer is waited for.
        on_timeout: what no answer means.
        approvers: ids of the Airflow users who may answer; everybody with access where there are none.
    """

    operator_extra_links = (LedgerLink(),)
    template_fields = (*ApprovalOperator.template_fields, "change", "percent_without_approval", "stamp")

    def __init__(
        self,
        *,
        change: Any,
        percent_without_approval: float | str,
        response_timeout: timedelta,
        on_timeout: Literal["approve", "reject"],
        approvers: Sequence[str],
        pipeline: str,
        stamp: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            subject="Publish the synonyms?",
            response_timeout=response_timeout,
            defaults=self.APPROVE if on_timeout == "approve" else self.REJECT,
            assigned_users=[{"id": one, "name": one} for one in approvers],
            retries=0,  # a retry would ask again
            **kwargs,
        )
        self.change = change
        self.percent_without_approval = percent_without_approval
        self.pipeline = pipeline
        self.stamp = stamp
        self.timeout = response_timeout

    def execute(self, context: Any) -> dict[str, Any]:
        """Skip, pass or ask."""
        self._tell(context, "running", "")
        if not self.change["changed"]:
            self._tell(context, "skipped", "nothing to publish")
            raise AirflowSkipException("The live release has these rules already")
        if context["params"].get("dry_run"):
            return self._passed(context, "nobody is asked in a dry run", state="planned")
        percent = self.change["change_percent"]
        if percent <= number("percent_without_approval", self.percent_without_approval):
            return self._passed(
                context,
                f"{percent} % of the rules change; nobody is asked up to {self.percent_without_approval} %",
            )
        self.subject, self.body = self.change["subject"], self.change["body"]
        self._tell(context, "waiting", f"waiting for an answer: {percent} % of the rules change")
        result: dict[str, Any] = super().execute(context)
        return result

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Go on with an approval; skip the steps after it otherwise."""
        who, run, now = _who(event), run_of(context), datetime.now(UTC)
        if event.get("chosen_options") == [self.APPROVE]:
            summary = f"approved by {who}"
            note_release(**run, pipeline=self.pipeline, approved_by=who, approved_at=now)
        else:
            summary = f"rejected by {who}"
            note_release(**run, pipeline=self.pipeline, state="rejected", reason=summary, finished_at=now)
        self._tell(context, "success", summary)
        return super().execute_complete(context=context, event=event)

    def _passed(self, context: Any, why: str, *, state: str = "success") -> dict[str, Any]:
        self.log.info("%s", why)
        self._tell(context, state, why)
        return {"chosen_options": [self.APPROVE], "reason": why}

    def _tell(self, context: Any, state: str, summary: str) -> None:
        tell_recorders(context, state, summary, {}, self.log)


def _who(event: Mapping[str, Any]) -> str:
    """Who answered; nobody where the time ran out."""
    user = event.get("responded_by_user") or {}
    return str(user.get("name") or user.get("id") or "nobody in time")
