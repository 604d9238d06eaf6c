"""Requests that no policy of a pipeline may allow, made from what the policy names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.policy import Principal, Request, decide

Statement = dict[str, Any]

NOBODYS = {
    "athena": ("UpdateWorkGroup", "DeleteWorkGroup"),
    "dms": ("CreateEndpoint", "ModifyEndpoint", "DeleteReplicationTask"),
    "ec2": ("AuthorizeSecurityGroupIngress", "RunInstances"),
    "es": ("UpdateDomainConfig", "DeleteDomain", "DeletePackage"),
    "glue": ("DeleteDatabase", "DeleteTable", "PutResourcePolicy"),
    "iam": (
        "AttachRolePolicy", "CreateAccessKey", "CreateRole", "CreateUser", "PassRole", "PutRolePolicy",
        "UpdateAssumeRolePolicy",
    ),
    "kms": ("CreateKey", "DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion"),
    "macie2": ("DisableMacie", "GetSensitiveDataOccurrences", "PutClassificationExportConfiguration"),
    "organizations": ("LeaveOrganization",),
    "rds": (
        "DeleteDBClusterAutomatedBackup", "DeleteGlobalCluster", "ModifyDBClusterParameterGroup", "RebootDBCluster",
    ),
    "redshift-serverless": ("DeleteNamespace", "DeleteWorkgroup", "UpdateWorkgroup"),
    "s3": (
        "DeleteBucket", "DeleteBucketPolicy", "PutBucketAcl", "PutBucketPolicy", "PutBucketPublicAccessBlock",
        "PutBucketVersioning", "PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutObjectAcl",
    ),
    "secretsmanager": ("DeleteSecret", "PutResourcePolicy", "PutSecretValue", "UpdateSecret"),
    "sns": ("AddPermission", "DeleteTopic", "SetTopicAttributes", "Subscribe"),
    "sqs": ("AddPermission", "DeleteQueue", "PurgeQueue", "SendMessage", "SetQueueAttributes"),
    "sts": ("AssumeRole",),
}  # fmt: skip
"""What no role of a pipeline may do to anything: it would change who may do what, or end what it works on."""
STRANGER, ELSEWHERE = "999999999999", "eu-central-1"


def require_nothing_outside(statements: Sequence[Statement], arn: str) -> int:
    """Nothing beside what the statements name is allowed; how many requests were denied."""
    policy = {"Statement": list(statements)}
    outside = [Request(Principal(arn=arn), *one) for one in requests_outside(statements)]
    let_in = [f"{one.action} on {one.resource}" for one in outside if decide(policy, one)]
    assert let_in == [], f"{arn} goes further than it should: {let_in}"
    return len(outside)


def requests_outside(statements: Sequence[Statement]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Actions, resources and condition keys that a policy must deny, made from what its statements name.

    The same actions in another account and Region, on another name, on resources with somebody else's tags; and
    what is nobody's business on any resource.
    """
    for service, operations in NOBODYS.items():
        yield from ((f"{service}:{operation}", "*", {}) for operation in operations)
    for one in statements:
        keys = _keys(one)
        for action in (text.replace("*", "To") for text in listed(one["Action"])):
            for resource in listed(one["Resource"]):
                yield from ((action, other, keys) for other in _others(resource))
                if keys and resource != "*":
                    foreign = dict.fromkeys(keys, "somebody-else")
                    yield action, resource.replace("*", "x"), foreign


def _keys(statement: Statement) -> dict[str, str]:
    """Condition keys as a statement wants them."""
    tests = statement.get("Condition", {}).values()
    return {key: listed(value)[0] for keys in tests for key, value in keys.items()}


def _others(pattern: str) -> Iterator[str]:
    """ARNs like a statement's of another account, Region or name."""
    if pattern == "*":
        return
    head, rest = pattern.replace("*", "x").split(":")[:5], pattern.split(":", 5)[5]
    here = rest.replace("*", "x")
    for place, other in ((4, STRANGER), (3, ELSEWHERE)):
        if head[place] not in ("", "x"):
            yield ":".join([*head[:place], other, *head[place + 1 :], here])
    kind, sign, name = next((rest.partition(one) for one in ":/" if one in rest), ("", "", rest))
    if head[2] == "s3":
        yield f"arn:aws:s3:::strangers-{here}"
        if not name.startswith("*"):
            kind, sign, name = rest.partition("/")
    if name and not name.startswith("*"):
        yield ":".join([*head, f"{kind}{sign}strangers-{name.replace('*', 'x')}"])


STRANGERS = (
    Principal(STRANGER, f"arn:aws:iam::{STRANGER}:root"),
    Principal(STRANGER, f"arn:aws:sts::{STRANGER}:assumed-role/switchyard-target/any"),
    Principal(service="somebody.amazonaws.com"),
)


def require_closed_to_strangers(arn: str, statements: Sequence[Statement]) -> int:
    """A resource's policy lets in no other account, no other service, nobody without TLS; how many were denied."""
    policy = {"Statement": list(statements)}
    outside = [
        Request(stranger, action.replace("*", "Any"), arn, keys)
        for one in statements
        for action in listed(one["Action"])
        for stranger in STRANGERS
        for keys in ({}, _keys(one), {"aws:SecureTransport": "true"})
    ]
    outside += [
        Request(Principal(service=service), action.replace("*", "Any"), arn, keys)
        for one in statements
        for service in _services(one)
        for action in listed(one["Action"])
        for keys in ({}, {key: re.sub(r"\d{12}", STRANGER, value) for key, value in _keys(one).items()})
    ]
    let_in = [f"{one.principal}: {one.action}" for one in outside if decide(policy, one)]
    assert let_in == [], f"{arn} lets strangers in: {let_in}"
    public = [one["Sid"] for one in statements if one["Effect"] == "Allow" and _of_everybody(one)]
    assert public == [], f"{arn} is public by {public}"
    return len(outside)


def _services(statement: Statement) -> list[str]:
    who = statement.get("Principal", "*")
    return [] if isinstance(who, str) else listed(who.get("Service", []))


def _of_everybody(statement: Statement) -> bool:
    who = statement.get("Principal", "*")
    return who == "*" or "*" in listed(who.get("AWS", []))


def listed(value: str | list[str]) -> list[str]:
    """What may be a single text, as a list."""
    return [value] if isinstance(value, str) else value
