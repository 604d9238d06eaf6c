import pytest
from botocore.exceptions import ClientError


def test_instance_is_creating_until_its_time_has_passed(source, stand_still):
    """It should show a new instance as creating, without an endpoint, until it is done."""
    source.cluster()
    clock = stand_still("instance.create")
    creating = source.instance()
    assert creating["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in creating
    clock.advance(100)
    ready = source.show_instance("orders-1")
    assert ready["DBInstanceStatus"] == "available"
    assert ready["Endpoint"]["Port"] == 3306


def test_instance_needs_an_available_cluster(source, stand_still):
    """It should refuse an instance for a cluster that is being created, and for one that is not there."""
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.instance()
    stand_still("cluster.create")
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*creating"):
        source.instance()


def test_existing_instance_is_not_replaced(source):
    """It should refuse an instance under a name in use."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"\(DBInstanceAlreadyExists\)"):
        source.instance()


def test_malformed_instance_name_is_refused(source):
    """It should refuse a malformed instance name."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*DBInstanceIdentifier"):
        source.instance("1-bad--")


def test_instance_of_another_engine_is_refused(source):
    """It should refuse an instance whose engine is not its cluster's."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*doesn't match"):
        source.instance(Engine="aurora-postgresql")


def test_serverless_instance_needs_a_scaling_range(source):
    """It should ask for the cluster's Serverless v2 range first, in AWS's words."""
    source.cluster()
    with pytest.raises(
        ClientError, match=r"InvalidDBClusterStateFault.*Set the Serverless v2 scaling config"
    ):
        source.instance(DBInstanceClass="db.serverless")
    source.rds.modify_db_cluster(
        DBClusterIdentifier="orders", ServerlessV2ScalingConfiguration={"MinCapacity": 1, "MaxCapacity": 2}
    )
    assert source.instance(DBInstanceClass="db.serverless")["DBInstanceStatus"] == "available"


def test_every_instance_has_its_own_resource_id(source):
    """It should give each instance a resource id by which it is found."""
    source.cluster()
    first, second = source.instance("orders-1"), source.instance("orders-2")
    assert first["DbiResourceId"] != second["DbiResourceId"]
    wanted = [{"Name": "dbi-resource-id", "Values": [second["DbiResourceId"]]}]
    found = source.rds.describe_db_instances(Filters=wanted)["DBInstances"]
    assert [item["DBInstanceIdentifier"] for item in found] == ["orders-2"]


def test_plain_instances_have_resource_ids_too(source):
    """It should not give all plain instances moto's one constant."""
    wanted = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    ids = {
        source.rds.create_db_instance(DBInstanceIdentifier=name, **wanted)["DBInstance"]["DbiResourceId"]
        for name in ("one", "two")
    }
    assert len(ids) == 2


def test_instances_of_a_cluster_are_found_by_name_and_arn(source):
    """It should filter instances by their cluster's name and ARN."""
    cluster = source.cluster()
    source.cluster("other")
    source.instance()
    source.instance("other-1", "other")
    for value in ("orders", cluster["DBClusterArn"]):
        wanted = [{"Name": "db-cluster-id", "Values": [value]}]
        found = source.rds.describe_db_instances(Filters=wanted)["DBInstances"]
        assert [item["DBInstanceIdentifier"] for item in found] == ["orders-1"]


def test_instance_shows_the_fields_moto_leaves_out(source):
    """It should describe an instance with certificate, encryption and Performance Insights."""
    source.encrypted()
    shown = source.instance(EnablePerformanceInsights=True)
    assert shown["CertificateDetails"]["CAIdentifier"] == shown["CACertificateIdentifier"]
    assert (shown["StorageEncryptionType"], shown["PerformanceInsightsEnabled"]) == ("sse-kms", True)
    assert shown["PendingModifiedValues"] == {}
    assert shown["DBParameterGroups"][0]["DBParameterGroupName"] == "default.aurora-mysql8.0"


def test_reboot_passes_through_rebooting(source, stand_still):
    """It should read available for a moment, then rebooting, then available."""
    source.cluster()
    source.instance()
    clock = stand_still("instance.reboot")
    source.rds.reboot_db_instance(DBInstanceIdentifier="orders-1")
    seen = []
    for seconds in (0, 50, 50):
        clock.advance(seconds)
        seen.append(source.show_instance("orders-1")["DBInstanceStatus"])
    assert seen == ["available", "rebooting", "available"]


def test_rebooting_instance_cannot_be_changed(source, stand_still):
    """It should refuse a second change of an instance."""
    source.cluster()
    source.instance()
    stand_still("instance.reboot")
    source.rds.reboot_db_instance(DBInstanceIdentifier="orders-1")
    with pytest.raises(ClientError, match=r"\(InvalidDBInstanceState\)"):
        source.rename_instance("orders-1", "orders-2")


def test_deleted_instance_is_deleting_until_its_time_has_passed(source, stand_still):
    """It should show deleting, without a certificate, then know the instance no more."""
    source.cluster()
    source.instance()
    clock = stand_still("instance.delete")
    source.rds.delete_db_instance(DBInstanceIdentifier="orders-1")
    deleting = source.show_instance("orders-1")
    assert deleting["DBInstanceStatus"] == "deleting"
    assert "CertificateDetails" not in deleting
    clock.advance(100)
    with pytest.raises(ClientError, match=r"\(DBInstanceNotFound\)"):
        source.show_instance("orders-1")
    assert source.show_cluster("orders")["DBClusterMembers"] == []


def test_member_has_no_final_snapshot(source):
    """It should refuse a final snapshot of a member."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*deleting a cluster instance"):
        source.rds.delete_db_instance(DBInstanceIdentifier="orders-1", FinalDBSnapshotIdentifier="last")


def test_reader_becomes_writer_when_the_writer_goes(source):
    """It should promote the reader with the lowest tier when the writer is deleted."""
    source.cluster()
    source.instance("orders-1")
    source.instance("orders-2", PromotionTier=5)
    source.instance("orders-3", PromotionTier=0)
    source.rds.delete_db_instance(DBInstanceIdentifier="orders-1")
    members = source.show_cluster("orders")["DBClusterMembers"]
    assert {item["DBInstanceIdentifier"]: item["IsClusterWriter"] for item in members} == {
        "orders-2": False,
        "orders-3": True,
    }


def test_member_is_not_stopped_alone(source):
    """It should refuse to stop an instance of a cluster."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*not eligible for stopping"):
        source.rds.stop_db_instance(DBInstanceIdentifier="orders-1")


def test_missing_parameter_group_is_refused(source):
    """It should refuse an instance parameter group that does not exist."""
    source.cluster()
    with pytest.raises(ClientError, match=r"\(DBParameterGroupNotFound\)"):
        source.instance(DBParameterGroupName="nothing")
