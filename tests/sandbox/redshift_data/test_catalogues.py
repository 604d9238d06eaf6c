"""What the Data API tells of the schemas, tables and columns of a database."""

import pytest

from tests.support.dms import refused
from tests.support.redshift import CLUSTER, DATABASE, SOURCE

FEDERATED = (
    "create external schema fed from mysql database 'shop' uri 'shop.example' port 3306 "
    f"iam_role 'arn:aws:iam::{SOURCE}:role/fed' "
    f"secret_arn 'arn:aws:secretsmanager:us-west-2:{SOURCE}:secret:shop-AbCdEf'"
)


@pytest.fixture
def shop(orders):
    """A database with two schemas, a view, and an external schema whose source cannot be reached."""
    orders.run(
        [
            "create schema old_sales",
            "create table old_sales.orders (id bigint not null, note varchar(40) default 'none')",
            "create table old_sales.order_lines (id bigint)",
            "create view recent as select id, customer from orders",
        ]
    )
    orders.run(FEDERATED)
    return orders


def named(answer):
    return [(one["schema"], one["name"], one["type"]) for one in answer["Tables"]]


def test_databases_are_listed(shop):
    """It should list those of the workgroup."""
    assert shop.data.list_databases(**shop.place)["Databases"] == [DATABASE, "dev"]


def test_schemas_are_listed(shop):
    """It should list schemas in and outside of the database, by a pattern where one is given."""
    assert shop.data.list_schemas(**shop.place)["Schemas"] == ["fed", "old_sales", "public"]
    for pattern, found in (("old%", ["old_sales"]), ("_ed", ["fed"]), ("old\\_sales", ["old_sales"])):
        assert shop.data.list_schemas(SchemaPattern=pattern, **shop.place)["Schemas"] == found
    other = {**shop.place, "Database": "dev", "ConnectedDatabase": DATABASE}
    assert shop.data.list_schemas(**other)["Schemas"] == ["public"]


def test_tables_are_listed(shop):
    """It should list tables and views by patterns, and ask no source whose schema is not meant."""
    found = shop.data.list_tables(SchemaPattern="%l%", TablePattern="order%", **shop.place)
    assert named(found) == [
        ("old_sales", "order_lines", "TABLE"),
        ("old_sales", "orders", "TABLE"),
        ("public", "orders", "TABLE"),
    ]
    found = shop.data.list_tables(SchemaPattern="public", **shop.place)
    assert named(found) == [("public", "orders", "TABLE"), ("public", "recent", "VIEW")]
    assert named(shop.data.list_tables(SchemaPattern="none", **shop.place)) == []


def test_source_that_cannot_be_reached(shop):
    """It should refuse to list the tables of an external schema with the database's own words."""
    message = refused("ValidationException", shop.data.list_tables, **shop.place)
    assert "role/fed: it is not associated with the warehouse" in message


def test_table_is_described(shop):
    """It should give the columns of a table with types, sizes and defaults, in their order."""
    found = shop.data.describe_table(Schema="old_sales", Table="orders", **shop.place)
    assert found["TableName"] == "orders"
    first, second = found["ColumnList"]
    assert (first["name"], first["typeName"], first["nullable"]) == ("id", "int8", 0)
    assert (second["name"], second["typeName"], second["length"], second["nullable"]) == (
        "note", "varchar", 40, 1
    )  # fmt: skip
    assert second["columnDefault"] == "'none'"
    assert {(one["schemaName"], one["tableName"]) for one in (first, second)} == {("old_sales", "orders")}


def test_tables_are_described_together(shop):
    """It should give the columns of all tables of that name, and of all in a schema, where less is said."""
    found = shop.data.describe_table(Schema="public", **shop.place)
    assert [(one["tableName"], one["name"]) for one in found["ColumnList"]] == [
        ("orders", "id"), ("orders", "customer"), ("orders", "total"), ("recent", "id"), ("recent", "customer"),
    ]  # fmt: skip
    shop.run("drop schema fed")
    found = shop.data.describe_table(Table="orders", **shop.place)["ColumnList"]
    assert [one["schemaName"] for one in found] == ["old_sales"] * 2 + ["public"] * 3
    assert shop.data.describe_table(Schema="public", Table="order_", **shop.place)["ColumnList"] == []


def test_catalogue_comes_in_pages(shop):
    """It should give so many entries with a token of the next."""
    pages = shop.data.get_paginator("list_tables").paginate(SchemaPattern="old%", MaxResults=1, **shop.place)
    assert [[one["name"] for one in page["Tables"]] for page in pages] == [["order_lines"], ["orders"]]


def test_catalogue_of_a_place_that_is_none(shop):
    """It should refuse a cluster that is not there, no database at all, and one that is not there."""
    data = shop.data
    gone = {"ClusterIdentifier": CLUSTER, "Database": DATABASE}
    assert "endpoint doesn't exist" in refused("ValidationException", data.list_tables, **gone)
    workgroup = {"WorkgroupName": shop.place["WorkgroupName"]}
    assert "Database must be" in refused("ValidationException", data.list_databases, **workgroup)
    for other in ({"Database": "none"}, {"Database": "none", "ConnectedDatabase": DATABASE}):
        message = refused("DatabaseConnectionException", data.list_schemas, **workgroup, **other)
        assert message == 'FATAL: database "none" does not exist'


def test_actions_on_a_catalogue(sandbox, shop):
    """It should ask for the action on the workgroup, and for its credentials."""
    shop.make_role("reader")
    sandbox.choose(iam_policies="enforced")
    actions = ["redshift-data:ListTables", "redshift-serverless:GetCredentials"]
    client = shop.as_role("reader")

    def look():
        return client.list_tables(SchemaPattern="old%", **shop.place)["Tables"]

    for missing in actions:
        rest = [one for one in actions if one != missing]
        shop.allow("reader", {"Effect": "Allow", "Action": rest, "Resource": "*"})
        assert missing in refused("AccessDeniedException", look)
    shop.allow("reader", {"Effect": "Allow", "Action": actions, "Resource": "*"})
    assert len(look()) == 2
