"""Which of the configured searches can hold for a rule file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.grammar import split_line


def probes_for(probes: Sequence[Mapping[str, Any]], rules: Path | None, chain: Chain) -> list[dict[str, Any]]:
    """The probes to make of a release: all that are made always, and those whose query one of its rules expands.

    Args:
        probes: as they are configured, with ``when``.
        rules: the release's file; None where it is not at hand.
        chain: the declared analysis.
    """
    asked = {chain.key(probe["query"]) for probe in probes if probe["when"] == "listed"} - {None}
    listed = _expanded(rules, {key for key in asked if key}, chain) if rules is not None else set()
    return [
        {name: value for name, value in probe.items() if name != "when"}
        for probe in probes
        if probe["when"] == "always" or chain.key(probe["query"]) in listed
    ]


def _expanded(rules: Path, asked: set[str], chain: Chain) -> set[str]:
    """Those of the queries that some rule expands."""
    found: set[str] = set()
    # Taking every line to pieces would cost more than building the file did; folding spells words otherwise.
    hints = {key: "" if "asciifolding" in chain.filters else _first_word(key) for key in asked}
    with rules.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            lowered = line.lower()
            if any(hints[key] in lowered for key in asked - found):
                found |= asked.intersection(filter(None, map(chain.key, split_line(line.rstrip("\n")).left)))
    return found


def _first_word(key: str) -> str:
    """Letters of a query that stand in every line with it, however the line is escaped."""
    word = re.search(r"\w+", key.lower())
    return word[0] if word else ""
