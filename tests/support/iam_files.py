"""The roles of a recovery with the policies of docs/reference/iam, which the sandbox enforces meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sandbox import settings
from tests.support.least_privilege import Role, shipped
from tests.support.outside import Statement, listed
from tests.support.recovery import RecoveryWorld

OF_DATABASES = re.compile(r"(?<=:)((?:cluster-snapshot|cluster|snapshot|db):)orders")
"""Where an ARN has the shipped name of the database, alarms of its scaling included."""
COPY = ("rds:CopyDBClusterSnapshot", "rds:CopyDBSnapshot")
SHARE = ("rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute")
ON_REQUEST: Statement = {
    "Sid": "FollowTheName",
    "Effect": "Allow",
    "Action": [
        "iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:CreatePolicyVersion",
        "iam:DeletePolicyVersion", "rds:DescribeDBProxyTargets", "rds:RegisterDBProxyTargets",
        "rds:DeregisterDBProxyTargets",
    ],
    "Resource": "*",
}  # fmt: skip
"""What docs/reference/iam.md adds where policies for logins and proxies are configured."""


@contextmanager
def enforced(
    world: RecoveryWorld, copies: str = "two-step", *, follows: bool = False
) -> Iterator[dict[str, Role]]:
    """Let the roles of a recovery do what their files say for its database, and nothing else; the roles by name.

    A test looks with the same roles; it does so before and after.

    Args:
        world: what is recovered; one account has one role with both files, "source".
        copies: which snapshots it makes, as `Variant.copies`.
        follows: whether policies for logins and proxies follow the live name.
    """
    files = {half: _adapted(_shipped(world, half), half, copies, world) for half in ("source", "target")}
    if follows:
        files["target"] = [*files["target"], ON_REQUEST]
    if world.source[0] == world.target[0]:
        both = [one | {"Sid": f"{half}:{one['Sid']}"} for half, file in files.items() for one in file]
        files = {"source": both}
    accounts = {"source": world.source[0], "target": world.target[0]}
    roles = {
        half: Role(world.sandbox, settings.ROLES[settings.ACCOUNTS[accounts[half]]], statements)
        for half, statements in files.items()
    }
    world.sandbox.choose(iam_policies="enforced")
    try:
        yield roles
    finally:
        world.sandbox.choose(iam_policies="ignored")


def names_of(world: RecoveryWorld) -> dict[str, str]:
    """What stands in a world for the names of the shipped files, but for its database, accounts and Regions."""
    keys = {
        "KEY-OF-THE-CLUSTER": (world.source, world.recovered.source_key),
        "KEY-OF-THE-INSTANCE": (world.source, world.recovered.source_key),
        "KEY-OF-THE-LIVE-CLUSTER": (world.target, world.recovered.target_key),
        "KEY-OF-THE-LIVE-INSTANCE": (world.target, world.recovered.target_key),
        "KEY-OF-THE-RECOVERY-POINTS": (world.recovery, "alias/switchyard-recovery"),
    }
    ids = {shown: _key_id(world, *key) for shown, key in keys.items()}
    return ids | {
        "secret:switchyard/orders/login": f"secret:{world.recovered.secret}",
        "switchyard-recovery-points": world.recovered.points,
    }


def _adapted(statements: list[Statement], half: str, copies: str, world: RecoveryWorld) -> list[Statement]:
    """The statements of a half with what docs/reference/iam.md tells to change for other copies than two."""
    if half == "source":
        unneeded = {
            "single-step": COPY,
            "one-region": COPY,
            "one-account": SHARE,
            "in-place": (*COPY, *SHARE),
        }
        return [_without(one, unneeded.get(copies, ())) for one in statements]
    if copies == "from-share":
        statements = [one for one in statements if one["Sid"] not in ("CopyLocally", "Expire")]
    return [_reaching(one, copies, world) for one in statements]


def _without(statement: Statement, actions: Sequence[str]) -> Statement:
    return statement | {"Action": [one for one in listed(statement["Action"]) if one not in actions]}


def _reaching(statement: Statement, copies: str, world: RecoveryWorld) -> Statement:
    """A statement of the target that reaches the source's own snapshots and key, where nothing is copied there."""
    source = settings.ACCOUNTS[world.source[0]]
    here, there = (f":{place[1]}:{source}:" for place in (world.recovery, world.source))
    sid, resources = statement["Sid"], listed(statement["Resource"])
    if sid == "UseKeyOfRecoveryPoints" and copies in ("single-step", "one-region"):
        resources = [*resources, f"arn:aws:kms{there}key/{names_of(world)['KEY-OF-THE-CLUSTER']}"]
    elif sid == "CopyLocally" and copies == "single-step":
        resources = [one.replace(here, there) for one in resources]
    elif sid == "RestoreSwapAndRetire" and copies == "from-share":
        resources = [*resources, f"arn:aws:rds{here}cluster-snapshot:{world.name}-rp-*"]
    return statement | {"Resource": resources}


def _shipped(world: RecoveryWorld, half: str) -> list[Statement]:
    """A file with the world's names; manifests keep the account and Region of their own."""
    kind = "" if world.recovered.plan.is_cluster else "_instance"
    places = {
        ":us-west-2:111111111111:": (world.source[1], world.source[0]),
        ":us-west-1:111111111111:": (world.target[1], world.source[0]),
        ":us-west-1:222222222222:": (world.target[1], world.target[0]),
    }
    statements = shipped(f"{half}{kind}", names_of(world))
    for one in statements:
        one["Resource"] = [_placed(text, places, world.name) for text in listed(one["Resource"])]
    return statements


def _placed(resource: str, places: Mapping[str, tuple[str, str]], name: str) -> str:
    for shown, (region, account) in places.items():
        if shown in resource:
            resource = resource.replace(shown, f":{region}:{settings.ACCOUNTS[account]}:")
            break
    return OF_DATABASES.sub(rf"\g<1>{name}", resource)


def _key_id(world: RecoveryWorld, place: tuple[str, str], alias: str) -> str:
    return str(world.client("kms", place).describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])
