"""Requests that no policy of a pipeline may allow, made from what the policy names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Outside:
    """Requests that a policy must not allow.

    Attributes:
        arn: whose the policy is.
        denied: how many it denies.
        let_in: those that it allows.
    """

    arn: str
    denied: int
    let_in: tuple[str, ...]

    @classmethod
    def judged(cls, arn: str, policy: Mapping[str, Any], asked: Sequence[Request]) -> Outside:
        let_in = tuple(_told(one) for one in asked if decide(policy, one))
        return cls(arn, len(asked) - len(let_in), let_in)

    def __add__(self, other: Outside) -> Outside:
        """What two lists of requests come to."""
        return Outside(self.arn, self.denied + other.denied, self.let_in + other.let_in)

    def require_none(self) -> None:
        """The policy lets in nobody and nothing that it must not."""
        assert self.let_in == (), f"{self.arn} lets in what it should not: {self.let_in}"


def _told(request: Request) -> str:
    return f"{request.action} on {request.resource} by {request.principal}"


def require_nothing_outside(statements: Sequence[Statement], arn: str) -> None:
    """Nothing beside what a role's statements name is allowed."""
    outside_of(statements, arn).require_none()


def outside_of(statements: Sequence[Statement], arn: str) -> Outside:
    """Judge requests beside what a role's statements name."""
    asked = [Request(Principal(arn=arn), *one) for one in requests_outside(statements)]
    return Outside.judged(arn, {"Statement": list(statements)}, asked)


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


def strangers_of(arn: str, statements: Sequence[Statement]) -> Outside:
    """Judge requests of other accounts, of other services and without TLS, and statements for everybody."""
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
    public = [one["Sid"] for one in statements if one["Effect"] == "Allow" and _of_everybody(one)]
    return Outside.judged(arn, policy, outside) + Outside(
        arn, 0, tuple(f"everybody by {one}" for one in public)
    )


def _services(statement: Statement) -> list[str]:
    who = statement.get("Principal", "*")
    return [] if isinstance(who, str) else listed(who.get("Service", []))


def _of_everybody(statement: Statement) -> bool:
    who = statement.get("Principal", "*")
    return who == "*" or "*" in listed(who.get("AWS", []))


def listed(value: str | list[str]) -> list[str]:
    """What may be a single text, as a list."""
    return [value] if isinstance(value, str) else value
