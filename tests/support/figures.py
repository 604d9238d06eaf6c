"""Figures that tests hand to `make resilience`: what they broke, how often, and what was lost."""

from __future__ import annotations

import json
import os

VARIABLE = "SWITCHYARD_FIGURES"
"""Names the file for them; where it is not set, no figures are kept."""


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
