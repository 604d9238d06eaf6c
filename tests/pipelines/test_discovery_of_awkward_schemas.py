"""The discovery on databases with awkward names and types, in MySQL and in PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.seed import clinic
from tests.support.discovery import Discovery

CONFIGURATIONS = Path(__file__).parent / "sensitive_data_discovery"


@pytest.fixture(params=["mysql", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def discovery(
    engine: str,
    seed_world: Callable[[str], dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Discovery:
    """A freshly seeded clinic, and the only pipeline there is."""
    folder = tmp_path / "pipelines" / "sensitive_data_discovery"
    folder.mkdir(parents=True)
    shutil.copy(CONFIGURATIONS / f"clinic_{engine}.yaml", folder)
    monkeypatch.setenv("SWITCHYARD_PIPELINES", str(folder.parent))
    return Discovery(**seed_world(f"clinic-{engine}"))


def test_register_equals_the_truth(discovery: Discovery, engine: Any) -> None:
    """It should find what was planted behind every name and type, invent nothing, and search what is empty too."""
    run = discovery.run()
    truth = clinic.TRUTH[engine]
    assert discovery.registered() == truth
    assert discovery.published() == truth
    assert run.results["register_exposures"]["new"] == len(truth)

    loaded = {
        one["table_name"]: one for one in discovery.ledger("SELECT * FROM switchyard.discovery_coverage")
    }
    assert {one.table for one in truth} <= loaded.keys()
    assert {name: loaded[name]["objects"] for name in clinic.SILENT} == {
        "nobody yet": 0,
        "nulls only": 1,
        "view of nobody": 0,
    }
    assert not loaded.keys() & {"skip_me", "broken view"}
    assert discovery.extract() == []
