"""The announcement of a recovery point: its one form, and what it refuses to read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.aurora_recovery.message import ENVELOPE_LIMIT, MESSAGE_LIMIT, parse
from switchyard.errors import BadInput
from tests.support.broken_messages import BROKEN, broken_body

REMEDY = "Publish the recovery point again with a current recovery_point run."


def test_message_comes_back_equal(message):
    """It should read what it wrote, raw and in the envelope of SNS."""
    envelope = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": message.to_json()})
    assert parse(message.to_json()) == message
    assert parse(envelope) == message
    assert parse(envelope.encode()) == message


def test_message_knows_its_places(message):
    """It should take its Region, bucket and key apart."""
    assert message.snapshot_region == "us-west-1"
    assert message.manifest_bucket == "switchyard-manifests-111111111111"
    assert message.manifest_key == "manifests/orders/orders-rp-2601310930-0a1b2c.json"


def test_copies_of_an_announcement_are_known_by_their_id(message):
    """It should give both deliveries of one recovery point the same id, and another point another."""
    assert parse(message.to_json()).deduplication_id == message.deduplication_id
    assert len(message.deduplication_id) == 64
    assert replace(message, run_id="manual__2").deduplication_id != message.deduplication_id


def test_time_zones_of_the_sender_do_not_matter(message):
    """It should read an instant in any zone as the same instant."""
    body = message.to_json().replace("2026-01-31T09:30:05+00:00", "2026-01-31T10:30:05+01:00")
    assert parse(body) == message


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["case"])
def test_broken_messages_are_refused_by_field(case, message):
    """It should name the field at fault, what was expected, and how to go on."""
    with pytest.raises(BadInput, match=r".+") as refusal:
        parse(broken_body(case, message.to_json()))
    assert refusal.value.field == case["field"]
    assert case["says"] in refusal.value.problem
    assert refusal.value.remedy.endswith((REMEDY, "Upgrade the older deployment."))
    assert len(str(refusal.value).splitlines()) == 1
    if "set" in case and (field := case["field"].removeprefix("message.")) in case["set"]:
        assert refusal.value.value == case.get("shown", case["set"][field])


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00",
        "[" * 50_000,
        " " * (ENVELOPE_LIMIT + 1),
        json.dumps({"Type": "Notification", "Message": " " * (MESSAGE_LIMIT + 1)}),
        json.dumps({"schema": "x" * MESSAGE_LIMIT}),
    ],
    ids=["not UTF-8", "deep", "large", "large inside", "large field"],
)
def test_hostile_bodies_are_refused(body):
    """It should survive a body that is meant to break the reader, and not repeat it in full."""
    with pytest.raises(BadInput, match="message is") as refusal:
        parse(body)
    assert len(str(refusal.value)) < 600


@given(body=st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_noise_is_refused_and_nothing_else_happens(body):
    """It should answer any bytes with one error of ours."""
    with pytest.raises(BadInput, match=r"message|envelope"):
        parse(body)


@given(
    field=st.sampled_from(["snapshot_arn", "kms_key_arn", "manifest_uri", "source_time", "version", "stamp"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_any_value_is_read_or_refused(field, value):
    """It should never fail in another way than by a refusal, whatever a field holds."""
    data = {
        "schema": "switchyard.recovery-point",
        "version": 1,
        "run_id": "r",
        "pipeline": "a/b",
        field: value,
    }
    with pytest.raises(BadInput, match=r"message(\.| is .*no number of JSON)"):
        parse(json.dumps(data))
