import time

import psycopg2
import pymysql
import pytest
from botocore.exceptions import ClientError

from sandbox.runtime import runtime

SOURCE, TARGET = "111111111111", "222222222222"
PASSWORD = "long-enough"


def wait_for(look, wanted, patience=120.0):
    """Look again and again until the wanted value is seen."""
    deadline = time.monotonic() + patience
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, f"{seen} instead of {wanted} for {patience} s"
        time.sleep(0.02)


def cluster_status(side, name):
    """Return a cluster's status, or the error code where it is unknown."""
    try:
        return side.show_cluster(name)["Status"]
    except ClientError as error:
        return error.response["Error"]["Code"]


def serve(side, name, instance=None, **settings):
    """Give a cluster an instance, and wait until both are available."""
    wait_for(lambda: cluster_status(side, name), "available")
    instance = instance or f"{name}-1"
    side.instance(instance, name, **settings)
    wait_for(lambda: side.show_instance(instance)["DBInstanceStatus"], "available")
    return side.show_cluster(name)


def connect(cluster, password=PASSWORD, **settings):
    """Connect to a cluster's writer endpoint."""
    return pymysql.connect(
        host=cluster["Endpoint"],
        port=cluster["Port"],
        user="keeper",
        password=password,
        database="shop",
        autocommit=True,
        connect_timeout=60,
        **settings,
    )


def run(connection, statement):
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def names(cluster):
    """Return what is in the table `item`."""
    with connect(cluster) as connection:
        return [row[0] for row in run(connection, "SELECT name FROM item ORDER BY name")]


@pytest.fixture
def source(engines_sandbox, source):
    return source


@pytest.fixture
def shop(source):
    """A live cluster with one row."""
    source.cluster("orders", DatabaseName="shop")
    cluster = serve(source, "orders")
    with connect(cluster) as connection:
        run(connection, "CREATE TABLE item (name VARCHAR(20) PRIMARY KEY)")
        run(connection, "INSERT INTO item VALUES ('first')")
    return cluster


def snapshot(side, name="point", cluster="orders"):
    """Take a snapshot and wait for it."""
    made = side.snapshot(name, cluster)
    wait_for(lambda: side.show_snapshot(name)["Status"], "available")
    return made["DBClusterSnapshotArn"]


def test_data_travels_by_snapshot_copy_and_restore(shop, source, recovery, target):
    """It should carry the rows over Regions and accounts, and keep the clusters apart from then on."""
    arn = snapshot(source)
    copy = recovery.copy(arn)["DBClusterSnapshotArn"]
    wait_for(lambda: recovery.show_snapshot("copy")["Status"], "available")
    recovery.share("copy", TARGET)
    target.copy(copy, "local")
    wait_for(lambda: target.show_snapshot("local")["Status"], "available")
    with connect(shop) as connection:
        run(connection, "INSERT INTO item VALUES ('later')")
    target.restore("local", "orders-new")
    restored = serve(target, "orders-new")
    assert names(restored) == ["first"]
    with connect(restored) as connection:
        run(connection, "DELETE FROM item")
    assert names(shop) == ["first", "later"]


def test_swapped_names_lead_to_the_new_data(shop, source):
    """It should lead the live endpoint to the candidate's data after the swap, and nowhere in between."""
    snapshot(source)
    source.restore("point", "orders-new")
    candidate = serve(source, "orders-new")
    with connect(candidate) as connection:
        run(connection, "INSERT INTO item VALUES ('new')")
    kept = connect(shop)
    source.rename("orders", "orders-old")
    wait_for(lambda: cluster_status(source, "orders-old"), "available")
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(shop)
    source.rename("orders-new", "orders")
    wait_for(lambda: cluster_status(source, "orders"), "available")
    assert names(source.show_cluster("orders")) == names(shop) == ["first", "new"]
    assert run(kept, "SELECT name FROM item") == (("first",),)
    kept.close()


def test_reboot_cuts_connections_and_refuses_new_ones(shop, source):
    """It should drop the writer's connections in a reboot and answer again after it."""
    source.sandbox.durations({"instance.reboot": 1.0})
    open_before = connect(shop)
    source.rds.reboot_db_instance(DBInstanceIdentifier="orders-1")
    wait_for(lambda: source.show_instance("orders-1")["DBInstanceStatus"], "rebooting")
    with pytest.raises(pymysql.err.OperationalError, match=r"Lost connection|gone away"):
        run(open_before, "SELECT 1")
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(shop)
    wait_for(lambda: source.show_instance("orders-1")["DBInstanceStatus"], "available")
    assert names(shop) == ["first"]


def test_instance_rename_moves_its_endpoint(shop, source):
    """It should move the instance endpoint to the new name, with a reboot."""
    before = source.show_instance("orders-1")["Endpoint"]
    source.rename_instance("orders-1", "orders-first")
    found = source.rds.describe_db_instances

    def status():
        return [item["DBInstanceStatus"] for item in found()["DBInstances"]]

    wait_for(lambda: [*status(), len(source.show_cluster("orders")["DBClusterMembers"])], ["available", 1])
    wait_for(lambda: found()["DBInstances"][0]["DBInstanceIdentifier"], "orders-first")
    after = source.show_instance("orders-first")["Endpoint"]
    assert names(shop | {"Endpoint": after["Address"]}) == ["first"]
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(shop | {"Endpoint": before["Address"]})


def test_renamed_cluster_keeps_its_certificate_until_it_is_restarted(shop, source):
    """It should fail the host name check after a rename, and pass it after stop and start."""
    tls = {"ssl": {"ca": str(runtime.authority.ca_bundle), "check_hostname": True}}
    connect(shop, **tls).close()
    source.rename("orders", "renamed")
    wait_for(lambda: cluster_status(source, "renamed"), "available")
    renamed = source.show_cluster("renamed")
    with pytest.raises(pymysql.err.OperationalError, match="certificate verify failed"):
        connect(renamed, **tls)
    source.rds.stop_db_cluster(DBClusterIdentifier="renamed")
    wait_for(lambda: cluster_status(source, "renamed"), "stopped")
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(renamed)
    source.rds.start_db_cluster(DBClusterIdentifier="renamed")
    wait_for(lambda: cluster_status(source, "renamed"), "available")
    connect(renamed, **tls).close()


def test_new_password_reaches_the_server(shop, source):
    """It should change the master user's password in the database."""
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", MasterUserPassword="another-one")
    wait_for(lambda: source.rds.describe_db_clusters()["DBClusters"][0]["Status"], "available")
    wait_for(lambda: source.events(SourceType="db-cluster")[-1], "Reset master credentials")
    connect(shop, password="another-one").close()
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        connect(shop)


def test_final_snapshot_holds_the_data_of_the_deleted_cluster(shop, source):
    """It should remove a deleted cluster's server, and restore it from its final snapshot."""
    source.rds.delete_db_instance(DBInstanceIdentifier="orders-1")
    source.rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last")
    wait_for(lambda: cluster_status(source, "orders"), "DBClusterNotFoundFault")
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(shop)
    source.restore("last", "orders")
    assert names(serve(source, "orders")) == ["first"]


def test_lost_snapshot_data_fail_loudly(shop, source, caplog):
    """It should end a restore whose data are gone as incompatible-restore, and a copy as failed."""
    snapshot(source)
    key = _data_key(source, "point")
    runtime.engines.delete_snapshot(key)
    source.restore("point", "orders-new")
    wait_for(lambda: cluster_status(source, "orders-new"), "incompatible-restore")
    source.copy("point")
    wait_for(lambda: source.show_snapshot("copy")["Status"], "failed")
    assert "restore of cluster arn:aws:rds:us-west-2:111111111111:cluster:orders-new failed" in caplog.text


def _data_key(side, name):
    from moto.rds.models import rds_backends

    return rds_backends[side.account][side.region].cluster_snapshots[name].data_key


def test_aurora_postgresql_is_restored_too(source):
    """It should do the same on PostgreSQL."""
    source.cluster("orders", Engine="aurora-postgresql", DatabaseName="shop")
    live = serve(source, "orders", Engine="aurora-postgresql")

    def query(cluster, statement):
        with psycopg2.connect(
            host=cluster["Endpoint"], port=cluster["Port"], user="keeper", password=PASSWORD, dbname="shop"
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    query(live, "CREATE TABLE item AS SELECT 'first' AS name")
    snapshot(source)
    query(live, "DELETE FROM item")
    source.restore("point", "orders-new", Engine="aurora-postgresql")
    restored = serve(source, "orders-new", Engine="aurora-postgresql")
    assert query(restored, "SELECT name FROM item") == [("first",)]
