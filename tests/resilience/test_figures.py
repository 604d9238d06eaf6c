"""What tests tell `make resilience`: figures that can be other than good."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests.support import figures
from tests.support.outside import outside_of, strangers_of

TESTS = Path(__file__).parents[1]
QUEUE = "arn:aws:sqs:us-west-2:111111111111:orders"
ROLE = "arn:aws:iam::111111111111:role/switchyard"


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Read the figures that were recorded."""
    path = tmp_path / "figures.jsonl"
    monkeypatch.setenv(figures.VARIABLE, str(path))
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def test_a_case_that_does_not_end_well_is_lost(told):
    """It should count each case that was tried, and as lost those whose block did not come to its end."""
    with figures.tally("bad-input", kind="rows") as tally:
        with tally.case():
            pass
        with pytest.raises(ValueError, match="accepted"), tally.case():
            raise ValueError("accepted")
    assert told() == [{"section": "bad-input", "kind": "rows", "cases": 2, "lost": 1}]


def test_a_file_that_fails_still_tells(told):
    """It should record what was counted where the tests around it fail, and nothing where no case was tried."""
    with pytest.raises(ValueError, match="accepted"), figures.tally("bad-input") as tally, tally.case():
        raise ValueError("accepted")
    with figures.tally("bad-input"):
        pass
    assert told() == [{"section": "bad-input", "cases": 1, "lost": 1}]


def test_policies_that_are_too_wide_are_counted():
    """It should count what a role's policy allows beside what it names, and whom a resource's lets in."""
    wide = {"Sid": "All", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    narrow = wide | {"Action": "sqs:ReceiveMessage", "Resource": QUEUE}
    closed = outside_of([narrow], ROLE)
    assert closed.denied
    assert closed.let_in == ()
    too_much = outside_of([wide], ROLE)
    assert "sqs:DeleteQueue" in "".join(too_much.let_in)
    public = strangers_of(QUEUE, [narrow | {"Principal": "*"}])
    assert "everybody by All" in public.let_in
    for found in (too_much, public):
        with pytest.raises(AssertionError, match="lets in what it should not"):
            found.require_none()


def test_no_test_says_beforehand_that_nothing_was_lost():
    """It should find in no test a figure of losses that is written down instead of counted."""
    constant = [
        f"{path.relative_to(TESTS)}:{one.value.lineno}"
        for path in sorted(TESTS.rglob("test_*.py")) + sorted((TESTS / "support").glob("*.py"))
        if path.name != "test_running.py"
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for one in call.keywords
        if one.arg == "lost" and isinstance(one.value, ast.Constant)
    ]
    assert constant == []
