"""The policies of docs/reference/iam, against calls that the sandbox saw."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sandbox import settings
from tests.support.recovery import REPOSITORY, RecoveryWorld

POLICIES = REPOSITORY / "docs" / "reference" / "iam"

CALLED_OTHERWISE = {"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket"}
"""S3 operations whose action has another name."""


@contextmanager
def enforced(world: RecoveryWorld, files: Mapping[str, str]) -> Iterator[None]:
    """Let the roles of a recovery, by "source" and "target", do what these files say for "orders", and nothing else.

    A test looks with the same roles; it does so before and after.
    """
    places = {
        "source": (world.source, world.recovered.source_key),
        "target": (world.target, world.recovered.target_key),
    }
    keys = {role: _key_id(world, place, alias) for role, (place, alias) in places.items()}
    handed_over = _key_id(world, world.recovery, "alias/switchyard-recovery")
    for role, (place, _) in places.items():
        text = (POLICIES / f"{files[role]}.json").read_text()
        names = {
            ":db:orders": f":db:{world.name}",
            "snapshot:orders": f"snapshot:{world.name}",
            "secret:switchyard/orders/login": f"secret:{world.recovered.secret}",
            "switchyard-recovery-points": world.recovered.points,
            "KEY-OF-THE-INSTANCE": keys["source"],
            "KEY-OF-THE-LIVE-INSTANCE": keys["target"],
            "KEY-OF-THE-RECOVERY-POINTS": handed_over,
        }
        for shown, own in names.items():
            text = text.replace(shown, own)
        iam = world.client("iam", place)
        name = settings.ROLES[settings.ACCOUNTS[place[0]]].rpartition("/")[2]
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
        iam.put_role_policy(RoleName=name, PolicyName="shipped", PolicyDocument=text)
    world.sandbox.choose(iam_policies="enforced")
    try:
        yield
    finally:
        world.sandbox.choose(iam_policies="ignored")


def _key_id(world: RecoveryWorld, place: tuple[str, str], alias: str) -> str:
    return str(world.client("kms", place).describe_key(KeyId=alias)["KeyMetadata"]["KeyId"])


def actions_made(calls: Iterable[Mapping[str, str]], account_id: str) -> set[str]:
    """The actions that calls of an account ask for; `sts` needs no permission, and a test itself makes its roles."""
    asked = [one for one in calls if one["account"] == account_id and one["service"] != "sts"]
    return {_action(one) for one in asked if one["operation"] not in ("CreateRole", "PutRolePolicy")}


def actions_allowed(*files: str) -> set[str]:
    """The actions, or patterns of them, of one or more files, by their names."""
    return {action for file in files for action in _allowed(file)}


def without_permission(made: set[str], allowed: set[str]) -> set[str]:
    """The actions that no policy allows."""
    return {action for action in made if not any(fnmatch.fnmatchcase(action, one) for one in allowed)}


def without_use(made: set[str], allowed: set[str]) -> set[str]:
    """What policies allow and no call asked for."""
    return {pattern for pattern in allowed if not fnmatch.filter(made, pattern)}


def _action(call: Mapping[str, str]) -> str:
    return f"{call['service']}:{CALLED_OTHERWISE.get(call['operation'], call['operation'])}"


def _allowed(file: str) -> set[str]:
    policy = json.loads((POLICIES / f"{file}.json").read_text())
    actions = [statement["Action"] for statement in policy["Statement"]]
    return {one for action in actions for one in ([action] if isinstance(action, str) else action)}
