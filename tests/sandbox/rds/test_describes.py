import pytest
from botocore.exceptions import ClientError


def test_endpoints_are_creating_until_an_instance_serves(source):
    """It should show writer and reader endpoint as creating until there is an instance."""
    cluster = source.cluster()

    def shown():
        found = source.rds.describe_db_cluster_endpoints(DBClusterIdentifier="orders")["DBClusterEndpoints"]
        return {(item["EndpointType"], item["Status"], item["Endpoint"]) for item in found}

    hosts = (("WRITER", cluster["Endpoint"]), ("READER", cluster["ReaderEndpoint"]))
    assert shown() == {(kind, "creating", host) for kind, host in hosts}
    source.instance()
    assert shown() == {(kind, "available", host) for kind, host in hosts}


def test_endpoints_of_a_missing_cluster_are_refused(source):
    """It should not know the cluster."""
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.rds.describe_db_cluster_endpoints(DBClusterIdentifier="nothing")


def test_engine_versions_are_listed(source):
    """It should list versions of an engine, and the default one."""
    versions = source.rds.describe_db_engine_versions(Engine="aurora-mysql")["DBEngineVersions"]
    default = source.rds.describe_db_engine_versions(Engine="aurora-mysql", DefaultOnly=True)[
        "DBEngineVersions"
    ]
    assert len(versions) > 5
    assert [item["DBParameterGroupFamily"] for item in default] == ["aurora-mysql8.0"]
    one = source.rds.describe_db_engine_versions(EngineVersion="16.6")["DBEngineVersions"]
    assert [item["Engine"] for item in one] == ["aurora-postgresql", "postgres"]


def test_no_maintenance_is_pending(source):
    """It should list no maintenance, and refuse an unknown resource."""
    arn = source.cluster()["DBClusterArn"]
    found = source.rds.describe_pending_maintenance_actions(ResourceIdentifier=arn)
    assert found["PendingMaintenanceActions"] == []
    with pytest.raises(ClientError, match=r"ResourceNotFoundFault"):
        source.rds.describe_pending_maintenance_actions(ResourceIdentifier=arn + "-not")
