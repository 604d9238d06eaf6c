"""CREATE EXTERNAL SCHEMA as it is written."""

import pytest

from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.external.definitions import read_create_schema
from tests.support.warehouse import FEDERATED_ROLE, LAKE_ROLE, SECRET, external_schema


def test_mysql_schema():
    """It should keep what a MySQL schema says."""
    found = read_create_schema(external_schema("Shop", "MYSQL", "db.example", 3307)).schema
    assert (found.name, found.engine, found.database, found.uri, found.port) == (
        "shop", "mysql", "shop", "db.example", 3307,
    )  # fmt: skip
    assert found.options == {
        "IAM_ROLE": FEDERATED_ROLE, "SECRET_ARN": SECRET, "URI": "db.example", "PORT": "3307",
    }  # fmt: skip


@pytest.mark.parametrize(("engine", "port", "place"), [("MYSQL", 3306, "shop"), ("POSTGRES", 5432, "public")])
def test_ports_and_schema_have_defaults(engine, port, place):
    """It should take the engine's port, and PostgreSQL's schema public."""
    text = external_schema("s", engine, "db.example", 1).replace("PORT 1", "")
    found = read_create_schema(text).schema
    assert (found.port, found.place) == (port, place)


def test_schema_of_the_data_catalogue():
    """It should take a chain of roles, and make the database where that is asked for."""
    roles = f"{LAKE_ROLE},{FEDERATED_ROLE}"
    text = (
        f"create external schema if not exists lake from data catalog database 'd' region 'us-west-2' "
        f"iam_role '{roles}' create external database if not exists"
    )
    found = read_create_schema(text)
    assert found.if_not_exists
    assert found.create_database
    assert found.schema.roles == (LAKE_ROLE, FEDERATED_ROLE)
    assert read_create_schema(text.replace("data catalog", "")).schema == found.schema


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("DATABASE 'shop'", ""), "DATABASE is required"),
        (("URI 'db.example'", ""), "URI is required"),
        (("PORT 3306", "PORT 'x'"), "syntax error at or near \"'x'\""),
        (("URI 'db.example'", "URI 'jdbc:mysql://db.example'"), "Invalid URI"),
        (("URI 'db.example'", "URI \u2018db.example'"), "syntax error|unterminated"),
        ((FEDERATED_ROLE, "federated"), "Invalid IAM role ARN"),
        ((f"'{FEDERATED_ROLE}'", "'SESSION'"), "only supported with DATA CATALOG"),
        (("DATABASE 'shop'", "DATABASE 'shop' SCHEMA 'public'"), 'syntax error at or near "SCHEMA"'),
        (("FROM MYSQL", "FROM KINESIS"), "no external schemas from KINESIS"),
        (("DATABASE 'shop'", "DATABASE 'shop' DATABASE 'shop'"), 'syntax error at or near "DATABASE"'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(change, problem):
    """It should refuse clauses that are missing, doubled, not the engine's or not in their form."""
    text = external_schema("s", "MYSQL", "db.example", 3306).replace(*change)
    with pytest.raises(RedshiftError, match=problem):
        read_create_schema(text)
