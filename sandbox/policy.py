"""Resource policies: does this document let this principal do this.

A small evaluator of the policy language for key, topic, queue and bucket policies: an explicit deny wins,
then any allow. Whether identity policies count is for `sandbox.identity_policies`.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Document = str | bytes | Mapping[str, Any]
"""A policy as JSON text or already parsed."""

VARIABLE = re.compile(r"\$\{([^}]+)\}")
ASSUMED_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/")


class UnsupportedPolicyError(Exception):
    """A policy uses a part of the language that the sandbox does not know; it would be guessing otherwise."""


@dataclass(frozen=True)
class Principal:
    """Who asks: an account, and the ARN of the role session or user (None: any identity of the account).

    `service` is set instead of both for a call made by an AWS service, e.g. "sns.amazonaws.com".
    """

    account: str = ""
    arn: str | None = None
    service: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """All spellings under which a policy may name this principal."""
        if self.service:
            return frozenset({self.service})
        names = {self.account, f"arn:aws:iam::{self.account}:root"}
        if self.arn:
            names.add(self.arn)
            if session := ASSUMED_ROLE.match(self.arn):
                names.add("arn:{partition}:iam::{account}:role/{role}".format(**session.groupdict()))
        return frozenset(names)


@dataclass(frozen=True)
class Request:
    """What is asked: an action "service:Operation", a resource ARN ("*" matches all), condition keys."""

    principal: Principal
    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


def decide(document: Document, request: Request) -> bool | None:
    """Return True where a statement allows the request, False where one denies it, None where none applies.

    Raises UnsupportedPolicyError for an unknown condition operator, ValueError for text that is not JSON.
    """
    policy = json.loads(document) if isinstance(document, str | bytes) else document
    effects = {
        statement["Effect"] for statement in _listed(policy.get("Statement")) if _applies(statement, request)
    }
    if "Deny" in effects:
        return False
    return True if "Allow" in effects else None


def allows(document: Document, request: Request) -> bool:
    """Tell whether the policy itself allows the request; silence is a refusal."""
    return decide(document, request) is True


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _principal_matches(statement, request.principal)
        and _named(statement, "Action", request.action.lower(), str.lower)
        and (request.resource == "*" or _named(statement, "Resource", request.resource, str))
        and _conditions_hold(statement.get("Condition", {}), request)
    )


def _principal_matches(statement: Mapping[str, Any], principal: Principal) -> bool:
    if "NotPrincipal" in statement:
        return not _principal_listed(statement["NotPrincipal"], principal)
    return "Principal" not in statement or _principal_listed(statement["Principal"], principal)


def _principal_listed(listed: Any, principal: Principal) -> bool:
    if listed == "*":
        return True
    if "*" in _listed(listed.get("AWS")):
        return True
    names = set(_listed(listed.get("Service" if principal.service else "AWS")))
    return bool(names & principal.names) or (principal.arn is None and _of_account(names, principal))


def _of_account(names: Iterable[str], principal: Principal) -> bool:
    return any(name.split(":")[4:5] == [principal.account] for name in names)


def _named(statement: Mapping[str, Any], key: str, wanted: str, fold: Callable[[str], str]) -> bool:
    """Match an element such as Action, or its opposite NotAction; an absent element matches all."""
    if f"Not{key}" in statement:
        return not any(_like(fold(item), wanted) for item in _listed(statement[f"Not{key}"]))
    return key not in statement or any(_like(fold(item), wanted) for item in _listed(statement[key]))


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL)


def _like(pattern: str, value: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


def _equal(expected: str, value: str) -> bool:
    return expected == value


def _equal_ignoring_case(expected: str, value: str) -> bool:
    return expected.lower() == value.lower()


TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": _like,
    "ArnEquals": _like,  # AWS lets both ARN operators take wildcards
    "ArnLike": _like,
    "Bool": _equal_ignoring_case,
    "NumericEquals": lambda expected, value: float(value) == float(expected),
    "NumericLessThan": lambda expected, value: float(value) < float(expected),
    "NumericLessThanEquals": lambda expected, value: float(value) <= float(expected),
    "NumericGreaterThan": lambda expected, value: float(value) > float(expected),
    "NumericGreaterThanEquals": lambda expected, value: float(value) >= float(expected),
}
NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], request: Request) -> bool:
    context = {key.lower(): value for key, value in request.context.items()}
    return all(
        _holds(
            operator, [_filled(str(item), context) for item in _listed(expected)], context.get(key.lower())
        )
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def _filled(text: str, context: Mapping[str, str]) -> str:
    """Put the values of policy variables such as ${aws:userid} in their place; unknown ones match nothing.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    return VARIABLE.sub(lambda found: context.get(found[1].lower(), found[0]), text)


def _holds(operator: str, expected: list[str], value: str | None) -> bool:
    if operator == "Null":
        return (value is None) == (expected[0].lower() == "true")
    name = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
    if value is None and (name.endswith("IfExists") or operator.startswith("ForAllValues:")):
        return True
    name = name.removesuffix("IfExists")
    negated = name in NEGATIONS
    test = TESTS.get(NEGATIONS.get(name, name))
    if test is None:
        raise UnsupportedPolicyError(f"the sandbox does not know the policy condition operator {operator}")
    if value is None:
        return negated
    return negated != any(test(item, value) for item in expected)
