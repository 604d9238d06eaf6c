"""The manifest: what it holds, its one form, and what it refuses to read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.aurora_recovery.manifest import MANIFEST_LIMIT, Manifest, instance_contents
from switchyard.errors import BadInput


def test_manifest_holds_the_members_a_person_made(manifest):
    """It should list the writer first, and leave out instances that autoscaling will make again."""
    assert [(it.instance_id, it.writer) for it in manifest.members] == [
        ("orders-1", True),
        ("orders-2", False),
    ]
    assert manifest.members[1].settings["DBInstanceClass"] == "db.serverless"
    assert manifest.members[0].tags == {"tier": "1"}


def test_manifest_holds_the_tags_a_person_chose(manifest):
    """It should drop tags that AWS reserves and those this project sets itself."""
    assert manifest.tags == {"team": "orders"}


def test_manifest_comes_back_equal(manifest):
    """It should read its own text, whatever is checked on the way."""
    assert Manifest.from_json(manifest.to_json(), sha256=manifest.sha256) == manifest
    assert Manifest.from_json(manifest.to_json().encode()) == manifest


def test_text_is_canonical(manifest):
    """It should write the same bytes whatever the order of what was captured."""
    shuffled = replace(
        manifest,
        settings=dict(reversed(manifest.settings.items())),
        row_counts=dict(reversed(manifest.row_counts.items())),
    )
    assert shuffled.to_json() == manifest.to_json()
    assert shuffled.sha256 == manifest.sha256
    assert replace(manifest, row_counts={"rental": 1}).sha256 != manifest.sha256
    assert json.loads(manifest.to_json())["source_time"] == "2026-01-31T09:30:05+00:00"


def test_plain_instance_has_a_manifest(manifest):
    """It should capture an instance without a cluster."""
    contents = instance_contents(
        {
            "DBInstanceIdentifier": "orders",
            "DbiResourceId": "db-ABC",
            "Engine": "postgres",
            "EngineVersion": "16.4",
            "DBInstanceClass": "db.t4g.medium",
            "MultiAZ": True,
        }
    )
    plain = replace(manifest, **contents, members=())
    assert Manifest.from_json(plain.to_json()) == plain
    assert plain.settings["MultiAZ"] is True
    assert plain.kms_key_id is None


def test_changed_text_is_refused(manifest):
    """It should refuse a manifest whose bytes are not those that were announced."""
    changed = manifest.to_json().replace("16044", "1")
    with pytest.raises(BadInput, match=rf"manifest.sha256 is .* {manifest.sha256} was recorded for it"):
        Manifest.from_json(changed, sha256=manifest.sha256)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (["schema"], "other", "manifest.schema is 'other': switchyard.manifest was expected"),
        (
            ["version"],
            3,
            "manifest.version is 3: this deployment reads versions 1 and 2. Upgrade the older deployment",
        ),
        (["version"], True, "manifest.version is True: a whole number was expected, true or false found"),
        (["surprise"], 1, "manifest.surprise is 1: this version has no such field"),
        (["kind"], "table", "manifest.kind is 'table': cluster or instance was expected"),
        (["engine"], "oracle-ee", "manifest.engine is 'oracle-ee': one of aurora-mysql"),
        (["engine_version"], "latest", "manifest.engine_version is 'latest': it is no engine version"),
        (["stamp"], "now", "manifest.stamp is 'now': it is no run stamp"),
        (
            ["source_account_id"],
            111111111111,
            "manifest.source_account_id is 111111111111: text was expected, a",
        ),
        (["source_account_id"], "1234", "manifest.source_account_id is '1234': an account id has 12 digits"),
        (["source_region"], "mars", "manifest.source_region is 'mars': it is no Region name"),
        (["source_id"], "Orders_1", "manifest.source_id is 'Orders_1': it is no RDS identifier"),
        (["source_resource_id"], "orders", "manifest.source_resource_id is 'orders': it is no resource id"),
        (
            ["source_time"],
            "yesterday",
            "manifest.source_time is 'yesterday': it is no ISO 8601 date and time",
        ),
        (["source_time"], "2026-01-31T09:30:00", "manifest.source_time is .*: it has no time zone"),
        (
            ["kms_key_id"],
            "alias/aws/rds",
            "manifest.kms_key_id is 'alias/aws/rds': it is no ARN of a KMS key",
        ),
        (["tags"], [], "manifest.tags is .*: an object was expected, an array found"),
        (["tags", "team"], 5, "manifest.tags.team is 5: text was expected, a number found"),
        (["tags", "team"], "a\x00b", "manifest.tags.team is .*: it holds characters that cannot be printed"),
        (
            ["settings", "MasterUserPassword"],
            "x",
            r"manifest.settings.MasterUserPassword is '\*\*\*': this version has no",
        ),
        (
            ["settings", "BackupRetentionPeriod"],
            "7",
            "manifest.settings.BackupRetentionPeriod is '7': int was",
        ),
        (
            ["settings", "AssociatedRoles"],
            [{"a": {}}],
            "manifest.settings.AssociatedRoles is .*: it is nested",
        ),
        (["row_counts", "rental"], -1, "manifest.row_counts.rental is -1: it is negative or too large"),
        (["row_counts", "rental"], 1.5, "manifest.row_counts.rental is 1.5: a whole number was expected"),
        (
            ["watermarks", "a.b"],
            None,
            "manifest.watermarks.a.b is None: a whole number was expected, null found",
        ),
        (["members"], [1], "manifest.members is .*: entry 0 is no object"),
        (["members"], [{}] * 17, "manifest.members is .*: a cluster has at most 16 instances"),
        (
            ["members", 0, "writer"],
            "yes",
            r"manifest.members\[0\].writer is 'yes': true or false was expected",
        ),
        (["members", 0, "instance_id"], "", r"manifest.members\[0\].instance_id is '': 1 to 63 characters"),
    ],
)
def test_malformed_manifests_are_refused_by_field(manifest, path, value, problem):
    """It should name the field at fault, its value and what was expected."""
    data = json.loads(manifest.to_json())
    place = data
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(BadInput, match=problem):
        Manifest.from_json(json.dumps(data))


@pytest.mark.parametrize("field", ["schema", "stamp", "settings", "members", "row_counts"])
def test_missing_fields_are_named(manifest, field):
    """It should say which field is missing."""
    data = json.loads(manifest.to_json())
    del data[field]
    with pytest.raises(BadInput, match=f"manifest.{field} is None: it is missing"):
        Manifest.from_json(json.dumps(data))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "it is not JSON"),
        ("[]", "it is no JSON object"),
        (b"\xff\xfe", "it is not UTF-8|it is not JSON"),
        ('{"version": NaN}', "NaN is no number of JSON"),
        ('{"a": 1, "a": 2}', "a field occurs twice"),
        ("[" * 100_000, "it is nested too deeply"),
        (" " * (MANIFEST_LIMIT + 1), f"at most {MANIFEST_LIMIT} bytes are read"),
    ],
)
def test_hostile_text_is_refused(body, problem):
    """It should survive text that is no manifest at all."""
    with pytest.raises(BadInput, match=problem):
        Manifest.from_json(body)


@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_noise_is_refused_and_nothing_else_happens(body):
    """It should answer any bytes with one error of ours."""
    with pytest.raises(BadInput, match=r"manifest"):
        Manifest.from_json(body)
