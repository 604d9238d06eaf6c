"""From rows to a rule file: checked, sorted, each rule once, and the same bytes for the same rows in any order.

Rows are never all in memory; sorting and comparing them spill to disk.
"""

from __future__ import annotations

import gc
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain as concatenate
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.findings import SHOWN_PER_CODE, Findings, Report
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.plain_rows import PlainRows, PlainRules
from switchyard.synonyms.relations import Relations
from switchyard.synonyms.row_checks import RowChecker
from switchyard.synonyms.rules import SourceRow
from switchyard.synonyms.sorted_lines import SortedLines
from switchyard.synonyms.text import shown

FILE_NAME = "synonyms.txt"
_ROWS_AT_ONCE = 2_000
_LINES_AT_ONCE = 5_000


@dataclass(frozen=True)
class Compiled:
    """A rule file and what was found on the way to it.

    Attributes:
        path: The file: UTF-8, one rule a line, sorted by code points.
        sha256: Its hash, hexadecimal.
        size: Its size in bytes.
        rules: Rules in it.
        rows: Rows read.
        report: What is wrong with the rows. The file holds the rules without errors; with any error it must not be
            published.
    """

    path: Path
    sha256: str
    size: int
    rules: int
    rows: int
    report: Report


def compile_rules(
    rows: Iterable[SourceRow],
    *,
    chain: Chain,
    limits: Limits | None = None,
    folder: Path,
    locale: str | None = None,
    shown_per_code: int = SHOWN_PER_CODE,
) -> Compiled:
    """Check rows and write the rules they make to `synonyms.txt` in a folder.

    Args:
        rows: The rows, read once, in any order.
        chain: The analysis of the fields that use the rules.
        limits: How wide rules may be.
        folder: Where the file goes, and temporary files meanwhile.
        locale: Rows of this locale, and of none, make the set; None takes every row.
        shown_per_code: Findings of a code that the report holds.
    """
    limits = limits or Limits()
    path = folder / FILE_NAME
    with tempfile.TemporaryDirectory(dir=folder, prefix="compile-") as scratch:
        work = _Work(Path(scratch), chain, limits, Findings(shown_per_code))
        with closing(work.relations), _without_garbage_collection():
            work.read(rows, None if locale is None else _locale(locale))
            sha256, size, rules = _write(path, work.rules())
    report = work.findings.report(rows=work.rows, rules=rules, skipped=work.skipped)
    return Compiled(path, sha256, size, rules, work.rows, report)


class _Work:
    """One compilation."""

    def __init__(self, scratch: Path, chain: Chain, limits: Limits, findings: Findings) -> None:
        self.findings = findings
        self.rows = 0
        self.skipped = 0
        self._plain = PlainRows(chain, limits)
        self._checker = RowChecker(chain, limits, self.findings)
        self.relations = Relations(scratch, self._plain, limits)
        self._lines = SortedLines(scratch / "lines")

    def read(self, rows: Iterable[SourceRow], locale: str | None) -> None:
        """Take all rows that are enabled and of a locale."""
        source = iter(rows)
        while block := list(islice(source, _ROWS_AT_ONCE)):
            self.rows += len(block)
            wanted = [
                row
                for row in block
                if (row.enabled is True and row.locale is None) or self._wanted(row, locale)
            ]
            plain, special = self._plain.split(wanted) if wanted else (PlainRules(), [])
            self._lines.add(plain.lines)
            self.relations.add_plain(plain)
            self._take(special)

    def rules(self) -> Iterator[str]:
        """Tell what is wrong with the rules together, and give them sorted, those that say the same once."""
        repeats = self.relations.judge(self.findings)
        lines = map(itemgetter(0), groupby(self._lines.drain()))
        first = next(repeats, None)
        return lines if first is None else _without(lines, concatenate([first], repeats))

    def _take(self, rows: Iterable[SourceRow]) -> None:
        rules, row_ids = [], []
        for row in rows:
            named = row if row.row_id.isprintable() else row._replace(row_id=shown(row.row_id)[1:-1])
            rule = self._checker.rule(named)
            if rule is not None:
                rules.append(rule)
                row_ids.append(named.row_id)
        self._lines.add([rule.line for rule in rules])
        self.relations.add(rules, row_ids)

    def _wanted(self, row: SourceRow, locale: str | None) -> bool:
        enabled = _flag(row.enabled)
        if enabled is None:
            self.findings.add("UNKNOWN_FLAG", f"enabled is {shown(row.enabled)}", row_id=row.row_id)
            return False
        ours = locale is None or _locale(row.locale) in ("", locale)
        self.skipped += not (enabled and ours)
        return enabled and ours


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Rows and rules hold no circles, and looking for some among so many takes time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _without(lines: Iterable[str], unwanted: Iterator[str]) -> Iterator[str]:
    """Leave out some lines; both are sorted."""
    skip = next(unwanted, None)
    for line in lines:
        while skip is not None and skip < line:
            skip = next(unwanted, None)
        if line != skip:
            yield line


def _flag(value: object) -> bool | None:
    """Read yes or no as databases and people write it; nothing means yes."""
    if isinstance(value, bytes):
        value = int.from_bytes(value) if len(value) == 1 else value
    written = "" if value is None else str(value).strip().lower()
    if written in ("", "1", "true", "t", "yes", "y", "on"):
        return True
    return False if written in ("0", "false", "f", "no", "n", "off") else None


def _locale(value: object) -> str:
    return "" if value is None else str(value).strip().lower().replace("_", "-")


def _write(path: Path, lines: Iterator[str]) -> tuple[str, int, int]:
    """Write a file that is never seen half; give its hash, bytes and lines."""
    digest = hashlib.sha256()
    size = count = 0
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        while block := list(islice(lines, _LINES_AT_ONCE)):
            data = ("\n".join(block) + "\n").encode()
            file.write(data)
            digest.update(data)
            size += len(data)
            count += len(block)
    part.replace(path)
    return digest.hexdigest(), size, count
