"""Kill the tasks of both synonym DAGs around all that they do elsewhere, while AWS shows its changes late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch
from tests.support.product_state import end_state

LATE = {
    "package.update.invisible": 0.3,
    "package.update.settle": 0.2,
    "package.copy": 0.1,
    "package.associate.invisible": 0.3,
    "package.associate.settle": 0.2,
}
"""Seconds for which AWS shows the old state after a change; below the configured time to settle."""

EVERY = 40
"""Kills are around every fortieth call, and the first and last of each operation."""


@pytest.fixture
def patient(product_configuration: Path) -> None:
    """Let dozens of killed tries fit in the time of one step."""
    content = yaml.safe_load(product_configuration.read_text())
    content["waits"]["timeouts_minutes"]["probes"] = 10
    product_configuration.write_text(yaml.safe_dump(content))


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("patient")
def test_killed_runs_end_as_undisturbed_ones(
    make_shop: Callable[[], ProductSearch], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same package, objects, index and ledger, with one update, whatever call a kill struck."""
    run_after = datetime.now(UTC).replace(second=0, microsecond=0)

    shop = make_shop()
    watched = KillPoints(shop.folder / "watched", statements=True, stores=True, sample=Nothing())
    shop.bootstrap(run_after=run_after, before_try=watched.install)
    shop.insert(*FROZEN_CUSTARD)
    shop.run("synonym_refresh", run_after=run_after, before_try=watched.install)
    undisturbed = end_state(shop, "danish", "gelato")

    shop = make_shop()
    shop.sandbox.choose(package_order="version-first")
    shop.sandbox.durations(override=LATE)
    sample = Sample(EVERY, watched.calls)
    points = KillPoints(shop.folder / "kill-points", statements=True, stores=True, sample=sample)
    shop.bootstrap(run_after=run_after, before_try=points.install)
    shop.insert(*FROZEN_CUSTARD)
    shop.run("synonym_refresh", run_after=run_after, before_try=points.install)
    require_same_end(
        "synonym bootstrap and refresh", end_state(shop, "danish", "gelato"), undisturbed, points, capsys
    )

    updates = [one for one in shop.calls() if one["operation"] in ("CreatePackage", "UpdatePackage")]
    assert [one["operation"] for one in updates if one["status"] == 200] == ["CreatePackage", "UpdatePackage"]
    assert points.struck("before") == points.struck("after")
    operations = {struck.split()[1] for struck in points.struck("before")}
    assert {"UpdatePackage", "AssociatePackage", "PutObject", "DeleteObject", "HTTP-PUT"} <= operations
    assert {"COMMIT", "SELECT"} <= operations
