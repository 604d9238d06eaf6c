import pytest
from botocore.exceptions import ClientError

DELETE = {"SkipFinalSnapshot": True}


def test_cluster_is_creating_until_its_time_has_passed(source, stand_still):
    """It should show a new cluster as creating, without backups, until it is done."""
    clock = stand_still("cluster.create")
    source.cluster()
    clock.advance(99)
    creating = source.show_cluster("orders")
    assert creating["Status"] == "creating"
    assert not {"EarliestRestorableTime", "LatestRestorableTime"} & set(creating)
    clock.advance(1)
    ready = source.show_cluster("orders")
    assert ready["Status"] == "available"
    assert {"EarliestRestorableTime", "LatestRestorableTime"} <= set(ready)


def test_existing_cluster_is_not_replaced(source):
    """It should refuse to create a cluster under a name in use, in any case of letters."""
    before = source.cluster()
    with pytest.raises(ClientError, match=r"DBClusterAlreadyExistsFault"):
        source.cluster("Orders")
    assert source.show_cluster("orders")["DbClusterResourceId"] == before["DbClusterResourceId"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1orders", "Identifiers must begin with a letter"),
        ("orders-", "must not end with a hyphen"),
        ("or--ders", "two consecutive hyphens"),
        ("or_ders", "only ASCII letters, digits, and hyphens"),
        ("rds:orders", "only ASCII letters, digits, and hyphens"),
        ("o" * 64, "longer than 63 characters"),
    ],
)
def test_malformed_cluster_name_is_refused(source, name, words):
    """It should refuse a malformed cluster name and say which parameter."""
    with pytest.raises(ClientError, match=f"InvalidParameterValue.*DBClusterIdentifier.*{words}"):
        source.cluster(name)


def test_longest_cluster_name_is_accepted(source):
    """It should accept 63 characters."""
    assert source.cluster("o" * 63)["Status"] == "available"


def test_malformed_snapshot_name_is_refused(source):
    """It should refuse a malformed snapshot name, for a copy too."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*parameter DBClusterSnapshotIdentifier"):
        source.snapshot("bad--name")
    source.snapshot()
    with pytest.raises(
        ClientError, match=r"InvalidParameterValue.*parameter TargetDBClusterSnapshotIdentifier"
    ):
        source.copy("point", "s" * 64)


def test_names_are_stored_in_lower_case(source):
    """It should lower the case of names."""
    source.cluster("Orders")
    source.snapshot("Point")
    assert source.show_cluster("ORDERS")["DBClusterIdentifier"] == "orders"
    assert source.show_snapshot("POINT")["DBClusterSnapshotIdentifier"] == "point"


def test_missing_groups_are_refused_for_a_new_cluster(source):
    """It should not create a cluster with a parameter or subnet group that does not exist."""
    with pytest.raises(ClientError, match=r"\(DBClusterParameterGroupNotFound\)"):
        source.cluster(DBClusterParameterGroupName="nothing")
    with pytest.raises(ClientError, match=r"DBSubnetGroupNotFoundFault"):
        source.cluster(DBSubnetGroupName="nothing")


def test_unknown_engine_version_is_refused(source):
    """It should refuse a version that is not offered, in AWS's words."""
    words = r"InvalidParameterCombination.*Cannot find version 8.0.mysql_aurora.3.99.9 for aurora-mysql"
    with pytest.raises(ClientError, match=words):
        source.cluster(EngineVersion="8.0.mysql_aurora.3.99.9")


def test_aurora_postgresql_has_its_own_defaults(source):
    """It should give an Aurora PostgreSQL cluster its port, version and parameter group."""
    cluster = source.cluster(Engine="aurora-postgresql")
    assert (cluster["Port"], cluster["DBClusterParameterGroup"]) == (5432, "default.aurora-postgresql16")
    assert cluster["EngineVersion"].startswith("16.")


def test_cluster_shows_the_fields_moto_leaves_out(source):
    """It should describe a cluster with the fields a manifest needs."""
    cluster = source.cluster()
    assert cluster["StorageEncryptionType"] == "none"
    assert cluster["CustomEndpoints"] == []
    assert cluster["PerformanceInsightsEnabled"] is False
    assert cluster["MonitoringInterval"] == 0
    assert cluster["VpcSecurityGroups"][0]["VpcSecurityGroupId"].startswith("sg-")
    assert "KmsKeyId" not in cluster
    assert "StorageType" not in cluster


def test_deleted_cluster_is_deleting_until_its_time_has_passed(source, stand_still):
    """It should answer with the status before, then show deleting, then know the cluster no more."""
    source.cluster()
    clock = stand_still("cluster.delete")
    answer = source.rds.delete_db_cluster(DBClusterIdentifier="orders", **DELETE)["DBCluster"]
    assert answer["Status"] == "available"
    assert source.show_cluster("orders")["Status"] == "deleting"
    clock.advance(100)
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.show_cluster("orders")


def test_cluster_with_members_cannot_be_deleted(source):
    """It should refuse to delete a cluster with live instances, in AWS's words."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*still contains DB instances"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", **DELETE)


def test_cluster_whose_members_are_going_can_be_deleted(source, stand_still):
    """It should accept the deletion once all members are deleting, and end it after them."""
    source.cluster()
    source.instance()
    clock = stand_still("instance.delete", "cluster.delete")
    source.rds.delete_db_instance(DBInstanceIdentifier="orders-1", SkipFinalSnapshot=True)
    source.rds.delete_db_cluster(DBClusterIdentifier="orders", **DELETE)
    clock.advance(100)
    assert source.show_cluster("orders")["Status"] == "deleting"
    clock.advance(100)
    assert source.rds.describe_db_clusters()["DBClusters"] == []


def test_protected_cluster_cannot_be_deleted(source):
    """It should refuse to delete a cluster with deletion protection."""
    source.cluster(DeletionProtection=True)
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*protected Cluster"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", **DELETE)


def test_stopped_cluster_cannot_be_deleted(source):
    """It should refuse to delete a stopped cluster."""
    source.cluster()
    source.rds.stop_db_cluster(DBClusterIdentifier="orders")
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*stopped"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", **DELETE)


def test_deletion_wants_either_a_final_snapshot_or_none(source):
    """It should refuse neither and both of the two parameters."""
    source.cluster()
    with pytest.raises(
        ClientError, match=r"InvalidParameterCombination.*is required unless SkipFinalSnapshot"
    ):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders")
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*cannot specify both"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last", **DELETE)


def test_final_snapshot_is_made_before_the_cluster_goes(source, stand_still):
    """It should create the final snapshot with its own states, and delete the cluster after it."""
    source.cluster()
    clock = stand_still("cluster-snapshot.create")
    source.rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last")
    assert source.show_snapshot("last")["Status"] == "creating"
    assert source.show_cluster("orders")["Status"] == "deleting"
    clock.advance(100)
    assert source.show_snapshot("last")["Status"] == "available"
    assert source.rds.describe_db_clusters()["DBClusters"] == []


def test_final_snapshot_name_in_use_is_refused(source):
    """It should keep the cluster where the final snapshot's name is taken."""
    source.cluster()
    source.snapshot("last")
    with pytest.raises(ClientError, match=r"DBClusterSnapshotAlreadyExistsFault"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last")
    assert source.show_cluster("orders")["Status"] == "available"


def test_automated_backups_go_with_the_cluster(source):
    """It should delete automated snapshots with their cluster, even renamed, and keep manual ones."""
    source.cluster()
    source.snapshot()
    source.rename("orders", "orders-old")
    source.rds.delete_db_cluster(DBClusterIdentifier="orders-old", **DELETE)
    found = source.rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
    assert [item["DBClusterSnapshotIdentifier"] for item in found] == ["point"]


def test_automated_backups_stay_on_demand(source):
    """It should keep automated snapshots with DeleteAutomatedBackups=False."""
    source.cluster()
    source.rds.delete_db_cluster(DBClusterIdentifier="orders", DeleteAutomatedBackups=False, **DELETE)
    found = source.rds.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"]
    assert len(found) == 1


def test_stop_and_start_pass_through_their_states(source, stand_still):
    """It should stop and start the cluster with its instances."""
    source.cluster()
    source.instance()
    clock = stand_still("cluster.stop", "cluster.start")
    seen = []

    def look():
        seen.append(
            (source.show_cluster("orders")["Status"], source.show_instance("orders-1")["DBInstanceStatus"])
        )

    source.rds.stop_db_cluster(DBClusterIdentifier="orders")
    look()
    clock.advance(100)
    look()
    source.rds.start_db_cluster(DBClusterIdentifier="orders")
    look()
    clock.advance(100)
    look()
    assert seen == [(state, state) for state in ("stopping", "stopped", "starting", "available")]


def test_stopped_cluster_starts_by_itself_after_seven_days(source, stand_still):
    """It should say when a stopped cluster will start again, and start it."""
    clock = stand_still()
    source.cluster()
    source.rds.stop_db_cluster(DBClusterIdentifier="orders")
    assert "AutomaticRestartTime" in source.show_cluster("orders")
    clock.advance(7 * 86400 - 10)
    assert source.show_cluster("orders")["Status"] == "stopped"
    clock.advance(11)
    source.show_cluster("orders")
    assert source.show_cluster("orders")["Status"] == "available"


def test_stopped_cluster_cannot_be_modified(source):
    """It should refuse to modify or rename a stopped cluster."""
    source.cluster()
    source.rds.stop_db_cluster(DBClusterIdentifier="orders")
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*stopped"):
        source.rename("orders", "orders-old")


def test_aurora_cluster_is_not_rebooted_as_a_whole(source):
    """It should refuse RebootDBCluster, which is for Multi-AZ DB clusters."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*RebootDBCluster"):
        source.rds.reboot_db_cluster(DBClusterIdentifier="orders")


def test_point_in_time_restore_is_not_pretended(source):
    """It should say that it cannot restore to a point in time, rather than make an empty cluster."""
    source.cluster()
    with pytest.raises(ClientError, match=r"NotImplemented.*from snapshots only"):
        source.rds.restore_db_cluster_to_point_in_time(
            DBClusterIdentifier="again", SourceDBClusterIdentifier="orders", UseLatestRestorableTime=True
        )


def test_cluster_lives_in_the_vpc_of_its_subnet_group(source):
    """It should take the default security group of its subnet group's VPC."""
    ec2 = source.sandbox.client("ec2", source.account, source.region)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    source.rds.create_db_subnet_group(
        DBSubnetGroupName="own", DBSubnetGroupDescription="own", SubnetIds=[subnet]
    )
    cluster = source.cluster(DBSubnetGroupName="own")
    group = cluster["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"] == vpc
    assert source.snapshot()["VpcId"] == vpc
