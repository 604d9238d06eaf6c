import pytest
from botocore.exceptions import ClientError

RENAME = ("cluster.rename", "cluster.rename.invisible")
INSTANCE_RENAME = ("instance.rename", "instance.rename.invisible")


def state(side, name):
    """Return the status of a cluster, or the error code where it is unknown."""
    try:
        return side.show_cluster(name)["Status"]
    except ClientError as error:
        return error.response["Error"]["Code"]


def instance_state(side, name):
    """Return the status of an instance, or the error code where it is unknown."""
    try:
        return side.show_instance(name)["DBInstanceStatus"]
    except ClientError as error:
        return error.response["Error"]["Code"]


def test_cluster_rename_passes_through_its_window(source, stand_still):
    """It should still read available, then renaming, then know neither name, then the new one."""
    source.cluster()
    clock = stand_still(*RENAME)
    answer = source.rename("orders", "orders-old")
    assert (answer["DBClusterIdentifier"], answer["Status"]) == ("orders", "available")
    seen = [(state(source, "orders"), state(source, "orders-old"))]
    for seconds in (30, 70, 100):
        clock.advance(seconds)
        seen.append((state(source, "orders"), state(source, "orders-old")))
    unknown = "DBClusterNotFoundFault"
    assert seen == [
        ("available", unknown),
        ("renaming", unknown),
        (unknown, unknown),
        (unknown, "available"),
    ]


def test_renamed_cluster_is_found_by_its_resource_id(source, stand_still):
    """It should find a cluster by resource id before and after, and list nothing in between."""
    before = source.cluster()
    clock = stand_still(*RENAME)
    source.rename("orders", "orders-old")
    seen = []
    for seconds in (50, 50, 100):
        clock.advance(seconds)
        seen.append(
            [item["DBClusterIdentifier"] for item in source.by_resource_id(before["DbClusterResourceId"])]
        )
    assert seen == [["orders"], [], ["orders-old"]]


def test_members_follow_a_cluster_rename(source):
    """It should keep the members with the renamed cluster, and out of a new one of the old name."""
    source.cluster()
    source.instance()
    source.rename("orders", "orders-old")
    source.cluster("orders")
    assert source.show_instance("orders-1")["DBClusterIdentifier"] == "orders-old"
    members = [item["DBInstanceIdentifier"] for item in source.show_cluster("orders-old")["DBClusterMembers"]]
    assert (members, source.show_cluster("orders")["DBClusterMembers"]) == (["orders-1"], [])
    with pytest.raises(ClientError, match=r"still contains DB instances"):
        source.rds.delete_db_cluster(DBClusterIdentifier="orders-old", SkipFinalSnapshot=True)


def test_cluster_rename_onto_an_existing_name_is_refused(source):
    """It should refuse the name of another cluster, also one that another rename has claimed."""
    source.cluster("orders")
    kept = source.cluster("other")
    with pytest.raises(ClientError, match=r"DBClusterAlreadyExistsFault"):
        source.rename("orders", "other")
    assert source.show_cluster("other")["DbClusterResourceId"] == kept["DbClusterResourceId"]


def test_name_of_a_rename_under_way_is_taken(source, stand_still):
    """It should not give away a name that a rename is about to take."""
    source.cluster()
    source.snapshot()
    stand_still(*RENAME)
    source.rename("orders", "orders-old")
    with pytest.raises(ClientError, match=r"DBClusterAlreadyExistsFault"):
        source.restore("point", "orders-old")


def test_rename_of_a_missing_cluster_is_refused(source):
    """It should answer with not found, not with an internal error."""
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.rename("nothing", "something")


def test_malformed_new_cluster_name_is_refused(source):
    """It should refuse a malformed new name."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*NewDBClusterIdentifier"):
        source.rename("orders", "orders--old")


def test_rename_waits_for_the_maintenance_window(source):
    """It should only note a rename that is not applied immediately, until a call applies what is pending."""
    source.cluster()
    answer = source.rename("orders", "orders-old", ApplyImmediately=False)
    assert answer["PendingModifiedValues"] == {"DBClusterIdentifier": "orders-old"}
    pending = source.show_cluster("orders")
    assert (pending["Status"], pending["PendingModifiedValues"]) == (
        "available",
        {"DBClusterIdentifier": "orders-old"},
    )
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", ApplyImmediately=True)
    assert "PendingModifiedValues" not in source.show_cluster("orders-old")


def test_cluster_rename_keeps_identity(source):
    """It should keep resource id and tags, and change ARN and endpoints."""
    tags = [{"Key": "team", "Value": "orders"}]
    before = source.cluster(Tags=tags)
    source.rename("orders", "orders-old")
    after = source.show_cluster("orders-old")
    assert (after["DbClusterResourceId"], after["TagList"]) == (before["DbClusterResourceId"], tags)
    assert after["DBClusterArn"].endswith(":cluster:orders-old")
    assert after["Endpoint"].startswith("orders-old.cluster-")


def test_endpoint_belongs_to_the_name(source):
    """It should give a cluster that takes another's name that one's endpoint."""
    live = source.cluster("orders")
    source.cluster("candidate")
    source.rename("orders", "orders-old")
    source.rename("candidate", "orders")
    swapped = source.show_cluster("orders")
    assert swapped["Endpoint"] == live["Endpoint"]
    assert swapped["DbClusterResourceId"] != live["DbClusterResourceId"]


def test_cluster_under_rename_cannot_be_changed(source, stand_still):
    """It should refuse other changes during a rename, even while the status reads available."""
    source.cluster()
    clock = stand_still(*RENAME)
    source.rename("orders", "orders-old")
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault"):
        source.snapshot()
    clock.advance(50)
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*renaming"):
        source.rename("orders", "orders-older")


def test_instance_rename_passes_through_its_window(source, stand_still):
    """It should read available, then renaming, then know neither name, then reboot under the new one."""
    source.cluster()
    before = source.instance()
    clock = stand_still(*INSTANCE_RENAME)
    answer = source.rename_instance("orders-1", "orders-1-old")
    assert answer["DBInstanceIdentifier"] == "orders-1"
    seen = [(instance_state(source, "orders-1"), instance_state(source, "orders-1-old"))]
    for seconds in (30, 20, 100, 50):
        clock.advance(seconds)
        seen.append((instance_state(source, "orders-1"), instance_state(source, "orders-1-old")))
    unknown = "DBInstanceNotFound"
    assert seen == [
        ("available", unknown),
        ("renaming", unknown),
        (unknown, unknown),
        (unknown, "rebooting"),
        (unknown, "available"),
    ]
    assert source.show_instance("orders-1-old")["DbiResourceId"] == before["DbiResourceId"]


def test_instance_rename_onto_an_existing_name_is_refused(source):
    """It should refuse the name of another instance, and leave that one alone."""
    source.cluster()
    source.instance("orders-1")
    kept = source.instance("orders-2")
    with pytest.raises(ClientError, match=r"\(DBInstanceAlreadyExists\)"):
        source.rename_instance("orders-1", "orders-2")
    assert source.show_instance("orders-2")["DbiResourceId"] == kept["DbiResourceId"]


def test_rename_of_a_missing_instance_is_refused(source):
    """It should not know the instance."""
    with pytest.raises(ClientError, match=r"\(DBInstanceNotFound\)"):
        source.rename_instance("nothing", "something")


def test_instance_rename_waits_for_the_maintenance_window(source):
    """It should only note an instance rename that is not applied immediately."""
    source.cluster()
    source.instance()
    source.rename_instance("orders-1", "orders-1-old", ApplyImmediately=False)
    shown = source.show_instance("orders-1")
    assert shown["PendingModifiedValues"] == {"DBInstanceIdentifier": "orders-1-old"}


def test_swap_of_two_clusters(source):
    """It should let a candidate take the live cluster's names, members included."""
    source.cluster("orders")
    source.instance("orders-1")
    source.snapshot()
    restored = source.restore("point", "orders-new")
    source.instance("orders-new-1", "orders-new")
    source.rename_instance("orders-1", "orders-old-1")
    source.show_instance("orders-old-1")
    source.rename_instance("orders-new-1", "orders-1")
    source.rename("orders", "orders-old")
    source.rename("orders-new", "orders")
    live = source.show_cluster("orders")
    members = [item["DBInstanceIdentifier"] for item in live["DBClusterMembers"]]
    assert (live["DbClusterResourceId"], members) == (restored["DbClusterResourceId"], ["orders-1"])


def test_pending_name_may_be_taken_meanwhile(source):
    """It should refuse to apply a pending rename whose name another cluster took."""
    source.cluster()
    source.rename("orders", "orders-old", ApplyImmediately=False)
    source.cluster("orders-old")
    with pytest.raises(ClientError, match=r"DBClusterAlreadyExistsFault"):
        source.rds.modify_db_cluster(DBClusterIdentifier="orders", ApplyImmediately=True)


def test_plain_instance_is_not_destroyed_by_a_rename(source):
    """It should refuse to rename a plain instance onto another."""
    wanted = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    for name in ("one", "two"):
        source.rds.create_db_instance(DBInstanceIdentifier=name, **wanted)
    with pytest.raises(ClientError, match=r"\(DBInstanceAlreadyExists\)"):
        source.rename_instance("one", "two")
