"""The page about settings, against the tables of settings."""

from __future__ import annotations

import re

import pytest

from switchyard.aurora_recovery.settings import CLUSTER_SETTINGS, MEMBER_SETTINGS, STANDALONE_SETTINGS, Carry
from tests.support.recovery import REPOSITORY

PAGE = REPOSITORY / "docs" / "how-to" / "keep-a-restored-database-like-its-source.md"
COLUMNS = (CLUSTER_SETTINGS, MEMBER_SETTINGS, STANDALONE_SETTINGS)
WORDS = {
    Carry.MODIFY: "modify",
    Carry.OPERATION: "own operation",
    Carry.ACCEPT: "after the swap",
    Carry.NEVER: "nothing",
}


@pytest.mark.parametrize("number", range(3), ids=["cluster", "member", "plain instance"])
def test_page_tells_of_every_setting(number):
    """It should name each setting with the call that carries it, and no other one."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (.*) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    told = {row[0]: row[number + 1] for row in rows if row[number + 1]}
    made = "create" if number == 1 else "restore"
    for setting in COLUMNS[number]:
        local = setting.local and setting.carry is not Carry.NEVER
        says = WORDS.get(setting.carry, made) + (", by the target's value" if local else "")
        assert told.pop(setting.name, None) == says, setting.name
    assert told == {}
