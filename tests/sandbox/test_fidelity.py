import pytest

from sandbox import fidelity
from sandbox.errors import SandboxError


def test_page_is_current_and_all_tests_exist():
    """It should be what the rules make it, and every rule should name a test that exists."""
    fidelity.check()


def test_every_rule_says_where_it_comes_from():
    """It should link the public source of each rule of AWS."""
    unsourced = [
        row["id"]
        for row in fidelity.rows()
        if row["service"] != "sandbox" and not row["source"].startswith("https://")
    ]
    assert unsourced == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {id: a, rule: b}", "must have all of id, service, rule, source, test, differs"),
        ("- {id: a, service: s, rule: r, source: '', test: t, differs: null}", "must have all of"),
        (
            "- {id: a, service: s, rule: r, source: s, test: tests/x.py::test_gone, differs: null}",
            "do not exist",
        ),
    ],
)
def test_incomplete_rules_are_refused(tmp_path, monkeypatch, text, problem):
    """It should refuse a rule without all its fields, and one whose test is gone."""
    (tmp_path / "sandbox" / "s").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "sandbox" / "s" / "fidelity.yaml").write_text(text)
    monkeypatch.setattr(fidelity, "REPOSITORY", tmp_path)
    with pytest.raises(SandboxError, match=problem):
        fidelity.rows()


def test_ids_are_unique(tmp_path, monkeypatch):
    """It should refuse two rules under one id."""
    row = "- {id: a, service: s, rule: r, source: s, test: tests/test_x.py::test_y, differs: null}\n"
    (tmp_path / "sandbox" / "s").mkdir(parents=True)
    (tmp_path / "sandbox" / "s" / "fidelity.yaml").write_text(row * 2)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("def test_y():\n    assert True\n")
    monkeypatch.setattr(fidelity, "REPOSITORY", tmp_path)
    with pytest.raises(SandboxError, match="ids used twice: a"):
        fidelity.rows()


def test_cells_cannot_break_the_table():
    """It should keep line breaks and bars out of the table's structure."""
    assert fidelity._cell("a | b\n  c") == "a \\| b c"
