"""The source as its own catalogue describes it, read with the pipeline's login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.databases.connections import Database
from switchyard.errors import CheckFailed
from switchyard.federated import source_checks as checks
from switchyard.federated.tables import LoadTable
from switchyard.operators.source_database import open_source
from switchyard.sql import Engine, render

_KINDS = {"BASE TABLE": "table", "VIEW": "view", "FOREIGN": "foreign table", "SYSTEM VIEW": "view"}


def require_source(source: Mapping[str, Any], tables: Sequence[LoadTable]) -> list[str]:
    """Refuse a source of which a load would be wrong, and say what a person should know of it.

    Args:
        source: the section ``source``, with account, Region and connection.
        tables: the tables that are loaded.

    Raises:
        BadInput: the source or its login is not as configured.
        CheckFailed: tables are not as declared; all that is wrong is named.
    """
    engine = DATABASES[source["engine"]]
    schema = source["database"] if engine == "mysql" else source["schema"] or "public"
    with open_source(source) as database:
        found: list[tuple[str, checks.Problem]] = []
        doubts: list[str] = []
        for table in tables:
            described = describe(database, engine, schema, table.name)
            wrong = list(checks.problems(table, described, engine))
            if not wrong:
                wrong = list(_moments(database, engine, schema, table))
                doubts += checks.doubts(table, described)
            found += [(table.name, one) for one in wrong]
    if found:
        raise CheckFailed(*checks.said(source["cluster_id"], found))
    return doubts


def describe(database: Database, engine: Engine, schema: str, name: str) -> checks.SourceTable:
    """What the source's catalogue says of a table."""
    values = {"schema": schema, "table": name}

    def rows(file: str) -> list[dict[str, Any]]:
        return database.rows(render(f"federated_load/{engine}/{file}.sql", engine), values)

    kinds = rows("select_table")
    kind = _KINDS.get(kinds[0]["kind"], str(kinds[0]["kind"]).lower()) if kinds else None
    return checks.SourceTable.of(
        kind,
        rows("select_columns"),
        rows("select_indexes"),
        updated_by_trigger=bool(rows("count_update_triggers")[0]["found"]),
    )


def _moments(database: Database, engine: Engine, schema: str, table: LoadTable) -> Iterator[checks.Problem]:
    """Compare the clock of the source with UTC and with the newest watermark."""
    if not table.reads_window or table.watermark is None:
        return
    clock = database.rows(render(f"federated_load/{engine}/select_clock.sql", engine))[0]
    if problem := checks.clock_problem(clock["here"] - clock["utc"]):
        yield problem
        return
    statement = render(
        f"federated_load/{engine}/select_newest.sql",
        engine,
        watermark=(table.watermark.source,),
        table=(schema, table.name),
    )
    newest = database.value(statement)
    if problem := checks.future_problem(table.watermark.source, _in_utc(newest), clock["utc"]):
        yield problem


def _in_utc(moment: datetime | None) -> datetime | None:
    """A moment without its zone, as the clock is shown."""
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
