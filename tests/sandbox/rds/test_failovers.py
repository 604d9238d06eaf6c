import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def orders(source):
    """A cluster with a writer and three readers of different tiers and sizes."""
    source.cluster()
    source.instance("writer", PromotionTier=1)
    source.instance("last", PromotionTier=5, DBInstanceClass="db.r6g.8xlarge")
    source.instance("small", PromotionTier=2, DBInstanceClass="db.r6g.large")
    source.instance("large", PromotionTier=2, DBInstanceClass="db.r6g.2xlarge")
    return source


def writer(side):
    """Return who writes, and check that there is one at most."""
    members = side.show_cluster("orders")["DBClusterMembers"]
    found = [one["DBInstanceIdentifier"] for one in members if one["IsClusterWriter"]]
    assert len(found) <= 1
    return found[0] if found else None


def test_failover_takes_the_best_tier_and_then_the_largest(orders):
    """It should promote by tier, then by size, and leave the former writer as a reader."""
    assert writer(orders) == "writer"
    orders.rds.failover_db_cluster(DBClusterIdentifier="orders")
    assert writer(orders) == "large"
    orders.rds.failover_db_cluster(DBClusterIdentifier="orders")
    assert writer(orders) == "writer"


def test_failover_takes_the_named_reader(orders):
    """It should promote the reader that the call names, whatever its tier."""
    orders.rds.failover_db_cluster(DBClusterIdentifier="orders", TargetDBInstanceIdentifier="last")
    assert writer(orders) == "last"
    assert orders.events(SourceType="db-cluster")[-2:] == [
        "Started failover to DB instance: last",
        "Completed failover to DB instance: last",
    ]


def test_failover_passes_through_failing_over(orders, stand_still):
    """It should be failing-over while the former writer restarts, and refuse a second one meanwhile."""
    clock = stand_still("cluster.failover")
    orders.rds.failover_db_cluster(DBClusterIdentifier="orders")
    clock.advance(50)
    assert orders.show_cluster("orders")["Status"] == "failing-over"
    assert orders.show_instance("writer")["DBInstanceStatus"] == "rebooting"
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault"):
        orders.rds.failover_db_cluster(DBClusterIdentifier="orders")
    clock.advance(50)
    assert (orders.show_cluster("orders")["Status"], writer(orders)) == ("available", "large")


def test_failover_needs_a_reader(source):
    """It should refuse a cluster that has nobody to promote, and an instance that is none of its own."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault"):
        source.rds.failover_db_cluster(DBClusterIdentifier="orders")
    with pytest.raises(ClientError, match=r"InvalidParameterValue"):
        source.rds.failover_db_cluster(DBClusterIdentifier="orders", TargetDBInstanceIdentifier="nobody")


def test_deleted_writer_is_followed_by_the_best_reader(orders):
    """It should promote in the same order when the writer is deleted."""
    orders.rds.delete_db_instance(DBInstanceIdentifier="writer")
    assert writer(orders) == "large"
