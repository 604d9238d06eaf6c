"""The statements of the last steps, as they are rendered for every shipped table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from switchyard.configuration.federated_load import FederatedLoad
from switchyard.configuration.loader import load
from switchyard.errors import BadInput
from switchyard.federated import applying, names, publishing
from switchyard.federated.comparing import FEW, Comparison, Division
from switchyard.federated.key_comparison import KeyComparison
from switchyard.federated.partitions import Flip
from switchyard.federated.table_grants import grant
from switchyard.federated.tables import LoadTable
from switchyard.federated.view import count_duplicate_keys, create_view
from switchyard.federated.windows import Window
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.linter import problems
from switchyard.sql import include_folder

STAMP = "2602011200-abcdef"
HI = datetime(2026, 2, 1, 12, tzinfo=UTC)
PIPELINES = load(include_folder() / "pipelines").of(FederatedLoad)
TABLES = [
    pytest.param(pipeline, LoadTable.of(pipeline.table(table.name)), id=f"{pipeline.name}.{table.name}")
    for pipeline in PIPELINES
    for table in pipeline.tables
]


def stage_of(pipeline, table):
    where = Identifier(*names.stage(pipeline.warehouse.staging_schema, table.name, STAMP))
    return applying.Stage(where, HI, Window(HI - timedelta(hours=1), HI, timedelta(minutes=5)))


def transactions(pipeline, table):
    """Every list of statements that is one transaction, for a table."""
    staging, live = (
        pipeline.warehouse.staging_schema,
        Identifier(pipeline.source.external_schema, table.name),
    )
    applied, stage = Identifier(*names.applied(staging, table.target)), stage_of(pipeline, table)
    yield [applying.create_note(applied)]
    if table.reads_window:
        lake = pipeline.lake.external_schema if pipeline.lake else None
        view = create_view(table, live=live, lake_schema=lake, boundary=HI)
        yield applying.transaction(table, stage, applied, view=view).statements
        keys = KeyComparison.of(table, live=live, staging_schema=staging, stamp=STAMP)
        yield from (keys.read_keys(), keys.find_gone(), keys.take_away())
    else:
        beside = [Identifier(*name(table.target, STAMP)) for name in (names.next_table, names.replaced_table)]
        yield applying.fill_next(table, stage, beside[0])
        yield applying.swap(table, stage, applied, next_table=beside[0], replaced=beside[1], grants=[])
    comparison = Comparison(table, live, (table.name,), HI)
    yield [comparison.target_figures(comparison.whole())]
    yield [comparison.target_rows(4, ["1"])] if comparison.number_key else []
    if table.content["view"]:
        yield [count_duplicate_keys(table)]
    if table.content["publish"]:
        yield publishing.unload(table, "s3://lake/published/x/load_id=1/", pipeline.lake.role_arn)


@pytest.mark.parametrize(("pipeline", "table"), TABLES)
def test_redshift_takes_every_transaction(pipeline, table):
    """It should find nothing in them that Redshift refuses, or that would end a transaction early."""
    external = [pipeline.source.external_schema, pipeline.lake.external_schema]
    found = [
        (one.file, problem)
        for statements in transactions(pipeline, table)
        for one in statements
        for problem, _ in problems(one, in_batch=True, external=external)
    ]
    assert found == []


def statements_of(name, table_name):
    pipeline = next(one for one in PIPELINES if one.name == name)
    table = LoadTable.of(pipeline.table(table_name))
    return [one for statements in transactions(pipeline, table) for one in statements]


def test_names_do_not_grow_too_long():
    """It should shorten long names of targets and still tell them apart."""
    first, second = ("retail", "x" * 126 + "a"), ("retail", "x" * 126 + "b")
    for name in (names.next_table, names.replaced_table):
        assert len(name(first, STAMP)[1]) <= names.LONGEST_NAME
        assert name(first, STAMP) != name(second, STAMP)
    assert names.applied("etl_stage", first) != names.applied("etl_stage", second)
    assert len(names.applied("etl_stage", first)[1]) <= names.LONGEST_NAME


def test_soft_deletes_mark_and_unmark():
    """It should write the flag with every row, and leave marked rows out of what is held and published."""
    made = {one.file.rpartition("/")[2]: one for one in statements_of("retail", "customer_address")}
    assert '"is_deleted"' in made["insert_missing.sql"]
    assert "delete_gone.sql" not in made
    assert 'SET "is_deleted" = TRUE' in made["flag_gone.sql"]
    assert 'NOT "is_deleted"' in made["stage_held.sql"]


def test_moments_with_zones_lose_them_in_the_lake():
    """It should publish a moment with its zone as one without: external tables have no others."""
    pipeline = next(one for one in PIPELINES if one.name == "retail_postgres")
    table = LoadTable.of(pipeline.table("store_sales"))
    location = "s3://lake/published/x/load_id=1/"
    create = publishing.create_table(table, Identifier("retail_lake", "store_sales"), location)
    assert '"updated_at" timestamp\n' in create
    [write, _] = publishing.unload(table, location, pipeline.lake.role_arn)
    assert 'CAST("updated_at" AS timestamp) AS "updated_at"' in write
    assert "UNLOAD ('SELECT " in write


def test_hostile_partition_values_are_literals():
    """It should quote the values of partitions, and refuse folders that S3 paths cannot be checked for."""
    external, columns = Identifier("retail_lake", "t"), ["note"]
    dropped = Flip(added={}, moved={}, dropped=(("it's",),))
    [statement] = publishing.flips(external, columns, dropped)
    assert "DROP PARTITION (\"note\" = 'it''s')" in statement
    hostile = Flip(added={("x",): "s3://lake/x'; DROP TABLE y/"}, moved={}, dropped=())
    with pytest.raises(BadInput, match="S3 path"):
        list(publishing.flips(external, columns, hostile))


def test_many_partitions_are_added_hundred_by_hundred():
    """It should not put more partitions into one statement than Redshift takes."""
    added = {(str(number),): f"s3://lake/x/note={number}/" for number in range(250)}
    made = list(publishing.flips(Identifier("lake", "t"), ["note"], Flip(added=added, moved={}, dropped=())))
    assert [one.count("LOCATION") for one in made] == [100, 100, 50]


def test_grants_are_copied_for_certain_or_not_at_all():
    """It should copy what it understands, and refuse what it would have to guess."""
    row = {
        "privilege_type": "SELECT",
        "identity_type": "group",
        "identity_name": "analysts",
        "admin_option": False,
    }
    table = Identifier("retail", "t_next")
    assert grant(table, row).endswith('GRANT SELECT ON "retail"."t_next" TO GROUP "analysts"')
    public = row | {"identity_type": "public", "identity_name": "public"}
    assert grant(table, public).endswith("TO PUBLIC")
    with pytest.raises(BadInput, match="privilege"):
        grant(table, row | {"privilege_type": "SELECT; DROP"})
    with pytest.raises(BadInput, match="grantee"):
        grant(table, row | {"identity_name": 'x" WITH'})


def test_buckets_get_finer_until_rows_are_few():
    """It should divide buckets that differ so that each part has few rows, and keep to those buckets."""
    finer = Division(16).finer(["3", "5"], rows=10 * FEW)
    assert (finer.buckets, finer.outer, finer.within) == (16 * 5, 16, ("3", "5"))
    assert Division(16).finer(["3"], rows=1).buckets == 16
