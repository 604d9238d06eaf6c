import pytest
from botocore.exceptions import ClientError


def test_snapshots_come_in_pages(source, limits):
    """It should cut the listing into pages of MaxRecords, each snapshot once."""
    source.cluster()
    names = [f"point-{number:02}" for number in range(25)]
    for name in names:
        source.snapshot(name)
    pages = list(
        source.rds.get_paginator("describe_db_cluster_snapshots").paginate(
            SnapshotType="manual", PaginationConfig={"PageSize": 20}
        )
    )
    assert [len(page["DBClusterSnapshots"]) for page in pages] == [20, 5]
    found = [item["DBClusterSnapshotIdentifier"] for page in pages for item in page["DBClusterSnapshots"]]
    assert found == names


def test_clusters_come_in_pages(source):
    """It should cut the listing of clusters into pages."""
    for number in range(21):
        source.cluster(f"orders-{number:02}")
    first = source.rds.describe_db_clusters(MaxRecords=20)
    second = source.rds.describe_db_clusters(MaxRecords=20, Marker=first["Marker"])
    assert (len(first["DBClusters"]), [item["DBClusterIdentifier"] for item in second["DBClusters"]]) == (
        20,
        ["orders-20"],
    )
    assert "Marker" not in second


def test_instances_come_in_pages(source):
    """It should cut the listing of instances into pages."""
    source.cluster()
    for number in range(21):
        source.instance(f"orders-{number:02}")
    pages = source.rds.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20})
    assert [len(page["DBInstances"]) for page in pages] == [20, 1]


def test_page_survives_the_deletion_of_its_first_item(source):
    """It should continue where the last page ended though the next item is gone."""
    source.cluster()
    for number in range(22):
        source.snapshot(f"point-{number:02}")
    first = source.rds.describe_db_cluster_snapshots(SnapshotType="manual", MaxRecords=20)
    source.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="point-20")
    rest = source.rds.describe_db_cluster_snapshots(
        SnapshotType="manual", MaxRecords=20, Marker=first["Marker"]
    )["DBClusterSnapshots"]
    assert [item["DBClusterSnapshotIdentifier"] for item in rest] == ["point-21"]


@pytest.mark.parametrize("size", [19, 101])
def test_page_size_is_bounded(source, size):
    """It should refuse page sizes outside 20 to 100."""
    for call in (source.rds.describe_db_clusters, source.rds.describe_db_cluster_snapshots):
        with pytest.raises(ClientError, match=f"InvalidParameterValue.*Invalid value {size} for MaxRecords"):
            call(MaxRecords=size)


def test_foreign_marker_is_refused(source):
    """It should refuse a marker that it did not give."""
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*Marker"):
        source.rds.describe_db_clusters(Marker="ä")


def test_clusters_are_filtered_by_several_resource_ids(source):
    """It should serve several waiters with one filtered call."""
    ids = [source.cluster(name)["DbClusterResourceId"] for name in ("one", "two", "three")]
    wanted = [{"Name": "db-cluster-resource-id", "Values": ids[:2]}]
    found = source.rds.describe_db_clusters(Filters=wanted)["DBClusters"]
    assert {item["DBClusterIdentifier"] for item in found} == {"one", "two"}


def test_snapshots_are_filtered_by_several_names(source):
    """It should filter snapshots by name, and list nothing for unknown ones."""
    source.cluster()
    for name in ("one", "two", "three"):
        source.snapshot(name)
    wanted = [{"Name": "db-cluster-snapshot-id", "Values": ["one", "three", "four"]}]
    found = source.rds.describe_db_cluster_snapshots(Filters=wanted)["DBClusterSnapshots"]
    assert {item["DBClusterSnapshotIdentifier"] for item in found} == {"one", "three"}


def test_unknown_filter_is_refused(source):
    """It should refuse a filter that AWS does not have."""
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*Unrecognized filter name"):
        source.rds.describe_db_clusters(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_cluster_and_snapshot_name_exclude_each_other(source):
    """It should refuse to look for a snapshot by both names."""
    with pytest.raises(ClientError, match=r"InvalidParameterCombination"):
        source.rds.describe_db_cluster_snapshots(
            DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="point"
        )


def test_cluster_is_found_by_arn(source):
    """It should find a cluster by its ARN, and not by one of another account."""
    arn = source.cluster()["DBClusterArn"]
    assert source.show_cluster(arn)["DBClusterIdentifier"] == "orders"
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.show_cluster(arn.replace("111111111111", "222222222222"))


def test_tags_of_nothing_are_refused(source):
    """It should not answer for a cluster that is not there."""
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.rds.list_tags_for_resource(ResourceName="arn:aws:rds:us-west-2:111111111111:cluster:nothing")
