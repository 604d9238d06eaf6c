"""Looking through a file for what a job looks for, a column at a time.

One pass of RE2 over a column for all patterns together, over some dozens of values at once, finds those that may hold
something, in most columns none; only they are looked at one pattern after the other, and one by one where a pattern
alone does not decide.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.macie import formats, places
from sandbox.macie.detectors import Allowed, Detector, union
from sandbox.macie.formats import BROKEN, Column, Names, Unreadable
from sandbox.macie.hits import KEPT, Hit, Scan

POOL = ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1), thread_name_prefix="macie")
"""Looks through the columns of a batch; RE2 runs outside of Python's lock."""

BLOCK = 64
"""Values joined to be looked at with one call of RE2."""

SAMPLE = 1024
"""Values that tell what to expect of a longer column."""

MANY = 0.1
"""Share of the values from which on a pattern that they match is counted without asking whether any of it occurs."""

LARGEST_JOIN = 1 << 30
"""Bytes; joined values must stay addressable by 32 bits."""

START_OF_TEXT = re.compile(r"\\A|\(\?\w*-")
"""In a pattern that may mean another thing where each value is a line of a text: its very start, flags taken off."""

Tally = dict[str, dict[Names, Hit]]
"""What each detector, by its key, found in each column."""


@dataclass(frozen=True)
class Some:
    """Some values of a column, and their places among `rows` values looked at; None where they are all."""

    values: Any
    places: Any = None

    def __len__(self) -> int:
        return len(self.values)

    def matching(self, pattern: str) -> Some:
        """Return those that match."""
        kept = pc.indices_nonzero(pc.match_substring_regex(self.values, pattern))
        if len(kept) == len(self):
            return self
        return Some(self.values.take(kept), kept if self.places is None else self.places.take(kept))

    def beside(self, pattern: str) -> Some:
        """Return those of all values that may match: blocks as a whole, each a text whose lines the values are."""
        few = len(self) <= SAMPLE
        if few or START_OF_TEXT.search(pattern) or self.values.nbytes > LARGEST_JOIN:
            return self
        ends = pa.array([*range(0, len(self), BLOCK), len(self)], pa.int32())
        blocks = pa.ListArray.from_arrays(ends, pc.fill_null(self.values, ""))
        matches = pc.match_substring_regex(pc.binary_join(blocks, "\n"), f"(?m){pattern}")
        if pc.all(matches).as_py():
            return self
        kept = pc.indices_nonzero(matches.take(pc.list_parent_indices(blocks)))
        return Some(self.values.take(kept), kept)


@dataclass(frozen=True)
class Look:
    """A column under search: each of its values once where many are equal, and whose rows they are."""

    column: Column
    plan: Plan
    values: Any
    rows: Any = None
    hits: list[Hit] = field(default_factory=list)

    def per_row(self, some: Some, counts: Any) -> Any:
        """Return (counts, positions) of the rows that hold some of the values so often."""
        if self.rows is None:
            found = pc.indices_nonzero(counts)
            return counts.take(found), found if some.places is None else some.places.take(found)
        every = counts
        if some.places is not None:
            own = pc.index_in(pa.array(range(len(self.values)), some.places.type), value_set=some.places)
            every = counts.take(own)
        spread = every.take(self.rows)
        found = pc.indices_nonzero(pc.fill_null(spread, 0))
        return spread.take(found), found


@dataclass
class Plan:
    """How to look at the columns of one path.

    `direct` need no keyword there, `near` need one in the value. `usual` are those that many values match;
    `repeats` tells whether many values are equal, `dense` whether most blocks of them hold something suspicious. All
    three are guesses that save time, and change nothing that is found.
    """

    names: Names
    path: str | None
    direct: tuple[Detector, ...]
    near: tuple[Detector, ...]
    usual: set[str] = field(default_factory=set)
    repeats: bool = True
    dense: bool = False
    learned: bool = False

    def look(self, column: Column) -> Look:
        """Begin to look at a column: at each value once, where many are equal."""
        values = column.values
        if pa.types.is_dictionary(values.type):
            return Look(column, self, values.dictionary, values.indices)
        if len(values) > SAMPLE and self.repeats:
            self.repeats = pc.count_distinct(values.slice(0, SAMPLE)).as_py() * 2 <= SAMPLE
        if not self.repeats:
            return Look(column, self, values)
        encoded = pc.dictionary_encode(values)
        return Look(column, self, encoded.dictionary, encoded.indices)

    def learn(self, values: Any) -> None:
        """See once what many of a column's values match, so that all patterns need not be tried on all of them."""
        if self.learned or len(values) <= SAMPLE:
            return
        self.learned = True
        sample = values.slice(0, SAMPLE)
        for one in self.direct:
            if pc.sum(pc.match_substring_regex(sample, one.pattern)).as_py() >= MANY * SAMPLE:
                self.usual.add(one.key)

    def unusual(self) -> list[Detector]:
        """Return those that few values match, or whose keyword is looked for first."""
        return [one for one in (*self.direct, *self.near) if one.key not in self.usual]

    def suspicious(self, values: Any, detectors: Sequence[Detector]) -> Some:
        """Return the values that may hold something that any of these looks for."""
        trigger = self.trigger(detectors)
        some = Some(values)
        if not self.dense:
            some = some.beside(trigger)
            self.dense = len(values) > SAMPLE and len(some) * 2 > len(values)
        some = some.matching(trigger)
        # Many a text has a word that is a keyword of something, and nothing of what that is about.
        return some.matching(union([one.pattern for one in detectors])) if self.near and some else some

    def trigger(self, detectors: Sequence[Detector]) -> str:
        """Return a pattern without which a value holds nothing that any of these looks for."""
        needs_word = set(map(id, self.near))
        return union(
            [f"(?i:{one.keyword_pattern})" if id(one) in needs_word else one.pattern for one in detectors]
        )


class Scanner:
    """Looks for the same in many files; not for several threads at once."""

    def __init__(self, detectors: Sequence[Detector], allowed: Allowed | None = None) -> None:
        self._detectors = tuple(detectors)
        self._allowed = allowed or Allowed()
        self._plans: dict[Names, Plan] = {}

    def scan(self, key: str, content: bytes, *, batches: int | None = None) -> Scan:
        """Look through a file, by its name's extension; through its first `batches` only where given."""
        found = Scan(size=len(content))
        tally: Tally = {}
        seen = 0
        try:
            extension, content, found.within = formats.unpack(key, content)
            kind = formats.of(extension)
            found.mime_type, found.size = kind.mime_type, len(content)
            for columns in kind.batches(content, self._names_something):
                if seen == batches:
                    break
                for looked in self._look_at_all(columns):
                    _add(tally, looked)
                seen += 1
        except Unreadable as error:
            found.code, found.reason = "SKIPPED", error.reason
        except BROKEN:
            found.code, found.reason = ("PARTIAL" if seen else "SKIPPED"), "MALFORMED_FILE"
        found.hits = [
            _joined(detector, tally[detector.key]) for detector in self._detectors if detector.key in tally
        ]
        return found

    def _look_at_all(self, columns: Sequence[Column]) -> list[tuple[Names, list[Hit]]]:
        """Look through columns in parallel, the largest first lest it is looked through when all others are done."""
        largest_first = sorted(range(len(columns)), key=lambda number: -columns[number].values.nbytes)
        looks = {number: POOL.submit(self._look, columns[number]) for number in largest_first}
        return [looks[number].result() for number in range(len(columns))]

    def _look(self, column: Column) -> tuple[Names, list[Hit]]:
        """Look through a column; columns of several names may be looked through at the same time."""
        plan = self._plans.get(column.names) or self._plan(column.names)
        look = plan.look(column)
        plan.learn(look.values)
        for detector in plan.direct:
            if detector.key in plan.usual:
                self._count(detector, Some(look.values), look)
        if unusual := plan.unusual():
            self._search(unusual, plan.suspicious(look.values, unusual), look)
        return column.names, look.hits

    def _search(self, detectors: Sequence[Detector], some: Some, look: Look) -> None:
        """Halve the detectors until those are left that find something in values that one of them is triggered by."""
        if len(detectors) == 1 and some:
            self._count(detectors[0], some, look)
        elif some:
            middle = len(detectors) // 2
            for half in (detectors[:middle], detectors[middle:]):
                self._search(half, some.matching(look.plan.trigger(half)), look)

    def _count(self, detector: Detector, some: Some, look: Look) -> None:
        near = any(one is detector for one in look.plan.near)
        if detector.plain and not near and not self._allowed:
            counts = pc.fill_null(pc.count_substring_regex(some.values, detector.pattern), 0)
        else:
            some = some.matching(detector.pattern)
            texts = some.values.to_pylist()
            found = [detector.count(text, near=near, allowed=self._allowed) for text in texts]
            counts = pa.array(found, pa.int32())
        if not pc.any(pc.greater(counts, 0)).as_py():
            return
        per_row, rows = look.per_row(some, counts)
        where = [look.column.place(row, look.plan.path) for row in rows[:KEPT].to_pylist()]
        look.hits.append(Hit(detector, pc.sum(per_row).as_py(), where, look.column.kind))

    def _plan(self, names: Names) -> Plan:
        texts = [name for name in names if isinstance(name, str)]
        direct = tuple(one for one in self._detectors if not one.keywords or one.named_by(texts))
        near = tuple(one for one in self._detectors if one not in direct)
        sensitive = any(
            one.count(text, near=False, allowed=self._allowed)
            for one in self._detectors
            for text in texts
            if not one.keywords
        )
        plan = Plan(
            names,
            None if sensitive else places.json_path(names),
            direct,
            near,
        )
        self._plans[names] = plan
        return plan

    def _names_something(self, names: Names) -> bool:
        texts = [name for name in names if isinstance(name, str)]
        return any(one.keywords and one.named_by(texts) for one in self._detectors)


def _add(tally: Tally, looked: tuple[Names, list[Hit]]) -> None:
    names, hits = looked
    for hit in hits:
        total = tally.setdefault(hit.detector.key, {}).setdefault(names, Hit(hit.detector, kind=hit.kind))
        total.count += hit.count
        total.places += hit.places[: KEPT - len(total.places)]


def _joined(detector: Detector, columns: dict[Names, Hit]) -> Hit:
    """Join what was found in the columns, all places of one before those of the next."""
    found = [place for hit in columns.values() for place in hit.places]
    count = sum(hit.count for hit in columns.values())
    return Hit(detector, count, found[:KEPT], next(iter(columns.values())).kind)
