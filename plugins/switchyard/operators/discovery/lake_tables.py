"""Tables of the register that an earlier release has made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

LATER: Mapping[str, Mapping[str, str]] = MappingProxyType({"scan_coverage": {"searched_at": "string"}})
"""By table, the columns that a release has added to it, with their types.

CREATE TABLE IF NOT EXISTS leaves a table without them as it is.
"""


def complete(glue: Any, database: str) -> None:
    """Add the columns that tables of earlier releases lack; whatever else a table has stays.

    Args:
        glue: a client of the data catalogue.
        database: the one of the tables, all of which are there.
    """
    for name, later in LATER.items():
        table = glue.get_table(DatabaseName=database, Name=name)["Table"]
        storage = table["StorageDescriptor"]
        there = {one["Name"] for one in storage["Columns"]}
        missing = [{"Name": column, "Type": kind} for column, kind in later.items() if column not in there]
        if missing:
            completed = {**storage, "Columns": [*storage["Columns"], *missing]}
            glue.update_table(
                DatabaseName=database, TableInput=_input_of(glue, table) | {"StorageDescriptor": completed}
            )


def _input_of(glue: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    """Of what GetTable tells of a table, that which UpdateTable takes."""
    members = glue.meta.service_model.shape_for("TableInput").members
    return {name: value for name, value in table.items() if name in members}
