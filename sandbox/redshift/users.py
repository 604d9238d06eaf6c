"""Which database user an identity of IAM becomes."""

from __future__ import annotations

from sandbox.identity import Caller
from sandbox.policy import ASSUMED_ROLE

ROOT = "IAM:root"
"""Those of whom only the account is known."""


def of(caller: Caller) -> str:
    """Return the user that temporary credentials for an identity are for: its role, or the IAM user itself.

    Source: https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html
    """
    if caller.arn is None:
        return ROOT
    if session := ASSUMED_ROLE.match(caller.arn):
        return f"IAMR:{session['role']}"
    kind, _, path = caller.arn.rpartition(":")[2].partition("/")
    name = path.rpartition("/")[2]
    return f"IAMR:{name}" if kind == "role" else f"IAM:{name or kind}"
