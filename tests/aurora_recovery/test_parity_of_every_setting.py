"""A difference in any setting is found, planted in each field that AWS's own model of a description has.

Nothing is listed here: which fields there are and what they may hold is botocore's to say, and which settings there are
the project's tables. A setting that comes to a table is tried; one that no field of a description moves is found out.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from switchyard.aurora_recovery import parity
from switchyard.aurora_recovery.manifest import Manifest, cluster_contents, instance_contents
from switchyard.aurora_recovery.parity import Difference, compare, unexplained
from switchyard.aurora_recovery.restore import instance_arguments, restore_arguments
from switchyard.aurora_recovery.settings import CLUSTER_SETTINGS, MEMBER_SETTINGS, STANDALONE_SETTINGS
from tests.aurora_recovery.conftest import SOURCE_TIME

RDS = botocore.session.get_session().get_service_model("rds")
TABLES = {"cluster": CLUSTER_SETTINGS, "member": MEMBER_SETTINGS, "instance": STANDALONE_SETTINGS}
SHAPES = {"cluster": "DBCluster", "member": "DBInstance", "instance": "DBInstance"}
OWN_KEYS = ("MasterUserSecretKmsKeyId", "PerformanceInsightsKMSKeyId")
"""Settings that must differ: a key of the target account is a difference that explains itself."""
IDENTITY = ("DBClusterIdentifier", "DBInstanceIdentifier", "DBClusterMembers")
"""Fields by which a description and its manifest are told to belong together."""


@pytest.fixture(scope="module")
def described(session_sandbox):
    """A rich cluster, its instance and a plain instance, as the sandbox describes them."""
    session_sandbox.reset()
    rds = session_sandbox.client("rds", "222222222222", "us-west-1")
    rds.create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
        BackupRetentionPeriod=14,
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["error"],
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
        PreferredMaintenanceWindow="sun:08:00-sun:09:00",
        AutoMinorVersionUpgrade=True,
        Tags=[{"Key": "team", "Value": "orders"}],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="orders-1",
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        DBInstanceClass="db.r6g.large",
        PromotionTier=1,
        EnablePerformanceInsights=True,
        CopyTagsToSnapshot=True,
        Tags=[{"Key": "tier", "Value": "1"}],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="ledger",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
        AllocatedStorage=20,
        BackupRetentionPeriod=14,
        DeletionProtection=True,
        EnableIAMDatabaseAuthentication=True,
        EnablePerformanceInsights=True,
        CopyTagsToSnapshot=True,
        Tags=[{"Key": "team", "Value": "ledger"}],
    )
    instances = {one["DBInstanceIdentifier"]: one for one in rds.describe_db_instances()["DBInstances"]}
    return {
        "cluster": rds.describe_db_clusters()["DBClusters"][0],
        "member": instances["orders-1"],
        "instance": instances["ledger"],
    }


def manifest_of(described: dict[str, Any], kind: str) -> Manifest:
    """The manifest of the cluster with its instance, or of the plain instance."""
    contents = (
        instance_contents(described["instance"])
        if kind == "instance"
        else cluster_contents(described["cluster"], [described["member"]])
    )
    return Manifest(
        pipeline="aurora_recovery/orders",
        run_id="manual__1",
        stamp="2601310930-0a1b2c",
        source_account_id="222222222222",
        source_region="us-west-1",
        source_time=SOURCE_TIME,
        snapshot_ids={"us-west-1": "orders-rp"},
        **contents,
    )


def compared(source: dict[str, Any], candidate: dict[str, Any], kind: str) -> dict[str, Difference]:
    """How a candidate differs from the manifest of a source, by setting; both are descriptions by kind."""
    manifest = manifest_of(source, kind)
    if kind == "instance":
        found = compare(manifest, candidate["instance"], accepted=True)
    else:
        members = {"orders-1": candidate["member"]}
        found = compare(manifest, candidate["cluster"], members, accepted=True)
    return {one.setting: one for one in found}


def differences(described: dict[str, Any], kind: str, **planted: Any) -> set[str]:
    """Names of what differs without a reason once this is planted in the candidate's description."""
    found = compared(described, with_planted(described, kind, planted), kind)
    return {one.setting for one in unexplained(found.values())}


def with_planted(described: dict[str, Any], kind: str, planted: dict[str, Any]) -> dict[str, Any]:
    """The descriptions, with other values in that of a kind."""
    changed = copy.deepcopy(described)
    changed[kind] |= planted
    return changed


def others(shape: Any, present: Any) -> Iterator[Any]:
    """Values of a shape of AWS's model, none of which is the present one."""
    if shape.type_name == "boolean":
        yield not present
    elif shape.type_name in ("integer", "long", "double", "float"):
        yield (present or 0) + 1
    elif shape.type_name == "string":
        yield from (one for one in shape.enum or [f"{present or 'an'}other"] if one != present)
    elif shape.type_name == "list":
        yield from ([one] for one in others(shape.member, (present or [None])[0]))
    elif shape.type_name == "structure":
        yield {
            name: next(others(member, (present or {}).get(name)), None)
            for name, member in shape.members.items()
        }


def plants(described: dict[str, Any], kind: str, setting: Any) -> list[dict[str, Any]]:
    """All that can be planted in a description, field by field, and that changes what a setting reads of it."""
    fields = RDS.shape_for(SHAPES[kind]).members
    planted = [
        {name: value}
        for name, shape in fields.items()
        if name not in IDENTITY
        for value in others(shape, described[kind].get(name))
    ]
    before = setting.read(described[kind])
    return [one for one in planted if not parity.agree(before, setting.read(described[kind] | one))]


def planted_anew(kind: str, planted: dict[str, Any]) -> dict[str, Any]:
    """The same with another value."""
    ((name, value),) = planted.items()
    return {name: next(others(RDS.shape_for(SHAPES[kind]).members[name], value))}


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(kind, one) for kind, table in TABLES.items() for one in table],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_difference_in_a_setting_is_found(described, kind, setting):
    """It should name each setting that a restore gained, lost or changed; only the target's own key explains itself."""
    assert {one.setting for one in unexplained(compared(described, described, kind).values())} == set()
    name = f"orders-1.{setting.name}" if kind == "member" else setting.name
    planted = plants(described, kind, setting)
    assert planted, f"no field of {SHAPES[kind]} moves {setting.name}"
    for one in planted:
        other = with_planted(described, kind, one)
        pairs = [(described, other), (other, described)]
        if setting.kind in (int, str):
            pairs.append((other, with_planted(described, kind, planted_anew(kind, one))))
        for source, candidate in pairs:
            found = compared(source, candidate, kind).get(name)
            assert found is not None, one
            assert found.explained_by == (parity.OWN_KEY if setting.name in OWN_KEYS else None), one
            assert (found.expected, found.found) == tuple(
                setting.read(side[kind]) for side in (source, candidate)
            )


@pytest.mark.parametrize(("kind", "tag"), [("cluster", "team"), ("member", "tier"), ("instance", "team")])
def test_difference_in_a_tag_or_an_engine_is_found(described, kind, tag):
    """It should name a tag that is not there, and another version."""
    prefix = "orders-1." if kind == "member" else ""
    assert differences(described, kind, TagList=[]) == {f"{prefix}Tags.{tag}"}
    if kind != "member":
        assert differences(described, kind, EngineVersion="1.0") == {"EngineVersion"}
        assert differences(described, kind, Engine="other") == {"Engine"}


def test_restore_of_what_is_described_leaves_no_difference(described, session_sandbox):
    """It should restore a cluster and make an instance, by the manifest alone, in which nothing differs."""
    rds = session_sandbox.client("rds", "222222222222", "us-west-1")
    manifest = manifest_of(described, "cluster")
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="point", DBClusterIdentifier="orders")
    groups = [one["VpcSecurityGroupId"] for one in described["cluster"]["VpcSecurityGroups"]]
    local = {
        "VpcSecurityGroupIds": groups,
        "DBSubnetGroupName": described["cluster"]["DBSubnetGroup"],
    }
    rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="restored", SnapshotIdentifier="point", **restore_arguments(manifest, local)
    )
    rds.create_db_instance(
        **instance_arguments(manifest, manifest.members[0], {}),
        DBInstanceIdentifier="restored-1",
        DBClusterIdentifier="restored",
    )
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier="restored")["DBClusters"]
    (member,) = rds.describe_db_instances(DBInstanceIdentifier="restored-1")["DBInstances"]
    found = unexplained(compare(manifest, cluster, {"orders-1": member}))
    assert {one.setting for one in found} <= {"PreferredMaintenanceWindow", "AutoMinorVersionUpgrade"}
