"""Names of what a run makes in the warehouse and in the lake, the same for every try of it."""

from __future__ import annotations

import hashlib

from switchyard.errors import BadInput
from switchyard.run_stamp import is_stamp

LONGEST_NAME = 127
"""Bytes (Redshift developer guide, "Names and identifiers")."""
LONGEST_TABLE = 90
"""Characters of a source table's name, which leave room for what names of a run add."""

REGISTRY = "external_schema_registry"
"""Table of the staging schema that keeps how external schemas were made."""


def stage(staging_schema: str, table: str, stamp: str) -> tuple[str, str]:
    """The table that holds the rows of a run's window; schema and name."""
    return staging_schema, _of_run(table, stamp)


def key_set(staging_schema: str, table: str, stamp: str) -> tuple[str, str]:
    """The table that holds all keys of the source in a run; schema and name."""
    return staging_schema, _of_run(f"{table}_keys", stamp)


def held(staging_schema: str, table: str, stamp: str) -> tuple[str, str]:
    """The table that holds the keys of the target before those of the source are read; schema and name."""
    return staging_schema, _of_run(f"{table}_held", stamp)


def gone(staging_schema: str, table: str, stamp: str) -> tuple[str, str]:
    """The table that holds the keys of the target that the source has no longer; schema and name."""
    return staging_schema, _of_run(f"{table}_gone", stamp)


def applied(staging_schema: str, target: tuple[str, str]) -> tuple[str, str]:
    """The table that notes which windows a target holds, one for each target; schema and name."""
    return staging_schema, f"{_short('_'.join(target))}_applied"


def next_table(target: tuple[str, str], stamp: str) -> tuple[str, str]:
    """The table that takes the target's place in a swap, beside it; schema and name."""
    return target[0], _of_run(f"{_short(target[1])}_next", stamp)


def replaced_table(target: tuple[str, str], stamp: str) -> tuple[str, str]:
    """What the target of a swap is called after it, until it is dropped; schema and name."""
    return target[0], _of_run(f"{_short(target[1])}_replaced", stamp)


def load_id(stamp: str) -> str:
    """How folders of the lake name a run: letters, digits and underscores."""
    if not is_stamp(stamp):
        raise BadInput("stamp", stamp, "it is no stamp of a run", "Pass what the macro stamp() gives.")
    return stamp.replace("-", "_")


def _short(name: str) -> str:
    """A name that leaves room for what is added to it, and is still no other name's."""
    if len(name) <= LONGEST_TABLE:
        return name
    return f"{name[: LONGEST_TABLE - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _of_run(table: str, stamp: str) -> str:
    return f"{table}_{load_id(stamp)}"
