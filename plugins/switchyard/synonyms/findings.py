"""What is wrong with rows or rules, told to the person who edits them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from switchyard.synonyms.catalogue import CATALOGUE
from switchyard.synonyms.text import shown

Severity = Literal["error", "warning"]

SHOWN_PER_CODE = 20
"""Findings of one code that a report holds; all are counted."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        severity: An error stops a release, a warning does not.
        code: One word for the kind of fault; `catalogue` lists them all.
        row_id: The row at fault; None where no single row is.
        term: The term at fault as it stands in the row; None where no single term is.
        reason: What is wrong.
        remedy: What to do about it.
    """

    severity: Severity
    code: str
    row_id: str | None
    term: str | None
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.reason}. {self.remedy} [{self.code}]"

    @property
    def where(self) -> str:
        """The place as people read it: `row 17, "danish"`."""
        row = "" if self.row_id is None else row_name(self.row_id)
        term = "" if self.term is None else shown(self.term)
        return ", ".join(filter(None, (row, term))) or "the set as a whole"


def find(code: str, reason: str, *, row_id: str | None = None, term: str | None = None) -> Finding:
    """Make a finding of a known code; its severity and remedy are the catalogue's."""
    known = CATALOGUE[code]
    return Finding(known.severity, code, row_id, term, reason, known.remedy)


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        rows: Rows or lines read.
        rules: Rules made of them.
        skipped: Rows left out because they are disabled or of another locale.
        findings: The first findings of each code, errors first, in the order of the rows.
        totals: How many there are of each code.
        unit: What was read, one of it.
    """

    rows: int
    rules: int
    skipped: int = 0
    findings: tuple[Finding, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    unit: str = "row"

    @property
    def errors(self) -> int:
        """How many errors there are, shown or not."""
        return self._total("error")

    @property
    def warnings(self) -> int:
        """How many warnings there are, shown or not."""
        return self._total("warning")

    def plus(self, finding: Finding) -> Report:
        """Add a finding about the set as a whole."""
        totals = {**self.totals, finding.code: self.totals.get(finding.code, 0) + 1}
        return replace(self, findings=(*self.findings, finding), totals=totals)

    def as_dict(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        counts = {name: getattr(self, name) for name in ("rows", "rules", "skipped", "errors", "warnings")}
        return {**counts, "totals": dict(self.totals), "findings": [asdict(each) for each in self.findings]}

    def text(self) -> str:
        """Give the report as a page for people."""
        blocks = [self._summary()]
        for code, group in groupby(self.findings, key=lambda finding: finding.code):
            blocks.append("\n".join(self._block(code, list(group))))
        return "\n\n".join(blocks) + "\n"

    def _total(self, severity: Severity) -> int:
        return sum(count for code, count in self.totals.items() if CATALOGUE[code].severity == severity)

    def _summary(self) -> str:
        left_out = f" ({_count(self.skipped, 'row')} disabled or of another locale)" if self.skipped else ""
        made = f"{_count(self.rows, self.unit)} read{left_out}, {_count(self.rules, 'rule')} made"
        if not self.findings:
            return f"{made}. Nothing is wrong."
        found = f"{_count(self.errors, 'error')}, {_count(self.warnings, 'warning')}"
        verdict = (
            "Nothing can be published until the errors are mended." if self.errors else "It can be published."
        )
        return f"{made}: {found}. {verdict}"

    def _block(self, code: str, group: list[Finding]) -> Iterator[str]:
        known = CATALOGUE[code]
        total = self.totals.get(code, len(group))
        yield f"{known.severity.upper()} {code} ({total}): {known.title}"
        for finding in group:
            yield f"    {finding.where}: {finding.reason}"
        if total > len(group):
            yield f"    ... and {total - len(group)} more"
        yield f"    What to do: {known.remedy}"


class Findings:
    """Collects findings in bounded memory: all are counted, the first of each code are kept."""

    def __init__(self, shown_per_code: int = SHOWN_PER_CODE) -> None:
        self._limit = shown_per_code
        self._totals: Counter[str] = Counter()
        self._kept: list[Finding] = []

    def add(
        self,
        code: str,
        reason: str | Callable[[], str],
        *,
        row_id: str | None = None,
        term: str | None = None,
    ) -> None:
        """Count a finding, and keep it while there is room for its code.

        Args:
            code: Its code in the catalogue.
            reason: What is wrong, or what says so when it is asked; it is asked only when the finding is kept.
            row_id: The row at fault.
            term: The term at fault.
        """
        self._totals[code] += 1
        if self._totals[code] <= self._limit:
            said = reason if isinstance(reason, str) else reason()
            self._kept.append(find(code, said, row_id=row_id, term=term))

    def report(self, *, rows: int, rules: int, skipped: int = 0, unit: str = "row") -> Report:
        """Close the collection."""
        order = {code: place for place, code in enumerate(CATALOGUE)}
        kept = sorted(self._kept, key=lambda finding: order[finding.code])
        totals = {code: self._totals[code] for code in order if self._totals[code]}
        return Report(rows, rules, skipped, tuple(kept), totals, unit)


def row_name(row_id: str) -> str:
    """Call a row what people call it: `row 17`, or `line 3` where it has no id."""
    return row_id if row_id.startswith("line ") else f"row {row_id}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
