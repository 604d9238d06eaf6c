"""The pages about synonyms, against what they describe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from switchyard.synonyms.__main__ import main
from switchyard.synonyms.catalogue import CATALOGUE
from switchyard.synonyms.rules import column_name

DOCS = Path(__file__).parents[2] / "docs"
EDIT, RULES = DOCS / "how-to" / "edit-synonyms.md", DOCS / "reference" / "synonym-rules.md"


def block(name):
    """The block of code after a marker on the page for editors."""
    return re.search(rf"<!-- {re.escape(name)} -->\n```\n(.*?)```", EDIT.read_text(), re.DOTALL)[1]


def test_example_is_checked_as_shown(tmp_path, monkeypatch, capsys):
    """It should print for the file on the page what the page says."""
    monkeypatch.chdir(tmp_path)
    Path("synonyms.csv").write_text(block("file: synonyms.csv"))
    command = block("command").split("switchyard.synonyms ")[1].split()
    assert main(command) == 1
    assert capsys.readouterr().out == block("output")


def test_findings_are_all_listed():
    """It should list every kind of fault, in the order of reports, with its severity and title."""
    found = re.findall(r"^\| `([A-Z_]+)` \| (\w+) \| (.*) \|$", RULES.read_text(), re.MULTILINE)
    assert found == [(code, fault.severity, fault.title) for code, fault in CATALOGUE.items()]


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ("`row_id`", ["row_id", "SynID", "id"]),
        ("`term_1`", ["term_1", "term_2", "Base_Term", "Synonym_1"]),
        ("`target_1`", ["target_1", "target_2", "targets"]),
    ],
)
def test_columns_are_known(row, columns):
    """It should name columns that are really read."""
    line = next(line for line in RULES.read_text().splitlines() if line.startswith(f"| {row}"))
    assert all(f"`{column}`" in line and column_name(column) for column in columns)
