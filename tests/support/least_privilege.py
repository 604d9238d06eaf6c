"""Whether a role's policies are what its pipeline needs and no more, told from what the sandbox judged meanwhile.

A role gets the shipped files and nothing else, the sandbox enforces them, the pipeline runs. Afterwards nothing may
have been refused, and each statement, each action and each resource must have been the only one that allowed something.
What has no occasion in the sandbox is told with a reason. The same goes for the policies of keys, buckets, topics and
queues, which are asked beside those of the role.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from sandbox.client import Sandbox
from sandbox.policy import Principal, Request, decide
from tests.support.figures import record
from tests.support.outside import (
    Outside,
    Statement,
    listed,
    outside_of,
    strangers_of,
)
from tests.support.recovery import REPOSITORY

POLICIES = REPOSITORY / "docs" / "reference" / "iam"
Part = tuple[str, str]
"""The id of a statement, and one of its actions or resources; "" for the statement itself."""


def shipped(file: str, names: Mapping[str, str]) -> list[Statement]:
    """The statements of a file of docs/reference/iam, with what stands in a test's world for its names."""
    text = (POLICIES / f"{file}.json").read_text()
    for shown, own in names.items():
        text = text.replace(shown, own)
    statements: list[Statement] = json.loads(text)["Statement"]
    return statements


@dataclass
class Role:
    """A role that has some statements and nothing else.

    Attributes:
        sandbox: where it is.
        arn: its ARN.
        statements: what it may do; their ids are unique.
    """

    sandbox: Sandbox
    arn: str
    statements: list[Statement]

    def __post_init__(self) -> None:
        """Make it, or take all other policies from it; ValueError for two statements of one id."""
        ids = [one["Sid"] for one in self.statements]
        if len(set(ids)) != len(ids):
            raise ValueError(f"statements of {self.arn} share an id: {sorted(ids)}")
        make_role(self.sandbox, self.arn)
        iam = self.sandbox.client("iam", self.account_id, "us-west-2")
        for policy in iam.list_role_policies(RoleName=self.name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=self.name, PolicyName=policy)
        document = json.dumps({"Version": "2012-10-17", "Statement": self.statements})
        iam.put_role_policy(RoleName=self.name, PolicyName="shipped", PolicyDocument=document)
        assert iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"] == []

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def account_id(self) -> str:
        return self.arn.split(":")[4]

    def client(self, service: str, region: str = "us-west-2") -> Any:
        """Return a client of a session of the role."""
        sts = self.sandbox.client("sts", self.account_id, region)
        issued = sts.assume_role(RoleArn=self.arn, RoleSessionName="curious")["Credentials"]
        return boto3.client(
            service,
            region,
            endpoint_url=self.sandbox.endpoint_url,
            config=Config(proxies={}, retries={"max_attempts": 1}),
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )

    def asked(self) -> list[Request]:
        """Requests that its policies were asked since the sandbox's last reset; all must have been allowed."""
        judged = self.sandbox.judged(self.name)
        refused = [_told(one) for one in judged if not one["allowed"]]
        assert refused == [], f"{self.name} was refused: {refused}"
        return [as_request(one) for one in judged]


def make_role(sandbox: Sandbox, arn: str) -> None:
    """Make a role without policies where there is none of the name."""
    account_id, name = arn.split(":")[4], arn.rpartition("/")[2]
    iam = sandbox.client("iam", account_id, "us-west-2")
    trust = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)


def as_request(judged: Mapping[str, Any]) -> Request:
    """The request that `Sandbox.judged` tells of."""
    principal = Principal(judged["account"], judged["arn"], judged["service"])
    return Request(principal, judged["action"], judged["resource"], dict(judged["context"]))


def _told(judged: Mapping[str, Any]) -> str:
    return f"{judged['action']} on {judged['resource']} by {judged['service'] or judged['arn']}"


@dataclass(frozen=True)
class Proof:
    """What requests needed of statements.

    Attributes:
        statements: of one policy or several, all of which allow.
        requests: what they were asked, and allowed.
    """

    statements: Sequence[Statement]
    requests: Sequence[Request]
    _sole: set[Part] = field(default_factory=set)

    @cached_property
    def needed(self) -> set[Part]:
        """Statements, actions and resources without which one of the requests would have been refused."""
        for request in self.requests:
            allowing = [
                (one["Sid"], _those(one, "Action", request), _those(one, "Resource", request))
                for one in self.statements
                if decide({"Statement": one}, request)
            ]
            if len(allowing) == 1:
                ((sid, actions, resources),) = allowing
                self._sole.add((sid, ""))
                self._sole.update((sid, found[0]) for found in (actions, resources) if len(found) == 1)
        return self._sole

    @property
    def actions(self) -> list[Part]:
        return [(one["Sid"], action) for one in self.statements for action in listed(one["Action"])]

    @property
    def resources(self) -> list[Part]:
        """Resources by statement, where it has more than one."""
        return [
            (one["Sid"], resource)
            for one in self.statements
            if len(listed(one.get("Resource", "*"))) > 1
            for resource in listed(one["Resource"])
        ]

    def unneeded(self) -> set[str]:
        """Statements, actions and resources that could be left out, as "Sid" or "Sid: what"."""
        parts = [*((one["Sid"], "") for one in self.statements), *self.actions, *self.resources]
        idle = {part for part in parts if part not in self.needed}
        whole = {sid for sid, what in idle if not what}
        return whole | {f"{sid}: {what}" for sid, what in idle if what and sid not in whole}


def _those(statement: Statement, key: str, request: Request) -> list[str]:
    """The actions or resources of a statement which allow a request, each for itself."""
    if key not in statement:
        return []
    return [one for one in listed(statement[key]) if decide({"Statement": statement | {key: one}}, request)]


def require_least_privilege(
    role: Role, policy: str, unseen: Mapping[str, str], besides: Iterable[Request] = ()
) -> None:
    """Each statement, action and resource of a role was needed, but for those with a reason; none goes further.

    Args:
        role: the role, after its pipeline has run.
        policy: what it is called in the figures.
        unseen: what had no occasion, as in `Proof.unneeded`, with the reason why the policy has it.
        besides: requests that another judge than the sandbox allowed.
    """
    asked = [*role.asked(), *besides]
    proof = Proof(role.statements, asked)
    require_accounted(policy, proof, unseen)
    _record(policy, proof, len(asked), len(unseen), outside_of(role.statements, role.arn))


def require_accounted(policy: str, proof: Proof, unseen: Mapping[str, str]) -> None:
    """What could be left out of a policy is what there is a reason for, and nothing that has one was needed."""
    differ = sorted(proof.unneeded() ^ set(unseen))
    assert differ == [], f"{policy}: needed otherwise than told: {differ}"


def require_used(
    sandbox: Sandbox, name: str, arn: str, statements: Sequence[Statement], unseen: Mapping[str, str]
) -> None:
    """Each statement and action that the policy of a resource allows was needed, but for those with a reason.

    Args:
        sandbox: where a pipeline has run meanwhile.
        name: what the policy is called in the figures.
        arn: the resource's.
        statements: its policy's.
        unseen: what had no occasion, as in `Proof.unneeded`, with the reason.
    """
    allowing = [one for one in statements if one["Effect"] == "Allow"]
    asked = [as_request(one) for one in sandbox.judged(arn)]
    proof = Proof(allowing, asked)
    require_accounted(name, proof, unseen)
    _record(name, proof, len(asked), len(unseen), strangers_of(arn, statements))


def _record(policy: str, proof: Proof, judged: int, unseen: int, outside: Outside) -> None:
    """Record what a policy was asked, and what it allows outside, which must be nothing."""
    record(
        "least-privilege",
        policy=policy,
        actions=len(proof.actions),
        judged=judged,
        needed=len(set(proof.actions) & proof.needed),
        unseen=unseen,
        outside_denied=outside.denied,
        lost=len(outside.let_in),
    )
    outside.require_none()
