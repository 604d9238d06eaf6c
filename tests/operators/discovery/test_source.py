"""What is read of the source itself, on real servers of both engines."""

from __future__ import annotations

import traceback

import pytest

from switchyard.databases.connections import connect
from switchyard.discovery.mappings import Place, Selected
from switchyard.errors import CheckFailed
from switchyard.operators.discovery.source import count_rows, read_columns, read_places, row_bytes
from tests.databases.conftest import engine, run, server
from tests.support.servers import LOGIN

__all__ = ["engine", "run", "server"]

SCHEMA = {"mysql": LOGIN.database, "postgres": "public"}
TELLING = {
    "mysql": "CREATE FUNCTION tell(v VARCHAR(50)) RETURNS INT DETERMINISTIC "
    "BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v; RETURN 1; END",
    "postgres": "CREATE FUNCTION tell(v VARCHAR(50)) RETURNS INT LANGUAGE sql AS 'SELECT v::int'",
}
UNTOLD = {"mysql": "DROP FUNCTION tell", "postgres": "DROP FUNCTION tell CASCADE"}
QUOTED = {"mysql": '`odd ``%s"name`', "postgres": '"odd `%s""name"'}
ODD = 'odd `%s"name'


@pytest.fixture
def places(engine, run):
    """A table with odd names, and a view that stumbles over its rows and tells of them; gone after the test."""
    quoted = QUOTED[engine]
    run(
        f"CREATE TABLE {quoted} (id INT PRIMARY KEY, {quoted} VARCHAR(50), note VARCHAR(500))",
        f"INSERT INTO {quoted} VALUES (1, 'ann@example.org', NULL), (2, NULL, NULL), (3, '', 'ééé')",
        TELLING[engine],
        f"CREATE VIEW stumbling AS SELECT tell({quoted}) AS n FROM {quoted}",
    )
    yield Place(SCHEMA[engine], ODD), Place(SCHEMA[engine], "stumbling", is_view=True)
    run("DROP VIEW stumbling", f"DROP TABLE {quoted}", UNTOLD[engine])


@pytest.fixture
def source(engine, server, places):
    """The pipelines' session on the server, closed before the tables go: a reader keeps them."""
    with connect(engine, *server, LOGIN) as opened:
        yield opened


def test_odd_names_are_read(source, engine, places):
    """It should list, count and measure tables and columns of any name, as text and in bytes."""
    table, view = places
    assert {table, view} <= set(read_places(source, engine))
    columns = read_columns(source, engine)[table[:2]]
    assert columns == ["id", ODD, "note"]
    assert count_rows(source, engine, Selected(table, ())) == 3
    assert row_bytes(source, engine, Selected(table, ()), columns) == pytest.approx((3 + 15 + 6) / 3)
    without = Selected(table, (), frozenset({ODD}))
    assert row_bytes(source, engine, without, columns) == pytest.approx((3 + 6) / 3)
    assert row_bytes(source, engine, Selected(table, (), frozenset(columns)), columns) == 0


def test_error_does_not_repeat_a_row(source, engine, places):
    """It should name table and code of an error, and nothing of the row that the database quotes."""
    _, view = places
    with pytest.raises(
        CheckFailed, match=r"reading \w+\.stumbling: the database refuses with error \w+"
    ) as caught:
        row_bytes(source, engine, Selected(view, ()), ["n"])
    assert "example.org" not in "".join(traceback.format_exception(caught.value))
