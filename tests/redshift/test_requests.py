"""Requests: batches with their settings, parameters, tokens, results and errors."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from switchyard.errors import BadInput, CheckFailed, NotAllowed
from switchyard.redshift.errors import Kind, StatementFailed, classify, shown
from switchyard.redshift.failures import failure_of
from switchyard.redshift.parameters import bound
from switchyard.redshift.request import make_request
from switchyard.redshift.results import read_page
from switchyard.redshift.settings import Settings
from switchyard.redshift.tokens import Work, run_prefix
from switchyard.sql import RedshiftSql

ETL = Settings(query_group="etl", statement_timeout=timedelta(minutes=5))


def request(sql, session=None, **parameters):
    return make_request(sql, parameters, session or Settings(), purpose="apply", external_schemas={"shop"})


def test_a_text_goes_alone():
    """It should send one statement by itself, without parameters where it has none."""
    made = request("SELECT 1")
    assert (made.operation, made.arguments(), made.settings) == (
        "execute_statement",
        {"Sql": "SELECT 1"},
        None,
    )


def test_a_list_is_a_transaction():
    """It should send a list as a batch, also one of a single statement."""
    made = request(["LOCK t", "DELETE FROM t WHERE a = :a"], a=7)
    assert made.operation == "batch_execute_statement"
    assert made.arguments() == {
        "Sqls": ["LOCK t", "DELETE FROM t WHERE a = :a"],
        "Parameters": [{"name": "a", "value": "7"}],
    }
    assert request(["SELECT 1"]).operation == "batch_execute_statement"


def test_settings_go_with_the_work():
    """It should send SETs in the batch of the statement they are for, as they last no longer."""
    made = request("EXPLAIN SELECT a FROM shop.t", ETL)
    assert made.statements == (
        "SET query_group TO 'etl'",
        "SET statement_timeout TO 300000",
        "EXPLAIN SELECT a FROM shop.t",
    )
    assert (made.settings, made.operation) == (2, "batch_execute_statement")
    every = Settings(case_sensitive=True, read_committed=True)
    assert request("SELECT 1", every).statements[:2] == (
        "SET enable_case_sensitive_identifier TO TRUE",
        "SET pg_federation_repeatable_read TO FALSE",
    )


def test_what_stands_alone_goes_without_settings():
    """It should not put a VACUUM into a transaction for the sake of its queue, nor drop a setting it needs."""
    assert request("VACUUM sales.orders", ETL).arguments() == {"Sql": "VACUUM sales.orders"}
    with pytest.raises(NotAllowed, match="it needs a setting of its session"):
        request('DROP TABLE shop."Orders"', Settings(case_sensitive=True))
    with pytest.raises(NotAllowed, match="VACUUM cannot be part of a transaction"):
        request(["VACUUM sales.orders"])


def test_a_setting_cannot_smuggle():
    """It should quote the name of a queue."""
    assert Settings(query_group="a'; DROP TABLE t; --").statements() == [
        "SET query_group TO 'a''; DROP TABLE t; --'"
    ]


def test_parameters_are_texts():
    """It should render values as one renderer does, in the order of their names."""
    values = {
        "t": datetime(2026, 3, 1, tzinfo=UTC),
        "d": date(2026, 3, 1),
        "n": Decimal("1E+2"),
        "i": -3,
        "s": "o'hara; \\",
    }
    assert bound(values, ["SELECT :s, :i, :n", "SELECT :d, :t"]) == [
        {"name": "d", "value": "2026-03-01"},
        {"name": "i", "value": "-3"},
        {"name": "n", "value": "100"},
        {"name": "s", "value": "o'hara; \\"},
        {"name": "t", "value": "2026-03-01 00:00:00.000000"},
    ]


@pytest.mark.parametrize(
    ("sql", "values", "problem"),
    [
        ("SELECT 1", {"a": 1}, "no statement uses it"),
        ("SELECT ':a', \":a\", x::a -- :a", {"a": 1}, "no statement uses it"),
        ("SELECT :a, :b", {"a": 1}, "'b': a statement uses it, and no value"),
        ("SELECT :a", {"a": None}, "NoneType like this cannot be bound"),
        ("SELECT :a", {"a": ""}, "str like this cannot be bound"),
        ("SELECT :a", {"a": 1.5}, "float like this cannot be bound"),
        ("SELECT :a", {"a": True}, "bool like this cannot be bound"),
        ("SELECT :a", {"a": Decimal("NaN")}, "Decimal like this cannot be bound"),
        ("SELECT :a", {"a": datetime(2026, 3, 1)}, "it has no time zone"),  # noqa: DTZ001
        ("SELECT :a", {"a": 1, "b c": 1}, "it is no name of a parameter"),
    ],
)
def test_parameters_and_statements_name_the_same(sql, values, problem):
    """It should refuse what the Data API refuses or would misunderstand."""
    with pytest.raises(BadInput, match=problem):
        bound(values, [sql])


def work(**changed):
    told = {
        "dag_id": "load",
        "run_id": "manual__1",
        "task_id": "apply",
        "map_index": -1,
        "max_tries": 0,
        "purpose": "apply",
        "attempt": 1,
    }
    return Work(**told | changed)


TARGET = {"WorkgroupName": "w", "Database": "d"}


def test_equal_works_have_one_token():
    """It should make a token that the Data API takes, the same on every machine."""
    token = work().token(["SELECT 1"], [{"name": "a", "value": "1"}], TARGET)
    assert token == work().token(
        ("SELECT 1",), ({"value": "1", "name": "a"},), dict(reversed(TARGET.items()))
    )
    assert (len(token), int(token, 16) > 0) == (64, True)


def test_other_works_have_other_tokens():
    """It should tell apart works that differ in anything, wherever one part ends and the next begins."""
    tokens = [
        work(**changed).token(statements, parameters, target)
        for changed, statements, parameters, target in [
            ({}, ["a", "b"], [], TARGET),
            ({}, ["a,b"], [], TARGET),
            ({}, ["a", "b"], [{"name": "x", "value": "1"}], TARGET),
            ({}, ["a", "b"], [], TARGET | {"Database": "e"}),
            ({"dag_id": "load2"}, ["a", "b"], [], TARGET),
            ({"dag_id": "loadmanual__1", "run_id": ""}, ["a", "b"], [], TARGET),
            ({"run_id": "manual__2"}, ["a", "b"], [], TARGET),
            ({"task_id": "stage"}, ["a", "b"], [], TARGET),
            ({"map_index": 1}, ["a", "b"], [], TARGET),
            ({"max_tries": 1}, ["a", "b"], [], TARGET),
            ({"attempt": 2}, ["a", "b"], [], TARGET),
            ({"purpose": "again"}, ["a", "b"], [], TARGET),
        ]
    ]
    assert len(set(tokens)) == len(tokens)


def test_names_lead_to_the_run():
    """It should name a statement after its task, within the length that the Data API takes."""
    assert work().statement_name == "load.manual__1.apply.-1.0.1.apply"
    assert work().statement_name.startswith(run_prefix("load", "manual__1"))
    assert len(work(purpose="x" * 3000).statement_name) == 2048


def column(type_name, name="a"):
    return {"name": name, "label": name, "typeName": type_name}


@pytest.mark.parametrize(
    ("type_name", "field", "value"),
    [
        ("int4", {"longValue": 7}, 7),
        ("int8", {"stringValue": "7"}, 7),
        ("numeric", {"stringValue": "12.50"}, Decimal("12.50")),
        ("float8", {"doubleValue": 1.5}, 1.5),
        ("bool", {"booleanValue": False}, False),
        ("varchar", {"stringValue": "7"}, "7"),
        ("varchar", {"stringValue": ""}, ""),
        ("date", {"stringValue": "2026-03-01"}, date(2026, 3, 1)),
        ("timestamp", {"stringValue": "2026-03-01 01:02:03.5"}, datetime(2026, 3, 1, 1, 2, 3, 500000)),  # noqa: DTZ001
        ("timestamptz", {"stringValue": "2026-03-01 01:02:03+00"}, datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)),
        ("time", {"stringValue": "01:02:03"}, time(1, 2, 3)),
        ("super", {"stringValue": "[1]"}, "[1]"),
        ("varbyte", {"blobValue": b"\x01"}, b"\x01"),
        ("int4", {"isNull": True}, None),
    ],
)
def test_values_are_typed_by_their_columns(type_name, field, value):
    """It should give Python's values, and texts where a column holds texts."""
    (row,) = read_page({"ColumnMetadata": [column(type_name.upper())], "Records": [[field]]})
    assert (row, type(row["a"])) == ({"a": value}, type(value))


def test_no_column_hides_another():
    """It should refuse a result in which a name stands for two columns."""
    page = {
        "ColumnMetadata": [column("int4"), column("int4")],
        "Records": [[{"longValue": 1}, {"longValue": 2}]],
    }
    with pytest.raises(CheckFailed, match="two of its columns bear the same name"):
        read_page(page)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("ERROR: 1023 DETAIL: Serializable isolation violation on table - 123, in a cycle", "conflict"),
        ("ERROR: could not complete because of conflict with concurrent transaction Code: 1018", "conflict"),
        ("ERROR: 1023", "conflict"),
        ("ERROR: Value 1023 out of range", "other"),
        ("ERROR: Query (12) cancelled on user's request", "cancelled"),
        ("ERROR: canceling statement due to statement timeout", "timeout"),
        ("ERROR: Error occurred while trying to get secret: SecretsManager GetSecretValue", "secret"),
        ("ERROR: Access denied for user 'reader'@'10.0.0.1' (using password: YES)", "secret"),
        ("ERROR: could not connect to server: Connection refused", "connection"),
        ("ERROR: Unable to connect to endpoint", "connection"),
        ("ERROR: SSL SYSCALL error: EOF detected", "connection"),
        ("ERROR: Disk Full DETAIL: error: Disk Full code: 1016 context: node: 0", "space"),
        ("ERROR: Disk full (/tmp/#sql-temptable); waiting for someone to free some space", "space"),
        ("ERROR: could not extend file \"base/1/2\": No space left on device", "space"),
        ("ERROR: S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown", "storage"),
        ("ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied", "permission"),
        ("ERROR: SELECT command denied to user 'reader' for table 'orders'", "permission"),
        ("ERROR: permission denied for schema shop", "permission"),
        ("ERROR: must be owner of relation orders", "permission"),
        ("ERROR: relation \"a.b\" does not exist", "absent"),
        ("ERROR: Table 'shop.orders' doesn't exist", "absent"),
        ("ERROR: syntax error at or near \"WHERE\"", "syntax"),
        ("ERROR: Value too long for character type", "other"),
    ],
)  # fmt: skip
def test_errors_are_sorted(message, kind):
    """It should tell from Redshift's words what a failure asks for."""
    assert classify(message) == kind


def failed(*errors, status="FAILED", settings=0, error=None):
    sql = [RedshiftSql(f"SELECT {number}") for number in range(len(errors) - settings)]
    for number, one in enumerate(sql):
        one.file = f"redshift/apply/{number}.sql"
    made = request(sql, ETL if settings else None) if errors else request("SELECT 1")
    description = {"Id": "x", "Status": status, "QueryString": "SELECT 'hidden'"}
    if errors:
        texts = [{"QueryString": "SELECT 'hidden'"} | ({"Error": one} if one else {}) for one in errors]
        description["SubStatements"] = texts
    if error:
        description["Error"] = error
    return failure_of("apply: apply (x)", made, description)


def test_each_part_tells_its_error():
    """It should name the part and file of every error, in Redshift's words, and nothing of the statements."""
    failure = failed(None, 'ERROR: syntax error at or near "x"', "ERROR: second")
    assert str(failure).startswith(
        'apply: apply (x): statement 2 of 3 (redshift/apply/1.sql): ERROR: syntax error at or near "x"; '
        "statement 3 of 3 (redshift/apply/2.sql): ERROR: second."
    )
    assert (failure.kind, "hidden" in str(failure)) == (Kind.SYNTAX, False)


def test_settings_are_not_counted_as_parts():
    """It should count parts as the caller does, and tell a setting's error as such."""
    assert "statement (redshift/apply/0.sql): ERROR: x" in str(failed(None, None, "ERROR: x", settings=2))
    assert "setting 2: ERROR: y" in str(failed(None, "ERROR: y", None, settings=2))


def test_a_statement_alone_tells_its_own_error():
    """It should use the request's error, or its status where there is none."""
    assert "ERROR: permission denied" in str(failed(error="ERROR: permission denied\nfor t"))
    assert failed(error="ERROR: permission denied").kind is Kind.PERMISSION
    assert "it is ABORTED" in str(failed(status="ABORTED"))
    assert failed(status="ABORTED").kind is Kind.CANCELLED


def test_messages_are_short():
    """It should show one line of bounded length."""
    assert shown("a\n  b") == "a b"
    assert len(shown("x" * 10_000)) == 500


def test_failures_survive_a_journey():
    """It should keep its parts between processes."""
    failure = StatementFailed.of("what", "found", Kind.CONFLICT)
    copy = pickle.loads(pickle.dumps(failure))  # noqa: S301 - made here
    assert (str(copy), copy.kind) == (str(failure), Kind.CONFLICT)
