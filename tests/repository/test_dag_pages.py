"""The pages of docs/pipelines, which are generated."""

from __future__ import annotations

import pytest

from scripts import dag_pages


@pytest.fixture
def wanted(monkeypatch):
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(dag_pages.REPOSITORY / "include" / "pipelines"))
    return dag_pages.pages()


def test_pages_are_current(wanted):
    """It should hold in docs/pipelines what `python -m scripts.dag_pages write` would write."""
    assert dag_pages.stale(wanted) == [], "run: PYTHONPATH=.:plugins python -m scripts.dag_pages write"


def test_pages_are_the_same_each_time(wanted):
    """It should write the same text when it is asked again."""
    assert dag_pages.pages() == wanted


def test_a_changed_page_is_noticed(wanted, tmp_path, monkeypatch):
    """It should name pages that are missing, changed by hand, or left of a DAG file that is gone."""
    monkeypatch.setattr(dag_pages, "PAGES", tmp_path)
    for name, text in wanted.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "recovery_point.md").write_text("by hand")
    (tmp_path / "recovery_restore.md").unlink()
    (tmp_path / "gone.md").write_text("left over")
    assert dag_pages.stale(wanted) == ["gone.md", "recovery_point.md", "recovery_restore.md"]


def test_page_holds_form_steps_and_schedule(wanted):
    """It should tell limits of the form, the operator behind a step, and what starts the DAG."""
    point = wanted["recovery_point.md"]
    assert "| Snapshots to keep | `keep_last` | integer | `3` | 1 to 90 |" in point
    assert "| 4 | `copy_snapshot` |" in point
    assert "(../../plugins/switchyard/operators/aurora/snapshots.py)" in point
    assert "`0 * * * *` (UTC)" in point
    assert "`SqsMessageTrigger`" in wanted["recovery_restore.md"]
    refresh = wanted["synonym_refresh.md"]
    assert (
        "| 7 | `associate_package` | Associate the version with each domain, once for each domain |"
        in refresh
    )
    assert "(../../plugins/switchyard/operators/synonyms/associate.py)" in refresh
