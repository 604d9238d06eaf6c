"""Rows of the source that must not reach the target, judged by the checks' own statements on a real engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from switchyard.errors import CheckFailed
from switchyard.federated.stage_checks import judge, statements
from switchyard.federated.windows import window
from switchyard.redshift.identifiers import Identifier
from tests.sandbox.warehouse.conftest import open_warehouse, session, warehouse
from tests.support import figures

__all__ = ["open_warehouse", "session", "warehouse"]

CASES = yaml.safe_load(Path(__file__).with_name("bad_rows.yaml").read_text(encoding="utf-8"))
STAGE = Identifier("etl_stage", "orders_1")
WINDOW = window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), timedelta(minutes=5))
GOOD = {"id": 7, "note": "fine", "code": "ab", "price": "1.50", "changed": "2026-01-01 12:00:00"}
COLUMNS = "id bigint, note varchar(65535), code varchar(65535), price decimal(7,2), changed timestamp"


@pytest.fixture
def staged(session):
    """Fill the stage with rows, and give what the checks of a table find in it."""
    session.execute("CREATE SCHEMA etl_stage")
    session.execute(f"CREATE TABLE etl_stage.orders_1 ({COLUMNS})")

    def found(table, rows):
        for row in rows:
            session.execute(
                f"INSERT INTO etl_stage.orders_1 VALUES ({', '.join(map(literal, row.values()))})"
            )
        answers = [session.execute(one) for one in statements(table, STAGE, WINDOW)]
        return [
            dict(zip((column.name for column in answer.columns), row, strict=True))
            for answer in answers
            for row in answer.rows
        ]

    return found


def literal(value):
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"


def rows_of(case):
    changed = case["rows"] if "rows" in case else [case["row"]]
    rows = [GOOD | row for row in changed]
    return [
        {name: "x" * 65535 if value == "%x*65535" else value for name, value in row.items()} for row in rows
    ]


@pytest.fixture(scope="module")
def tally():
    with figures.tally("bad-input", kind="rows of federated loads") as counted:
        yield counted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_broken_rows_stop_before_the_target(case, staged, table, session, tally):
    """It should name the column or the window, how many rows, and what to do; the stage stays as it was."""
    rows = rows_of(case)
    with tally.case():
        with pytest.raises(CheckFailed, match="stage of orders: ") as refusal:
            judge(table(**case.get("table", {})), staged(table(**case.get("table", {})), rows))
        said = str(refusal.value)
        assert [one for one in (case["field"], case["value"], *case["says"]) if one not in said] == []
        assert len(said.splitlines()) == 1
        assert "DROP TABLE" not in said
        assert session.execute("SELECT COUNT(*) FROM etl_stage.orders_1").rows == [(len(rows),)]


def test_good_rows_pass(staged, table):
    """It should let rows through at every limit, so that the tests above can fail."""
    edges = [
        {"note": "tenletters", "code": "ab "},
        {"id": 8, "note": "ääääa", "changed": "2025-12-31 23:55:00"},
        {"id": 9, "note": None, "changed": "2026-01-01 23:59:59.999999"},
        {"id": -1, "note": "x'; --", "code": ""},
    ]
    assert judge(table(), staged(table(), [GOOD | row for row in edges])).rows == len(edges)


def test_no_case_is_there_twice():
    """It should not count broken rows twice."""
    assert len(CASES) == len({str(case) for case in CASES})
