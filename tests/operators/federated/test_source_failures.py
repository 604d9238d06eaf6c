"""Sources that change under a run, between its checks and its reading."""

from __future__ import annotations

import json

import pytest

from switchyard.redshift.errors import Kind, StatementFailed
from tests.support.federated_steps import LoadSteps, table

COLUMNS = {"id": "bigint", "note": "varchar(9)", "price": "decimal(7,2)", "updated_at": "timestamp"}
LOGIN = {"username": "reader_of_one", "password": "Long-enough-1"}
SECRET = "switchyard/retail-mysql/warehouse-one"
MAKE = """
CREATE TABLE {name} (
  id BIGINT PRIMARY KEY, note VARCHAR(9), price DECIMAL(7,2),
  updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, INDEX changed (updated_at)
)
"""
ROW = "INSERT INTO {name} VALUES (1, 'a', 1.25, '2026-01-10 12:00:00')"
NAME = "changing"
WHO = LOGIN["username"]
REFUSED = "Access denied for user"
CHANGES = {
    "column dropped": (f"ALTER TABLE {NAME} DROP COLUMN note", Kind.ABSENT, r"note.*does not exist"),
    "column retyped": (
        f"ALTER TABLE {NAME} MODIFY price VARCHAR(9)",
        Kind.OTHER,
        r"convert string \*\*\* to DECIMAL",
    ),
    "table dropped": (f"DROP TABLE {NAME}", Kind.ABSENT, rf"{NAME}.*does not exist"),
    "right taken away": (f"REVOKE SELECT ON {NAME} FROM {WHO}", Kind.SECRET, REFUSED),
    "password changed": (f"ALTER USER {WHO} IDENTIFIED BY 'Other-1'", Kind.SECRET, REFUSED),
}
"""What is done to the source, the kind of error that it leads to, and what that says."""


@pytest.fixture
def steps(mysql):
    """The steps up to the guard, over a login that may read the test's table alone, and a target with a row."""
    secrets = mysql.client("secretsmanager")
    if SECRET not in {one["Name"] for one in secrets.list_secrets()["SecretList"]}:
        secrets.create_secret(Name=SECRET, SecretString=json.dumps(LOGIN))
    mysql.edit(
        f"DROP TABLE IF EXISTS {NAME}",
        MAKE.format(name=NAME),
        ROW.format(name=NAME),
        f"DROP USER IF EXISTS {LOGIN['username']}",
        f"CREATE USER {LOGIN['username']} IDENTIFIED BY '{LOGIN['password']}'",
        f"GRANT SELECT ON {NAME} TO {LOGIN['username']}",
    )
    source = {"federated_secret_id": SECRET, "external_schema": "retail_one"}
    made = LoadSteps(mysql, [table(NAME, COLUMNS)], source=source)
    made.ensure()
    made.guard().run()
    mysql.ask(f"DELETE FROM retail.{NAME} WHERE TRUE")
    mysql.ask(f"INSERT INTO retail.{NAME} (id, updated_at) VALUES (99, '2026-01-01')")
    return made


@pytest.mark.parametrize("change", CHANGES)
def test_a_source_that_changes_under_a_run_stops_it(steps, change):
    """It should end with one error of its kind that names what is wrong, and leave target and stage alone."""
    how, kind, said = CHANGES[change]
    steps.world.edit(how)
    if change == "column retyped":
        steps.world.edit(f"UPDATE {NAME} SET price = 'cheap', updated_at = updated_at")
    before = steps.rows_of(f"retail.{NAME}")
    with pytest.raises(StatementFailed, match=said) as failure:
        steps.stage().run()
    assert failure.value.kind is kind
    assert failure.value.remedy
    assert "cheap" not in str(failure.value), "values of rows are not for logs"
    assert steps.rows_of(f"retail.{NAME}") == before
    stages = "SELECT table_name FROM svv_redshift_tables WHERE table_name LIKE :name"
    assert steps.world.ask(stages, name=f"{NAME}_%") == []
