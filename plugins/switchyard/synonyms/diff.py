"""What a release changes, rule by rule, and whether it loses more than it should."""

from __future__ import annotations

import re
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from switchyard.errors import BadInput
from switchyard.synonyms.findings import Finding, find
from switchyard.synonyms.rule_file import read_lines
from switchyard.synonyms.sorted_lines import SortedLines

SHOWN_PER_KIND = 20
"""Changes of a kind that a comparison holds; all are counted."""

_HEAD = re.compile(r"(?:[^\\,=]|\\.|=(?!>))*(?:,|=>)?", re.DOTALL)


class Change(NamedTuple):
    """One difference between two releases.

    Attributes:
        kind: What happened to the rule; it is changed where another one begins with the same term.
        before: The rule of the old release, None where it is added.
        after: The rule of the new release, None where it is removed.
    """

    kind: Literal["added", "removed", "changed"]
    before: str | None
    after: str | None

    def __str__(self) -> str:
        lines = [
            f"- {self.before}" if self.before is not None else "",
            f"+ {self.after}" if self.after is not None else "",
        ]
        return "\n".join(filter(None, lines))


@dataclass(frozen=True)
class Diff:
    """The differences between two releases.

    Attributes:
        added: Rules that only the new one has.
        removed: Rules that only the old one has.
        changed: Pairs of rules that begin with the same term and differ.
        unchanged: Rules that both have.
        sample: The first changes of each kind, in the order of the rules.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    sample: tuple[Change, ...] = ()

    @property
    def before(self) -> int:
        """Rules of the old release."""
        return self.removed + self.changed + self.unchanged

    @property
    def after(self) -> int:
        """Rules of the new release."""
        return self.added + self.changed + self.unchanged

    @property
    def share(self) -> float:
        """The part of all rules, old and new, that differs: 0.0 to 1.0."""
        different = self.added + self.removed + self.changed
        return different / max(1, different + self.unchanged)

    def text(self) -> str:
        """Give the differences as a page for people."""
        kinds = ("added", "removed", "changed", "unchanged")
        counts = ", ".join(f"{getattr(self, kind):,} {kind}" for kind in kinds)
        head = f"{counts}: {self.before:,} rules become {self.after:,}; {self.share:.1%} differ."
        left_out = self.added + self.removed + self.changed - len(self.sample)
        rest = [f"... and {left_out:,} more"] if left_out else []
        return "\n".join([head, *map(str, self.sample), *rest]) + "\n"


def compare(old: Path | None, new: Path) -> Diff:
    """Compare two rule files; no old one counts as an empty one. Comments and empty lines do not count.

    Memory does not grow with the files, but for rules that begin with the same term.

    Raises:
        BadInput: A file is not UTF-8.
    """
    counts = {"added": 0, "removed": 0, "changed": 0, "unchanged": 0}
    sample: list[Change] = []
    with tempfile.TemporaryDirectory(prefix="switchyard-diff-") as scratch:
        before = iter(()) if old is None else _rules(old, Path(scratch) / "old")
        for change in _changes(before, _rules(new, Path(scratch) / "new")):
            if change is None:
                counts["unchanged"] += 1
                continue
            counts[change.kind] += 1
            if counts[change.kind] <= SHOWN_PER_KIND:
                sample.append(change)
    return Diff(**counts, sample=tuple(sample))


def shrink_guard(diff: Diff, *, max_shrink: float, force: bool = False) -> Finding | None:
    """Object to a release with far fewer rules than the one before.

    Args:
        diff: What it changes.
        max_shrink: The part of the rules that may go, 0.0 to 1.0.
        force: Whether it is to be published all the same.

    Raises:
        BadInput: `max_shrink` is no such part.
    """
    if not 0 <= max_shrink <= 1:
        raise BadInput("max_shrink", max_shrink, "it is no part of a whole", "Give 0.3 for 30 percent")
    lost = diff.before - diff.after
    if force or lost <= max_shrink * diff.before:
        return None
    reason = f"{diff.before:,} rules would become {diff.after:,}; {lost / diff.before:.0%} would go"
    return find("SHRINK_GUARD", f"{reason}, {max_shrink:.0%} may")


def empty_guard(rules: int, *, force: bool = False) -> Finding | None:
    """Object to a release without rules: search would go on without any synonym."""
    if rules or force:
        return None
    return find("EMPTY_SET", "no rule would be published")


def _changes(old: Iterator[str], new: Iterator[str]) -> Iterator[Change | None]:
    """Pair what was removed and added under the same head; None stands for a rule that both have."""
    merged = _merged(old, new)
    for _, group in groupby(merged, key=lambda found: found[0]):
        removed: deque[str] = deque()
        added: deque[str] = deque()
        for _, before, after in group:
            if before is not None and after is not None:
                yield None
            elif before is not None:
                removed.append(before)
            elif after is not None:
                added.append(after)
            if removed and added:
                yield Change("changed", removed.popleft(), added.popleft())
        yield from (Change("removed", rule, None) for rule in removed)
        yield from (Change("added", None, rule) for rule in added)


def _merged(old: Iterator[str], new: Iterator[str]) -> Iterator[tuple[str, str | None, str | None]]:
    """Walk two sorted files side by side: head, old rule and new rule, None where one has none."""
    before, after = next(old, None), next(new, None)
    while before is not None or after is not None:
        if after is None or (before is not None and before < after):
            yield _head(before or ""), before, None
            before = next(old, None)
        elif before is None or after < before:
            yield _head(after), None, after
            after = next(new, None)
        else:
            yield _head(after), before, after
            before, after = next(old, None), next(new, None)


def _head(rule: str) -> str:
    """Give the first term of a rule with what ends it, so that no head begins another one."""
    found = _HEAD.match(rule)
    return found[0] if found else rule


def _rules(path: Path, scratch: Path) -> Iterator[str]:
    """Give the rules of a file sorted, each once."""
    if all(one < other for one, other in pairwise(_written(path))):
        return _written(path)
    lines = SortedLines(scratch)
    for line in _written(path):
        lines.add([line])
    return (line for line, _ in groupby(lines.drain()))


def _written(path: Path) -> Iterator[str]:
    return (line for line in read_lines(path) if line and not line.startswith("#"))
