"""What the ledger keeps of synonym releases, against a real PostgreSQL server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from switchyard.ledger import Ledger, LedgerUnavailable, SynonymChangeRow, SynonymProbeRow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = {"dag_id": "synonym_refresh__products", "run_id": "manual__1"}
RELEASE = {**RUN, "pipeline": "synonym_refresh/products"}


@pytest.fixture
def ledger(ledger_dsn):
    return Ledger(ledger_dsn)


def test_release_gathers_what_its_steps_learn(ledger, query):
    """It should complete one row from the build to the last probe."""
    ledger.record_synonym_release(
        **RELEASE, state="built", sha256="a" * 64, rules=2, report={"warnings": [{"code": "CYCLE"}]}
    )
    ledger.record_synonym_release(**RELEASE, state="live", version="v2", live_at=NOON)

    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["state"], row["sha256"], row["rules"]) == ("live", "a" * 64, 2)
    assert (row["version"], row["live_at"]) == ("v2", NOON)
    assert row["report"] == {"warnings": [{"code": "CYCLE"}]}


def test_changes_of_a_repeated_comparison_replace_the_first(ledger, query):
    """It should not leave changes of an earlier try behind when a later one finds fewer."""
    rows = [
        SynonymChangeRow(**RUN, number=1, kind="added", before=None, after="gelato, ice cream"),
        SynonymChangeRow(**RUN, number=2, kind="removed", before="danish, croissant", after=None),
    ]
    ledger.record_synonym_changes(**RUN, rows=rows)
    ledger.record_synonym_changes(**RUN, rows=rows[:1])
    ledger.record_synonym_changes(dag_id=RUN["dag_id"], run_id="manual__2", rows=[])

    assert query("SELECT number, kind, before, after FROM switchyard.synonym_change") == [
        {"number": 1, "kind": "added", "before": None, "after": "gelato, ice cream"}
    ]


def test_probes_keep_what_was_wanted(ledger, query):
    """It should keep one row per probe and domain, with what had to be found and the last verdict."""
    probe = SynonymProbeRow(
        **RUN, task_id="probe_search", domain="products", number=1, index_name="products", field="title",
        query="gelato", finds=["ice cream"], not_finds=["frozen pizza"], missing=["ice cream"], passed=False,
    )  # fmt: skip
    ledger.record_synonym_probes([probe])
    ledger.record_synonym_probes([{**probe, "passed": True, "missing": [], "hits": 2}])

    (row,) = query("SELECT * FROM switchyard.synonym_probe")
    assert (row["passed"], row["hits"], row["missing"]) == (True, 2, [])
    assert (row["finds"], row["not_finds"]) == (["ice cream"], ["frozen pizza"])


def test_unknown_state_of_a_release_is_refused(ledger):
    """It should not store a state that the reports do not know."""
    with pytest.raises(Exception, match="state_is_known"):
        ledger.record_synonym_release(**RELEASE, state="great")


def test_lost_ledger_stops_the_record_of_a_release(postgres):
    """It should not let a run claim a release that nobody can look up."""
    lost = Ledger(postgres.dsn("a_database_that_does_not_exist"))
    with pytest.raises(LedgerUnavailable, match="Check that PostgreSQL runs"):
        lost.record_synonym_release(**RELEASE)
