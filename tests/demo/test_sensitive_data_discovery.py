"""What the story of the discovery holds against the truth, without a stack."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from demo.customers import Inbox
from demo.processes import DemoError
from demo.sensitive_data_discovery import ADDED, Audit
from sandbox.seed.worlds import customers
from sandbox.seed.worlds.customers_truth import TRUTH

KNOWN = next(one for one in sorted(TRUTH) if one.column == "email")


def audit(*, found=(), inbox=None):
    """An audit of which only the register's answer and the inbox matter."""
    return Audit(None, None, None, SimpleNamespace(now=lambda: set(found)), inbox)


def test_equal_register_passes(capsys):
    """It should print every planted column with its kind of data, and go on."""
    audit(found=TRUTH).compare(TRUTH)
    printed = capsys.readouterr().out
    assert all(one.place in printed and one.detector in printed for one in TRUTH)
    assert f"{len(TRUTH)} entries" in printed
    assert "NO" not in printed.split()


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (TRUTH - {KNOWN}, rf"misses customer\.email \({KNOWN.detector}\) and invents nothing"),
        (TRUTH | {ADDED}, rf"misses nothing and invents store\.contact \({ADDED.detector}\)"),
        (set(), "misses actor.first_name"),
    ],
    ids=["missed", "invented", "empty"],
)
def test_other_register_ends_the_demo(capsys, found, problem):
    """It should print the table all the same, and fail with what is missed and what is invented."""
    with pytest.raises(DemoError, match=problem):
        audit(found=found).compare(TRUTH)
    assert "NO" in capsys.readouterr().out.split()


class Process:
    """The sandbox of the test in the place of a process."""

    def __init__(self, sandbox):
        self._sandbox = sandbox

    def client(self):
        return self._sandbox


@pytest.fixture
def alerted(sandbox):
    """A function that alerts as the pipeline does, and an audit that is alerted."""
    topic = sandbox.client("sns").create_topic(Name=customers.TOPIC)["TopicArn"]
    inbox = Inbox(Process(sandbox))

    def alert(*exposures):
        lines = [f"{len(exposures)} new exposure in customers, run 1:"]
        lines += [f"{one.schema}.{one.table}.{one.column}: {one.detector}" for one in exposures]
        sandbox.client("sns").publish(TopicArn=topic, Subject="new", Message="\n".join(lines))

    return alert, audit(inbox=inbox)


def test_alert_must_name_just_what_is_new(alerted, capsys):
    """It should take one alert about the new column, once, and refuse none, another and a second one."""
    alert, listener = alerted
    alert(ADDED)
    listener.require_alert([ADDED])
    assert "One alert came: 1 new exposure in customers" in capsys.readouterr().out

    with pytest.raises(DemoError, match="0 alerts came"):
        listener.require_alert([ADDED])
    alert(ADDED, KNOWN)
    with pytest.raises(DemoError, match=r"1 alerts came, which name \['sakila\.customer\.email"):
        listener.require_alert([ADDED])
    alert(ADDED)
    alert(ADDED)
    with pytest.raises(DemoError, match="2 alerts came"):
        listener.require_alert([ADDED])
