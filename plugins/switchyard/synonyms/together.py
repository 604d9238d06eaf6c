"""All rules of one term, which the search engine merges into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from switchyard.synonyms.findings import row_name
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.rule_records import Use
from switchyard.synonyms.text import shown

_NAMED = 3
"""Rows that a finding names; of more it gives the number."""

_GROUPS_COMPARED = 50
"""Groups of a term among which an example is looked for."""

Conflict = tuple[str, str, Callable[[], str]]
"""Code, row, and what gives the reason."""


class Rows:
    """The first of some rows, and how many there are."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.count = 0

    def add(self, uses: Sequence[Use]) -> None:
        """Take the rows of some rules."""
        self.count += len(uses)
        if len(self.names) < _NAMED:
            self.names += [use.row_id for use in uses[: _NAMED - len(self.names)]]

    def __str__(self) -> str:
        named = [row_name(row_id) for row_id in self.names]
        if self.count > _NAMED:
            return f"{', '.join(named)} and {self.count - _NAMED:,} more"
        return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))


class Together:
    """The rules of a term, taken some at a time in memory that does not grow with their number."""

    def __init__(self, term: str, limits: Limits) -> None:
        """Start without rules.

        Args:
            term: The term as the search engine knows it.
            limits: How wide its expansion may be.
        """
        self._term = term
        self._limits = limits
        self._starting = Rows()
        self._keeping = Rows()
        self._replacing = Rows()
        self._grouped = Rows()
        self._reached = False
        self._outputs: set[str] = set()
        self._targets: set[str] = set()
        self._members: set[str] = set()
        self._widest = 0
        self._largest = 0
        self._groups: list[frozenset[str]] = []

    def add(self, uses: Sequence[Use]) -> None:
        """Take rules in which the term occurs."""
        starting = [use for use in uses if self._term in use.left]
        self._reached = self._reached or len(starting) < len(uses)
        if not starting:
            return
        self._starting.add(starting)
        grouped = [use for use in starting if not use.right]
        keeping = grouped + [use for use in starting if self._term in use.right]
        self._keeping.add(keeping)
        outputs = [use.right or use.left for use in starting]
        self._widest = max(self._widest, *[len(each - {self._term}) for each in outputs])
        self._gather(self._outputs, outputs)
        if len(keeping) < len(starting):
            replacing = [use for use in starting if use.right and self._term not in use.right]
            self._replacing.add(replacing)
            self._gather(self._targets, [use.right for use in replacing])
        if grouped:
            self._add_groups(grouped)

    @property
    def onward(self) -> tuple[str, list[str]] | None:
        """Row and targets of the replace rules of the term, where another rule leads to it."""
        if not (self._reached and self._replacing.count):
            return None
        return self._replacing.names[0], sorted(self._targets)

    def conflicts(self) -> Iterator[Conflict]:
        """Find what is wrong with the rules taken together."""
        if self._keeping.count and self._replacing.count:
            yield (
                "REPLACE_DEFEATED",
                self._replacing.names[0],
                lambda: f"the term stays in the search because of {self._keeping}",
            )
        width = len(self._outputs - {self._term})
        if width > self._limits.max_expansions:
            yield (
                "TOO_WIDE",
                self._starting.names[0],
                lambda: (
                    f"{self._starting} together expand it to more than {self._limits.max_expansions:,} terms"
                ),
            )
        elif width > max(self._widest, self._limits.warn_expansions):
            yield (
                "WIDE",
                self._starting.names[0],
                lambda: f"{self._starting} together expand it to {width:,} terms",
            )
        if len(self._members) > self._largest:
            yield "NOT_TRANSITIVE", self._grouped.names[0], self._intransitive

    def _add_groups(self, uses: Sequence[Use]) -> None:
        groups = [use.left for use in uses]
        self._grouped.add(uses)
        self._largest = max(self._largest, *map(len, groups))
        self._gather(self._members, groups)
        self._groups += groups[: _GROUPS_COMPARED - len(self._groups)]

    def _gather(self, found: set[str], more: Sequence[frozenset[str]]) -> None:
        """Unite sets, until there is more than any limit lets pass."""
        if len(found) <= self._limits.max_expansions + 1:
            found.update(*more)

    def _intransitive(self) -> str:
        largest = max(self._groups, key=len)
        other = next((group for group in self._groups if not group <= largest), None)
        if other is None:
            return f"it is in {self._grouped}"
        one, two = shown(min(largest - other)), shown(min(other - largest))
        return f"it is in {self._grouped}, which do not make {one} find {two}"
