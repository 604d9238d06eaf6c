import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def orders(source):
    """A cluster with a writer and a reader."""
    source.cluster()
    source.instance("orders-1")
    source.instance("orders-2", PromotionTier=2)
    return source


def create(side, name="analytics", cluster="orders", kind="READER", **settings):
    """Make a custom endpoint and return the answer."""
    return side.rds.create_db_cluster_endpoint(
        DBClusterIdentifier=cluster, DBClusterEndpointIdentifier=name, EndpointType=kind, **settings
    )


def custom(side, **wanted):
    """List the custom endpoints as described."""
    only = [{"Name": "db-cluster-endpoint-type", "Values": ["custom"]}]
    return side.rds.describe_db_cluster_endpoints(Filters=only, **wanted)["DBClusterEndpoints"]


def test_custom_endpoint_is_creating_until_its_time_has_passed(orders, stand_still):
    """It should be creating, then available, and shown by the cluster."""
    clock = stand_still("cluster-endpoint.create")
    answer = create(orders, StaticMembers=["orders-2"])
    assert (answer["Status"], answer["CustomEndpointType"]) == ("creating", "READER")
    assert answer["Endpoint"].startswith("analytics.cluster-custom-")
    clock.advance(100)
    (shown,) = custom(orders, DBClusterIdentifier="orders")
    assert (shown["Status"], shown["StaticMembers"], shown["ExcludedMembers"]) == (
        "available",
        ["orders-2"],
        [],
    )
    assert orders.show_cluster("orders")["CustomEndpoints"] == [shown["Endpoint"]]


def test_custom_endpoint_keeps_its_name_and_cluster_at_a_rename(orders):
    """It should stay with its cluster under its own name, so that a new cluster of the old name lacks it."""
    before = create(orders)
    orders.rename("orders", "orders-old")
    orders.cluster("orders")
    assert custom(orders, DBClusterIdentifier="orders") == []
    (shown,) = custom(orders, DBClusterIdentifier="orders-old")
    assert (shown["Endpoint"], shown["DBClusterEndpointIdentifier"]) == (before["Endpoint"], "analytics")


def test_custom_endpoint_names_are_unique_in_a_region(orders, recovery, target):
    """It should refuse a name that another cluster's endpoint has, until that one is gone."""
    create(orders)
    orders.cluster("other")
    with pytest.raises(ClientError, match=r"DBClusterEndpointAlreadyExistsFault"):
        create(orders, cluster="other")
    recovery.cluster("other")
    create(recovery, cluster="other")
    orders.rds.delete_db_cluster_endpoint(DBClusterEndpointIdentifier="analytics")
    create(orders, cluster="other")


def test_custom_endpoint_name_is_taken_until_it_is_gone(orders, stand_still):
    """It should show a deleted endpoint as deleting, and free its name only after that."""
    create(orders)
    clock = stand_still("cluster-endpoint.delete")
    gone = orders.rds.delete_db_cluster_endpoint(DBClusterEndpointIdentifier="analytics")
    assert gone["Status"] == "deleting"
    with pytest.raises(ClientError, match=r"DBClusterEndpointAlreadyExistsFault"):
        create(orders)
    with pytest.raises(ClientError, match=r"InvalidDBClusterEndpointStateFault"):
        orders.rds.delete_db_cluster_endpoint(DBClusterEndpointIdentifier="analytics")
    clock.advance(100)
    with pytest.raises(ClientError, match=r"DBClusterEndpointNotFoundFault"):
        orders.rds.delete_db_cluster_endpoint(DBClusterEndpointIdentifier="analytics")


def test_cluster_has_at_most_five_custom_endpoints(orders):
    """It should refuse the sixth."""
    for number in range(5):
        create(orders, f"analytics-{number}")
    with pytest.raises(ClientError, match=r"DBClusterEndpointQuotaExceededFault"):
        create(orders, "analytics-5")


def test_members_of_a_custom_endpoint_are_checked(orders):
    """It should refuse unknown instances, both lists at once, a foreign type and an unknown cluster."""
    with pytest.raises(ClientError, match=r"DBInstanceNotFound"):
        create(orders, StaticMembers=["nobody"])
    with pytest.raises(ClientError, match=r"InvalidParameterCombination"):
        create(orders, StaticMembers=["orders-1"], ExcludedMembers=["orders-2"])
    with pytest.raises(ClientError, match=r"InvalidParameterValue"):
        create(orders, kind="SOMETHING")
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        create(orders, cluster="nothing")


def test_custom_endpoint_is_changed(orders):
    """It should take another type and other instances, and follow an instance's rename."""
    create(orders, StaticMembers=["orders-2"])
    orders.rds.modify_db_cluster_endpoint(
        DBClusterEndpointIdentifier="analytics", EndpointType="ANY", StaticMembers=["orders-1"]
    )
    orders.rename_instance("orders-1", "orders-first")
    (shown,) = custom(orders)
    assert (shown["CustomEndpointType"], shown["StaticMembers"]) == ("ANY", ["orders-first"])


def test_custom_endpoints_go_with_their_cluster(orders):
    """It should free the names of a deleted cluster's endpoints."""
    create(orders)
    for name in ("orders-2", "orders-1"):
        orders.rds.delete_db_instance(DBInstanceIdentifier=name)
    orders.rds.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    orders.cluster("orders")
    create(orders)


def test_endpoint_needs_an_available_cluster(orders):
    """It should refuse an endpoint of a stopped cluster."""
    orders.rds.stop_db_cluster(DBClusterIdentifier="orders")
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault"):
        create(orders)
