"""What the demo tells at its end, without a stack."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from demo import account
from demo.__main__ import STORIES

STACK = SimpleNamespace(
    url="http://127.0.0.1:8080", username="admin", password="pass", ledger_dsn="host=x", home=Path("/stack")
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


def test_commands_are_of_stories_that_are_there():
    """It should name no command of a story that nobody can tell."""
    assert set(account.LOOKS) <= set(STORIES)
