"""What depends on a run's mode: which steps have something to do in it, and what people have decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aurora_recovery.modes import MODES, Interval, Purpose, interval_of, purpose, why_not
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.errors import BadInput
from switchyard.operators.aurora.step import RecoveryOperator

APPROVED, REJECTED = "Approve", "Reject"
"""The answers that Airflow's approvals know."""
SMALLER_FOR_TESTS = "restore.test_instance_class, for tests"


def purpose_of(context: Any, *, configured: str) -> Purpose:
    """What the run of a task is for.

    Args:
        context: the task's.
        configured: the mode of the configuration.

    Raises:
        BadInput: the run was asked for something that there is not.
    """
    run = context["dag_run"]
    _, end = interval_of_run(context) or (None, None)
    return purpose(
        asked=(run.conf or {}).get("mode"),
        configured=configured,
        run_type=run_type(run),
        run_after=run.run_after,
        interval_end=end,
    )


def recorded_mode(context: Any, *, configured: str) -> str:
    """The mode that the ledger keeps of a run that accepted nothing: what it was for, or had asked for.

    Args:
        context: a task's.
        configured: the mode of the configuration.
    """
    try:
        return purpose_of(context, configured=configured).mode
    except BadInput:
        asked = (context["dag_run"].conf or {}).get("mode")
        return asked if asked in MODES else configured


def interval_of_run(context: Any) -> Interval | None:
    """The data interval of the run of a task, or the instant that it was dated by hand; None without either."""
    run = context["dag_run"]
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    return interval_of(
        run_type=run_type(run),
        run_after=run.run_after,
        logical_date=run.logical_date,
        interval=(start, end) if start and end else None,
    )


def run_type(run: Any) -> str:
    """Airflow's type of a run."""
    return str(getattr(run.run_type, "value", run.run_type))


def described(
    aim: Purpose, context: Any, *, usual_class: str | None, test_class: str | None
) -> dict[str, Any]:
    """What the accepting step hands on about the run's purpose.

    Args:
        aim: the purpose.
        context: the task's.
        usual_class: class of the restored instances by configuration.
        test_class: the same for tests.
    """
    asked = context["params"].get("instance_class")
    chosen = aim.instance_class(usual=usual_class, asked=asked, for_tests=test_class)
    smaller = aim.mode == "test" and test_class is not None and chosen == test_class
    return {
        "mode": aim.mode,
        "because": aim.because,
        "as_of": utc_text(aim.as_of) if aim.as_of else "",
        "instance_class": chosen,
        "explained_differences": {"DBInstanceClass": SMALLER_FOR_TESTS} if smaller else {},
    }


class InSwapMode(RecoveryOperator):
    """Mix this in before the operator of a step that only a swap has: in other modes it is skipped, and says why.

    Args:
        mode: the run's mode, as the accepting step decided.
    """

    skipped_because: ClassVar[str] = "Nothing is done"
    template_fields = (*RecoveryOperator.template_fields, "mode")

    def __init__(self, *, mode: str = "swap", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mode = mode

    def _proceed(self, context: Any) -> dict[str, Any]:
        if reason := why_not(self.mode, "swap", self.skipped_because):
            raise AirflowSkipException(reason)
        return super()._proceed(context)


def withheld(approval: Mapping[str, Any] | None, *, asked: bool) -> str | None:
    """Say why a change that people are asked about may not be made; None where it may.

    Args:
        approval: what the asking step handed on; None where nobody was asked.
        asked: whether somebody had to be.
    """
    if approval is None:
        return "nobody has approved it: the step that asks was ended by hand" if asked else None
    return None if approval["chosen"] == APPROVED else f"it was {said(approval)}"


def said(answer: Mapping[str, Any]) -> str:
    """An answer to a question in words, such as "rejected by alice at 2026-...: too early"."""
    deed = "approved" if answer["chosen"] == APPROVED else "rejected"
    who = (
        f"by {answer['decided_by']}" if answer["decided_by"] else "by the default, as nobody answered in time"
    )
    comment = f": {answer['comment']}" if answer["comment"] else ""
    return f"{deed} {who} at {answer['decided_at']}{comment}"
