"""Rows that a test puts into system tables."""

import pytest

from sandbox.errors import SandboxError
from tests.support.redshift import DATABASE, REGION, SOURCE, WORKGROUP

PLACE = {"account": SOURCE, "region": REGION}
ALERT = {"query": 7, "event": "Nested Loop Join", "event_time": "2026-06-15T12:30:01"}


def test_planted_rows_are_read(sandbox, api):
    """It should show planted rows beside the warehouse's own."""
    planted = sandbox.plant(f"workgroup:{WORKGROUP}", DATABASE, "stl_alert_event_log", [ALERT], **PLACE)
    assert planted == 1
    shown = "select query, event, to_char(event_time, 'HH24:MI') from stl_alert_event_log"
    assert api.rows(shown) == [(7, "Nested Loop Join", "12:30")]


@pytest.mark.parametrize(
    ("warehouse", "database", "table", "row", "problem"),
    [
        ("switchyard", DATABASE, "stl_vacuum", {}, "write cluster:NAME or workgroup:NAME"),
        ("cluster:nowhere", DATABASE, "stl_vacuum", {}, "endpoint doesn't exist"),
        (f"workgroup:{WORKGROUP}", "nowhere", "stl_vacuum", {}, 'database "nowhere" does not exist'),
        (f"workgroup:{WORKGROUP}", DATABASE, "stl_nothing", {}, "there is no system table stl_nothing"),
        (f"workgroup:{WORKGROUP}", DATABASE, "stl_vacuum", {"colour": 1}, "no columns colour"),
        (f"workgroup:{WORKGROUP}", DATABASE, "stl_vacuum", {"rows": "many"}, "stl_vacuum"),
        (f"workgroup:{WORKGROUP}", DATABASE, "stl_vacuum", {"eventtime": "soon"}, "stl_vacuum"),
    ],
)
def test_what_cannot_be_planted(sandbox, api, warehouse, database, table, row, problem):
    """It should say which warehouse, table or column there is not, and which value does not fit."""
    with pytest.raises(SandboxError, match=problem):
        sandbox.plant(warehouse, database, table, [row], **PLACE)
