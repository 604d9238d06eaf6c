"""Identity policies: what the policies of a role let its sessions do, where a test asks for them to count.

By default they are not looked at, and a role may do all within its account. Chosen with the behaviour
`iam_policies`, "enforced": then a role that IAM knows may do what its policies or those of the resource allow. Roles
that IAM does not know, such as those of the sandbox itself, stay free. What is judged meanwhile is kept, so that a
test can tell which permissions a role needs, and of `sandbox.policy_log` also what resources' policies were asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends

from sandbox import policy_log
from sandbox.policy import ASSUMED_ROLE, Principal, Request, decide
from sandbox.runtime import runtime

OF_SERVICES = "/aws-service-role/"
"""The path of roles that AWS's services make for themselves, whose policies are AWS's."""


def declare() -> None:
    """Offer the choice."""
    runtime.behaviour.declare(policy_log.CHOICE, policy_log.IGNORED, policy_log.ENFORCED)


def documents(principal: Principal) -> list[Any] | None:
    """Return the policies that bind a principal; None where none do."""
    if principal.arn is None or not policy_log.kept():
        return None
    session = ASSUMED_ROLE.match(principal.arn)
    name = _name(principal)
    roles: Mapping[str, Any] = {
        role.name: role for role in iam_backends[principal.account]["aws"].roles.values()
    }
    role = roles.get(name)
    if role is None or role.path.startswith(OF_SERVICES) or (session is None and role.arn != principal.arn):
        return None
    managed = [_default(policy) for policy in role.managed_policies.values()]
    return [*role.policies.values(), *managed]


def judge(found: list[Any], request: Request) -> bool | None:
    """Return True where a policy allows the request, False where one denies it, None where none applies."""
    decisions = {decide(document, request) for document in found}
    allowed = False if False in decisions else True if True in decisions else None
    policy_log.keep(_name(request.principal), request, allowed)
    return allowed


def _name(principal: Principal) -> str:
    session = ASSUMED_ROLE.match(principal.arn or "")
    return session["role"] if session else (principal.arn or "").rpartition("/")[2]


def _default(policy: Any) -> Any:
    return next(version.document for version in policy.versions if version.is_default)
