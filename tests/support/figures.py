"""Figures that tests hand to `make resilience`: what they broke, how often, and what was lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

VARIABLE = "SWITCHYARD_FIGURES"
"""Names the file for them; where it is not set, no figures are kept."""


@dataclass
class Tally:
    """Cases that were tried, and those that did not end as they must: accepted, or refused otherwise than told."""

    cases: int = 0
    lost: int = 0

    @contextmanager
    def case(self) -> Iterator[None]:
        """Try a case; it is lost unless the block ends well."""
        self.cases += 1
        self.lost += 1
        yield
        self.lost -= 1


@contextmanager
def tally(section: str, **labels: str) -> Iterator[Tally]:
    """Count cases, and record how many there were and how many were lost; the tests of a file must share a process."""
    counted = Tally()
    try:
        yield counted
    finally:
        if counted.cases:
            record(section, **labels, cases=counted.cases, lost=counted.lost)


def record(section: str, **figures: str | float) -> None:
    """Add one row to the table of a section of `resilience.sections`.

    The names are the section's columns. What was lost is always told as `lost`: any number but 0 makes the section red.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = json.dumps({"section": section, **figures}) + "\n"
    # Tests run in several processes: a line that is appended in one write stays whole.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)
