"""The steps of a load up to the check of its stage, on a PostgreSQL source and a provisioned cluster."""

from __future__ import annotations

import pytest

from switchyard.errors import CheckFailed
from tests.support.federated_steps import LoadSteps, shipped, table

COLUMNS = {"id": "bigint", "note": "varchar(5)", "day": "char(2)", "updated_at": "timestamptz"}
MAKE = """
CREATE TABLE orders_{number} (
  id BIGINT PRIMARY KEY, note TEXT, day CHAR(4), updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
)
"""
KEEP = (
    "CREATE INDEX ON orders_{number} (updated_at)",
    "CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$",
    "CREATE TRIGGER kept BEFORE UPDATE ON orders_{number} FOR EACH ROW EXECUTE FUNCTION keep()",
)
ROWS = "INSERT INTO orders_{number} VALUES (1, 'a', 'Mo', '2026-01-10 00:59+02'), (2, 'b', 'Tu', '2026-01-10 02:00+02')"
_numbers = iter(range(1, 1000))


@pytest.fixture
def steps(postgresql):
    """The steps on a table of the test's own, after the statements that are given."""

    def make(*statements, **changes):
        number = next(_numbers)
        made = (MAKE, *(statements or KEEP), ROWS)
        postgresql.edit(*(one.format(number=number) for one in made))
        return LoadSteps(postgresql, [table(f"orders_{number}", COLUMNS, **changes)])

    return make


def test_a_window_is_staged_whatever_the_zone(steps):
    """It should read moments with zones by the same bounds: of two rows, the one in the window or its lookback."""
    load = steps()
    checked = load.run()
    assert [row[0] for row in load.rows_of(checked["stage"])] == [2]


def test_padding_is_no_length(steps):
    """It should not count the blanks that a column of fixed length is filled up with."""
    assert steps().run()["rows"] == 1


def test_shipped_tables_are_as_declared(postgresql):
    """It should find nothing wrong with the shipped pipeline's tables, and tell of no column."""
    load = LoadSteps(postgresql, [shipped("retail-postgres").table(name) for name in ("item", "store")])
    checked = load.preconditions().run()
    assert not [warning for warning in checked["warnings"] if "not loaded; a run by hand" not in warning]
    assert checked["isolation"] in ("SERIALIZABLE", "SNAPSHOT")
    assert set(checked["windows"]) == {"item", "store"}


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (KEEP[1:], "no index of the source begins with updated_at"),
        ((*KEEP[1:], "CREATE INDEX ON orders_{number} (updated_at) WHERE id > 7"), "no index of the source begins"),
        ((*KEEP[1:], "CREATE INDEX ON orders_{number} (id) INCLUDE (updated_at)"), "no index of the source begins"),
        (KEEP[:1], "does not set updated_at when a row changes"),
        ((*KEEP, "ALTER TABLE orders_{number} DISABLE TRIGGER kept"), "does not set updated_at"),
        ((*KEEP, "ALTER TABLE orders_{number} ALTER updated_at DROP NOT NULL"), "updated_at may be NULL"),
        ((*KEEP, "ALTER TABLE orders_{number} DROP COLUMN note"), "the source has no column note"),
        (
            (*KEEP, "ALTER TABLE orders_{number} ALTER updated_at TYPE timestamp"),
            "updated_at as timestamp without time zone.*timestamptz does not hold",
        ),
        ((*KEEP, "ALTER TABLE orders_{number} ALTER id TYPE numeric"), "id as numeric.*shows as no type"),
    ],
)  # fmt: skip
def test_defects_of_the_source_are_refused(steps, statements, said, postgresql):
    """It should read PostgreSQL's own catalogue: partial and covering indexes do not count, nor disabled triggers."""
    load = steps()
    name = load.tables[0]["name"]
    number = name.rpartition("_")[2]
    postgresql.edit(f"DROP TABLE {name}", *(one.format(number=number) for one in (MAKE, *statements)))
    with pytest.raises(CheckFailed, match=said):
        load.preconditions().run()


def test_a_view_is_no_table(steps, postgresql):
    """It should not load from a view, whose keys nobody can judge."""
    load = steps()
    name = load.tables[0]["name"]
    postgresql.edit(
        f"ALTER TABLE {name} RENAME TO {name}_kept", f"CREATE VIEW {name} AS SELECT * FROM {name}_kept"
    )
    with pytest.raises(CheckFailed, match=f"{name} is a view"):
        load.preconditions().run()
