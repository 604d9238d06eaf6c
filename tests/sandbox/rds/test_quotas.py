import pytest
from botocore.exceptions import ClientError

from sandbox.rds.quotas import Quotas


def test_quotas_are_those_of_aws():
    """It should start from AWS's published defaults."""
    assert Quotas() == Quotas(
        manual_cluster_snapshots=100, copies_in_flight=5, clusters=40, instances=40, shared_accounts=20
    )


def test_manual_snapshots_are_limited(source, limits):
    """It should refuse one manual snapshot too many, in AWS's words, without counting automated ones."""
    limits.manual_cluster_snapshots = 1
    source.cluster()
    source.snapshot()
    words = r"\(SnapshotQuotaExceeded\).*Cannot create more than 1 manual snapshots"
    with pytest.raises(ClientError, match=words):
        source.snapshot("second")
    with pytest.raises(ClientError, match=words):
        source.copy("point")
    with pytest.raises(ClientError, match=words):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last")
    assert source.show_cluster("orders")["Status"] == "available"


def test_copies_in_flight_are_limited_per_region(source, recovery, limits, stand_still):
    """It should refuse one copy too many at a time into a Region, in AWS's other words."""
    limits.copies_in_flight = 2
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    clock = stand_still("cluster-snapshot.copy")
    recovery.copy(arn, "first")
    recovery.copy(arn, "second")
    with pytest.raises(
        ClientError, match=r"\(SnapshotQuotaExceeded\).*Cannot copy more than 2 snapshots across"
    ):
        recovery.copy(arn, "third")
    source.copy(arn, "at-home")
    clock.advance(100)
    assert recovery.copy(arn, "third")["Status"] == "copying"


def test_clusters_are_limited(source, limits):
    """It should refuse one cluster too many, also by a restore."""
    limits.clusters = 1
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"DBClusterQuotaExceededFault") as refused:
        source.cluster("second")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError, match=r"DBClusterQuotaExceededFault"):
        source.restore("point")


def test_instances_are_limited(source, limits):
    """It should refuse one instance too many."""
    limits.instances = 1
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"\(InstanceQuotaExceeded\)"):
        source.instance("orders-2")


def test_account_attributes_count_what_is_used(source, limits):
    """It should tell how much of each quota is used."""
    limits.clusters = 7
    source.cluster()
    source.instance()
    source.snapshot()
    quotas = source.rds.describe_account_attributes()["AccountQuotas"]
    shown = {item["AccountQuotaName"]: (item["Used"], item["Max"]) for item in quotas}
    wanted = {"DBClusters": (1, 7), "DBInstances": (1, 40), "ManualClusterSnapshots": (1, 100)}
    assert {name: shown[name] for name in wanted} == wanted
