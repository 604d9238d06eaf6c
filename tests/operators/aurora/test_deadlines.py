"""What the triggerer does when a run is late, called as Airflow's trigger calls it."""

from __future__ import annotations

import asyncio

import pytest
from airflow.triggers.callback import CallbackTrigger

from switchyard.operators.aurora.deadlines import tell_missed_deadline
from tests.operators.aurora.test_watch import World
from tests.support.aws_connections import TARGET

RUN = {"dag_id": "recovery_restore__orders", "run_id": "manual__1"}
LATE = {
    "pipeline": "aurora_recovery/orders",
    "objective": "objectives.rto_minutes",
    "minutes": 60,
    "remedy": "Look at the run.",
    "proof": "check_live",
    **TARGET,
}


@pytest.fixture
def world(accounts, recorded, ledger_dsn):
    return World(accounts, ledger_dsn)


def miss(**changed):
    """Fire as Airflow does; its state and what it leaves beside the callback."""
    path = f"{tell_missed_deadline.__module__}.{tell_missed_deadline.__qualname__}"
    trigger = CallbackTrigger(
        path,
        LATE | changed | {"context": {"dag_run": {"dag_id": RUN["dag_id"], "dag_run_id": RUN["run_id"]}}},
    )

    async def events():
        return [event.payload async for event in trigger.run()]

    last = asyncio.run(events())[-1]
    return str(last["state"]), last["body"]


def test_a_late_run_is_told(world):
    """It should publish the run, the objective and what to do."""
    assert miss(topic_arn=world.topic) == ("success", f"told {world.topic}")
    assert world.told() == [("deadline missed", "objectives.rto_minutes")]


@pytest.mark.parametrize(("state", "told"), [("running", 1), ("failed", 1), ("success", 0), ("skipped", 0)])
def test_a_run_that_has_proved_is_not_late(world, state, told):
    """It should stay silent where the proof was in time and the run only tidies up."""
    world.ledger.record_step(**RUN, task_id="check_live", map_index=-1, state=state)
    miss(topic_arn=world.topic)
    assert len(world.told()) == told


def test_a_test_that_proved_its_candidate_is_not_late(world):
    """It should know a run by what it recorded where no live endpoint is proved."""
    test = {"pipeline": "aurora_recovery/orders", "mode": "test"}
    world.ledger.record_recovery_test(**RUN, **test, outcome="running")
    miss(topic_arn=world.topic)
    assert len(world.told()) == 1
    world.ledger.record_recovery_test(**RUN, **test, outcome="proved")
    miss(topic_arn=world.topic)
    assert world.told() == []


def test_without_a_ledger_a_run_counts_as_late(world):
    """It should rather tell too much than too little."""
    assert miss(topic_arn=world.topic, ledger_conn_id="no_such_ledger")[0] == "success"
    assert len(world.told()) == 1


def test_without_a_topic_the_log_is_told(world):
    """It should need no AWS where nobody is to be told."""
    assert miss(topic_arn=None, aws_conn_id="no_such_connection") == ("success", "logged")
