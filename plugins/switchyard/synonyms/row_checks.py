"""One row: judged term by term and as a whole, and made into a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from switchyard.synonyms import text
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.doubts import Fault, Term, doubts, width_faults
from switchyard.synonyms.findings import Findings
from switchyard.synonyms.grammar import LineError, require_words, write_line
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.rules import KINDS, Rule, SourceRow, Unreadable
from switchyard.synonyms.text import shown


class RowChecker:
    """Makes rules of rows, and tells everything that is wrong with a row."""

    def __init__(self, chain: Chain, limits: Limits, findings: Findings) -> None:
        """Prepare for many rows.

        Args:
            chain: The declared analysis.
            limits: How wide a rule may be.
            findings: Receives what is wrong.
        """
        self._chain = chain
        self._limits = limits
        self._findings = findings

    def rule(self, row: SourceRow) -> Rule | None:
        """Make the rule of a row; None where it has errors, all of which have been told."""
        left = self._terms(row, row.left)
        right = self._terms(row, row.right)
        if row.kind not in KINDS:
            self._add(row, "UNKNOWN_KIND", f"the kind is {shown(row.kind)}")
            return None
        if left is None or right is None:
            return None
        errors = (
            _equivalent_errors(row, left, right) if row.kind == "equivalent" else _errors(row, left, right)
        )
        if error := next(errors, None):
            self._add(row, *error)
            return None
        if row.kind == "one_way":
            right = [*left, *(term for term in right if term.identity != left[0].identity)]
        return self._made(row, left, right)

    def _made(self, row: SourceRow, left: list[Term], right: list[Term]) -> Rule | None:
        rule = Rule(write_line(map(_written, left), map(_written, right)), _keys(left), _keys(right))
        for fault in width_faults(rule, left[0], self._limits):
            self._add(row, *fault)
            if fault[0] == "TOO_WIDE":
                return None
        for doubt in doubts(left, right, self._chain):
            self._add(row, *doubt)
        return rule

    def _terms(self, row: SourceRow, values: Sequence[object]) -> list[Term] | None:
        """Read the terms of a side, blank ones and repeated ones left out; None where one is faulty."""
        found: dict[tuple[str, str], Term] = {}
        sound = True
        for value in values:
            if value is None:
                continue
            try:
                term = self._term(value)
            except LineError as error:
                self._add(row, error.code, error.reason, error.term)
                sound = False
                continue
            if term is not None:
                found.setdefault(term.identity, term)
        return list(found.values()) if sound else None

    def _term(self, value: object) -> Term | None:
        """Read a term; None for a blank one.

        Raises:
            LineError: It cannot stand in a rule file.
        """
        if not isinstance(value, str):
            raise _no_text(value)
        if not value.isprintable():
            _check_characters(value)
        spelling = text.normalise(value)
        if not spelling:
            return None
        if (length := text.length(spelling)) > text.MAX_TERM:
            raise LineError("TERM_TOO_LONG", value, f"it has {length:,} characters")
        key = self._chain.key(spelling)
        if key is None:
            require_words(spelling, self._chain)
        return Term(spelling, key or "")

    def _add(self, row: SourceRow, code: str, reason: str, term: str | None = None) -> None:
        self._findings.add(code, reason, row_id=row.row_id, term=term)


def _equivalent_errors(row: SourceRow, left: list[Term], right: list[Term]) -> Iterator[Fault]:
    first = row.left[0] if row.left else None
    if right:
        yield "UNUSED_RIGHT", "all terms of an equivalent rule stand for each other", right[0].spelling
    if not isinstance(first, str) or not text.normalise(first):
        yield "EMPTY_BASE_TERM", f"the row has {_listed(left)} only" if left else "the row has no term", None
    if len(left) < 2:
        others = any(isinstance(value, str) and text.normalise(value) for value in row.left[1:])
        reason = (
            "the other terms are the same in other letters" if others else "there is no other term beside it"
        )
        yield "FEWER_THAN_TWO_TERMS", reason, left[0].spelling


def _errors(row: SourceRow, left: list[Term], right: list[Term]) -> Iterator[Fault]:
    if not left:
        yield "EMPTY_LEFT", f"the row has {_listed(right)} only" if right else "the row has no term", None
    if not right:
        yield "EMPTY_RIGHT", "it leads nowhere", left[0].spelling
    if row.kind == "one_way" and len(left) > 1:
        yield "ONE_WAY_NEEDS_ONE_LEFT", f"it starts from {_listed(left)}", left[1].spelling
    if len(left) == 1 and [term.identity for term in right] == [left[0].identity]:
        yield "SELF_MAP", "it leads to itself", left[0].spelling


def _listed(terms: list[Term]) -> str:
    return ", ".join(shown(term.spelling) for term in terms[:3]) + (", ..." if len(terms) > 3 else "")


def _check_characters(value: str) -> None:
    if half := text.half_character(value):
        raise LineError("BAD_UNICODE", value, f"{text.name(half)} is half a character")
    if control := text.control_character(value):
        raise LineError("CONTROL_CHAR", value, f"there is {_article(text.name(control))} in it")


def _no_text(value: object) -> LineError:
    if isinstance(value, Unreadable):
        return LineError(value.code, None, value.reason)
    return LineError("NOT_TEXT", shown(value)[1:-1], f"it is of type {type(value).__name__}")


def _article(noun: str) -> str:
    return noun if noun.startswith(("U+", "NUL")) else f"a {noun}"


def _written(term: Term) -> str:
    return text.escape(term.spelling)


def _keys(terms: list[Term]) -> list[str]:
    return list(dict.fromkeys(term.key for term in terms))
