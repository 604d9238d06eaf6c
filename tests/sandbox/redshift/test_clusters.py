import pytest

from tests.support.dms import refused, wait_for
from tests.support.redshift import CLUSTER, DATABASE, ENDLESS, REGION, SOURCE

PLACE = {"ClusterIdentifier": CLUSTER, "Database": DATABASE}
ROLES = [f"arn:aws:iam::{SOURCE}:role/{name}" for name in ("federated", "lake")]


def shown(redshift, name=CLUSTER):
    (found,) = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    return found


def test_cluster_takes_its_time(api, redshift, stand_still):
    """It should be creating, then available, and take statements only then."""
    clock = stand_still("redshift-cluster.create")
    api.make_cluster()
    found = shown(redshift)
    assert (found["ClusterStatus"], found["ClusterAvailabilityStatus"]) == ("creating", "Modifying")
    assert "it is creating" in refused("ValidationException", api.start, "select 1", **PLACE)
    clock.advance(100)
    found = shown(redshift)
    assert (found["ClusterStatus"], found["ClusterAvailabilityStatus"]) == ("available", "Available")
    assert found["Endpoint"]["Port"] == 5439
    assert found["DBName"] == DATABASE
    api.start("select 1", **PLACE)


@pytest.mark.parametrize("name", ["Upper", "1st", "two--hyphens", "end-", "x" * 64])
def test_malformed_identifier(api, name):
    """It should be refused."""
    assert "not a valid identifier" in refused("InvalidParameterValue", api.make_cluster, name)


def test_identifier_in_use(api):
    """It should be refused until the cluster has gone."""
    api.make_cluster()
    refused("ClusterAlreadyExists", api.make_cluster)


def test_deleted_cluster_takes_its_data_along(api, redshift, stand_still):
    """It should be deleting for a while, then gone, and another of the name should be empty."""
    api.make_cluster()
    api.run("create table t (a integer)", **PLACE)
    statement = api.start(ENDLESS, **PLACE)
    wait_for(lambda: api.status(statement), lambda status: status == "STARTED")
    clock = stand_still("redshift-cluster.delete")
    redshift.delete_cluster(ClusterIdentifier=CLUSTER, SkipFinalClusterSnapshot=True)
    assert shown(redshift)["ClusterStatus"] == "deleting"
    refused("ClusterAlreadyExists", api.make_cluster)
    assert api.ended(statement)["Status"] == "FAILED"
    clock.advance(100)
    wait_for(lambda: redshift.describe_clusters()["Clusters"], lambda left: not left)
    refused("ClusterNotFound", shown, redshift)
    api.make_cluster()
    api.sandbox.set_clock(manual=False)
    assert 'relation "t" does not exist' in api.failed("select * from t", **PLACE)["Error"]


def test_final_snapshot_must_be_named_or_skipped(api, redshift):
    """It should not delete a cluster by a slip."""
    api.make_cluster()
    refused(
        "InvalidParameterCombination",
        redshift.delete_cluster,
        ClusterIdentifier=CLUSTER,
        SkipFinalClusterSnapshot=False,
    )
    assert shown(redshift)["ClusterStatus"] == "available"


def test_renamed_cluster_keeps_its_data(api, redshift):
    """It should have the new name and not the old one."""
    api.make_cluster()
    api.run("create table t (a integer)", **PLACE)
    redshift.modify_cluster(ClusterIdentifier=CLUSTER, NewClusterIdentifier="renamed")
    refused("ClusterNotFound", shown, redshift)
    assert shown(redshift, "renamed")["ClusterStatus"] == "available"
    assert api.rows("select count(*) from t", ClusterIdentifier="renamed", Database=DATABASE) == [(0,)]


def test_paused_cluster_takes_no_statements(api, redshift):
    """It should refuse them until it is resumed, and keep its data."""
    api.make_cluster()
    api.run("create table t (a integer)", **PLACE)
    redshift.pause_cluster(ClusterIdentifier=CLUSTER)
    assert shown(redshift)["ClusterStatus"] == "paused"
    assert "it is paused" in refused("ValidationException", api.start, "select 1", **PLACE)
    refused("InvalidClusterState", redshift.pause_cluster, ClusterIdentifier=CLUSTER)
    redshift.resume_cluster(ClusterIdentifier=CLUSTER)
    assert api.rows("select count(*) from t", **PLACE) == [(0,)]


def test_roles_are_attached_and_detached(api, redshift, stand_still):
    """It should take a while, and say of each role how far it is."""
    api.make_cluster(IamRoles=ROLES[:1], DefaultIamRoleArn=ROLES[0])
    clock = stand_still("redshift-cluster.roles")

    def states():
        return {one["IamRoleArn"]: one["ApplyStatus"] for one in shown(redshift)["IamRoles"]}

    assert states() == {ROLES[0]: "in-sync"}
    assert shown(redshift)["DefaultIamRoleArn"] == ROLES[0]
    redshift.modify_cluster_iam_roles(
        ClusterIdentifier=CLUSTER, AddIamRoles=ROLES[1:], RemoveIamRoles=ROLES[:1]
    )
    assert states() == {ROLES[0]: "removing", ROLES[1]: "adding"}
    clock.advance(100)
    assert states() == {ROLES[1]: "in-sync"}


def test_default_role_must_be_attached(api, redshift):
    """It should refuse another one."""
    api.make_cluster(IamRoles=ROLES[:1])
    change = redshift.modify_cluster_iam_roles
    refused("InvalidParameterValue", change, ClusterIdentifier=CLUSTER, DefaultIamRoleArn=ROLES[1])
    assert (
        change(ClusterIdentifier=CLUSTER, DefaultIamRoleArn=ROLES[0])["Cluster"]["DefaultIamRoleArn"]
        == ROLES[0]
    )


def test_credentials_by_iam(api, redshift):
    """It should hand out a password for the user that the role is, for 15 to 60 minutes."""
    api.make_cluster()
    found = redshift.get_cluster_credentials_with_iam(ClusterIdentifier=CLUSTER, DbName=DATABASE)
    assert found["DbUser"] == "IAMR:switchyard-source"
    assert found["DbPassword"]
    assert found["Expiration"].timestamp() - api.sandbox.clock.now() == pytest.approx(900, abs=5)
    refused("ClusterNotFound", redshift.get_cluster_credentials_with_iam, ClusterIdentifier="other")
    refused(
        "InvalidParameterValue",
        redshift.get_cluster_credentials_with_iam,
        ClusterIdentifier=CLUSTER,
        DurationSeconds=60,
    )


def test_snapshots_hold_no_data(api, redshift):
    """It should say so instead of restoring an empty cluster."""
    api.make_cluster()
    redshift.create_cluster_snapshot(SnapshotIdentifier="kept", ClusterIdentifier=CLUSTER)
    message = refused(
        "NotImplemented",
        redshift.restore_from_cluster_snapshot,
        SnapshotIdentifier="kept",
        ClusterIdentifier="second",
    )
    assert "snapshots of Redshift hold no data" in message


def test_status_by_hand(sandbox, api, redshift):
    """It should put a cluster into any status."""
    api.make_cluster()
    sandbox.force_status("redshift_cluster", CLUSTER, "maintenance", account=SOURCE, region=REGION)
    assert shown(redshift)["ClusterStatus"] == "maintenance"
    with pytest.raises(Exception, match="there is no redshift_cluster other"):
        sandbox.force_status("redshift_cluster", "other", "available", account=SOURCE, region=REGION)


def test_isolation_of_transactions(api):
    """It should refuse on a cluster what no order of transactions would give, and let it pass on a namespace."""
    api.make_cluster()
    api.make_workgroup()
    found = {}
    for name, place in {"cluster": PLACE, "namespace": api.place}.items():
        api.run(["create table a (n integer)", "create table b (n integer)"], **place)
        one, other = (opened(api, place) for _ in range(2))
        ends = []
        for session, read, written in ((one, "a", "b"), (other, "b", "a")):
            api.run(f"select * from {read}", SessionId=session)
            ends.append((session, f"insert into {written} values (1)"))
        said = [api.ended(api.start(sql, SessionId=session)) for session, sql in ends]
        said += [api.ended(api.start("commit", SessionId=session)) for session in (one, other)]
        found[name] = "".join(one.get("Error", "") for one in said)
    assert "1023" in found["cluster"]
    assert found["namespace"] == ""


def opened(api, place):
    """Open a session with a transaction, and return its id."""
    answer = api.data.execute_statement(Sql="begin", SessionKeepAliveSeconds=60, **place)
    api.ended(answer["Id"])
    return answer["SessionId"]


def test_administrator_is_a_superuser(api):
    """It should let the user that the cluster was made with do what others may not."""
    api.make_cluster(MasterUsername="chief")
    sql = "set session authorization 'ann'"
    api.run(sql, DbUser="chief", **PLACE)
    assert "permission denied" in api.failed(sql, DbUser="etl", **PLACE)["Error"]
