"""Sources of which a load would be wrong."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from switchyard.federated.column_types import parse
from switchyard.federated.source_checks import (
    FUTURE,
    Problem,
    SourceTable,
    clock_problem,
    doubts,
    future_problem,
    problems,
    said,
)
from switchyard.federated.source_columns import SourceColumn, federated_type, holds

COLUMNS = {
    "id": SourceColumn("id", "bigint(20)", "bigint", nullable=False),
    "note": SourceColumn("note", "varchar(10)", "varchar", nullable=True),
    "code": SourceColumn("code", "char(2)", "char", nullable=True),
    "price": SourceColumn("price", "decimal(7,2)", "decimal", nullable=True, precision=7, scale=2),
    "updated_at": SourceColumn(
        "updated_at", "datetime(6)", "datetime", nullable=False, set_on_update=True
    ),
}  # fmt: skip
INDEXES = {"PRIMARY": ("id",), "changed": ("updated_at", "id")}


def source(drop=(), kind="table", indexes=INDEXES, unique=("PRIMARY",), trigger=False, **changed):
    """The source's table, with columns dropped or changed."""
    columns = tuple(
        replace(column, **changed.get(name, {})) for name, column in COLUMNS.items() if name not in drop
    )
    return SourceTable(kind, columns, indexes, frozenset(unique), trigger)


def test_a_table_as_declared_passes(table):
    """It should find nothing wrong, and nothing to doubt, where all is as it must be."""
    assert list(problems(table(), source(), "mysql")) == []
    assert list(doubts(table(), source())) == []


@pytest.mark.parametrize(
    ("found", "field", "said_of_it"),
    [
        (source(kind=None), "name", "the source has no table orders"),
        (source(kind="view"), "name", "orders is a view"),
        (source(drop=["note"]), "columns.note", "no column note: it was dropped or renamed"),
        (
            source(price={"declared": "varchar(9)", "kind": "varchar"}),
            "columns.price",
            "price as varchar(9), which Redshift shows as varchar(65535), and decimal(7,2) does not hold",
        ),
        (
            source(price={"declared": "decimal(9,2)", "precision": 9}),
            "columns.price",
            "does not hold each of its values",
        ),
        (
            source(id={"declared": "bigint(20) unsigned"}),
            "columns.id",
            "shows as decimal(20,0), and bigint does not hold",
        ),
        (source(id={"nullable": True}), "key", "column id may be NULL"),
        (source(updated_at={"nullable": True}), "watermark", "no window would see such a row"),
        (source(updated_at={"set_on_update": False}), "watermark", "does not set updated_at"),
        (source(indexes={"PRIMARY": ("id",)}), "watermark", "no index of the source begins with updated_at"),
        (
            source(indexes={"PRIMARY": ("id",), "changed": ("id", "updated_at")}),
            "watermark",
            "no index of the source begins with updated_at",
        ),
    ],
)
def test_each_defect_is_one_clear_problem(found, field, said_of_it, table):
    """It should name the field that is wrong, what the source has, and what to do; nothing else."""
    (problem,) = problems(table(), found, "mysql")
    assert problem.field == field
    assert said_of_it in problem.found
    assert problem.remedy


def test_a_retyped_watermark_is_refused(table):
    """It should not compare moments with a zone with moments without one."""
    found = source(updated_at={"declared": "timestamp with time zone", "kind": "timestamp with time zone"})
    (problem,) = problems(table(watermark_set_by="application"), found, "postgres")
    assert "shows as timestamptz, and timestamp does not hold" in problem.found


def test_a_trigger_or_trust_keeps_the_watermark(table):
    """It should take a trigger for ON UPDATE, and the word of whoever configured it, and ask neither of appends."""
    silent = {"updated_at": {"set_on_update": False}}
    assert list(problems(table(), source(trigger=True, **silent), "mysql")) == []
    assert list(problems(table(watermark_set_by="application"), source(**silent), "mysql")) == []
    assert list(problems(table(mode="append"), source(**silent), "mysql")) == []


def test_a_swap_needs_no_watermark(table):
    """It should ask nothing of a watermark that no window is made of."""
    plain = table(mode="swap", watermark=None)
    assert list(problems(plain, source(indexes={}, unique=(), updated_at={"nullable": True}), "mysql")) == []


def test_new_columns_warn_or_fail(table):
    """It should tell of a column that nobody declared, and stop only where that is configured."""
    wider = source()
    wider = replace(wider, columns=(*wider.columns, SourceColumn("colour", "text", "text", nullable=True)))
    assert list(problems(table(), wider, "mysql")) == []
    assert "colour" in next(doubts(table(), wider))
    (problem,) = problems(table(new_columns="fail"), wider, "mysql")
    assert "colour" in problem.found
    assert list(problems(table(new_columns="fail", excluded=["colour"]), wider, "mysql")) == []
    assert list(doubts(table(excluded=["colour"]), wider)) == []


def test_keys_without_unique_index_are_doubted(table):
    """It should load tables without primary key, and say that each stage decides."""
    assert "no unique index covers the key" in next(doubts(table(), source(unique=())))


def test_moments_of_another_zone_and_of_the_future_are_refused():
    """It should refuse clocks that show local time, and rows that no window would see for a while."""
    assert clock_problem(timedelta(milliseconds=3)) is None
    assert "+1.00 hours from UTC" in clock_problem(timedelta(hours=1)).found
    now = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - as the source shows it
    assert future_problem("updated_at", None, now) is None
    assert future_problem("updated_at", now + FUTURE, now) is None
    found = future_problem("updated_at", now + FUTURE + timedelta(seconds=1), now)
    assert "newest updated_at is 2026-01-01 12:05:01" in found.found


def test_an_error_names_all_that_is_wrong(table):
    """It should tell everything at once, and once what is to be done about all of it."""
    found = [("orders", one) for one in problems(table(), source(drop=["note", "code"]), "mysql")]
    what, text, remedy = said("shop", found)
    assert what == "source shop"
    assert "tables.orders.columns.note" in text
    assert "tables.orders.columns.code" in text
    assert remedy.startswith("Take it out of the configuration")
    assert remedy not in text


def test_an_error_says_of_each_thing_what_to_do():
    """It should put the remedy behind what it is for where there are several."""
    found = [
        ("orders", Problem("watermark", "no index begins with changed_at", "Create an index on changed_at")),
        ("lines", Problem("name", "the source has no table lines", "Correct the name")),
    ]
    _, text, remedy = said("shop", found)
    assert "begins with changed_at. Create an index on changed_at; tables.lines.name: the source" in text
    assert text.endswith("no table lines. Correct the name")
    assert remedy == "Then clear this task"


MYSQL_TYPES = [
    ("tinyint(1)", "tinyint", "boolean"),
    ("tinyint(4)", "tinyint", "smallint"),
    ("tinyint(3) unsigned", "tinyint", "smallint"),
    ("smallint(5) unsigned", "smallint", "integer"),
    ("mediumint(9)", "mediumint", "integer"),
    ("int(10) unsigned", "int", "bigint"),
    ("int", "int", "integer"),
    ("bigint(20) unsigned", "bigint", "decimal(20,0)"),
    ("float", "float", "real"),
    ("double", "double", "double precision"),
    ("date", "date", "date"),
    ("datetime(6)", "datetime", "timestamp"),
    ("timestamp", "timestamp", "timestamp"),
    ("varchar(50)", "varchar", "varchar(65535)"),
    ("enum('a','b')", "enum", "varchar(65535)"),
    ("longblob", "longblob", "varchar(65535)"),
    ("bit(1)", "bit", "varchar(65535)"),
]


@pytest.mark.parametrize(("declared", "kind", "shown"), MYSQL_TYPES)
def test_mysql_types_as_redshift_shows_them(declared, kind, shown):
    """It should know what Redshift makes of MySQL's types."""
    assert str(federated_type("mysql", SourceColumn("c", declared, kind, nullable=True))) == shown


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("boolean", "boolean"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamptz"),
        ("character varying", "varchar(65535)"),
        ("jsonb", "varchar(65535)"),
        ("ARRAY", "varchar(65535)"),
        ("uuid", "varchar(65535)"),
        ("numeric", "None"),
    ],
)
def test_postgres_types_as_redshift_shows_them(kind, shown):
    """It should know what Redshift makes of PostgreSQL's types, and that numbers of any size have none."""
    assert str(federated_type("postgres", SourceColumn("c", kind, kind.lower(), nullable=True))) == shown


@pytest.mark.parametrize(
    ("declared", "given", "fits"),
    [
        ("bigint", "integer", True),
        ("integer", "bigint", False),
        ("decimal(19,0)", "bigint", True),
        ("decimal(18,0)", "bigint", False),
        ("decimal(9,2)", "decimal(7,2)", True),
        ("decimal(9,4)", "decimal(7,2)", True),
        ("decimal(8,4)", "decimal(7,2)", False),
        ("decimal(9,1)", "decimal(7,2)", False),
        ("bigint", "decimal(18,0)", True),
        ("bigint", "decimal(20,0)", False),
        ("integer", "decimal(7,2)", False),
        ("double precision", "real", True),
        ("real", "double precision", False),
        ("varchar(10)", "varchar(65535)", True),
        ("varchar(10)", "integer", True),
        ("varchar(10)", "boolean", False),
        ("integer", "varchar(65535)", False),
        ("timestamp", "timestamptz", False),
        ("timestamp", "timestamp", True),
        ("smallint", "boolean", False),
        ("date", "date", True),
    ],
)
def test_a_type_holds_what_loses_nothing(declared, given, fits):
    """It should take a declared type only where no value of the source changes on its way."""
    assert holds(parse(declared), parse(given)) is fits
