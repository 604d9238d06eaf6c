"""What a person sees who is asked to approve: the evidence, and what an approval will do, in Markdown.

Much of the evidence was written by others (names of tables, rows of checks), so that nothing of it may form Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from switchyard.aurora_recovery.report_pages import dated, moment
from switchyard.aurora_recovery.untrusted import utc_text

LONGEST_CELL = 160
"""Characters of a cell; the ledger has the whole text."""
MOST_CHECKS = 200
"""Checks that are shown, those that did not pass first."""
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What forms emphasis, code, links, images, HTML or cells, and what begins an address that would become a link."""


@dataclass(frozen=True)
class Question:
    """What a person is asked: one line, and what to know before answering."""

    subject: str
    body: str


def swap_question(
    *,
    live: str,
    facts: Mapping[str, str],
    renames: Sequence[tuple[str, str]],
    checks: Sequence[Mapping[str, Any]],
    deadline: datetime,
    default: str,
) -> Question:
    """Ask whether the candidate may take the live name.

    Args:
        live: the live name.
        facts: what is known of recovery point and candidate, by label.
        renames: old and new name of everything that is renamed, in order.
        checks: the candidate's checks as the ledger keeps them.
        deadline: when the default takes the place of an answer.
        default: "approve" or "reject".
    """
    passed = sum(bool(check["passed"]) for check in checks)
    return Question(
        subject=f"Swap {live}? {passed} of {len(checks)} checks passed",
        body=_paragraphs(
            _facts(facts),
            "### An approval renames",
            _table(("now", "then"), renames),
            _REJECTED_SWAP,
            _no_answer(deadline, default),
            f"### {passed} of {len(checks)} checks passed",
            _checks(checks),
        ),
    )


def retire_question(
    *,
    live: str,
    facts: Mapping[str, str],
    deeds: Sequence[str],
    checks: Sequence[Mapping[str, Any]],
    deadline: datetime,
    default: str,
) -> Question:
    """Ask whether what was replaced may be retired.

    Args:
        live: the live name.
        facts: what is known of what was replaced and of the one that is live, by label.
        deeds: what an approval does, in order.
        checks: the checks of the live endpoint as the ledger keeps them.
        deadline: when the default takes the place of an answer.
        default: "approve" or "reject".
    """
    passed = sum(bool(check["passed"]) for check in checks)
    return Question(
        subject=f"Retire what {live} replaced? The live endpoint passed {passed} of {len(checks)} checks",
        body=_paragraphs(
            _facts(facts),
            "### An approval does this, in order",
            "\n".join(f"{number}. {_inert(deed)}" for number, deed in enumerate(deeds, 1)),
            _REJECTED_RETIREMENT,
            _no_answer(deadline, default),
            f"### {passed} of {len(checks)} checks of the live endpoint passed",
            _checks(checks),
        ),
    )


_REJECTED_SWAP = (
    "A rejection changes nothing that is live, keeps the candidate for study, and ends the run as failed."
)
_REJECTED_RETIREMENT = "A rejection keeps what was replaced as it is; the run goes on and says so."


def _no_answer(deadline: datetime, default: str) -> str:
    deed = "an approval" if default == "approve" else "a rejection"
    return f"No answer until {moment(utc_text(deadline))} counts as {deed}."


def _facts(facts: Mapping[str, str]) -> str:
    return "\n".join(f"- {_inert(label)}: **{_inert(value)}**" for label, value in facts.items() if value)


def _checks(checks: Sequence[Mapping[str, Any]]) -> str:
    ordered = sorted(checks, key=lambda check: bool(check["passed"]))
    rows = [
        (
            check["name"],
            dated(str(check["expected"])),
            dated(str(check["found"])),
            "passed" if check["passed"] else "FAILED",
        )
        for check in ordered[:MOST_CHECKS]
    ]
    table = _table(("check", "expected", "found", "verdict"), rows)
    more = len(checks) - len(rows)
    return f"{table}\n\n{more} more passed; the ledger has them all." if more else table


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_inert(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _inert(text: Any) -> str:
    """A text in one line that Markdown shows as it is."""
    line = " ".join(str(text).split())
    if len(line) > LONGEST_CELL:
        line = f"{line[: LONGEST_CELL - 1]}…"
    return _MARKDOWN.sub(r"\\\g<0>", line)


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
