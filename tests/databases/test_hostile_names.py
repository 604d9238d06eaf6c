"""Tables and columns of hostile names on real servers: quoted and counted, or refused, and nothing else happens."""

from __future__ import annotations

import traceback

import pytest

from switchyard.databases.connections import connect
from switchyard.discovery.mappings import Place, Selected
from switchyard.errors import BadInput, CheckFailed
from switchyard.operators.aurora.manifest import count_rows as count_of_manifest
from switchyard.operators.aurora.manifest import read_watermarks
from switchyard.operators.discovery.source import count_rows, read_columns, read_places, row_bytes
from switchyard.operators.federated.source import describe
from switchyard.sql import quote_identifier
from tests.support import figures
from tests.support.hostile import NAMES, quoted
from tests.support.servers import LOGIN

SCHEMA = {"mysql": LOGIN.database, "postgres": "public"}


@pytest.fixture
def names(engine, run, table):
    """A table of two rows for each name, with a column of that name, as far as the server has such names."""
    made = [name for name in NAMES if not (engine == "mysql" and name.endswith(" "))]
    run(
        *(
            statement.replace("NAME", quoted(name, engine))
            for name in made
            for statement in (
                "CREATE TABLE NAME (NAME INT)",
                "INSERT INTO NAME VALUES (7), (8)",
            )
        )
    )
    yield made
    run(*(f"DROP TABLE {quoted(name, engine)}" for name in made))


@pytest.fixture
def opened(names, engine, server):
    """The pipelines' read-only session, closed before the tables go."""
    with connect(engine, *server, LOGIN) as database:
        yield database


def test_every_name_is_counted_and_nothing_else_happens(opened, names, engine, run):
    """It should read each table and column behind its name, and leave the table that the names speak of."""
    places = {one.table: one for one in read_places(opened, engine) if one.schema == SCHEMA[engine]}
    columns = read_columns(opened, engine)
    assert {*names, "words"} <= places.keys()
    ways, tally = 7, figures.Tally()
    try:
        for name in names:
            with tally.case():
                selected = Selected(places[name], ({"column": name, "operator": "gte", "value": "8"},))
                assert count_rows(opened, engine, Selected(places[name], ())) == 2
                assert count_rows(opened, engine, selected) == 1
                assert columns[SCHEMA[engine], name] == [name]
                assert row_bytes(opened, engine, selected, [name]) == 1
                assert [one.name for one in describe(opened, engine, SCHEMA[engine], name).columns] == [name]
                if "." not in name:
                    assert count_of_manifest(opened, engine, [name]) == {name: 2}
                    assert read_watermarks(opened, engine, {name: name}) == {f"{name}.{name}": 8}
                assert run("SELECT COUNT(*) FROM words") in ([(3,)], ((3,),))
    finally:
        figures.record(
            "injection",
            place=f"names of tables and columns in {engine}",
            fields=ways,
            texts=tally.cases,
            refused=0,
            kept_literal=ways * (tally.cases - tally.lost),
            lost=tally.lost,
        )


def test_values_are_never_part_of_a_statement(database, engine, table):
    """It should bind hostile values, in conditions and as the names that catalogues are asked for."""
    place = Place(SCHEMA[engine], table)
    for name in NAMES:
        for operator, wanted in (("eq", 0), ("noteq", 2)):
            one = Selected(place, ({"column": "term", "operator": operator, "value": name},))
            assert count_rows(database, engine, one) == wanted
        assert describe(database, engine, f"x{name}", f"y{name}").kind is None
    assert database.value(f"SELECT COUNT(*) FROM {table}") == 3


@pytest.mark.parametrize("name", ["a\0b", ""])
def test_what_no_server_can_quote_is_refused(name, engine):
    """It should refuse before anything is sent."""
    with pytest.raises(BadInput, match="not a table or column name"):
        quote_identifier((name,), engine)


def test_a_table_that_is_not_there_is_named(database, engine):
    """It should say of a hostile name that there is no such table, and go on."""
    with pytest.raises(CheckFailed, match="DROP TABLE words"):
        count_of_manifest(database, engine, ['b"`; DROP TABLE words; --'])
    assert database.value("SELECT COUNT(*) FROM words") == 3


PLANTED = 'o\'hara "mary" for key x'
QUOTES_ROWS = {
    "mysql": ("SELECT ExtractValue('<a/>', CONCAT('/~', term)) FROM words WHERE id = 4",),
    "postgres": (
        "SELECT CAST(term AS integer) FROM words WHERE id = 4",
        "SELECT CAST(term AS timestamp) FROM words WHERE id = 4",
        "SELECT CAST(term AS json) FROM words WHERE id = 4",
    ),
}


def test_errors_quote_no_row(table, engine, server, run):
    """It should leave out of its error, and of what is shown behind it, the value that the server quotes."""
    literal = PLANTED.replace("'", "''")
    run(f"INSERT INTO {table} VALUES (4, '{literal}')")
    with connect(engine, *server, LOGIN) as database:
        for statement in QUOTES_ROWS[engine]:
            for ask in (database.rows, lambda one: stream(database, one)):
                with pytest.raises(CheckFailed, match=r"running SELECT .* Compare the database") as refusal:
                    ask(statement)
                shown = "".join(traceback.format_exception(refusal.value))
                assert [one for one in ("hara", "mary") if one in shown] == []


def stream(database, statement):
    with database.stream(statement) as opened:
        return list(opened.rows)
