"""What a teardown of a plain instance takes away however it was left, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from switchyard.errors import BadInput, NotAllowed
from switchyard.operators.aurora.teardown import TearDownCandidateOperator
from tests.operators.aurora.test_after_swap import Deadly, Killed
from tests.operators.aurora.test_plain_instances import CANDIDATE, COMMON, OWN, PIPELINE, STAMP, World
from tests.support.aws_connections import TARGET
from tests.support.control_plane import new_context, own_tags, run_step

COPY = f"orders-rp-{STAMP}"
TEST = own_tags(mode="test")
ACCEPTED = {"mode": "test", "snapshot_id": COPY, "instances": []}


@pytest.fixture
def world(accounts):
    """A live instance, and a bystander."""
    world = World(accounts)
    world.make(world.target)
    world.make(world.target, "billing")
    return world


def tear_down(context=None):
    """Run the step to its end, which is that it cannot tell the ledger that is not there."""
    operator = TearDownCandidateOperator(
        pipeline=PIPELINE,
        stamp=STAMP,
        live_id="orders",
        accepted=ACCEPTED,
        restored={"resource_id": "any"},
        keep_last=1,
        keep_days=0,
        unseen_for=timedelta(0),
        ledger_conn_id="no_such_ledger",
        **COMMON,
        **TARGET,
    )
    with pytest.raises(BadInput, match=r"no_such_ledger"):
        run_step(operator, context or new_context())


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
@pytest.mark.parametrize("status", ["available", "stopped"])
def test_killed_around_every_call_it_leaves_nothing(world, monkeypatch, engine, status):
    """It should delete the candidate and the copy that nobody asks for, and nothing else, whatever call it died at."""
    world.make(world.target, CANDIDATE, Engine=engine, Tags=OWN + TEST)
    for stamp, moment in (
        (STAMP, "2026-02-01T00:00:00+00:00"),
        ("2602020000-0a1b2c", "2026-02-02T00:00:00+00:00"),
    ):
        own = {"pipeline": PIPELINE, "run": stamp, "role": "local-copy", "source_time": moment}
        world.snapshot(world.target, f"orders-rp-{stamp}", **own)
    if status == "stopped":
        world.target.rds.stop_db_instance(DBInstanceIdentifier=CANDIDATE)
    struck, context, real = [], new_context(), TearDownCandidateOperator.client
    monkeypatch.setattr(
        TearDownCandidateOperator,
        "client",
        lambda self, *args, **more: Deadly(real(self, *args, **more), struck),
    )
    while True:
        try:
            tear_down(context)
        except Killed:
            continue
        break
    assert world.names(world.target) == {"orders": "available", "billing": "available"}
    assert set(world.snapshots(world.target)) == {"orders-rp-2602020000-0a1b2c"}
    assert {"delete_db_instance", "delete_db_snapshot"} <= {operation for operation, _ in struck}
    world.accounts.changes()
    tear_down()
    assert world.accounts.changes() == []


@pytest.mark.parametrize(
    ("tags", "settings", "found"),
    [
        ([], {}, r"adopting instance orders-new-.*wanted aurora_recovery/orders"),
        (OWN + own_tags(mode="swap"), {}, r"it was made in mode swap"),
        (OWN + TEST + own_tags(swap_run=STAMP), {}, r"a swap of it has begun"),
        (OWN + TEST, {"DeletionProtection": True}, r"deletion protection"),
    ],
)
def test_what_is_not_this_tests_own_is_left_alone(world, tags, settings, found):
    """It should refuse, by name, an instance of others, of another mode, one in a swap, and a protected one."""
    world.make(world.target, CANDIDATE, Tags=tags, **settings)
    with pytest.raises(NotAllowed, match=found):
        tear_down()
    assert CANDIDATE in world.names(world.target)
