"""The linter of IAM policies, which the static checks run over what is shipped."""

from __future__ import annotations

from typing import Any

import pytest

from scripts import policy_lint


def policy(action: Any, resource: str, **more: Any) -> dict[str, Any]:
    statement = {"Sid": "One", "Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (policy("rds:DescribeClusters", "*"), "UNKNOWN_ACTION"),
        (policy("sns:*", "arn:aws:sns:us-west-2:111111111111:a"), "WILDCARD"),
        (policy("sns:Publish", "*"), "RESOURCE_STAR"),
        (policy("s3:GetObject", "arn:aws:s3:::bucket"), "RESOURCE_MISMATCH"),
        (
            policy(
                "sns:Publish",
                "arn:aws:sns:us-west-2:111111111111:a",
                Condition={"StringEquals": {"s3:prefix": "a"}},
            ),
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
    ],
)
def test_what_is_wrong_is_told(wrong: dict[str, Any], told: str) -> None:
    """It should find actions, resources and conditions that AWS does not know or that are too wide."""
    assert told in {issue for (_, issue), _ in policy_lint.findings("shipped", wrong)}


def test_templates_are_read_without_their_functions() -> None:
    """It should read the policies of keys, buckets, topics, queues and roles in the templates, names filled in."""
    found = dict(policy_lint.policies())
    assert {
        "source",
        "aurora_recovery/source: RecoveryKey",
        "aurora_recovery/target: AnnouncedPolicy",
    } <= set(found)
    assert "Fn::" not in str(found)


def test_what_is_meant_must_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It should tell of a reason that stands for nothing, so that none outlives its finding."""
    monkeypatch.setattr(policy_lint, "MEANT", {(r"shipped: One", "WILDCARD"): "once"})
    right = policy("sns:Publish", "arn:aws:sns:us-west-2:111111111111:a")
    (told,) = policy_lint.problems([("shipped", right)])
    assert "WILDCARD is not found any more" in told
