"""The settings that docs/how-to/choose-how-to-recover.md shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from switchyard.configuration.loader import load

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "how-to" / "choose-how-to-recover.md"
EXAMPLE = REPOSITORY / "include" / "pipelines" / "aurora_recovery" / "orders.yaml"
SECTIONS = re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE)
WITHOUT = re.compile(r"<!-- without: ([\w. ]+) -->")
SETTINGS = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def merged(content: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The content with these fields in its sections."""
    return content | {
        name: merged(content.get(name, {}), value) if isinstance(value, dict) else value
        for name, value in changes.items()
    }


def drop(content: dict[str, Any], field: str) -> None:
    """Take out a field, by its dotted path."""
    *sections, last = field.split(".")
    for section in sections:
        content = content[section]
    del content[last]


@pytest.mark.parametrize(("title", "text"), SECTIONS, ids=[title for title, _ in SECTIONS])
def test_settings_turn_the_example_into_a_variant(tmp_path, title, text):
    """It should load with the shown settings, and not without them where some of the example's are left out."""
    content = yaml.safe_load(EXAMPLE.read_text())
    left_out = " ".join(WITHOUT.findall(text)).split()
    for field in left_out:
        drop(content, field)
    file = tmp_path / "aurora_recovery" / "orders.yaml"
    file.parent.mkdir()
    (settings,) = SETTINGS.findall(text)
    file.write_text(yaml.safe_dump(merged(content, yaml.safe_load(settings))))
    assert [str(error) for error in load(tmp_path).errors] == []
    if left_out:
        file.write_text(yaml.safe_dump(content))
        assert load(tmp_path).errors, title
