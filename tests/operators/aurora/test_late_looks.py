"""Looks that show what was so a moment ago: no step takes back, or makes anew, what it has put on record."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import NotAllowed
from switchyard.operators.aurora import describe, luggage
from switchyard.operators.aurora.swap_state import direction
from switchyard.operators.aurora.tags import tags_of
from tests.operators.aurora.test_after_swap import REPORTS, SettledWorld
from tests.operators.aurora.test_swap import CANDIDATE, RETIRED, STAMP
from tests.support.control_plane import new_context
from tests.support.kill_sample import some

LOOKS = range(64)
"""How many looks come before the one that is late, up to the last one of each step."""


@pytest.fixture
def world(accounts, monkeypatch):
    """Such a world with things around the live cluster, where what is not shown for a third of a second is gone."""
    monkeypatch.setattr(describe, "LONGEST_UNSEEN", 0.3)
    return SettledWorld(accounts, monkeypatch)


def is_late(world, after):
    """Let one look at RDS, after so many, be answered as the same question was answered last."""
    world.accounts.sandbox.fault("rds:Describe*", "stale", after=after, times=1, seconds=60)


@pytest.mark.parametrize("after", some((11,), of=LOOKS))
def test_way_back_leads_to_the_names_there_were(world, after):
    """It should keep the plan that was made before the first rename, whichever look is late."""
    is_late(world, after)
    world.swap()
    assert world.names() == {world.old_id: RETIRED, world.new_id: "orders"}
    world.accounts.sandbox.server.faults.clear()
    world.tag("orders", swap_direction="back")
    with pytest.raises(NotAllowed, match=r"^swap of orders: it was rolled back"):
        world.swap()
    assert world.names() == {world.old_id: "orders", world.new_id: CANDIDATE}
    assert world.instances("orders") == ["orders-1", "orders-2"]


@pytest.mark.parametrize("after", some((11, 36), of=LOOKS))
def test_what_turned_back_does_not_go_forward_again(world, after):
    """It should go on with the way back, and say what it began with."""
    is_late(world, after)
    world.refuse("rds:ModifyDBCluster", after=1)
    with pytest.raises(NotAllowed, match=r"^swap of orders: it was rolled back: .*AccessDenied"):
        world.swap()
    assert world.names() == {world.old_id: "orders", world.new_id: CANDIDATE}
    assert world.instances("orders") == ["orders-1", "orders-2"]


def test_decision_to_go_back_holds(world):
    """It should not swap after all where a look shows the candidate without the record of the way back."""
    world.refuse("rds:ModifyDBCluster", after=1)
    operator, context = world.swapping(), new_context()
    while direction(tags_of(world.place.show_cluster(world.names()[world.new_id]))) == "forward":
        operator.act(context)
        time.sleep(0.01)
    world.tag(world.names()[world.new_id], swap_direction="forward")
    with pytest.raises(NotAllowed, match=r"^swap of orders: it was rolled back: .*AccessDenied"):
        settle(world, operator, context)
    assert world.names() == {world.old_id: "orders", world.new_id: CANDIDATE}
    assert direction(tags_of(world.place.show_cluster(world.names()[world.new_id]))) == "back"


@pytest.mark.parametrize("after", some((11,), of=LOOKS))
def test_record_holds_what_there_was_before(world, after):
    """It should not record as former what it has changed itself."""
    world.endpoint("kept", "orders", "ANY", StaticMembers=["orders-1"])
    world.swap()
    is_late(world, after)
    settle(world)
    found = {one.name: one.static for one in recorded(world).endpoints}
    assert found == {"reports": (), "kept": ("orders-1",)}
    assert world.endpoints()["reports"] == ("orders", list(REPORTS.static))


def test_record_is_made_once(world):
    """It should not make it anew where a look shows the old cluster without the record that was seen before."""
    world.swap()
    operator, context = world.operator(), new_context()
    while "CreateDBClusterEndpoint" not in world.changed_by():
        operator.act(context)
    found = world.place.show_cluster(RETIRED)
    keys = [key for key in tags_of(found) if key.startswith("switchyard:before-swap")]
    world.rds.remove_tags_from_resource(ResourceName=found["DBClusterArn"], TagKeys=keys)
    settle(world, operator, context)
    assert keys
    assert luggage.recall(tags_of(world.place.show_cluster(RETIRED)), stamp=STAMP) is None


def settle(world, operator=None, context=None):
    """Act to the end, by default to carry over, with another try where AWS says that something is there already."""
    operator, context = operator or world.operator(), context or new_context()
    wanted = True
    while wanted is not None:
        try:
            wanted = operator.act(context)
        except ClientError as error:
            if disposition(error) is not Disposition.CONFLICT:
                raise
        time.sleep(0.01)


def recorded(world):
    """What there was around the live name before the swap, as it was written down."""
    return luggage.recall(tags_of(world.place.show_cluster(RETIRED)), stamp=STAMP).surroundings
