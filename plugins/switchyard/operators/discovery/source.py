"""The database that is searched: what it has, and how many rows of it a load takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.databases.connections import Database
from switchyard.discovery.mappings import Choice, Filter, Place, Selected, select, unmatched
from switchyard.errors import BadInput
from switchyard.sql import Engine, quote_identifier, render

_OPERATORS = {"eq": "=", "noteq": "<>", "gte": ">=", "lte": "<="}


def engine_of(source: Mapping[str, Any]) -> Engine:
    """Which SQL the source speaks."""
    return DATABASES[source["engine"]]


def read_places(database: Database, engine: Engine) -> dict[Place, int]:
    """Tables and views of the source with their bytes, 0 for views."""
    rows = database.rows(render(f"sensitive_data_discovery/{engine}/list_tables.sql", engine))
    return {
        Place(row["schema_name"], row["table_name"], bool(row["is_view"])): int(row["size_bytes"])
        for row in rows
    }


def require_selection(
    choices: Sequence[Choice], excluded: Sequence[Mapping[str, str]], places: Iterable[Place]
) -> list[Selected]:
    """The tables that a load takes.

    Raises:
        BadInput: a configured table fits nothing that the login may see.
    """
    known = list(places)
    if lost := unmatched(choices, known):
        raise BadInput(
            "tables",
            ", ".join(lost),
            "the source has no such table or view, or its login may not read it",
            "Correct the name (case counts) or the kind, or let the login read it",
        )
    return select(choices, excluded, known)


def count_rows(database: Database, engine: Engine, selected: Selected) -> int:
    """Rows of a table that its filters let pass, which are those that DMS loads."""
    place = selected.place
    statement = render(
        f"sensitive_data_discovery/{engine}/count_rows.sql", engine, table=(place.schema, place.table)
    )
    # A driver takes % for the beginning of a placeholder once it is given values.
    statement = statement.replace("%", "%%")
    values: dict[str, str | None] = {}
    if selected.filters:
        conditions = []
        for number, one in enumerate(selected.filters):
            text, bound = _condition(one, engine, number)
            conditions.append(text)
            values |= bound
        statement += " WHERE " + " AND ".join(conditions)
    return int(database.value(statement, values))


def _condition(one: Filter, engine: Engine, number: int) -> tuple[str, dict[str, str | None]]:
    column, operator = quote_identifier((one["column"],), engine).replace("%", "%%"), one["operator"]
    if operator in ("null", "notnull"):
        return f"{column} IS {'NOT ' if operator == 'notnull' else ''}NULL", {}
    if operator in ("between", "notbetween"):
        word = "NOT BETWEEN" if operator == "notbetween" else "BETWEEN"
        bound = {f"start_{number}": one["start"], f"end_{number}": one["end"]}
        return f"{column} {word} %(start_{number})s AND %(end_{number})s", bound
    return f"{column} {_OPERATORS[operator]} %(value_{number})s", {f"value_{number}": one["value"]}
