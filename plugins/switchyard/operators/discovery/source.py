"""The database that is searched: what it has, and how many rows of it a load takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.databases.connections import Database
from switchyard.discovery.mappings import Choice, Filter, Place, Selected, select, unmatched
from switchyard.discovery.reconciliation import Name
from switchyard.errors import BadInput, CheckFailed
from switchyard.sql import Engine, Identifier, quote_identifier, render

_OPERATORS = {"eq": "=", "noteq": "<>", "gte": ">=", "lte": "<="}


def engine_of(source: Mapping[str, Any]) -> Engine:
    """Which SQL the source speaks."""
    return DATABASES[source["engine"]]


def read_places(database: Database, engine: Engine) -> list[Place]:
    """Tables and views of the source."""
    rows = database.rows(render(f"sensitive_data_discovery/{engine}/list_tables.sql", engine))
    return [Place(row["schema_name"], row["table_name"], bool(row["is_view"])) for row in rows]


def read_columns(database: Database, engine: Engine) -> dict[Name, list[str]]:
    """The columns of all tables and views."""
    columns: dict[Name, list[str]] = {}
    for row in database.rows(render(f"sensitive_data_discovery/{engine}/list_columns.sql", engine)):
        columns.setdefault((row["schema_name"], row["table_name"]), []).append(row["column_name"])
    return columns


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
    return int(_value(database, statement, values, place))


def row_bytes(database: Database, engine: Engine, selected: Selected, columns: Sequence[str]) -> float:
    """Bytes of a row as text, on average over the first of a table; of the columns that are loaded."""
    loaded: list[Identifier] = [(column,) for column in columns if column not in selected.left_out]
    if not loaded:
        return 0.0
    table = (selected.place.schema, selected.place.table)
    path = f"sensitive_data_discovery/{engine}/measure_rows.sql"
    statement = render(path, engine, table=table, columns=loaded).replace("%", "%%")
    return float(_value(database, statement, {}, selected.place))


def _value(database: Database, statement: str, values: Mapping[str, str | None], place: Place) -> Any:
    """The value of a statement on a table; what the database says of an error may quote a row, and is not repeated.

    Raises:
        CheckFailed: the database refuses it.
    """
    try:
        return database.value(statement, values)
    except CheckFailed as error:
        told = error.__context__
        code = getattr(told, "pgcode", None) or next(iter(getattr(told, "args", ())), "")
        raise CheckFailed(
            f"reading {place.schema}.{place.table}",
            f"the database refuses with error {str(code)[:5]}",
            "Count its rows by hand with the login of the configuration, which shows why; then clear this task",
        ) from None


def _condition(one: Filter, engine: Engine, number: int) -> tuple[str, dict[str, str | None]]:
    column, operator = quote_identifier((one["column"],), engine).replace("%", "%%"), one["operator"]
    if operator in ("null", "notnull"):
        return f"{column} IS {'NOT ' if operator == 'notnull' else ''}NULL", {}
    if operator in ("between", "notbetween"):
        word = "NOT BETWEEN" if operator == "notbetween" else "BETWEEN"
        bound = {f"start_{number}": one["start"], f"end_{number}": one["end"]}
        return f"{column} {word} %(start_{number})s AND %(end_{number})s", bound
    return f"{column} {_OPERATORS[operator]} %(value_{number})s", {f"value_{number}": one["value"]}
