"""What policies were asked while identity policies are enforced, so that a test can tell what each is needed for."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.policy import Request
from sandbox.runtime import runtime

CHOICE = "iam_policies"
IGNORED, ENFORCED = "ignored", "enforced"
"""The behaviour and its two values; see `sandbox.identity_policies`."""


class Judged(NamedTuple):
    """One question to policies and their answer.

    Attributes:
        policy_of: the name of the role, or the ARN of the resource, whose policies were asked.
        account: of who asked; empty for a service.
        arn: of who asked; None for a service, or any identity of the account.
        service: an AWS service that asked, e.g. "sns.amazonaws.com".
        action: "service:Operation".
        resource: an ARN, or "*" where the request names none.
        allowed: None where no statement says anything.
        context: condition keys with their values, in order.
    """

    policy_of: str
    account: str
    arn: str | None
    service: str | None
    action: str
    resource: str
    allowed: bool | None
    context: tuple[tuple[str, str], ...]


_kept: set[Judged] = set()


def kept() -> bool:
    """Tell whether identity policies are enforced, and what is asked is kept."""
    return runtime.behaviour.get(CHOICE, IGNORED) == ENFORCED


def keep(policy_of: str, request: Request, allowed: bool | None) -> None:
    """Keep a question and its answer, where they are kept."""
    if kept():
        who, context = request.principal, tuple(sorted(request.context.items()))
        asked = request.action, request.resource, allowed, context
        _kept.add(Judged(policy_of, who.account, who.arn, who.service, *asked))


def judged() -> list[Judged]:
    """List what was kept since the last reset."""
    return sorted(list(_kept), key=str)


def forget() -> None:
    """Forget what was kept."""
    _kept.clear()
