"""Checks of a rule file that was written by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from switchyard.errors import BadInput
from switchyard.synonyms import text
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.doubts import Term, doubts, width_faults
from switchyard.synonyms.findings import Findings, Report
from switchyard.synonyms.grammar import LineError, parse_line
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.plain_rows import PlainRows
from switchyard.synonyms.relations import Relations
from switchyard.synonyms.rules import Rule

_CONTROL = {code: "\ufffd" for code in range(0x20)}


def check_rules(path: Path, *, chain: Chain, limits: Limits, findings: Findings) -> Report:
    """Tell what a search engine with this analysis would refuse in a file, and what is doubtful in it.

    Raises:
        BadInput: The file is not UTF-8.
    """
    count = rules = 0
    with (
        tempfile.TemporaryDirectory(prefix="switchyard-synonyms-") as scratch,
        closing(Relations(Path(scratch), PlainRows(chain, limits), limits)) as relations,
    ):
        for count, line in enumerate(read_lines(path), 1):
            try:
                rule = _rule(line, f"line {count}", chain, limits, findings)
            except LineError as error:
                findings.add(error.code, error.reason, row_id=f"line {count}", term=error.term)
                continue
            if rule is not None:
                rules += 1
                relations.add([rule], [f"line {count}"])
        relations.judge(findings)
    return findings.report(rows=count, rules=rules, unit="line")


def _rule(line: str, row_id: str, chain: Chain, limits: Limits, findings: Findings) -> Rule | None:
    """Read a line, and tell what is doubtful in it; None where the search engine does nothing with it.

    Raises:
        LineError: The search engine would refuse the line.
    """
    parsed = parse_line(line, chain)
    for term in (*parsed.left, *parsed.right):
        if (length := text.length(term)) > text.MAX_TERM:
            raise LineError("TERM_TOO_LONG", term, f"it has {length:,} characters")
    if parsed.nothing:
        if parsed.left:
            findings.add("NO_EFFECT", "there is no synonym beside it", row_id=row_id, term=parsed.left[0])
        return None
    left, right = ([_term(term, chain) for term in side] for side in (parsed.left, parsed.right))
    rule = Rule(line.translate(_CONTROL), _keys(left), _keys(right))
    for code, reason, faulty in (*width_faults(rule, left[0], limits), *doubts(left, right, chain)):
        findings.add(code, reason, row_id=row_id, term=faulty)
    return rule


def read_lines(path: Path) -> Iterator[str]:
    """Give the lines of a rule file, cut where the search engine cuts them.

    Raises:
        BadInput: The file is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise BadInput("file", str(path), f"it is not UTF-8: {error.reason}", "Save it as UTF-8") from error


def _term(spelling: str, chain: Chain) -> Term:
    return Term(spelling, (chain.key(spelling) or "").translate(_CONTROL))


def _keys(terms: list[Term]) -> list[str]:
    return list(dict.fromkeys(term.key for term in terms))
