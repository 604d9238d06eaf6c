"""What the steps of a load tell of their data."""

from __future__ import annotations

import pytest

from switchyard.errors import CheckFailed
from tests.support import whole_loads
from tests.support.whole_loads import Load

ADDRESS = "shop.cluster-abc.us-west-2.rds.amazonaws.com:3306"


@pytest.fixture
def load(mysql, monkeypatch):
    """A table with rows, whose runs know where the source is."""
    known = whole_loads.Run.window.fget
    monkeypatch.setattr(whole_loads.Run, "window", property(lambda run: known(run) | {"address": ADDRESS}))
    load = Load(mysql, "lineage").make()
    load.put((1, "a", 1, 0.5), (2, "b", 1, 0.5))
    return load


def test_a_window_comes_from_the_source_into_the_target(load):
    """It should name both by OpenLineage's rules, and each column's origin, and count the rows."""
    run, staged = load.staged(0, 1)
    step = run.apply(staged)
    step.run()
    [source], [target] = step.operator.told.inputs, step.operator.told.outputs
    assert source.namespace == f"mysql://{ADDRESS}"
    assert source.name.endswith(".lineage")
    assert target.name.endswith(".retail.lineage")
    assert target.namespace.startswith("redshift://")
    assert target.rows == 2
    assert ("note", "note") in {(one.name, one.copied_from) for one in target.fields}
    compared = run.reconcile()
    compared.run()
    assert {one.name: one.passed for one in compared.operator.told.inputs[0].checks} == {
        "no_missing_rows": True,
        "no_stale_rows": True,
        "no_ghosts_rows": True,
        "equal_to_source": True,
    }


def test_a_fault_is_told_too(load):
    """It should tell an assertion that does not hold, also where the step fails by it."""
    run, staged = load.staged(0, 1)
    run.apply(staged).run()
    load.world.ask("DELETE FROM retail.lineage WHERE id = 2")
    step = run.reconcile()
    with pytest.raises(CheckFailed, match=r"comparing retail\.lineage with lineage at the source"):
        step.run()
    failed = [one.name for one in step.operator.told.inputs[0].checks if not one.passed]
    assert failed == ["no_missing_rows", "equal_to_source"]
