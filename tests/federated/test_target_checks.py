"""Warehouses that a load would not fit into."""

import pytest

from switchyard.errors import BadInput
from switchyard.federated.schema_statements import create_target
from switchyard.federated.target_checks import (
    isolation,
    require_no_integration,
    require_schemas,
    require_targets,
    sees_integrations,
)

LISTED = {
    "id": "bigint",
    "note": "character varying(10)",
    "code": "character(2)",
    "price": "numeric(7,2)",
    "changed": "timestamp without time zone",
}


def rows(drop=(), **changed):
    """The target's columns as the warehouse lists them."""
    return [
        {"schema_name": "sales", "table_name": "orders", "column_name": name, "data_type": kind}
        for name, kind in (LISTED | changed).items()
        if name not in drop
    ]


def test_targets_as_configured_pass(table):
    """It should take a target that is missing, one that fits, and one with columns of its own besides."""
    require_targets([table()], [])
    require_targets([table()], rows())
    require_targets([table()], rows(loaded_at="timestamp without time zone"))


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (rows(drop=["note"]), r"target sales.orders has no such column. Add it: ALTER TABLE sales.orders"),
        (rows(note="character varying(9)"), r"target sales.orders has it as character varying\(9\)"),
        (rows(price="double precision"), "target sales.orders has it as double precision"),
        (rows(id="super"), "target sales.orders has it as super"),
    ],
)
def test_other_targets_are_refused(found, problem, table):
    """It should name the column of the target that does not fit, and the remedy."""
    with pytest.raises(BadInput, match=problem):
        require_targets([table()], found)


def test_soft_deletes_need_their_flag(table):
    """It should look for the flag, too."""
    soft = table(deletes={"mode": "soft", "flag": "is_deleted"})
    with pytest.raises(BadInput, match=r"is_deleted.*no such column.*ADD COLUMN is_deleted boolean"):
        require_targets([soft], rows())
    require_targets([soft], rows(is_deleted="boolean"))
    assert '"is_deleted" BOOLEAN NOT NULL DEFAULT FALSE' in create_target(soft)


def test_targets_are_made_without_believing_in_keys(table):
    """It should make columns in their order, key and watermark never null, and no primary key."""
    text = create_target(table(dist_key="id", sort_key=["changed", "id"]))
    assert '"id" bigint NOT NULL,\n    "note" varchar(10),' in text
    assert '"changed" timestamp NOT NULL\n)' in text
    assert 'DISTKEY ("id")' in text
    assert 'SORTKEY ("changed", "id")' in text
    assert "PRIMARY KEY" not in text


def test_missing_schemas_are_named():
    """It should say which schema is missing, and by which field."""
    wanted = {"warehouse.staging_schema": "etl_stage", "tables.orders.target": "sales"}
    require_schemas(wanted, [{"schema_name": "sales"}, {"schema_name": "etl_stage"}])
    with pytest.raises(BadInput, match=r"warehouse.staging_schema is 'etl_stage'.*CREATE SCHEMA etl_stage"):
        require_schemas(wanted, [{"schema_name": "sales"}])


def test_replicated_tables_are_refused(table):
    """It should not load a table that a zero-ETL integration keeps in the warehouse already."""
    row = {"integration_id": "4798e675 ", "target_database": "replica", "table_state": "Synced"}
    require_no_integration([table()], [row | {"table_name": "items"}])
    with pytest.raises(BadInput, match="zero-ETL integration 4798e675 keeps it in database replica already"):
        require_no_integration([table()], [row | {"table_name": "orders "}])


@pytest.mark.parametrize(("is_superuser", "sees"), [(True, True), (False, False), (None, False)])
def test_only_superusers_see_integrations(is_superuser, sees):
    """It should not take an empty answer to somebody else for none."""
    assert sees_integrations([{"is_superuser": is_superuser}]) is sees


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        ("{concurrency_model=1}", "SNAPSHOT"),
        ("{x=2,concurrency_model=2}", "SERIALIZABLE"),
        (None, "unknown"),
        ("{concurrency_model=9}", "unknown"),
    ],
)
def test_isolation_is_read(settings, level):
    """It should know the two levels by their numbers, and say where it does not."""
    assert isolation([{"settings": settings}]) == level
    assert isolation([]) == "unknown"
