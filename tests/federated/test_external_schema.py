"""External schemas as they are to be and as they are."""

import json
from dataclasses import replace

import pytest

from switchyard.errors import BadInput
from switchyard.federated import schema_statements as make
from switchyard.federated.external_schema import Definition, Outcome, Registered, compare, grants_to_keep
from switchyard.federated.grants import Grantee
from switchyard.redshift.identifiers import Identifier

ROLE = "arn:aws:iam::111111111111:role/warehouse"
SECRET = "arn:aws:secretsmanager:us-west-2:111111111111:secret:shop-abcdef"
MYSQL = Definition("shop", "mysql", "tpc", ROLE, "Shop.example.com", 3306, SECRET)
POSTGRES = replace(MYSQL, kind="postgres", port=5432, remote_schema="public")
LAKE = Definition("lake", "catalogue", "retail_lake", ROLE, region="us-west-2")
REGISTRY = Identifier("etl_stage", "external_schema_registry")


def row(definition, kind=None, database=None, oid=7, **changes):
    """What the warehouse shows of a schema that was made as defined, with options changed or, where None, hidden."""
    shown = {name: value for name, value in (definition.options | changes).items() if value is not None}
    kinds = {"catalogue": 1, "postgres": 3, "mysql": 8}
    return {
        "esoid": oid,
        "eskind": kind or kinds[definition.kind],
        "databasename": database or definition.database,
        "esoptions": json.dumps(shown),
    }


@pytest.mark.parametrize("definition", [MYSQL, POSTGRES, LAKE], ids=lambda one: one.kind)
def test_what_is_as_configured_matches(definition):
    """It should leave a schema as it is, whatever the case of its host, and know a missing one."""
    assert compare(definition, row(definition), None).outcome is Outcome.MATCH
    assert compare(definition, None, None).outcome is Outcome.ABSENT
    if definition.host:
        lower = row(definition, URI=definition.host.lower())
        assert compare(definition, lower, None).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (row(MYSQL, URI="old.example.com"), "URI is old.example.com, shop.example.com was expected"),
        (row(MYSQL, PORT="3307"), "PORT is 3307"),
        (row(MYSQL, SECRET_ARN=SECRET.replace("abcdef", "zzzzzz")), "SECRET_ARN is"),
        (row(MYSQL, IAM_ROLE=ROLE + "2"), "IAM_ROLE is"),
        (row(MYSQL, database="other"), "DATABASE is other"),
        (row(MYSQL, kind=3), "its kind is 3"),
        (row(MYSQL, URI="old.example.com", SECRET_ARN=None), "URI is old.example.com"),
    ],
    ids=["endpoint", "port", "secret", "role", "database", "kind", "endpoint, secret hidden"],
)
def test_drift_is_found(found, said):
    """It should see each part that is another, and say which."""
    compared = compare(MYSQL, found, None)
    assert compared.outcome is Outcome.DIFFERS
    assert said in compared.differences[0]


HIDDEN = [
    row(MYSQL, SECRET_ARN=None),
    row(MYSQL) | {"esoptions": "no JSON"},
    row(MYSQL) | {"esoptions": None},
    row(MYSQL) | {"esoptions": "[1]"},
]


@pytest.mark.parametrize("found", HIDDEN)
def test_what_is_hidden_is_taken_from_the_note(found):
    """It should trust its own note of a schema that the warehouse does not show, while it is the same schema."""
    assert compare(MYSQL, found, None).outcome is Outcome.UNKNOWN
    assert compare(MYSQL, found, Registered(7, MYSQL.fingerprint)).outcome is Outcome.MATCH
    assert compare(MYSQL, found, Registered(8, MYSQL.fingerprint)).outcome is Outcome.UNKNOWN
    other = replace(MYSQL, secret_arn=SECRET + "x")
    assert compare(MYSQL, found, Registered(7, other.fingerprint)).outcome is Outcome.DIFFERS


def test_every_part_is_in_the_fingerprint():
    """It should tell two definitions apart by whatever differs, but the case of a host."""
    others = [
        replace(MYSQL, host="x.example.com"),
        replace(MYSQL, port=1),
        replace(MYSQL, secret_arn="x"),
        replace(MYSQL, role_arn="x"),
        replace(MYSQL, database="x"),
        replace(LAKE, region="eu-west-1"),
        POSTGRES,
        LAKE,
        MYSQL,
    ]
    assert len({one.fingerprint for one in others}) == len(others)
    assert replace(MYSQL, host="SHOP.example.com").fingerprint == MYSQL.fingerprint


def test_grants_are_kept():
    """It should give the schema to whom it was given before, by configuration, by hand, and before a kill."""
    assert grants_to_keep(
        [{"kind": "group", "name": "analysts"}],
        [{"identity_type": "user", "identity_name": "mary "}, {"identity_type": "group", "identity_name": "analysts"}],
        [{"kind": "role", "name": "reports"}],
    ) == [
        {"kind": "group", "name": "analysts"},
        {"kind": "role", "name": "reports"},
        {"kind": "user", "name": "mary"},
    ]  # fmt: skip


def test_notes_are_read_as_written():
    """It should tell a schema that was made from one that a run had begun to make anew."""
    grants = [{"kind": "role", "name": "reports"}]
    begun = {"schema_oid": None, "fingerprint": None, "grants": json.dumps(grants)}
    assert make.read_note([begun]) == (None, grants)
    made = {"schema_oid": 7, "fingerprint": MYSQL.fingerprint, "grants": json.dumps(grants)}
    assert make.read_note([made]) == (Registered(7, MYSQL.fingerprint), [])
    assert make.read_note([]) == (None, [])


def test_statements_say_port_and_no_schema_in_mysql():
    """It should write what each kind of schema takes, the port always."""
    mysql, postgres, lake = (str(make.create(one)) for one in (MYSQL, POSTGRES, LAKE))
    assert "URI 'Shop.example.com' PORT 3306" in mysql
    assert "SCHEMA 'public'" not in mysql
    assert "DATABASE 'tpc' SCHEMA 'public'" in postgres
    assert "CREATE EXTERNAL DATABASE IF NOT EXISTS" in lake
    assert "SECRET_ARN" not in lake


HOSTILE = ["x'; DROP TABLE y; --", "x\\", "x\ny", "\u2018x\u2019", "x$$y", ""]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["name", "host", "role_arn", "secret_arn"])
def test_hostile_texts_stop_at_the_statement(field, text):
    """It should refuse in each place what is no name, host or ARN, although configuration lets none through."""
    with pytest.raises(BadInput, match=r"it (is no|is not|holds|has)"):
        make.create(replace(MYSQL, **{field: text}))


def test_a_hostile_database_stays_within_its_quotes():
    """It should double quotes within a name, and refuse what could end them otherwise."""
    assert "DATABASE 'x''; DROP TABLE y; --'" in make.create(replace(MYSQL, database="x'; DROP TABLE y; --"))
    with pytest.raises(BadInput, match="backslash"):
        make.create(replace(MYSQL, database="x\\"))


@pytest.mark.parametrize("name", ['r"; GRANT ALL', "r'", "r\\", "r\n", ""])
def test_hostile_grantees_are_refused(name):
    """It should quote names as users may have them, and none that could be more than a name."""
    assert Grantee("user", "IAMR:loader@example").sql() == '"IAMR:loader@example"'
    assert Grantee("group", "analysts").sql() == 'GROUP "analysts"'
    assert Grantee("public", "").sql() == "PUBLIC"
    with pytest.raises(BadInput, match="grantee"):
        Grantee("role", name)
    with pytest.raises(BadInput, match="no kind of grantee"):
        Grantee("everybody", "x")


def test_the_note_is_one_transaction_of_data():
    """It should write what it notes as literals, whatever a grantee is called."""
    statements = make.note(MYSQL, REGISTRY, [{"kind": "user", "name": "o'hara"}], 7)
    assert "DELETE FROM" in statements[0]
    assert "o''hara" in statements[1]
    assert MYSQL.fingerprint in statements[1]
    assert MYSQL.fingerprint not in make.note(MYSQL, REGISTRY, [], None)[1]
