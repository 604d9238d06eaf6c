"""What the story of the loads holds the two sides to, without a stack."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from demo.federated_loads import ARCHIVED, LIVE, LOADED, MARKED, PUBLISHED, WRITTEN, Loads
from demo.processes import DemoError
from demo.retail_writer import CHANGED
from sandbox.seed.tpcds import TABLES
from sandbox.seed.worlds.archive import FIRST_KEY

ROWS = [(1, 10), (2, 20)]


def answering(*answers):
    """A place where each statement that holds a text is answered with rows; the last answer is for all others."""

    def run(statement):
        return next(rows for text, rows in answers if text in statement)

    return SimpleNamespace(run=run)


def loads(source, warehouse, lake=None):
    """Those who compare, between places that answer."""
    places = ({engine: place for engine in LOADED} for place in (source, warehouse))
    return Loads(None, None, *places, lake)


def test_equal_sides_pass(capsys):
    """It should print each table with as many rows on both sides, and go on."""
    assert loads(answering(("", ROWS)), answering(("", [("1", "10"), ("2", "20")]))).compare() == []
    printed = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert printed == [[table, "2", "2", "0", "0", "0"] for tables in LOADED.values() for table in tables]


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ([(1, 10)], ["1", "0", "0"]),
        ([(1, 10), (2, 21)], ["0", "1", "0"]),
        ([*ROWS, (3, 30)], ["0", "0", "1"]),
    ],
    ids=["missing", "stale", "gone at the source"],
)
def test_different_sides_are_told(held, found, capsys):
    """It should name the table where a row is missing, old, or gone at the source, and print how many are."""
    assert loads(answering(("", ROWS)), answering(("retail.item", held), ("", ROWS))).compare() == ["item"]
    [printed] = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  item ")]
    assert printed[3:] == found


def test_keys_that_are_there_twice_end_the_demo():
    """It should fail where the warehouse holds a key twice."""
    twice = answering(("retail.item", [*ROWS, (2, 20)]), ("", ROWS))
    with pytest.raises(DemoError, match=r"retail\.item holds 1 keys twice"):
        loads(answering(("", ROWS)), twice).compare()


def test_view_must_say_where_customers_are():
    """It should fail where a customer comes from another place than the one that has it, or comes twice."""
    shop = answering(("min(", [(7,)]), ("", []))
    found = [(7, "warehouse"), (ARCHIVED, "lake"), (LIVE, "live")]
    loads(shop, answering(("count", [(3, 3)]), ("", found))).ask_everywhere()
    with pytest.raises(DemoError, match="the view says"):
        loads(shop, answering(("count", [(3, 3)]), ("", [(7, "live"), *found[1:]]))).ask_everywhere()
    with pytest.raises(DemoError, match="4 rows of 3 customers"):
        loads(shop, answering(("count", [(4, 3)]), ("", found))).ask_everywhere()


def test_lake_must_equal_the_warehouse():
    """It should fail where Athena counts other rows than the warehouse."""
    warehouse = answering(("", [(2, 30)]))
    loads(None, warehouse, answering(("", [("2", "30")]))).read_lake()
    with pytest.raises(DemoError, match="the lake differs"):
        loads(None, warehouse, answering(("store_sales", [("1", "30")]), ("", [("2", "30")]))).read_lake()


def test_tables_of_the_story():
    """It should compare tables that there are, and let clerks write those that change."""
    for engine, tables in LOADED.items():
        assert set(WRITTEN[engine]) <= {name for name in tables if TABLES[name].moves}
        assert set(WRITTEN[engine]) <= set(CHANGED)
    assert {*MARKED, *PUBLISHED} <= {name for tables in LOADED.values() for name in tables}
    assert ARCHIVED > FIRST_KEY
