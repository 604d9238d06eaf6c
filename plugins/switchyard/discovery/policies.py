"""What the policies of buckets and keys say about the two things that a discovery must be sure of.

Statements are read as they are written, without the rest of what AWS weighs: a policy that says it in another way is
refused rather than believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

MACIES_ROLE = "AWSServiceRoleForAmazonMacie"

_SECURE = ("Bool", "BoolIfExists")


def denies_without_tls(policy: str, bucket: str) -> bool:
    """Say whether a bucket's policy denies everybody everything that comes without TLS."""
    return any(
        statement.get("Effect") == "Deny"
        and _is_everybody(statement.get("Principal"))
        and _any_matches(statement.get("Action"), "s3:GetObject", "s3:PutObject")
        and _any_matches(statement.get("Resource"), f"arn:aws:s3:::{bucket}/key")
        and _is_without_tls(statement.get("Condition") or {})
        for statement in _statements(policy)
    )


def lets_macie_decrypt(policy: str, account_id: str) -> bool:
    """Say whether a key's policy lets Macie's role of an account decrypt, by the role's own name."""
    role = f":iam::{account_id}:role/aws-service-role/macie.amazonaws.com/{MACIES_ROLE}"
    about = [one for one in _statements(policy) if _any_matches(one.get("Action"), "kms:Decrypt")]
    if any(one.get("Effect") == "Deny" and _is_meant(one, role) for one in about):
        return False
    return any(one.get("Effect") == "Allow" and _is_meant(one, role) for one in about)


def _is_meant(statement: Mapping[str, Any], role: str) -> bool:
    """Whether a statement names the role as its principal, or in a condition on all principals."""
    conditions = statement.get("Condition") or {}
    named = {name: value for name, value in conditions.items() if role in json.dumps(value)}
    if _is_everybody(statement.get("Principal")):
        return any("Not" not in name for name in named) or not conditions
    return role in json.dumps(statement.get("Principal") or {})


def _is_without_tls(condition: Mapping[str, Any]) -> bool:
    """Whether a condition holds for all requests without TLS: nothing else narrows it."""
    tests = [(name, key, value) for name, keys in condition.items() for key, value in keys.items()]
    return len(tests) == 1 and (
        tests[0][0] in _SECURE
        and tests[0][1].lower() == "aws:securetransport"
        and _listed(tests[0][2]) == ["false"]
    )


def _is_everybody(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, Mapping) and "*" in _listed(principal.get("AWS")))


def _any_matches(patterns: Any, *wanted: str) -> bool:
    """Whether each of these is meant by one of the patterns; partitions are as good as each other."""
    listed = [
        one.replace("arn:aws-cn:", "arn:aws:").replace("arn:aws-us-gov:", "arn:aws:")
        for one in _listed(patterns)
    ]
    return all(any(fnmatchcase(one, pattern) for pattern in listed) for one in wanted)


def _listed(value: Any) -> Sequence[str]:
    if value is None:
        return []
    return [
        str(one).lower() if isinstance(one, bool) else str(one)
        for one in (value if isinstance(value, list) else [value])
    ]


def _statements(policy: str) -> Iterator[Mapping[str, Any]]:
    found = json.loads(policy).get("Statement", [])
    yield from [found] if isinstance(found, dict) else found
