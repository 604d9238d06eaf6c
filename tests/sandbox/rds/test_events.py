import pytest
from botocore.exceptions import ClientError


def test_manual_snapshot_has_events(source):
    """It should record the beginning and the end of a manual snapshot."""
    source.cluster()
    source.snapshot()
    wanted = {"SourceType": "db-cluster-snapshot", "SourceIdentifier": "point"}
    assert source.events(**wanted) == ["Creating manual cluster snapshot", "Manual cluster snapshot created"]


def test_snapshot_copy_has_no_event(source):
    """It should record nothing of a cluster snapshot's copy, as AWS does not."""
    source.cluster()
    source.snapshot()
    source.copy("point")
    assert source.events(SourceType="db-cluster-snapshot", SourceIdentifier="copy") == []


def test_cluster_life_has_events(source):
    """It should record creation, rename, stop and start under the name of the time."""
    source.cluster()
    source.rename("orders", "orders-old")
    source.rds.stop_db_cluster(DBClusterIdentifier="orders-old")
    source.rds.start_db_cluster(DBClusterIdentifier="orders-old")
    assert source.events(SourceType="db-cluster", SourceIdentifier="orders") == ["DB cluster created"]
    assert source.events(SourceType="db-cluster", SourceIdentifier="orders-old") == [
        "Renamed cluster from orders to orders-old",
        "DB cluster stopped",
        "DB cluster started",
    ]


def test_instance_life_has_events(source):
    """It should record creation, restart and deletion of an instance."""
    source.cluster()
    source.instance()
    source.rds.reboot_db_instance(DBInstanceIdentifier="orders-1")
    source.show_instance("orders-1")
    source.rds.delete_db_instance(DBInstanceIdentifier="orders-1")
    assert source.events(SourceType="db-instance", SourceIdentifier="orders-1") == [
        "DB instance created",
        "DB instance restarted",
        "DB instance deleted",
    ]


def test_events_are_of_the_last_hour_unless_asked(source, stand_still):
    """It should list the last 60 minutes by default, and 14 days at most."""
    clock = stand_still()
    source.cluster()
    clock.advance(61 * 60)
    assert source.events(SourceType="db-cluster") == []
    assert source.events(SourceType="db-cluster", Duration=120) == ["DB cluster created"]
    clock.advance(14 * 86400)
    assert source.events(SourceType="db-cluster", Duration=21 * 24 * 60) == []


def test_events_are_filtered_by_category(source):
    """It should list only the categories asked for."""
    source.cluster()
    source.snapshot()
    assert set(source.events(EventCategories=["creation"])) == {"DB cluster created"}


def test_event_source_needs_a_type(source):
    """It should refuse a source identifier without a source type."""
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*source type"):
        source.rds.describe_events(SourceIdentifier="orders")
