"""Stages that must not reach their target."""

from datetime import UTC, datetime, timedelta

import pytest

from switchyard.errors import BadInput, CheckFailed
from switchyard.federated.stage_checks import judge, overfetched, statements
from switchyard.federated.windows import window
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.linter import problems

STAGE = Identifier("etl_stage", "orders_1")
WINDOW = window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), timedelta(minutes=5))


def row(check, found, verdict="pass", column=None):
    return {"check_name": check, "column_name": column, "found": found, "verdict": verdict}


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (row("rows", 0, "fail"), "no row has come from the source"),
        (row("null_keys", 3, "fail"), "3 rows have a NULL in their key"),
        (row("duplicate_keys", 2, "fail"), "2 keys occur more than once"),
        (row("bounds", 4, "fail"), "4 rows lie outside the window"),
        (row("lengths", 5, "fail", "note"), r"5 values of note are longer in bytes than varchar\(10\)"),
    ],
)
def test_each_finding_is_one_clear_error(failed, said, table):
    """It should name the table, what was found and what to do."""
    with pytest.raises(CheckFailed, match=f"stage of orders: {said}"):
        judge(table(), [row("rows", 7), failed])


def test_all_findings_are_told_at_once(table):
    """It should not make a person mend one thing after the other."""
    with pytest.raises(CheckFailed, match="3 rows have a NULL in their key; 2 keys occur more than once"):
        judge(table(), [row("null_keys", 3, "fail"), row("duplicate_keys", 2, "fail")])


def test_a_good_stage_tells_its_rows(table):
    """It should hand on how many rows there are."""
    assert judge(table(), [row("rows", 7), row("null_keys", 0)]).rows == 7


def test_checks_follow_the_table(table):
    """It should look for bounds where there is a window, for lengths where there are texts, in statements that run."""
    merge = statements(table(), STAGE, WINDOW)
    assert [one.file.rpartition("/")[2] for one in merge] == [
        "count_stage_rows.sql",
        "find_null_keys.sql",
        "find_duplicate_keys.sql",
        "find_rows_outside_window.sql",
        "find_long_texts.sql",
    ]
    assert "'2025-12-31 23:55:00.000000'" in merge[3]
    assert 'OCTET_LENGTH("note") > 10' in merge[4]
    assert 'OCTET_LENGTH(RTRIM("code")) > 2' in merge[4]
    swap = statements(table(mode="swap", watermark=None, columns={"id": "bigint"}), STAGE, WINDOW)
    assert len(swap) == 3
    assert [list(problems(one, in_batch=True)) for one in (*merge, *swap)] == [[]] * 8


def test_an_empty_swap_always_fails(table):
    """It should never replace a target by nothing, and let windows be empty where that is configured."""
    assert "'fail'" in statements(table(mode="swap"), STAGE, WINDOW)[0]
    assert "'fail'" in statements(table(zero_rows="fail"), STAGE, WINDOW)[0]
    assert "'fail'" not in statements(table(), STAGE, WINDOW)[0]


def test_more_rows_than_staged_are_told(table):
    """It should say when the source sent what the window does not have, and nothing where nobody knows."""
    assert overfetched(table(), 10_000, [{"fetched": 12_000}]) is None
    assert overfetched(table(), 10, [{"fetched": 900}]) is None
    assert overfetched(table(), 10, [{"fetched": None}]) is None
    assert overfetched(table(), 10, []) is None
    assert "12001 rows for 10000" in overfetched(table(), 10_000, [{"fetched": 12_001}])


@pytest.mark.parametrize("field", ["name", "key", "columns", "target"])
def test_hostile_names_stop_at_the_statement(field, table):
    """It should refuse in each place what is no plain name, although configuration lets none through."""
    hostile = 'x" IS NULL; DROP TABLE y; --'
    changes = {
        "name": {"name": hostile},
        "key": {"key": [hostile]},
        "columns": {"columns": {hostile: "varchar(3)"}, "watermark": None, "renamed": {}},
        "target": {"target": f"sales.{hostile}"},
    }[field]
    broken = table(**changes)
    with pytest.raises(BadInput, match="identifier"):
        statements(broken, Identifier("etl_stage", broken.name), WINDOW) and broken.target_identifier
