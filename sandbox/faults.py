"""Faults made to order: rules that say which call fails, how, how often and when.

A rule counts the calls it matches; `after` and `times` pick among them, `probability` draws from a generator
seeded per rule, so that the same calls meet the same faults on every run.
"""

from __future__ import annotations

import itertools
import random
import re
import threading
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

REFUSALS = {"throttle", "server-error", "error"}
KINDS = REFUSALS | {"lost-response", "slow", "stale", "duplicate"}
TIMED = {"slow", "stale"}
DELIVERY = "sns:Deliver"
"""The name under which a delivery from a topic to a queue asks for faults; it is no API operation."""

DELIVERIES = (DELIVERY, "firehose:Deliver")
"""What can be delivered twice: messages of topics, and records of delivery streams."""


@dataclass(frozen=True)
class Fault:
    """One rule.

    `operation` is "service:Operation" and may hold `*`. Kinds: throttle, server-error and error answer
    instead of acting ("error" with `code`, `message`, HTTP `status`); lost-response acts and closes the
    connection without an answer; slow waits `seconds` of real time and acts; stale answers what the same
    request was last told, where that is no more than `seconds` of real time ago; duplicate delivers an SNS
    message or a Firehose record twice. A rule for the calls of every service, `*:...`, leaves alone what the
    sandbox does inside: it strikes deliveries, statements, loads, jobs and writes only where their service is named.
    It lets the first `after` matching calls pass, then hits `times` of them (None: all) with `probability`.
    `account` and `region` narrow it, and so does `matching`, a regular expression that is searched for in the
    texts of a request, or in a statement that a database is about to run, without regard to case. Raises
    ValueError for a rule that could never work.
    """

    operation: str
    kind: str
    code: str | None = None
    message: str | None = None
    status: int = 400
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    seconds: float = 0.0
    account: str | None = None
    region: str | None = None
    matching: str | None = None

    def __post_init__(self) -> None:
        if problem := self._problem():
            raise ValueError(f"fault on {self.operation}: {problem}")

    def _problem(self) -> str | None:
        checks = {
            f"unknown kind {self.kind!r}, choose one of {', '.join(sorted(KINDS))}": self.kind not in KINDS,
            "operation must read service:Operation, e.g. rds:CopyDBClusterSnapshot": ":"
            not in self.operation,
            "kind error needs a code": self.kind == "error" and not self.code,
            f"kind {self.kind} needs seconds above 0": self.kind in TIMED and self.seconds <= 0,
            f"kind duplicate works on {' and '.join(DELIVERIES)} only": (self.kind == "duplicate")
            != (self.operation in DELIVERIES),
            "probability must be above 0 and at most 1": not 0 < self.probability <= 1,
            "times must be 1 or more, after 0 or more": (self.times is not None and self.times < 1)
            or self.after < 0,
            f"matching is no regular expression: {self.matching}": not _is_pattern(self.matching),
        }
        return next((problem for problem, present in checks.items() if present), None)

    def matches(
        self, operation: str, account: str, region: str, text: str | None = None, *, inside: bool = False
    ) -> bool:
        """Tell whether a call, or work inside, with this text is of the kind that this rule looks at."""
        return (
            fnmatchcase(operation.lower(), self.operation.lower())
            and not (inside and self.operation.startswith("*"))
            and self.account in (None, account)
            and self.region in (None, region)
            and (self.matching is None or _found(self.matching, text))
        )


def _is_pattern(text: str | None) -> bool:
    try:
        re.compile(text or "")
    except re.error:
        return False
    return True


def _found(pattern: str, text: str | None) -> bool:
    return text is not None and re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


@dataclass
class _Rule:
    id: int
    fault: Fault
    seen: int = 0
    hits: int = 0
    draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.fault.seed)  # noqa: S311 - repeatable on purpose

    def strikes(self) -> bool:
        self.seen += 1
        if self.seen <= self.fault.after or self.hits == self.fault.times:
            return False
        if self.fault.probability < 1 and self.draw.random() >= self.fault.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The rules in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> int:
        """Put a rule in force and return its number."""
        with self._lock:
            rule = _Rule(next(self._ids), fault)
            self._rules.append(rule)
            return rule.id

    def clear(self) -> None:
        """Drop all rules."""
        with self._lock:
            self._rules = []

    def has(self, kind: str) -> bool:
        """Tell whether any rule is of a kind."""
        with self._lock:
            return any(rule.fault.kind == kind for rule in self._rules)

    @property
    def read_texts(self) -> bool:
        """Whether any rule looks into texts."""
        with self._lock:
            return any(rule.fault.matching is not None for rule in self._rules)

    def take(
        self, operation: str, account: str, region: str, text: str | None = None, *, inside: bool = False
    ) -> list[Fault]:
        """Return the faults that strike this call, in the order in which they were added.

        `text` is what the call holds or the statement says; `inside` is what the sandbox does by itself. Every
        rule that matches counts the call, whether or not another strikes it.
        """
        with self._lock:
            return [
                rule.fault
                for rule in self._rules
                if rule.fault.matches(operation, account, region, text, inside=inside) and rule.strikes()
            ]

    def report(self) -> list[dict[str, Any]]:
        """List the rules with how many calls each has seen and hit."""
        with self._lock:
            return [
                {"id": rule.id, "seen": rule.seen, "hits": rule.hits, **asdict(rule.fault)}
                for rule in self._rules
            ]
