import pytest
from botocore.exceptions import ClientError


def listed(side):
    return [item["DBInstanceIdentifier"] for item in side.rds.describe_db_instances()["DBInstances"]]


def test_rename_passes_through_its_window(plain_source, stand_still):
    """It should read available, renaming, be unknown under both names, then reboot under the new one."""
    plain_source.plain()
    clock = stand_still("instance.rename", "instance.rename.invisible")
    assert plain_source.rename_instance("orders", "moved")["DBInstanceIdentifier"] == "orders"
    assert plain_source.statuses(clock, (0, 25)) == ["available", "renaming"]
    clock.advance(25)
    assert listed(plain_source) == []
    with pytest.raises(ClientError, match=r"\(DBInstanceNotFound\)"):
        plain_source.show_instance("orders")
    assert plain_source.statuses(clock, (100, 55), "moved") == ["rebooting", "available"]
    assert listed(plain_source) == ["moved"]


def test_rename_keeps_all_but_the_name(plain_source):
    """It should keep resource id, tags and snapshots, and change ARN and endpoint."""
    before = plain_source.plain(Tags=[{"Key": "team", "Value": "orders"}])
    plain_source.snapshot()
    plain_source.rename_instance("orders", "moved")
    after = plain_source.show_instance("moved")
    assert (after["DbiResourceId"], after["TagList"]) == (before["DbiResourceId"], before["TagList"])
    assert after["DBInstanceArn"].endswith(":db:moved")
    assert after["Endpoint"]["Address"].startswith("moved.")
    assert "point" in plain_source.list_snapshots()
    wanted = [{"Name": "dbi-resource-id", "Values": [before["DbiResourceId"]]}]
    [found] = plain_source.rds.describe_db_instances(Filters=wanted)["DBInstances"]
    assert found["DBInstanceIdentifier"] == "moved"


def test_rename_waits_for_the_maintenance_window(plain_source):
    """It should only note a rename without ApplyImmediately, and do it with the next immediate change."""
    plain_source.plain()
    plain_source.rename_instance("orders", "moved", ApplyImmediately=False)
    assert plain_source.show_instance("orders")["PendingModifiedValues"] == {"DBInstanceIdentifier": "moved"}
    plain_source.change(CopyTagsToSnapshot=True)
    assert listed(plain_source) == ["moved"]


def test_name_in_use_is_refused(plain_source, stand_still):
    """It should refuse a name that another instance has, or that another is about to take."""
    for name in ("one", "two", "three"):
        plain_source.plain(name)
    with pytest.raises(ClientError, match=r"\(DBInstanceAlreadyExists\)"):
        plain_source.rename_instance("one", "TWO")
    stand_still("instance.rename")
    plain_source.rename_instance("one", "free")
    with pytest.raises(ClientError, match=r"\(DBInstanceAlreadyExists\)"):
        plain_source.rename_instance("three", "free")


def test_malformed_name_is_refused(plain_source):
    """It should refuse a malformed new name, and leave the instance alone."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*NewDBInstanceIdentifier"):
        plain_source.rename_instance("orders", "1-bad--")
    assert plain_source.show_instance("orders")["DBInstanceStatus"] == "available"


def test_two_instances_swap_names(plain_source):
    """It should let the freed name be taken at once."""
    old, new = plain_source.plain("orders"), plain_source.plain("orders-new")
    plain_source.rename_instance("orders", "orders-old")
    plain_source.rename_instance("orders-new", "orders")
    shown = {name: plain_source.show_instance(name)["DbiResourceId"] for name in ("orders", "orders-old")}
    assert shown == {"orders": new["DbiResourceId"], "orders-old": old["DbiResourceId"]}


def test_replica_stays_with_the_renamed_instance(plain_source):
    """It should leave the read replica with the old instance, under whatever names both have."""
    plain_source.plain()
    plain_source.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-reader", SourceDBInstanceIdentifier="orders"
    )
    plain_source.rename_instance("orders", "orders-old")
    plain_source.plain()
    plain_source.rename_instance("orders-reader", "reader")
    assert plain_source.show_instance("orders")["ReadReplicaDBInstanceIdentifiers"] == []
    assert plain_source.show_instance("orders-old")["ReadReplicaDBInstanceIdentifiers"] == ["reader"]
    reader = plain_source.show_instance("reader")
    assert reader["ReadReplicaSourceDBInstanceIdentifier"] == "orders-old"
