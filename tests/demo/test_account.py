"""What the demo tells at its end, without a stack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo import account
from demo.__main__ import STORIES

STACK = SimpleNamespace(
    url="http://127.0.0.1:8080",
    username="admin",
    password="pass",
    passwords={"alice": "word"},
    ledger_dsn="host=x",
    home=Path("/stack"),
)


@pytest.mark.parametrize(
    ("story", "command"),
    [
        ("federated_loads", "demo.retail"),
        ("sensitive_data_discovery", "demo.customers"),
        ("synonym_refresh", None),
    ],
)
def test_only_what_was_told_can_be_looked_at(capsys, story, command):
    """It should name the commands of the stories that were told: those of others would find no world."""
    account.where_to_look(STACK, [story])
    printed = capsys.readouterr().out
    assert "run_summary.sql" in printed
    assert [one for one in ("demo.retail", "demo.customers") if one in printed] == (
        [command] if command else []
    )


class Steps:
    """A ledger of one run whose steps began one after the other, each for a second."""

    def __init__(self, *steps):
        began = [
            datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=number) for number in range(len(steps))
        ]
        self._steps = [
            {
                "title": title,
                "state": state,
                "summary": summary,
                "try_number": 1,
                "started_at": at,
                "finished_at": at + timedelta(seconds=1),
            }
            for at, (title, state, summary) in zip(began, steps, strict=True)
        ]

    def one(self, _table, **_key):
        return {"stamp": "2611020000-aaaaaa"}

    def rows(self, _table, **_key):
        return self._steps


def test_steps_stand_in_the_order_of_their_numbers(capsys):
    """It should print two steps that begin together by their numbers, whichever is the quicker."""
    told = [
        ("9. Check", "success", None),
        ("14. Delete", "success", None),
        ("13. Tear down", "success", None),
    ]
    account.steps(Steps(*told), "dag", "run")
    printed = capsys.readouterr().out
    assert [line.split(".")[0].strip() for line in printed.splitlines() if ". " in line] == ["9", "13", "14"]


def test_skipped_steps_tell_why(capsys):
    """It should give each reason once, with the numbers of the steps that have it, and none for others."""
    why = "the run is in mode test"
    account.skips(
        Steps(
            ("1. Accept a recovery point", "success", "accepted"),
            ("6. Approve the swap", "skipped", "nobody is asked"),
            ("7. Swap the names", "skipped", f"The name stays: {why}"),
            ("8. Carry over", "skipped", f"Nothing is carried over: {why}"),
            ("9. Check", "skipped", None),
        ),
        "dag",
        "run",
    )
    assert capsys.readouterr().out.splitlines() == [
        "  skipped 6: nobody is asked",
        f"  skipped 7, 8: {why}",
    ]


def test_commands_are_of_stories_that_are_there():
    """It should name no command of a story that nobody can tell."""
    assert set(account.LOOKS) <= set(STORIES)
