"""The policies of docs/reference/iam, against calls that the sandbox saw."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping

from tests.support.recovery import REPOSITORY

CALLED_OTHERWISE = {"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket"}
"""S3 operations whose action has another name."""


def actions_made(calls: Iterable[Mapping[str, str]], account_id: str) -> set[str]:
    """The actions that calls of an account ask for; `sts` needs no permission."""
    return {_action(call) for call in calls if call["account"] == account_id and call["service"] != "sts"}


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
    policy = json.loads((REPOSITORY / "docs" / "reference" / "iam" / f"{file}.json").read_text())
    actions = [statement["Action"] for statement in policy["Statement"]]
    return {one for action in actions for one in ([action] if isinstance(action, str) else action)}
