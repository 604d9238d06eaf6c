"""What drivers learn of schemas, tables and columns, those outside of the warehouse among them."""

import pytest

from sandbox.warehouse import metadata
from sandbox.warehouse.errors import RedshiftError


@pytest.fixture
def look(shop, orders):
    """Ask the warehouse from outside of any session, as an administrator."""
    shop.run("CREATE TABLE loaded_here (id INT)")

    def asked(what, *names):
        with shop.warehouse.looking("admin") as session:
            return what(session, *names)

    return asked


def test_schemas_of_sources_are_listed(look):
    """It should list them beside the warehouse's own."""
    assert look(metadata.schemas) == ["fed", "pg", "public"]


def test_tables_of_sources_are_listed(look):
    """It should list a source's tables as external ones, and read no row of them."""
    found = look(metadata.relations, "%", "loaded\\_%")
    assert [(one.schema, one.name, one.kind) for one in found] == [
        ("fed", "loaded_orders", "EXTERNAL TABLE"),
        ("pg", "loaded_orders", "EXTERNAL TABLE"),
        ("public", "loaded_here", "TABLE"),
    ]


def test_columns_of_sources_are_described(shop, look):
    """It should give them the types that queries will see."""
    for schema in ("fed", "pg"):
        found = look(metadata.columns, schema, "loaded_orders")
        described = [(one.column.name, one.column.type_name, one.column.length) for one in found]
        assert described[:2] == [("id", "int4", 10), ("name", "varchar", 20)]
        assert [one.nullable for one in found] == [False, True, False]
        assert [one.column for one in found] == list(
            shop.run(f"SELECT * FROM {schema}.loaded_orders").columns
        )


def test_columns_of_views_are_those_of_now(shop, look):
    """It should run a late-binding view to tell, and give none where it cannot be run."""
    shop.run("CREATE VIEW late AS SELECT id, name FROM fed.loaded_orders WITH NO SCHEMA BINDING")
    shop.run("CREATE VIEW bound AS SELECT id AS key FROM public.loaded_here")
    assert [one.column.name for one in look(metadata.columns, "public", "late")] == ["id", "name"]
    assert [one.column.type_name for one in look(metadata.columns, "public", "bound")] == ["int4"]
    shop.run("DROP SCHEMA fed")
    assert look(metadata.columns, "public", "late") == []


def test_source_that_is_gone(shop, look):
    """It should say so where its tables are asked for, and only there."""
    shop.run("CREATE TABLE here_too (id INT)")
    shop.warehouse.surroundings.secrets.clear()
    assert len(look(metadata.relations, "public", "%")) == 2
    with pytest.raises(RedshiftError, match="can't find the specified secret"):
        look(metadata.relations)
