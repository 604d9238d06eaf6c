"""Key policies: who may use a KMS key.

Unlike other resource policies a key policy is needed even within the key's own account; the default one
admits the account as a whole. Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox import policy, policy_log


def allows(
    policy_document: str | Mapping[str, Any],
    principal_account: str,
    action: str,
    *,
    principal_arn: str | None = None,
    service: str | None = None,
    context: Mapping[str, str] | None = None,
    key_arn: str = "",
) -> bool:
    """Tell whether a key policy lets a principal perform an action such as "kms:CreateGrant" on its key.

    Without `principal_arn` any identity of the account will do. `service` is set where an AWS service asks, e.g.
    "macie.amazonaws.com". `context` holds condition keys beyond
    kms:CallerAccount, e.g. {"kms:ViaService": "rds.us-west-1.amazonaws.com"}. `key_arn` is for `sandbox.policy_log`.
    """
    request = policy.Request(
        principal=policy.Principal(principal_account, principal_arn, service),
        action=action,
        context=({} if service else {"kms:CallerAccount": principal_account}) | dict(context or {}),
    )
    decision = policy.decide(policy_document, request)
    if key_arn:
        policy_log.keep(key_arn, request, decision)
    return decision is True
