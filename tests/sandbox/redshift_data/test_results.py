from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from sandbox.redshift_data.quotas import quotas
from sandbox.redshift_data.results import field, lines
from tests.support.dms import refused


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, {"isNull": True}),
        (False, {"booleanValue": False}),
        (7, {"longValue": 7}),
        (0.5, {"doubleValue": 0.5}),
        ("", {"stringValue": ""}),
        (Decimal("1.50"), {"stringValue": "1.50"}),
        (Decimal("1E+3"), {"stringValue": "1000"}),
        (b"\x00\xff", {"blobValue": b"\x00\xff"}),
        (date(2026, 1, 2), {"stringValue": "2026-01-02"}),
        (time(3, 4, 5), {"stringValue": "03:04:05"}),
        (time(3, 4, 5, 600), {"stringValue": "03:04:05.0006"}),
        (datetime(2026, 1, 2, 3, 4, 5), {"stringValue": "2026-01-02 03:04:05"}),  # noqa: DTZ001
        (datetime(2026, 1, 2, 3, 4, 5, 60, UTC), {"stringValue": "2026-01-02 03:04:05.00006+00"}),
        (
            datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=5.5))),
            {"stringValue": "2026-01-02 00:00:00+05:30"},
        ),
        ({"a": [1, Decimal("0.5")]}, {"stringValue": '{"a":[1,"0.5"]}'}),
    ],
)
def test_values_by_type(value, shown):
    """It should give numbers, truth and bytes as such, decimals, dates and all else as texts."""
    assert field(value) == shown


def test_result_as_the_client_sees_it(api):
    """It should have values by type and say of which type each column is."""
    statement = api.run(
        "select 1 as i, 2.50::decimal(9,2) as d, 0.5::float8 as f, true as b, 'x'::varchar(3) as t, "
        "null as n, timestamp '2026-01-02 03:04:05.25' as m, date '2026-01-02' as day"
    )["Id"]
    answer = api.data.get_statement_result(Id=statement)
    assert api.result(statement) == [
        (1, "2.50", 0.5, True, "x", None, "2026-01-02 03:04:05.25", "2026-01-02")
    ]
    columns = {one["name"]: one for one in answer["ColumnMetadata"]}
    kinds = [columns[name]["typeName"] for name in ("i", "d", "f", "b", "t", "m", "day")]
    assert kinds == ["int4", "numeric", "float8", "bool", "varchar", "timestamp", "date"]
    assert (columns["d"]["precision"], columns["d"]["scale"]) == (9, 2)
    assert answer["TotalNumRows"] == 1


def test_result_comes_in_pages(api):
    """It should give 1,000 rows at once, and a token for the rest."""
    statement = api.run("select generate_series from generate_series(1, 2500)")["Id"]
    first = api.data.get_statement_result(Id=statement)
    assert (len(first["Records"]), first["TotalNumRows"]) == (1000, 2500)
    assert sorted(api.result(statement)) == [(number,) for number in range(1, 2501)]
    last = api.data.get_statement_result(
        Id=statement,
        NextToken=api.data.get_statement_result(Id=statement, NextToken=first["NextToken"])["NextToken"],
    )
    assert (len(last["Records"]), "NextToken" in last) == (500, False)
    assert "NextToken" in refused(
        "ValidationException", api.data.get_statement_result, Id=statement, NextToken="nonsense"
    )


def test_result_without_rows(api):
    """It should be a result all the same."""
    found = api.run("select 1 as a where false")
    assert (found["HasResultSet"], found["ResultRows"]) == (True, 0)
    answer = api.data.get_statement_result(Id=found["Id"])
    assert (answer["Records"], answer["TotalNumRows"]) == ([], 0)
    assert [one["name"] for one in answer["ColumnMetadata"]] == ["a"]


def test_result_as_csv(api):
    """It should be lines where that was asked for, and had by that operation alone."""
    quotas.page_rows = 2
    sql = "select id, note from (values (1, 'a,b'), (2, null), (3, 'c')) as t(id, note) order by id"
    statement = api.run(sql, ResultFormat="CSV")["Id"]
    first = api.data.get_statement_result_v2(Id=statement)
    assert first["Records"] == [{"CSVRecords": '1,"a,b"\n2,\n'}]
    assert (first["ResultFormat"], first["TotalNumRows"]) == ("CSV", 3)
    rest = api.data.get_statement_result_v2(Id=statement, NextToken=first["NextToken"])
    assert rest["Records"] == [{"CSVRecords": "3,c\n"}]
    refused("ValidationException", api.data.get_statement_result, Id=statement)
    other = api.run("select 1")["Id"]
    refused("ValidationException", api.data.get_statement_result_v2, Id=other)


def test_lines_of_csv():
    """It should write nulls as nothing and quote what needs it."""
    assert lines([(1, None, 'say "x"'), (True, Decimal("0.10"), "")]) == '1,,"say ""x"""\ntrue,0.10,\n'
