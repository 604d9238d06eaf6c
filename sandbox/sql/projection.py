"""Partition projection: partitions that are worked out from a table's properties instead of being registered.

Of all partitions that the properties allow only those with objects matter, so they are read off the objects'
keys by the template of their location.
Source: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sandbox.sql.catalogue import Table
from sandbox.sql.errors import SqlError

PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
JAVA_DATES = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))
RELATIVE = re.compile(r"NOW\s*(?:([+-])\s*(\d+)\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?")
DAYS = {
    "YEAR": 365.25,
    "MONTH": 30.4375,
    "WEEK": 7,
    "DAY": 1,
    "HOUR": 1 / 24,
    "MINUTE": 1 / 1440,
    "SECOND": 1 / 86400,
}

Accepts = Callable[[str], bool]


def enabled(table: Table) -> bool:
    """Tell whether a table's partitions are projected."""
    return table.parameters.get("projection.enabled", "").lower() == "true"


def injected(table: Table) -> list[str]:
    """List the keys whose values only a query can say."""
    if not enabled(table):
        return []
    return [key.name for key in table.partition_keys if _property(table, key.name, "type") == "injected"]


class Projection:
    """Finds the partition that an object belongs to by its place."""

    def __init__(self, table: Table, now: datetime) -> None:
        self._now = now
        self._keys = [key.name for key in table.partition_keys]
        plain = table.location + "".join(f"{key}=${{{key}}}/" for key in self._keys)
        template = table.parameters.get("storage.location.template", plain).rstrip("/") + "/"
        patterns, self._accepts = {}, {}
        for key in self._keys:
            patterns[key], self._accepts[key] = self._kind(table, key)
        self.prefix = PLACEHOLDER.split(template)[0]
        self._pattern = re.compile("".join(_fragments(template, patterns)))

    def values(self, place: str) -> dict[str, str] | None:
        """Return the values by key of the partition that "s3://bucket/key" is in; None where in none."""
        found = self._pattern.match(place)
        if found is None:
            return None
        values = {key: found[f"p_{key}"] for key in self._keys}
        return values if all(self._accepts[key](value) for key, value in values.items()) else None

    def _kind(self, table: Table, key: str) -> tuple[str, Accepts]:
        kind = _property(table, key, "type")
        if kind == "injected":
            return "[^/]+", lambda _: True
        if kind == "enum":
            allowed = set(_property(table, key, "values").split(","))
            return "|".join(map(re.escape, sorted(allowed, key=len, reverse=True))), allowed.__contains__
        if kind == "integer":
            first, last = (int(end) for end in _property(table, key, "range").split(","))
            return r"-?\d+", lambda value: first <= int(value) <= last
        if kind == "date":
            return self._dates(table, key)
        raise SqlError(
            "INVALID_TABLE_PROPERTY", f"Table {table.database}.{table.name} has no projection for {key}"
        )

    def _dates(self, table: Table, key: str) -> tuple[str, Accepts]:
        java = _property(table, key, "format")
        layout, pattern = java.replace("'", ""), re.escape(java.replace("'", ""))
        for letters, code in JAVA_DATES:
            layout = layout.replace(letters, code)
            pattern = pattern.replace(letters, rf"\d{{{len(letters)}}}")
        first, last = (self._moment(end.strip(), layout) for end in _property(table, key, "range").split(","))
        return pattern, lambda value: first <= datetime.strptime(value, layout) <= last  # noqa: DTZ007 -- as written

    def _moment(self, text: str, layout: str) -> datetime:
        relative = RELATIVE.fullmatch(text)
        if relative is None:
            return datetime.strptime(text, layout)  # noqa: DTZ007 -- partitions have no time zones
        sign, count, unit = relative.groups()
        if not unit:
            return self._now
        return self._now + timedelta(days=float(f"{sign}{count}") * DAYS[unit])


def _property(table: Table, key: str, name: str) -> str:
    value = table.parameters.get(f"projection.{key}.{name}")
    if value is None:
        raise SqlError(
            "INVALID_TABLE_PROPERTY",
            f"Table {table.database}.{table.name} is configured for partition projection, but the following "
            f"partition columns are missing projection configuration: [{key}]",
        )
    return value


def _fragments(template: str, patterns: dict[str, str]) -> Iterator[str]:
    """Yield the regular expression of a location, with a group for each key."""
    for number, part in enumerate(PLACEHOLDER.split(template)):
        yield re.escape(part) if number % 2 == 0 else f"(?P<p_{part}>{patterns[part]})"
