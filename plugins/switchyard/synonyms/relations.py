"""What rules do to each other: the search engine merges all rules of a term, and applies them once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain as concatenate
from pathlib import Path

from switchyard.synonyms import circles
from switchyard.synonyms.findings import Findings, row_name
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.plain_rows import PlainRows, PlainRules
from switchyard.synonyms.rule_records import RuleRecords, Use
from switchyard.synonyms.rules import Rule
from switchyard.synonyms.sorted_lines import SortedLines
from switchyard.synonyms.term_index import TermIndex
from switchyard.synonyms.text import shown
from switchyard.synonyms.together import Together

_USES_AT_ONCE = 50
"""Rules of one term that are held at a time."""


class Relations:
    """Collects rules, and finds those that defeat, widen or repeat each other."""

    def __init__(self, folder: Path, plain: PlainRows, limits: Limits) -> None:
        """Start without rules.

        Args:
            folder: Where rules and terms are kept meanwhile; it must be empty.
            plain: What makes the plain rules.
            limits: How wide the expansion of a term may be.
        """
        self._limits = limits
        self._rules = RuleRecords(folder / "rules", plain.terms)
        self._terms = TermIndex(folder / "terms")
        self._suspects = SortedLines(folder / "suspects")
        self._repeats = SortedLines(folder / "repeats")
        self._count = 0

    def add_plain(self, rules: PlainRules) -> None:
        """Take plain rules."""
        self._rules.add_plain(rules)
        self._terms.add(rules.terms)
        self._count += len(rules.lines)

    def add(self, rules: Sequence[Rule], row_ids: Sequence[str]) -> None:
        """Take rules with their rows."""
        terms = [list(dict.fromkeys((*rule.left, *rule.right))) for rule in rules]
        self._rules.add(rules, row_ids, list(map(len, terms)))
        self._terms.add(list(concatenate.from_iterable(terms)))
        self._count += len(rules)

    def judge(self, findings: Findings) -> Iterator[str]:
        """Tell every conflict between the rules; give the lines that only repeat another one, sorted."""
        if not self._count:
            return iter(())
        replaced: dict[str, tuple[str, list[str]]] = {}
        with self._rules.lookup() as look_up:
            for term, numbers in self._terms.repeated():
                together = Together(term, self._limits)
                for at in range(0, len(numbers), _USES_AT_ONCE):
                    some = numbers[at : at + _USES_AT_ONCE]
                    uses = list(map(look_up, some))
                    together.add(uses)
                    first = [use for use in zip(uses, some, strict=True) if term == min(use[0].left)]
                    if len(first) > 1 or len(numbers) > _USES_AT_ONCE:
                        self._suspects.add([_identified(*use) for use in first])
                for code, row_id, reason in together.conflicts():
                    findings.add(code, reason, row_id=row_id, term=term)
                if together.onward is not None:
                    replaced[term] = together.onward
        _tell_circles(replaced, findings)
        self._tell_repeats(findings)
        return self._repeats.drain()

    def close(self) -> None:
        """Let go of the file that rules are written to."""
        self._rules.close()

    def _tell_repeats(self, findings: Findings) -> None:
        """Tell of rules that say the same; the line that sorts first stays, whichever row came first."""
        previous = kept_line = first_row = ""
        for suspect in self._suspects.drain():
            identity, _, row_id, line = suspect.split("\x1e")
            if identity != previous:
                previous, kept_line, first_row = identity, line, row_id
                continue
            findings.add("DUPLICATE", f"it says what {row_name(first_row)} says: {line}", row_id=row_id)
            if line != kept_line:
                kept_line, dropped = sorted((line, kept_line))
                self._repeats.add([dropped])


def _identified(use: Use, number: int) -> str:
    """Write a rule after what is equal for all that say the same."""
    identity = "\x1d".join("\x1f".join(sorted(side)) for side in (use.left, use.right))
    return f"{identity}\x1e{number:015}\x1e{use.row_id}\x1e{use.line}"


def _tell_circles(replaced: dict[str, tuple[str, list[str]]], findings: Findings) -> None:
    for circle in circles.find({term: targets for term, (_, targets) in replaced.items()}):
        path = " to ".join(map(shown, (*circle, circle[0])))
        findings.add("CYCLE", f"the rules lead from {path}", row_id=replaced[circle[0]][0], term=circle[0])
