"""Retention over both Regions of the source account, with the target's acknowledgements in the bucket."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from switchyard.aurora_recovery.retention import expired
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.aws.connections import aws_client
from switchyard.operators.aurora.retention import ApplyRetentionOperator, owned
from switchyard.operators.aurora.step import PROTECTED
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import BUCKET, new_context, run_step

PIPELINE = "aurora_recovery/orders"
NOW = datetime.now(UTC)
RECOVERY = SOURCE | {"region_name": "us-west-1"}


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def stamp(days):
    return f"{NOW - timedelta(days=days):%y%m%d%H%M}-0a1b2c"


def name(days):
    return f"orders-rp-{stamp(days)}"


class World:
    """Recovery points of some days ago and their copies, by age in days."""

    def __init__(self, accounts):
        self.accounts, self.places = accounts, (accounts.source, accounts.recovery)
        self.key = accounts.recovery.key("alias/switchyard-recovery")
        source_key = accounts.source.key("alias/switchyard-source")
        accounts.source.cluster(StorageEncrypted=True, KmsKeyId=source_key)
        accounts.recovery.bucket()

    def points(self, *ages, **tags):
        for days in ages:
            own = {
                "pipeline": PIPELINE,
                "run": stamp(days),
                "source_time": utc_text(NOW - timedelta(days=days)),
                **tags,
            }
            point = self.accounts.source.snapshot(name(days), **{"role": "recovery-point"} | own)
            self.accounts.recovery.copy(point, self.key, **{"role": "recovery-copy"} | own)

    def acknowledge(self, days, *, proved=False, content=None):
        document = {"snapshot_id": name(days), "stamp": stamp(days), "copied_at": utc_text(NOW)}
        document["proved_at"] = utc_text(NOW) if proved else None
        body = json.dumps(document) if content is None else content
        key = f"acknowledgements/orders/{name(days)}.json"
        self.accounts.recovery.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())

    def apply(self, *, context=None, **changed):
        arguments = {
            "task_id": "apply_retention",
            "pipeline": PIPELINE,
            "source_id": "orders",
            "regions": ["us-west-1", "us-west-2"],
            "bucket": BUCKET,
            "acknowledgements_prefix": "acknowledgements",
            "keep_last": 1,
            "keep_days": 0,
            "require_acknowledgement": True,
            "timeout": timedelta(minutes=1),
            "poll_interval": 0.05,
            **RECOVERY,
        }
        return run_step(ApplyRetentionOperator(**arguments | changed), context or new_context())

    def kept(self):
        return [place.snapshots() for place in self.places]


@pytest.fixture
def world(accounts):
    return World(accounts)


def both(*ages):
    return [{name(days) for days in ages}] * 2


def test_what_is_old_goes_in_both_regions(world):
    """It should delete the points and the copies beyond the newest, and say which."""
    world.points(1, 2, 3, 4)
    world.acknowledge(1)
    deleted = world.apply(keep_last=2)["deleted"]
    assert deleted == sorted(
        f"{region}/{name(days)}" for region in ("us-west-1", "us-west-2") for days in (3, 4)
    )
    assert world.kept() == both(1, 2)


def test_what_is_young_stays(world):
    """It should keep everything of the last days, however many there are."""
    world.points(1, 2, 3, 4)
    world.acknowledge(1)
    world.apply(keep_days=3)
    assert world.kept() == both(1, 2)


def test_the_newest_stays_however_old(world):
    """It should never delete the last recovery point there is."""
    world.points(400)
    world.acknowledge(400)
    world.apply()
    assert world.kept() == both(400)


def test_the_last_proved_one_stays(world):
    """It should keep the newest that a recovery proved, and let older proved ones go."""
    world.points(1, 2, 3, 4)
    world.acknowledge(1)
    world.acknowledge(3, proved=True)
    world.acknowledge(4, proved=True)
    world.apply()
    assert world.kept() == both(1, 3)


@pytest.mark.parametrize("acknowledged", [None, 4])
def test_nothing_goes_before_something_newer_arrived(world, acknowledged):
    """It should delete nothing that is not replaced by an acknowledged newer one."""
    world.points(1, 2, 3, 4)
    if acknowledged:
        world.acknowledge(acknowledged)
    world.accounts.changes()
    assert world.apply()["deleted"] == []
    assert world.accounts.changes() == []


def test_what_is_older_than_the_acknowledged_one_may_go(world):
    """It should keep what is newer than the newest acknowledged one."""
    world.points(1, 2, 3, 4)
    world.acknowledge(2)
    world.apply()
    assert world.kept() == both(1, 2)


def test_what_is_being_copied_stays(world):
    """It should keep the source of a copy in flight, and the copy."""
    world.points(1, 3)
    world.acknowledge(1)
    world.accounts.sandbox.durations({"cluster-snapshot.copy": 100})
    world.points(2)
    world.apply()
    assert world.kept() == both(1, 2)


def test_what_cannot_be_deleted_now_does_not_hold_up_the_rest(world):
    """It should leave what somebody copies just now to the next run, and end well."""
    world.points(1, 2, 3)
    world.acknowledge(1)
    busy = {"code": "InvalidDBClusterSnapshotStateFault", "region": "us-west-1", "times": 99}
    world.accounts.sandbox.fault("rds:DeleteDBClusterSnapshot", "error", **busy)
    assert world.apply()["deleted"] == [f"us-west-2/{name(days)}" for days in (3, 2)]
    assert world.kept() == [{name(1)}, {name(days) for days in (1, 2, 3)}]


def test_foreign_snapshots_stay(world):
    """It should touch no snapshot of another pipeline, of a person, or kept as final, whatever it is called."""
    world.points(1)
    world.acknowledge(1)
    source = world.accounts.source
    old = {"run": stamp(9), "source_time": utc_text(NOW - timedelta(days=9))}
    source.snapshot("orders-rp-by-hand")
    source.snapshot("orders-rp-billing", pipeline="aurora_recovery/billing", role="recovery-point", **old)
    source.snapshot("orders-final-9", pipeline=PIPELINE, role="final", **old)
    source.snapshot("orders-rp-stampless", pipeline=PIPELINE, role="recovery-point")
    world.accounts.changes()
    world.apply()
    assert world.accounts.changes() == []


@pytest.mark.parametrize("broken", ["yesterday", "2026-02-01T00:00:00"])
def test_a_broken_tag_of_another_snapshot_is_no_obstacle(world, broken):
    """It should do its work beside tags that somebody wrote by hand."""
    world.points(1, 2)
    world.acknowledge(1)
    world.accounts.source.snapshot("by-hand", source_time=broken)
    assert len(world.apply()["deleted"]) == 2


def test_a_failed_old_snapshot_goes(world):
    """It should clear broken recovery points away, which count as none."""
    world.points(1, 2)
    world.acknowledge(1)
    where = {"account": "111111111111", "region": "us-west-2"}
    world.accounts.sandbox.force_status("db_cluster_snapshot", name(2), "failed", **where)
    world.apply(keep_last=5)
    assert world.kept() == [{name(1)}, {name(1), name(2)}]


def test_deletes_exactly_what_the_function_says(world):
    """It should hand the function all that AWS and the bucket hold, and delete what it answers in each Region."""
    world.points(1, 2, 5, 8, 13, 21, 34)
    world.points(3, pipeline="aurora_recovery/billing")
    world.acknowledge(2)
    world.acknowledge(13, proved=True)
    source = {"account": "111111111111", "region": "us-west-2"}
    world.accounts.sandbox.force_status("db_cluster_snapshot", name(8), "failed", **source)
    world.accounts.recovery.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name(5))
    rules = {"keep_last": 2, "keep_days": 4}
    expected = set()
    for place in world.places:
        doomed = expired(
            [owned(one) for one in PROTECTED["cluster"].snapshots.manual(place.rds)],
            pipeline=PIPELINE,
            now=NOW,
            acknowledged={stamp(2), stamp(13)},
            proved={stamp(13)},
            **rules,
        )
        expected |= {f"{place.region}/{one.snapshot_id}" for one in doomed}
    before = dict(zip(("us-west-2", "us-west-1"), world.kept(), strict=True))
    assert world.apply(**rules)["deleted"] == sorted(expected)
    assert len(expected) == 7
    after = dict(zip(("us-west-2", "us-west-1"), world.kept(), strict=True))
    gone = {f"{region}/{one}" for region in before for one in before[region] - after[region]}
    assert gone == expected


def test_an_acknowledgement_of_something_unknown_confirms_nothing(world):
    """It should not let an acknowledgement that names no snapshot here free anything."""
    world.points(1, 2)
    world.acknowledge(0)
    assert world.apply()["deleted"] == []


@pytest.mark.parametrize(
    "content", ["no{", "[]", "{}", '"text"', '{"stamp": 1, "copied_at": [1]}', '{"copied_at": "x"}']
)
def test_a_malformed_acknowledgement_confirms_nothing(world, content):
    """It should pass over what another account wrote wrongly, and still do its work."""
    world.points(1, 2, 3)
    world.acknowledge(1)
    world.acknowledge(2, content=content)
    world.apply()
    assert world.kept() == both(1)


def test_a_lost_answer_is_no_failure(world):
    """It should go on where AWS deleted and nobody heard."""
    world.points(1, 2)
    world.acknowledge(1)
    world.accounts.sandbox.fault("rds:DeleteDBClusterSnapshot", "lost-response")
    world.apply()
    assert world.kept() == both(1)


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
@pytest.mark.parametrize("deletion", [1, 2, 3, 4])
def test_a_killed_run_ends_the_same(world, moment, deletion):
    """It should delete the same snapshots after a kill around any of its deletions."""
    world.points(1, 2, 3)
    world.acknowledge(1)
    counted = []

    def kill(model, **_):
        counted.append(model.name)
        if len(counted) == deletion:
            raise Killed

    clients = [aws_client("rds", **SOURCE), aws_client("rds", **RECOVERY)]
    event = f"{moment}.rds.DeleteDBClusterSnapshot"
    for client in clients:
        client.meta.events.register(event, kill)
    context = new_context()
    try:
        with pytest.raises(Killed):
            world.apply(context=context)
        world.apply(context=context)
    finally:
        for client in clients:
            client.meta.events.unregister(event, kill)
    assert world.kept() == both(1)
