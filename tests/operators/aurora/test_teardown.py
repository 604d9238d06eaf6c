"""What a teardown must leave alone, and what it takes away however it was left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.errors import BadInput, NotAllowed
from switchyard.operators.aurora.teardown import TearDownCandidateOperator
from tests.support.aws_connections import TARGET
from tests.support.control_plane import new_context, own_tags, run_step

PIPELINE, STAMP = "aurora_recovery/orders", "2602010000-0a1b2c"
CANDIDATE = f"orders-new-{STAMP}"
OWN = own_tags(pipeline=PIPELINE, run=STAMP, role="candidate")
ACCEPTED = {"mode": "test", "snapshot_id": "orders-rp-2602010000-0a1b2c", "instances": ["orders-1"]}


@pytest.fixture
def place(accounts):
    """The target account with a live cluster, and a bystander."""
    accounts.target.cluster()
    accounts.target.cluster("billing")
    return accounts.target


def tear_down(**changed):
    """Run the step to its end, which is that it cannot tell the ledger that is not there."""
    arguments = {
        "task_id": "tear_down_candidate", "pipeline": PIPELINE, "stamp": STAMP, "live_id": "orders",
        "accepted": ACCEPTED, "restored": {"resource_id": "any"}, "keep_last": 1, "keep_days": 0,
        "unseen_for": timedelta(0), "ledger_conn_id": "no_such_ledger", "timeout": timedelta(minutes=1),
        "poll_interval": 0.05, **TARGET,
    }  # fmt: skip
    with pytest.raises(BadInput, match=r"no_such_ledger"):
        run_step(TearDownCandidateOperator(**arguments | changed), new_context())


def clusters(place):
    return {one["DBClusterIdentifier"] for one in place.rds.describe_db_clusters()["DBClusters"]}


@pytest.mark.parametrize("status", ["available", "stopped"])
def test_a_test_is_torn_down_from_any_state(place, status):
    """It should delete the candidate with its instances, also one that somebody stopped, and nothing else."""
    place.cluster(CANDIDATE, Tags=OWN + own_tags(mode="test"))
    place.instance(f"orders-1-new-{STAMP}", CANDIDATE, Tags=OWN)
    if status == "stopped":
        place.rds.stop_db_cluster(DBClusterIdentifier=CANDIDATE)
    tear_down()
    assert clusters(place) == {"orders", "billing"}
    assert place.rds.describe_db_instances()["DBInstances"] == []
    tear_down()  # a killed one that is run again finds nothing, and ends in the same way


@pytest.mark.parametrize(
    ("tags", "settings", "found"),
    [
        ([], {}, r"adopting cluster orders-new-.*wanted aurora_recovery/orders"),
        (own_tags(pipeline=PIPELINE, run="2602010000-ffffff", mode="test"), {}, r"adopting cluster"),
        (OWN + own_tags(mode="swap"), {}, r"it was made in mode swap"),
        (OWN + own_tags(mode="test", swap_run=STAMP), {}, r"a swap of it has begun"),
        (OWN + own_tags(mode="test"), {"DeletionProtection": True}, r"deletion protection"),
    ],
)
def test_what_is_not_this_tests_own_is_left_alone(place, tags, settings, found):
    """It should refuse, by name, a cluster of others, of another run or mode, one in a swap, and a protected one."""
    place.cluster(CANDIDATE, Tags=tags, **settings)
    with pytest.raises(NotAllowed, match=found):
        tear_down()
    assert CANDIDATE in clusters(place)


def test_an_instance_of_others_keeps_the_candidate(place):
    """It should name an instance that somebody added to the candidate, and delete nothing."""
    place.cluster(CANDIDATE, Tags=OWN + own_tags(mode="test"))
    place.instance("reporting", CANDIDATE)
    with pytest.raises(NotAllowed, match=r"adopting instance reporting"):
        tear_down()
    assert len(place.rds.describe_db_instances()["DBInstances"]) == 1


@pytest.mark.parametrize("mode", ["swap", "keep"])
def test_other_modes_keep_their_candidate(place, mode):
    """It should be skipped and say why, also where the accepting step has failed when it was run again."""
    place.cluster(CANDIDATE, Tags=OWN + own_tags(mode=mode))
    for accepted in (ACCEPTED | {"mode": mode}, None):
        with pytest.raises(AirflowSkipException, match=rf"the run is in mode {mode}"):
            tear_down(accepted=accepted)
    assert CANDIDATE in clusters(place)


def test_a_run_that_made_nothing_is_skipped(place):
    """It should look, and delete nothing."""
    with pytest.raises(AirflowSkipException, match=r"the run made nothing"):
        tear_down(accepted=None, restored=None)
    assert clusters(place) == {"orders", "billing"}


def copies(place, *needed):
    """Two local copies, of which the older one is what the run restored from, and which runs of these stamps need."""
    for stamp, moment, tags in (
        (
            "2602010000-0a1b2c",
            "2026-02-01T00:00:00+00:00",
            {f"needed-by-{one}": until for one, until in needed},
        ),
        ("2602020000-0a1b2c", "2026-02-02T00:00:00+00:00", {}),
    ):
        own = {"pipeline": PIPELINE, "run": stamp, "role": "local-copy", "source_time": moment}
        place.snapshot(f"orders-rp-{stamp}", **own, **tags)
    return place


def left(place):
    found = place.rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    return {one["DBClusterSnapshotIdentifier"]: {tag["Key"] for tag in one["TagList"]} for one in found}


def test_a_local_copy_goes_with_the_candidate(place):
    """It should delete the copy that retention does not ask for, also where a run that died long ago needed it."""
    copies(place, (STAMP, "2099-01-01T00:00:00+00:00"), ("2601010000-dddddd", "2026-01-03T00:00:00+00:00"))
    tear_down()
    assert set(left(place)) == {"orders-rp-2602020000-0a1b2c"}


def test_a_local_copy_that_another_run_needs_stays(place):
    """It should give up the run's own need alone while another drill restores from the same copy."""
    copies(place, (STAMP, "2099-01-01T00:00:00+00:00"), ("2602010000-eeeeee", "2099-01-01T00:00:00+00:00"))
    tear_down()
    tags = left(place)["orders-rp-2602010000-0a1b2c"]
    assert "switchyard:needed-by-2602010000-eeeeee" in tags
    assert f"switchyard:needed-by-{STAMP}" not in tags
