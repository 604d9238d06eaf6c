"""External schemas that are made, mended and left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.seed.worlds.warehouse import ADMINISTRATOR, LOGIN
from switchyard.errors import CheckFailed
from switchyard.operators.federated.ensure_schemas import EnsureExternalSchemasOperator
from switchyard.operators.federated.places import source_definition
from switchyard.redshift.errors import StatementFailed
from tests.support.federated_steps import LoadSteps, shipped, table
from tests.support.redshift_steps import Killed

COLUMNS = {"id": "bigint", "updated_at": "timestamp"}


@pytest.fixture(scope="module")
def source_table(mysql):
    """A table at the source whose schemas the tests make."""
    mysql.edit(
        "CREATE TABLE watched (id BIGINT PRIMARY KEY, updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"
        " ON UPDATE CURRENT_TIMESTAMP(6), INDEX changed (updated_at))"
    )
    for who in ("CREATE GROUP reports", "CREATE USER mary PASSWORD DISABLE"):
        mysql.ask(who)
    return table("watched", COLUMNS)


@pytest.fixture
def steps(mysql, source_table, request):
    """The steps over an external schema of the test's own."""
    schema = request.node.name.partition("[")[0].removeprefix("test_")[:60]
    mysql.ask(f"DROP SCHEMA IF EXISTS {schema}")
    return LoadSteps(mysql, [source_table], source={"external_schema": schema})


def schema_of(steps):
    """How the warehouse shows the test's external schema."""
    name = steps.source["external_schema"]
    rows = steps.world.ask(f"SELECT esoid, esoptions FROM svv_external_schemas WHERE schemaname = '{name}'")
    return rows[0] if rows else None


def grantees(steps):
    """Who may use it."""
    name = steps.source["external_schema"]
    rows = steps.world.ask(
        "SELECT DISTINCT identity_type, identity_name FROM svv_schema_privileges"
        f" WHERE namespace_name = '{name}' AND privilege_type = 'USAGE'"
    )
    return {(row["identity_type"].strip(), row["identity_name"].strip()) for row in rows}


def test_a_missing_schema_is_made(steps):
    """It should make the schema with its grants, prove that the source answers, and leave it alone afterwards."""
    made = steps.ensure_schemas().run()
    steps.ensure_targets().run()
    assert made["outcomes"] == {steps.source["external_schema"]: "absent"}
    assert ("group", "analysts") in grantees(steps)
    before = schema_of(steps)
    again = steps.ensure_schemas().run()
    assert again["outcomes"] == {steps.source["external_schema"]: "match"}
    assert schema_of(steps) == before


def other_secret(steps):
    """A second login of Redshift's, with the content of the first."""
    secrets = steps.world.client("secretsmanager")
    content = secrets.get_secret_value(SecretId="switchyard/retail-mysql/warehouse")["SecretString"]
    names = {one["Name"] for one in secrets.list_secrets()["SecretList"]}
    name = "switchyard/retail-mysql/warehouse-other"
    if name not in names:
        secrets.create_secret(Name=name, SecretString=content)
    return name


DRIFT = {
    "URI": lambda _steps: {"endpoint": "instance", "instance_id": "retail-mysql-1"},
    "SECRET_ARN": lambda steps: {"federated_secret_id": other_secret(steps)},
    "IAM_ROLE": lambda _steps: {
        "federated_role_arn": "arn:aws:iam::111111111111:role/switchyard-warehouse-lake"
    },
}


@pytest.mark.parametrize("what", DRIFT)
def test_drift_is_mended_with_grants_kept(steps, what):
    """It should make a schema anew that has another endpoint, secret or role, and give it to whom it was given."""
    steps.ensure_schemas().run()
    name = steps.source["external_schema"]
    steps.world.ask(f"GRANT USAGE ON SCHEMA {name} TO GROUP reports")
    steps.world.ask(f"GRANT USAGE ON SCHEMA {name} TO mary")
    before, given = schema_of(steps), grantees(steps)
    steps.source = {**steps.source, **DRIFT[what](steps)}
    mended = steps.ensure_schemas().run()
    assert mended["outcomes"] == {name: "differs"}
    assert what in mended["differences"][0]
    assert schema_of(steps)["esoid"] != before["esoid"]
    assert grantees(steps) >= given >= {("group", "reports"), ("user", "mary"), ("group", "analysts")}
    assert steps.ensure_schemas().run()["outcomes"] == {name: "match"}


def test_a_role_that_may_not_read_the_secret_is_told(steps):
    """It should mend a changed role, too, and say so when the new one cannot log in."""
    steps.ensure_schemas().run()
    steps.source = {**steps.source, **DRIFT["IAM_ROLE"](steps)}
    steps.ensure_schemas().run()
    steps.world.sandbox.choose(iam_policies="enforced")
    try:
        with pytest.raises(StatementFailed, match="not authorized to perform: secretsmanager:GetSecretValue"):
            steps.ensure_targets().run()
    finally:
        steps.world.sandbox.choose(iam_policies="ignored")
    assert "switchyard-warehouse-lake" in schema_of(steps)["esoptions"]


def test_a_killed_mending_gives_grants_back(steps):
    """It should lose no grant, wherever it is killed, whether it is tried again or cleared."""
    name = steps.source["external_schema"]
    endpoints = ({"endpoint": "instance", "instance_id": "retail-mysql-1"}, {"endpoint": "writer"})
    steps.ensure_schemas().run()
    steps.world.ask(f"GRANT USAGE ON SCHEMA {name} TO GROUP reports")
    given, deaths = grantees(steps), 0
    for lives in range(2, 200, 3):
        steps.source = {"external_schema": name, **endpoints[deaths % 2]}
        task = steps.ensure_schemas()
        task.store.lives = lives
        try:
            task.run()
            break
        except Killed:
            deaths += 1
            task.store.lives = -1
            if deaths % 4 < 2:
                task.clear()
            task.run()
        assert grantees(steps) == given, lives
    assert deaths > 5
    assert steps.ensure_schemas().run()["outcomes"] == {name: "match"}


def test_an_admin_makes_what_the_loader_may_only_use(steps):
    """It should make and mend the schema with a login of its own, and let the loader read through it."""
    world, name = steps.world, steps.source["external_schema"]
    secret = world.client("secretsmanager").describe_secret(SecretId=LOGIN)["ARN"]
    shipped_warehouse = shipped("retail").warehouse.model_dump(mode="json")
    [loader] = world.ask("SELECT CURRENT_USER AS name")
    admin = {"warehouse": shipped_warehouse | {"secret_arn": secret}, "loader": loader["name"]}
    assert steps.ensure_schemas(**admin).run()["outcomes"] == {name: "absent"}
    assert ("user", loader["name"]) in grantees(steps)
    steps.ensure_targets().run()
    steps.source = {**steps.source, **DRIFT["URI"](steps)}
    assert steps.ensure_schemas(**admin).run()["outcomes"] == {name: "differs"}
    owners = (
        "SELECT usename FROM svv_external_schemas JOIN pg_user ON usesysid = esowner"
        f" WHERE schemaname = '{name}'"
    )
    assert world.ask(owners) == [{"usename": ADMINISTRATOR}]
    assert ("user", loader["name"]) in grantees(steps)


def test_columns_that_redshift_does_not_see_are_named(steps):
    """It should tell that Redshift's own login reads less than the pipeline's."""
    steps.tables = [table("watched", {**COLUMNS, "hidden": "varchar(9)"})]
    steps.ensure_schemas().run()
    with pytest.raises(
        CheckFailed, match=r"Redshift does not see watched.hidden.*switchyard/retail-mysql/warehouse"
    ):
        steps.ensure_targets().run()


def test_the_lake_has_a_schema_of_its_own(steps):
    """It should make the schema over the catalogue's database beside that over the source."""
    lake = shipped("retail").lake.model_dump(mode="json")
    steps.lake = lake | {"external_schema": "kept_lake"}
    assert set(steps.ensure_schemas().run()["outcomes"]) == {steps.source["external_schema"], "kept_lake"}
    assert steps.ensure_schemas().run()["outcomes"]["kept_lake"] == "match"


def test_what_is_hidden_is_noted(steps, monkeypatch):
    """It should make a schema of unknown origin once, and know it by its note from then on."""
    steps.ensure_schemas().run()
    steps.world.ask("DELETE FROM etl_stage.external_schema_registry WHERE TRUE")
    real = EnsureExternalSchemasOperator.rows

    def hiding(operator, context, purpose, part=None):
        found = real(operator, context, purpose, part)
        return [row | {"esoptions": "{}"} if "esoptions" in row else row for row in found]

    monkeypatch.setattr(EnsureExternalSchemasOperator, "rows", hiding)
    name = steps.source["external_schema"]
    assert steps.ensure_schemas().run()["outcomes"] == {name: "unknown"}
    assert steps.ensure_schemas().run()["outcomes"] == {name: "match"}


def test_the_definition_follows_the_source(steps):
    """It should take host and port from RDS, and the secret's ARN from Secrets Manager, each time."""
    pipeline = shipped("retail").source.model_dump(mode="json", by_alias=True)
    found = source_definition(steps.world.client, pipeline)
    rds = steps.world.client("rds")
    [cluster] = rds.describe_db_clusters(DBClusterIdentifier="retail-mysql")["DBClusters"]
    assert (found.host, found.port) == (cluster["Endpoint"], cluster["Port"])
    assert found.secret_arn.startswith(
        "arn:aws:secretsmanager:us-west-2:111111111111:secret:switchyard/retail-mysql/"
    )
    instance = source_definition(
        steps.world.client, pipeline | {"endpoint": "instance", "instance_id": "retail-mysql-1"}
    )
    [member] = rds.describe_db_instances(DBInstanceIdentifier="retail-mysql-1")["DBInstances"]
    assert instance.host == member["Endpoint"]["Address"] != found.host
    assert replace(found, host=instance.host).fingerprint == replace(instance, port=found.port).fingerprint
