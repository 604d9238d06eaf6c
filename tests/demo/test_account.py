"""What the demo tells at its end, without a stack."""

from __future__ import annotations

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
    """A ledger of one run whose steps began in the order of their titles."""

    def __init__(self, *steps):
        self._steps = [
            {"title": title, "state": state, "summary": summary, "started_at": number}
            for number, (title, state, summary) in enumerate(steps)
        ]

    def rows(self, _table, **_key):
        return self._steps


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
