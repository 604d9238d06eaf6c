"""Looks for values of a database in texts that must hold none of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sandbox.seed.sakila import PLANTED

SHORTEST = 8
"""Characters of a value that cannot stand in a text by chance; shorter ones are planted unmistakably, see `MARKED`."""
MARKED = {
    "first_name": "Zqfirstname",
    "last_name": "Zqlastname",
    "email": "zq.marked@zqplanted.example",
    "username": "zqusername",
    "password": "f00dbabef00dbabef00dbabef00dbabef00dbabe",
}
MARK_STAFF = "UPDATE staff SET {} WHERE staff_id = 1".format(
    ", ".join(f"{name} = '{value}'" for name, value in MARKED.items())
)
MARK_PHONE = "UPDATE address SET phone = '98765432109', postal_code = 'ZQ-1234', address = '1 Zqplanted Road'"


def statements(tables: Iterable[str]) -> list[str]:
    """Queries for all values of the columns of these tables that hold personal data."""
    chosen = [one for one in PLANTED if one.table in tables and one.kind not in ("coordinates", "photograph")]
    return [
        f"SELECT DISTINCT {one.column} FROM {one.table} WHERE {one.column} IS NOT NULL"
        for one in dict.fromkeys(one._replace(kind="", rows=0, path=None) for one in chosen)
    ]


def distinct(rows: Iterable[tuple[Any, ...]]) -> set[str]:
    """The values to look for; of JSON documents those that are personal data."""
    found: set[str] = set()
    for (value,) in rows:
        text = str(value).strip()
        try:
            inner = json.loads(text) if text.startswith("{") else None
        except ValueError:
            inner = None
        found |= {text} if inner is None else set(_personal(inner))
    return {one.lower() for one in found if len(one) >= SHORTEST}


def found_in(text: str, values: Iterable[str]) -> list[str]:
    """Values that stand in a text, as they are or as databases dump bytes."""
    once = "\n".join(dict.fromkeys(text.lower().splitlines()))
    return sorted(one for one in values if one in once or one.encode().hex() in once)


def _personal(document: Any) -> Iterable[str]:
    for path in {one.path for one in PLANTED if one.path}:
        value = document
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            yield value
