"""What the rows of the health checks mean."""

from __future__ import annotations

import re

import pytest

from switchyard.federated import health
from switchyard.sql import include_folder

FOLDER = include_folder() / "sql" / "redshift" / "health"
TABLE = {
    "schema_name": "retail",
    "table_name": "item ",
    "tbl_rows": 10,
    "unsorted": 30.0,
    "stats_off": 5.0,
    "skew": 1.0,
}


def test_nine_checks_have_files_and_actions():
    """It should make the article's nine checks, each from a file, each with something to do about a finding."""
    assert len(health.CHECKS) == 9
    files = {path.stem for path in FOLDER.glob("*.sql")} - {"vacuum", "analyze", "definition"}
    assert {check.name for check in health.CHECKS} - {"definitions"} == files
    assert all(check.action for check in health.CHECKS)


@pytest.mark.parametrize(
    "check", [one for one in health.CHECKS if one.name != "definitions"], ids=lambda one: one.name
)
def test_files_and_checks_agree(check):
    """It should bind what a file asks for, and say what the file selects."""
    text = (FOLDER / f"{check.name}.sql").read_text()
    bound = set(re.findall(r"(?<!:):([a-z_]+)", re.sub(r"--.*", "", text)))
    extra = {"since"} if check.binds_since else set()
    extra |= {"staging_schema"} if check.name == "privileges" else set()
    assert bound == set(check.limits) | extra
    said = set(re.findall(r"\{(\w+)\}", check.says)) - {"before"}
    assert said <= set(re.findall(r"\w+", text))


def test_findings_are_said_in_words():
    """It should name the table and its numbers."""
    [found] = health.findings(health.BY_NAME["tables"], [TABLE])
    assert (found.subject, found.text) == (
        "retail.item",
        "retail.item: 30.0% unsorted, statistics 5.0% off, skew 1.0",
    )


def test_only_configured_tables_are_maintained():
    """It should sort and analyse where it is due, and touch no table that it was not given."""
    rows = [TABLE, TABLE | {"table_name": "other", "stats_off": 50.0}]
    limits = {"unsorted_percent": 20.0, "stats_off_percent": 20.0}
    assert health.to_maintain(rows, ["retail.item"], **limits) == {"analyze": [], "vacuum": ["retail.item"]}
    assert health.to_maintain(rows, ["retail.other"], **limits)["analyze"] == ["retail.other"]


@pytest.mark.parametrize(
    ("before", "now", "found"), [(100, 160, True), (100, 140, False), (None, 160, False), (10, 20, False)]
)
def test_growth_is_measured_from_run_to_run(before, now, found):
    """It should find a table that has grown by much, of a size that matters, and none that it sees first."""
    rows = [{"schema_name": "retail", "table_name": "item", "megabytes": now}]
    known = {} if before is None else {"retail.item": before}
    assert bool(health.grown(rows, known, percent=50, least_mb=30)) is found


def test_grants_to_those_who_may_have_them_are_no_findings():
    """It should leave out whom the configuration names."""
    rows = [{"identity_name": "loader"}, {"identity_name": "analysts"}]
    assert health.not_allowed(rows, ["loader"]) == [{"identity_name": "analysts"}]
