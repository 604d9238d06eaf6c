"""The watch over recovery points in the target account: what it counts, whom it tells, and how often."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from switchyard.aurora_recovery.manifest import Manifest, cluster_contents
from switchyard.aurora_recovery.selection import AllowList
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.aws.connections import aws_client
from switchyard.errors import CheckFailed
from switchyard.ledger.watching import WatchLedger
from switchyard.operators.aurora.watch import FindUsablePointOperator, TellOutagesOperator
from tests.support.aws_connections import TARGET
from tests.support.control_plane import BUCKET, new_context, run_step

PIPELINE = "aurora_recovery/orders"
NOW = datetime.now(UTC).replace(microsecond=0)
STEP = {"timeout": timedelta(minutes=1), "poll_interval": 0.05, **TARGET}


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def stamp(minutes):
    return f"{NOW - timedelta(minutes=minutes):%y%m%d%H%M}-0a1b2c"


def name(minutes):
    return f"orders-rp-{stamp(minutes)}"


class World:
    """Recovery points by their age in minutes, a queue that hears what the topic tells, and a ledger."""

    def __init__(self, accounts, dsn, topic="alerts"):
        self.accounts, self.ledger = accounts, WatchLedger(dsn)
        recovery, target = accounts.recovery, accounts.target
        self.key = recovery.key("alias/switchyard-recovery", "222222222222")
        self.own_key = target.key("alias/switchyard-orders")
        recovery.cluster(StorageEncrypted=True, KmsKeyId=self.key)
        recovery.bucket()
        self.topic = target.client("sns").create_topic(Name=topic)["TopicArn"]
        self.sqs = target.client("sqs")
        self.queue = self.sqs.create_queue(QueueName="pager")["QueueUrl"]
        known = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        arn = known["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        target.client("sns").subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )

    def point(self, minutes, *, local=False):
        """Share a recovery point, and copy it locally where asked."""
        recovery, moment = self.accounts.recovery, NOW - timedelta(minutes=minutes)
        snapshot = recovery.snapshot(name(minutes))
        recovery.share(name(minutes), "222222222222")
        manifest = Manifest(
            pipeline=PIPELINE,
            run_id="scheduled__1",
            stamp=stamp(minutes),
            source_account_id="111111111111",
            source_region="us-west-2",
            source_time=moment,
            snapshot_ids={"us-west-1": name(minutes)},
            **cluster_contents(recovery.show_cluster("orders"), []),
        )
        self.write(minutes, manifest.to_json())
        if local:
            tags = {"pipeline": PIPELINE, "run": stamp(minutes), "source_time": utc_text(moment)}
            self.accounts.target.copy(snapshot, self.own_key, role="local-copy", **tags)

    def manifest_key(self, minutes):
        return f"manifests/orders/{name(minutes)}.json"

    def write(self, minutes, text):
        s3 = self.accounts.recovery.client("s3")
        s3.put_object(Bucket=BUCKET, Key=self.manifest_key(minutes), Body=text.encode())

    def find(self):
        allow = AllowList(PIPELINE, "111111111111", "222222222222", "us-west-1", "orders", "aurora-mysql")
        operator = FindUsablePointOperator(
            task_id="find", allow=allow, manifest_bucket=BUCKET, manifest_prefix="manifests", **STEP
        )
        return run_step(operator, new_context())

    def look(self, *, found=..., **changed):
        """Look once; what is amiss, or nothing."""
        wanted = {"rpo_minutes": 90, "drill_days": None, "topic_arn": self.topic} | changed
        handed = self.find() if found is ... else found
        operator = TellOutagesOperator(task_id="tell", pipeline=PIPELINE, found=handed, **wanted, **STEP)
        try:
            run_step(operator, new_context())
        except CheckFailed as failed:
            return str(failed)
        return ""

    def told(self):
        """The alerts since the last look into the queue: what happened, and to what."""
        bodies = []
        while messages := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in messages:
                bodies.append(json.loads(one["Body"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
        return [(one["event"], one["cause"]) for one in bodies]


@pytest.fixture
def world(accounts, recorded, ledger_dsn):
    return World(accounts, ledger_dsn)


def test_a_share_and_a_local_copy_count(world):
    """It should take the newest of both, and prefer the copy of the same instant, which outlives the source account."""
    world.point(30)
    assert world.find()["snapshot_arn"].split(":")[4] == "111111111111"
    world.point(20, local=True)
    found = world.find()
    assert found["snapshot_arn"].endswith(f"222222222222:cluster-snapshot:{name(20)}")
    assert found["data_as_of"] == utc_text(NOW - timedelta(minutes=20))


def test_only_what_can_be_restored_counts(world):
    """It should pass over points without a manifest, with another's, or under a dead key, and say why."""
    world.point(40, local=True)
    for minutes in (30, 20, 10):
        world.point(minutes)
    world.accounts.recovery.client("s3").delete_object(Bucket=BUCKET, Key=world.manifest_key(30))
    world.write(20, "{}")
    world.accounts.recovery.client("kms").disable_key(KeyId=world.key)
    found = world.find()
    assert found["snapshot_arn"].endswith(name(40))
    refused = " ".join(found["refused"])
    for minutes, why in ((30, "is missing"), (20, "manifest.schema"), (10, "is Disabled")):
        assert name(minutes) in refused
        assert why in refused


def test_an_outage_is_told_once_and_its_end_once(world):
    """It should be red at every look, but speak only when an outage begins and when it is over."""
    assert "none" in world.look()
    assert world.told() == [("outage began", "recovery point")]
    world.point(185)
    assert "3 hours old" in world.look()
    assert world.told() == []
    world.point(5)
    assert world.look() == ""
    assert world.told() == [("outage is over", "recovery point")]
    assert world.look() == ""
    assert world.told() == []


def test_silence_of_the_drills_is_an_outage_too(world):
    """It should ask for a restore that was proved, in the time that is configured."""
    world.point(5)
    assert "was ever proved" in world.look(drill_days=30)
    test = {"dag_id": "recovery_restore__orders", "pipeline": PIPELINE, "mode": "test"}
    world.ledger.record_recovery_test(**test, run_id="1", outcome="failed", finished_at=NOW)
    assert "was ever proved" in world.look(drill_days=30)
    assert world.told() == [("outage began", "proved restore")]
    world.ledger.record_recovery_test(**test, run_id="2", outcome="proved", finished_at=NOW)
    assert world.look(drill_days=30) == ""
    assert world.told() == [("outage is over", "proved restore")]


def test_a_look_that_failed_is_told_and_ends_nothing(world):
    """It should not take blindness for health."""
    world.look()
    assert "the step that looks for recovery points failed" in world.look(found=None)
    assert world.told() == [("outage began", "recovery point"), ("outage began", "look")]
    world.point(5)
    assert world.look() == ""
    assert sorted(world.told()) == [("outage is over", "look"), ("outage is over", "recovery point")]


def test_without_a_ledger_every_look_speaks(world):
    """It should tell again rather than not at all while nobody can remember."""
    for _ in range(2):
        assert "no_such_ledger" in world.look(ledger_conn_id="no_such_ledger")
        assert sorted(world.told()) == [("outage began", "ledger"), ("outage began", "recovery point")]


def test_a_topic_that_refuses_is_told_at_the_next_look(world):
    """It should not count people as told before SNS has taken the message."""
    world.accounts.sandbox.fault("sns:Publish", "error", code="AuthorizationError", times=1)
    with pytest.raises(Exception, match="AuthorizationError"):
        world.look()
    assert world.ledger.open_outages(PIPELINE) == []
    world.look()
    assert world.told() == [("outage began", "recovery point")]


@pytest.mark.parametrize(
    ("moment", "messages"), [("before-call.sns.Publish", 1), ("after-call.sns.Publish", 2)]
)
def test_a_killed_look_tells_twice_rather_than_never(world, moment, messages):
    """It should tell again where it died before it could note that it had told, and keep one outage."""

    def kill(**_):
        raise Killed

    sns = aws_client("sns", **TARGET)
    sns.meta.events.register(moment, kill)
    try:
        with pytest.raises(Killed):
            world.look()
    finally:
        sns.meta.events.unregister(moment, kill)
    assert world.ledger.open_outages(PIPELINE) == []
    world.look()
    world.look()
    assert world.told() == [("outage began", "recovery point")] * messages
    assert len(world.ledger.open_outages(PIPELINE)) == 1


def test_a_dry_run_tells_nobody(world):
    """It should plan its alerts and leave the ledger alone."""
    wanted = {"rpo_minutes": 90, "drill_days": 1, "topic_arn": world.topic}
    operator = TellOutagesOperator(task_id="tell", pipeline=PIPELINE, found=world.find(), **wanted, **STEP)
    planned = run_step(operator, new_context(dry_run=True))["planned_calls"]
    assert [one["operation"] for one in planned] == ["Publish", "Publish"]
    assert world.told() == []
    assert world.ledger.open_outages(PIPELINE) == []
