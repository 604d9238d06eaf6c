import pytest
from botocore.exceptions import ClientError

from sandbox.errors import SandboxError

PLACE = {"account": "111111111111", "region": "us-west-2"}


def test_status_can_be_forced(source):
    """It should put resources into any status."""
    source.cluster()
    source.instance()
    source.snapshot()
    source.sandbox.force_status("db_cluster", "orders", "migration-failed", **PLACE)
    source.sandbox.force_status("db_instance", "orders-1", "storage-full", **PLACE)
    source.sandbox.force_status("db_cluster_snapshot", "point", "failed", **PLACE)
    assert source.show_cluster("orders")["Status"] == "migration-failed"
    assert source.show_instance("orders-1")["DBInstanceStatus"] == "storage-full"
    assert source.show_snapshot("point")["Status"] == "failed"


def test_forced_status_ends_what_is_under_way(source, stand_still):
    """It should keep a forced status when the time of the transition comes."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster-snapshot.copy")
    source.copy("point")
    source.sandbox.force_status("db_cluster_snapshot", "copy", "failed", **PLACE)
    clock.advance(100)
    assert source.show_snapshot("copy")["Status"] == "failed"


def test_forced_status_is_obeyed(source):
    """It should refuse calls that the forced status does not allow."""
    source.cluster()
    source.sandbox.force_status("db_cluster", "orders", "maintenance", **PLACE)
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*maintenance"):
        source.snapshot()


def test_unknown_resource_cannot_be_forced(source):
    """It should say what is not there, and what kinds there are."""
    with pytest.raises(SandboxError, match=r"no db_cluster nothing"):
        source.sandbox.force_status("db_cluster", "nothing", "available", **PLACE)
    with pytest.raises(SandboxError, match=r"choose one of .*db_cluster"):
        source.sandbox.force_status("cluster", "orders", "available", **PLACE)
