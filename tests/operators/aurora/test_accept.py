"""Recovery points that must be refused, whoever announces them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from switchyard.aurora_recovery.manifest import Manifest, cluster_contents
from switchyard.aurora_recovery.message import RecoveryPointMessage
from switchyard.aurora_recovery.selection import AllowList
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.errors import BadInput
from switchyard.operators.aurora.accept import AcceptRecoveryPointOperator
from tests.support import figures
from tests.support.aws_connections import TARGET
from tests.support.broken_messages import BROKEN, broken_body
from tests.support.control_plane import BUCKET, LOGIN, Place, new_context, own_tags, run_step

PIPELINE = "aurora_recovery/orders"
STRANGER = "999999999999"
NOW = datetime.now(UTC).replace(microsecond=0)
ALLOW = AllowList(
    pipeline=PIPELINE,
    source_account_id="111111111111",
    own_account_id="222222222222",
    region="us-west-1",
    source_id="orders",
    engine="aurora-mysql",
)
SETTINGS = {
    "task_id": "accept_recovery_point",
    "allow": ALLOW,
    "live_id": "orders",
    "rename_instances": True,
    "kms_key_id": "alias/switchyard-orders",
    "snapshot_arn": "",
    "max_age_minutes": 90,
    "manifest_bucket": BUCKET,
    "manifest_prefix": "manifests",
    "login_secret_id": LOGIN,
    "stamp": "2602010000-ffffff",
    "timeout": timedelta(minutes=1),
    "poll_interval": 0.05,
    **TARGET,
}


def stamp_of(moment, digits="0a1b2c"):
    return f"{moment:%y%m%d%H%M}-{digits}"


class Offer:
    """A shared snapshot with its manifest and its announcement, all from one source account in the recovery Region."""

    def __init__(
        self, place, *, cluster="orders", moment=NOW, digits="0a1b2c", key="alias/switchyard-recovery"
    ):
        self.place, self.moment, self.stamp = place, moment, stamp_of(moment, digits)
        self.name = f"{cluster}-rp-{self.stamp}"
        described = place.show_cluster(cluster)
        place.snapshot(self.name, cluster)
        place.share(self.name, "222222222222")
        self.arn = place.show_snapshot(self.name)["DBClusterSnapshotArn"]
        self.key_arn = place.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
        self.manifest = Manifest(
            pipeline=PIPELINE,
            run_id="scheduled__1",
            stamp=self.stamp,
            source_account_id=place.account,
            source_region="us-west-2",
            source_time=moment,
            snapshot_ids={"us-west-2": self.name, "us-west-1": self.name},
            **cluster_contents(described, []),
        )

    def store(self, text=None):
        key = f"manifests/{self.manifest.source_id}/{self.name}.json"
        body = self.manifest.to_json() if text is None else text
        self.place.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        return self

    def message(self, **changed):
        message = RecoveryPointMessage(
            run_id="scheduled__1",
            stamp=self.stamp,
            pipeline=PIPELINE,
            source_account_id=self.place.account,
            source_region="us-west-2",
            source_id=self.name.partition("-rp-")[0],
            source_resource_id=self.manifest.source_resource_id,
            snapshot_arn=self.arn,
            source_time=self.moment,
            engine="aurora-mysql",
            engine_version=self.manifest.engine_version,
            kms_key_arn=self.key_arn,
            manifest_uri=f"s3://{BUCKET}/manifests/orders/{self.name}.json",
            manifest_sha256=self.manifest.sha256,
        )
        return json.dumps(json.loads(message.to_json()) | changed)


@pytest.fixture
def world(accounts):
    """Both accounts with their keys, bucket and login; the source's cluster stands in the recovery Region for short."""
    recovery, target = accounts.recovery, accounts.target
    key = recovery.key("alias/switchyard-recovery", "222222222222")
    recovery.cluster(StorageEncrypted=True, KmsKeyId=key)
    recovery.bucket()
    target.key("alias/switchyard-orders")
    target.login()
    return accounts


@pytest.fixture
def accept(world):
    """Run the step for the announced messages; it must change nothing, whatever comes out."""

    def run(*messages, events=(), **changed):
        world.changes()
        context = new_context(messages=messages)
        context["triggering_asset_events"]["others"] = [SimpleNamespace(extra=one) for one in events]
        try:
            return run_step(AcceptRecoveryPointOperator(**SETTINGS | changed), context)
        finally:
            assert world.changes() == []

    return run


@pytest.fixture
def offer(world):
    """An offer that nothing is wrong with."""
    return Offer(world.recovery).store()


def test_a_sound_announcement_is_accepted(accept, offer):
    """It should hand on the snapshot, and the hash of what it read."""
    accepted = accept(offer.message())
    assert accepted["snapshot_arn"] == offer.arn
    assert accepted["manifest_sha256"] == offer.manifest.sha256
    assert accepted["source_time"] == utc_text(NOW)


def test_an_event_of_another_dag_takes_the_newest(accept, world, offer):
    """It should choose by itself where an event of an asset carries no announcement, or is made by hand."""
    Offer(world.recovery, moment=NOW - timedelta(minutes=10), digits="999999").store()
    assert accept(events=({}, {"from_rest_api": True}, None))["snapshot_arn"] == offer.arn


def test_no_broken_message_changes_anything(accept, offer):
    """It should refuse each broken announcement by the field at fault, before any call that could change something."""
    with figures.tally("bad-input", kind="announcements of recovery points") as tally:
        for case in BROKEN:
            with tally.case(), pytest.raises(BadInput, match=re.escape(case["field"])):
                accept(broken_body(case, offer.message()))


def test_a_forged_message_is_refused(accept, world):
    """It should refuse a snapshot of a third account, well formed as its announcement may be."""
    stranger = Place(world.sandbox, STRANGER, "us-west-1")
    key = stranger.key("alias/theirs", "222222222222")
    stranger.cluster(StorageEncrypted=True, KmsKeyId=key)
    forged = Offer(stranger, key="alias/theirs")
    with pytest.raises(
        BadInput,
        match=rf"^snapshot_arn is '{forged.arn}': no recovery point can be accepted: .*account {STRANGER} is not the "
        r"source account 111111111111\. Run the recovery_point DAG",
    ):
        accept(forged.message())


def test_strangers_cannot_crowd_a_recovery_point_out(accept, world, offer):
    """It should find the announced snapshot among any number of younger ones that others share."""
    stranger = Place(world.sandbox, STRANGER, "us-west-1")
    key = stranger.key("alias/theirs", "222222222222")
    stranger.cluster(StorageEncrypted=True, KmsKeyId=key)
    for number in range(30):
        stranger.snapshot(f"junk-{number}")
        stranger.share(f"junk-{number}", "222222222222")
    assert accept(offer.message())["snapshot_arn"] == offer.arn
    assert accept()["snapshot_arn"] == offer.arn


def test_a_snapshot_of_another_cluster_is_refused(accept, world):
    """It should refuse what the right account shares of the wrong cluster."""
    key = world.recovery.client("kms").describe_key(KeyId="alias/switchyard-recovery")["KeyMetadata"]["Arn"]
    world.recovery.cluster("billing", StorageEncrypted=True, KmsKeyId=key)
    other = Offer(world.recovery, cluster="billing").store()
    with pytest.raises(BadInput, match=r"it is of billing, not of orders\. Run the"):
        accept(other.message())


def test_a_stale_announcement_is_refused(accept, world):
    """It should not restore old data because an old message came late."""
    old = Offer(world.recovery, moment=NOW - timedelta(minutes=91)).store()
    with pytest.raises(
        BadInput, match=rf"its data is of {old.moment:%Y-%m-%d}.*, older than 90 minutes\. Run the"
    ):
        accept(old.message())


def test_a_person_may_name_an_old_snapshot(accept, world):
    """It should take a person's choice for what it is."""
    old = Offer(world.recovery, moment=NOW - timedelta(days=3)).store()
    assert accept(snapshot_arn=old.arn)["snapshot_arn"] == old.arn


def test_a_person_may_name_any_of_many_snapshots(accept, world):
    """It should look at the named one, however many newer ones there are."""
    old = Offer(world.recovery, moment=NOW - timedelta(days=3)).store()
    for number in range(26):
        name = f"orders-rp-{stamp_of(NOW)[:-2]}{number}"
        world.recovery.snapshot(name)
        world.recovery.share(name, "222222222222")
    assert accept(snapshot_arn=old.arn)["snapshot_arn"] == old.arn


@pytest.mark.parametrize("spoiled", ["forged", "malformed"])
def test_a_sound_announcement_is_accepted_among_others(accept, world, offer, spoiled):
    """It should restore what is sound, whatever else was put into the queue before the run began."""
    forged = {
        "source_time": utc_text(NOW + timedelta(days=365)),
        "stamp": "2701010000-ffffff",
        "snapshot_arn": "arn:aws:rds:us-west-1:111111111111:cluster-snapshot:orders-rp-2701010000-ffffff",
    }
    others = {"forged": offer.message(**forged), "malformed": "no{"}
    accepted = accept(others[spoiled], offer.message(), others[spoiled])
    assert accepted["snapshot_arn"] == offer.arn


def test_the_newest_of_several_announcements_is_accepted(accept, world, offer):
    """It should go by the times that AWS and the manifests tell, not by those that messages claim."""
    older = Offer(world.recovery, moment=NOW - timedelta(minutes=30), digits="ffffff").store()
    claimed = older.message(source_time=utc_text(NOW + timedelta(minutes=1)))
    assert accept(claimed, offer.message())["snapshot_arn"] == offer.arn


def test_a_forged_hash_does_not_spoil_a_sound_announcement(accept, offer):
    """It should take the manifest that one of the announcements promised."""
    accepted = accept(offer.message(manifest_sha256="0" * 64), offer.message())
    assert accepted["manifest_sha256"] == offer.manifest.sha256


def test_the_tag_of_an_own_copy_vouches_for_its_manifest(accept, world, offer):
    """It should refuse an exchanged manifest by the hash that the copy was tagged with."""
    accepted = accept(offer.message())
    own = {"pipeline": PIPELINE, "run": offer.stamp, "role": "local-copy"}
    copied = world.target.copy(world.recovery.show_snapshot(offer.name), "alias/switchyard-orders", **own)
    world.target.rds.add_tags_to_resource(
        ResourceName=copied["DBClusterSnapshotArn"],
        Tags=[{"Key": key, "Value": value} for key, value in accepted["snapshot_tags"].items()],
    )
    assert accept(snapshot_arn=copied["DBClusterSnapshotArn"])["manifest_sha256"] == offer.manifest.sha256
    offer.store(offer.manifest.to_json().replace("scheduled__1", "scheduled__2"))
    with pytest.raises(BadInput, match=r"^manifest\.sha256 is '[0-9a-f]{64}': [0-9a-f]{64} was recorded"):
        accept(snapshot_arn=copied["DBClusterSnapshotArn"])


@pytest.mark.parametrize("broken", ["yesterday", "2026-02-01T00:00:00", ""])
def test_a_broken_tag_of_another_snapshot_is_no_obstacle(accept, world, offer, broken):
    """It should look past tags that somebody wrote by hand, on snapshots and on the live cluster."""
    world.target.cluster(Tags=own_tags(source_time=broken))
    world.target.snapshot("orders-by-hand", source_time=broken)
    assert accept()["snapshot_arn"] == offer.arn


def test_a_duplicate_is_refused(accept, world, offer):
    """It should not restore again what the live cluster holds already."""
    world.target.cluster(Tags=own_tags(source_time=utc_text(NOW)))
    with pytest.raises(BadInput, match=r"and data of .* was restored already\. Run the"):
        accept(offer.message())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"snapshot_arn": None}, r"^message\.snapshot_arn is None: text was expected, null found"),
        ({"version": 2}, r"^message\.version is 2: this deployment reads version 1\. Upgrade"),
        ({"surprise": 1}, r"^message\.surprise is 1: this version has no such field"),
        ({"manifest_sha256": "x"}, r"^message\.manifest_sha256 is 'x': a SHA-256 has 64"),
    ],
)
def test_a_malformed_message_is_refused(accept, offer, changed, message):
    """It should name the field at fault and restore nothing from it."""
    with pytest.raises(BadInput, match=message):
        accept(offer.message(**changed))


def test_a_message_that_is_no_json_is_refused(accept, offer):
    """It should say so rather than stumble."""
    with pytest.raises(BadInput, match=r"^message is 'no\{': it is not JSON.* Nothing was restored from it"):
        accept("no{")


def test_a_missing_manifest_is_named(accept, world):
    """It should not restore with AWS's defaults where the manifest is gone."""
    bare = Offer(world.recovery)
    with pytest.raises(
        BadInput,
        match=rf"^manifest is 'manifests/orders/{bare.name}\.json': bucket {BUCKET} holds no such object\. Restore it",
    ):
        accept(bare.message())


def test_an_exchanged_manifest_is_refused(accept, offer):
    """It should compare what it reads with the announced hash."""
    offer.store(offer.manifest.to_json().replace("scheduled__1", "scheduled__2"))
    with pytest.raises(
        BadInput, match=r"^manifest\.sha256 is '[0-9a-f]{64}': [0-9a-f]{64} was recorded for it\. Nothing was"
    ):
        accept(offer.message())


def test_a_manifest_of_another_pipeline_is_refused(accept, offer):
    """It should not take the settings of another pipeline's cluster, even from the right place."""
    offer.store(offer.manifest.to_json().replace(PIPELINE, "aurora_recovery/billing"))
    with pytest.raises(
        BadInput, match=r"it describes 111111111111, orders, aurora_recovery/billing, .* Somebody"
    ):
        accept()


LONG = "o" * 42
AUTOSCALED = "application-autoscaling-5f0c3a52-9d0e-4f6b-8a1b-6c1f0a1b2c3d"


def with_instance(offer, name):
    """The same offer of a source with one instance."""
    instance = offer.place.instance(name)
    described = cluster_contents(offer.place.show_cluster("orders"), [instance])
    offer.manifest = replace(offer.manifest, **described)
    return offer.store()


@pytest.mark.parametrize("place", ["source", "live"])
def test_names_without_room_are_refused_early(accept, world, offer, place):
    """It should count what the run adds to the names of instances before it restores anything."""
    if place == "source":
        with_instance(offer, LONG)
    else:
        world.target.cluster()
        world.target.instance(LONG)
    with pytest.raises(
        BadInput, match=rf"^instance is '{LONG}': it has 42 characters, 41 fit\. Use at most 41"
    ):
        accept(offer.message())
    if place == "live":
        assert accept(offer.message(), rename_instances=False)


def test_instances_of_auto_scaling_keep_their_names(accept, world, offer):
    """It should let readers be that nobody reaches by name and that come and go by themselves."""
    live = world.target.cluster()["DbClusterResourceId"]
    world.target.instance(AUTOSCALED)
    with_instance(offer, AUTOSCALED)
    accepted = accept(offer.message())
    assert accepted["live_resource_id"] == live


def test_a_broken_manifest_spoils_its_own_snapshot_only(accept, world, offer):
    """It should still accept another recovery point that is named."""
    Offer(world.recovery, moment=NOW - timedelta(minutes=5), digits="ffffff").store("no{")
    assert accept(offer.message())["snapshot_arn"] == offer.arn


def test_nothing_shared_is_said_plainly(accept):
    """It should tell what to do on the first day."""
    with pytest.raises(
        BadInput,
        match=r"^snapshot_arn is 'the newest suitable one': .*no snapshot is shared with this account\. Run",
    ):
        accept()


def test_a_full_quota_of_clusters_is_refused(accept, world, offer, limits):
    """It should count clusters before it restores one more."""
    world.target.cluster()
    limits.clusters = 1
    with pytest.raises(
        BadInput, match=r"^quota DBClusters in us-west-1 is '1 of 1 used': the run needs 1 more"
    ):
        accept(offer.message())


def test_room_for_the_final_snapshot_is_asked_for_early(accept, world, offer, limits):
    """It should count the snapshot of what is replaced too, which comes hours after the local copy."""
    limits.manual_cluster_snapshots = 1
    assert accept(offer.message())
    world.target.cluster()
    with pytest.raises(
        BadInput, match=r"^quota ManualClusterSnapshots .* '0 of 1 used': the run needs 2 more"
    ):
        accept(offer.message())


def test_a_full_quota_of_instances_is_refused(accept, world, limits):
    """It should count the instances that the manifest asks for."""
    world.recovery.instance()
    crowded = Offer(world.recovery)
    described = world.recovery.rds.describe_db_instances()["DBInstances"]
    contents = cluster_contents(world.recovery.show_cluster("orders"), described)
    crowded.manifest = Manifest(**{**vars(crowded.manifest), **contents})
    crowded.store()
    world.target.cluster()
    world.target.instance()
    limits.instances = 1
    with pytest.raises(
        BadInput, match=r"^quota DBInstances in us-west-1 is '1 of 1 used': the run needs 1 more"
    ):
        accept(crowded.message())


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_an_unusable_key_of_the_target_is_refused(accept, world, offer, state):
    """It should refuse before it makes what nobody could read."""
    kms = world.target.client("kms")
    key_id = kms.describe_key(KeyId="alias/switchyard-orders")["KeyMetadata"]["KeyId"]
    if state == "Disabled":
        kms.disable_key(KeyId=key_id)
    else:
        kms.schedule_key_deletion(KeyId=key_id)
    with pytest.raises(
        BadInput, match=rf"^target\.kms_key_id is 'alias/switchyard-orders': the key is {state}\. Name"
    ):
        accept(offer.message())


def test_a_missing_login_is_named(accept, offer):
    """It should look for the target's login before the restore, not after it."""
    with pytest.raises(
        BadInput,
        match=r"^login\.target_secret_id is 'nothing': DescribeSecret answers ResourceNotFound.* Create it",
    ):
        accept(offer.message(), login_secret_id="nothing")
