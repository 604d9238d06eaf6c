"""Pages of reports: templates in which every value is escaped, and how times and lengths read there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_TEMPLATES = Path(__file__).parent / "templates"
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d|Z)")
"""A moment as machines write it; not within a name, such as a run's id, which is given as it is."""


def render(template: str, document: Mapping[str, Any], folder: Path = _TEMPLATES) -> str:
    """Write a document as HTML by a template, whose values are all escaped.

    Args:
        template: its file.
        document: what it shows.
        folder: where the file is; it may extend this package's pages from anywhere.
    """
    return _template(template, folder).render(document) + "\n"


def moment(text: str | None) -> str:
    """An instant as people read it, in UTC."""
    if text is None:
        return "-"
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def dated(text: str) -> str:
    """A text whose instants read as people read them, in UTC."""
    return _INSTANT.sub(lambda found: moment(found[0]), text)


def length_of_time(seconds: float | None) -> str:
    """A length of time in its two largest units."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, smaller, name, rest in (
        (86_400, 3_600, "d", "h"),
        (3_600, 60, "h", "min"),
        (60, 1, "min", "s"),
    ):
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // smaller} {rest}"
    raise AssertionError(seconds)


@cache
def _template(name: str, folder: Path) -> Template:
    environment = Environment(
        loader=FileSystemLoader([folder, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": moment, "dated": dated, "length_of_time": length_of_time}
    return environment.get_template(name)
