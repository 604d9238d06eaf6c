"""What texts of configuration files may hold, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from switchyard.discretion import is_credential, veiled

Unusable = tuple[str, Any, str, str]
"""Field, value, problem and remedy."""

_UNPRINTABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab and line feed, and halves of characters, which databases and AWS refuse."""
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")
_TEMPLATES_STAND_IN = re.compile(r"notify\[\d+\]\.arguments\b")


def unusable(data: Any, field: str = "") -> Iterator[Unusable]:
    """Find texts that no field can hold: unprintable ones, and those that Airflow would take for templates.

    Args:
        data: What a file holds.
        field: Where it stands.
    """
    if isinstance(data, dict):
        for name, inner in data.items():
            place = f"{field}.{name}".removeprefix(".")
            yield from _judged(place, name)
            yield from unusable(inner, place)
    elif isinstance(data, list):
        for number, inner in enumerate(data):
            yield from unusable(inner, f"{field}[{number}]")
    elif isinstance(data, str):
        yield from _judged(field, data)


def _judged(field: str, text: str) -> Iterator[Unusable]:
    shown = None if is_credential(field.rpartition(".")[2]) else veiled(text)
    if _UNPRINTABLE.search(text):
        yield (
            field,
            shown,
            "it holds a character that cannot be printed",
            "Write it without control characters and half characters.",
        )
    elif _TEMPLATE.search(text) and not _TEMPLATES_STAND_IN.match(field):
        yield (
            field,
            shown,
            "Airflow would take it for a template and run what stands in it",
            "Write it without {{, {% and {#; templates belong in the arguments of a notifier.",
        )
