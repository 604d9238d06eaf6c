"""Publishing a run's register, and telling what is new, silenced and gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from switchyard.operators.discovery import collect
from tests.support.discovery_steps import table

DETECTOR = "custom:EMAIL_ADDRESS"


def day(offset):
    return f"{datetime.now(UTC).date() + timedelta(days=offset):%Y-%m-%d}"


def reviewed(expires, **changes):
    return {
        "schema": "sakila",
        "table": "contact",
        "column": "email",
        "detector": DETECTOR,
        "owner": "dpo",
        "reason": "addresses of shops",
        "expires": expires,
    } | changes


@pytest.fixture(scope="module")
def published(steps):
    """A run whose register is published; its table `contact` has one column with e-mail addresses."""
    run = steps.run(tables=[table("contact")]).upto("publish")
    run.step("purge")
    return run


@pytest.fixture
def fresh(steps, published):
    """The same, and a ledger that knows of no exposure."""
    forget(steps)
    return published


def forget(steps):
    steps.ledger("DELETE FROM switchyard.sensitive_column")
    steps.ledger("UPDATE switchyard.discovery_run SET new_exposures = NULL")


def register(run, *exceptions):
    counts = run.step("register", exceptions=list(exceptions))
    return {name: counts[name] for name in ("exposures", "new", "silenced", "gone")}


def states(steps, run):
    rows = steps.ledger(
        "SELECT number, state, exposures, owner FROM switchyard.exposure_exception "
        f"WHERE run_id = 'manual__{run.stamp}' ORDER BY number"
    )
    return [(row["state"], row["exposures"], row["owner"]) for row in rows]


def alerts(steps):
    return len(steps.sandbox.calls("sns:Publish"))


def test_news_alert_once(steps, fresh):
    """It should alert on a new exposure, not again on what is known; what the run alerted on stays in the ledger."""
    begun = alerts(steps)
    assert register(fresh) == {"exposures": 1, "new": 1, "silenced": 0, "gone": 0}
    assert register(fresh) == {"exposures": 1, "new": 0, "silenced": 0, "gone": 0}
    [run] = steps.ledger(
        f"SELECT new_exposures FROM switchyard.discovery_run WHERE run_id = 'manual__{fresh.stamp}'"
    )
    assert run["new_exposures"] == 1
    assert alerts(steps) == begun + 1
    [row] = steps.ledger("SELECT * FROM switchyard.sensitive_column")
    assert (row["table_name"], row["column_name"], row["detector"]) == ("contact", "email", DETECTOR)


def test_exception_silences_until_its_day(steps, fresh):
    """It should keep the evidence, silence the alert to the exception's last day, and alert when it is over."""
    begun = alerts(steps)
    assert register(fresh, reviewed(day(0)))["silenced"] == 1
    assert states(steps, fresh) == [("in force", 1, "dpo")]
    assert alerts(steps) == begun
    assert len(steps.ledger("SELECT * FROM switchyard.sensitive_column WHERE gone_at IS NULL")) == 1
    assert register(fresh, reviewed(day(-1))) == {"exposures": 1, "new": 1, "silenced": 0, "gone": 0}
    assert states(steps, fresh) == [("expired", 0, "dpo")]
    assert alerts(steps) == begun + 1


def test_exception_for_something_else_silences_nothing(steps, fresh):
    """It should say of an exception that it met nothing."""
    assert register(fresh, reviewed(day(9), column="phone"))["new"] == 1
    assert states(steps, fresh) == [("unused", 0, "dpo")]


def test_alert_that_was_not_recorded_goes_out_again(steps, fresh):
    """It should rather alert twice than never, where the ledger was lost between alert and record."""
    begun = alerts(steps)
    register(fresh)
    forget(steps)
    assert register(fresh)["new"] == 1
    assert alerts(steps) == begun + 2


@pytest.fixture(scope="module")
def clean(steps):
    """A later run, published as well, which has found nothing."""
    run = steps.run(tables=[table("language")]).upto("publish")
    run.step("purge")
    return run


@pytest.mark.parametrize(("origin", "gone"), [("result", 1), ("finding", 0)])
def test_only_a_whole_search_finds_something_gone(steps, fresh, clean, origin, gone):
    """It should not take for gone what a run without whole results did not see, nor forget that it alerted."""
    register(fresh)
    step = clean.operator("register")
    step.leave(collect.NOTE, step.read(collect.NOTE) | {"origin": origin})
    assert register(clean) == {"exposures": 0, "new": 0, "silenced": 0, "gone": gone}
    assert len(steps.ledger("SELECT * FROM switchyard.sensitive_column WHERE gone_at IS NULL")) == 1 - gone
    begun = alerts(steps)
    register(fresh)
    assert alerts(steps) == begun + gone
