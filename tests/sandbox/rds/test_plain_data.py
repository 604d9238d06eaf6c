"""Plain instances with the real servers behind them."""

import time
from contextlib import closing

import psycopg2
import pymysql
import pytest

from sandbox.runtime import runtime

TARGET = "222222222222"
PASSWORD = "long-enough"
ENGINES = ["mysql", "postgres"]


def wait_for(look, wanted, patience=120.0):
    """Look again and again until the wanted value is seen."""
    deadline = time.monotonic() + patience
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, f"{seen} instead of {wanted} for {patience} s"
        time.sleep(0.02)


def connect(instance, password=PASSWORD):
    """Connect to an instance's endpoint over TLS; the certificate must be for the name that is asked for."""
    endpoint, bundle = instance["Endpoint"], str(runtime.authority.ca_bundle)
    login = {"host": endpoint["Address"], "port": endpoint["Port"], "user": "keeper", "password": password}
    if instance["Engine"] == "mysql":
        secure = {"ca": bundle, "check_hostname": True}
        return pymysql.connect(**login, database="shop", ssl=secure, autocommit=True)
    made = psycopg2.connect(**login, dbname="shop", sslmode="verify-full", sslrootcert=bundle)
    made.autocommit = True
    return made


def run(instance, *statements, password=PASSWORD):
    """Run statements on an instance and return the rows of the last."""
    with closing(connect(instance, password)) as database, database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return [row[0] for row in cursor.fetchall()] if cursor.description else None


def names(instance):
    """Return what is in the table `item`."""
    return run(instance, "SELECT name FROM item ORDER BY name")


def ready(side, name):
    """Wait until an instance is available, and return it."""
    found = side.rds.describe_db_instances

    def status():
        return [
            item["DBInstanceStatus"]
            for item in found()["DBInstances"]
            if item["DBInstanceIdentifier"] == name
        ]

    wait_for(status, ["available"])
    return side.show_instance(name)


def saved(side, name):
    """Wait until a snapshot is available, and return its ARN."""
    wait_for(lambda: side.show_snapshot(name)["Status"], "available")
    return side.show_snapshot(name)["DBSnapshotArn"]


def shop(side, engine):
    """Make an instance with one row, encrypted under a key that the target may use."""
    side.encrypted(key=side.key(TARGET), Engine=engine, DBName="shop")
    instance = ready(side, "orders")
    run(instance, "CREATE TABLE item (name VARCHAR(20) PRIMARY KEY)", "INSERT INTO item VALUES ('first')")
    wait_for(lambda: side.show_instance("orders")["DBInstanceStatus"], "available")
    return instance


@pytest.fixture
def plain_source(engines_sandbox, plain_source):
    return plain_source


@pytest.mark.parametrize("engine", ENGINES)
def test_data_travels_and_takes_the_live_name(plain_source, plain_recovery, plain_target, engine):
    """It should carry the rows over Regions and accounts into an instance that takes the live name over."""
    live = shop(plain_source, engine)
    plain_source.snapshot()
    plain_recovery.copy(saved(plain_source, "point"), KmsKeyId=plain_recovery.key(TARGET))
    arn = saved(plain_recovery, "copy")
    plain_recovery.share("copy", TARGET)
    plain_target.copy(arn, "local", KmsKeyId=plain_target.key())
    saved(plain_target, "local")
    run(live, "INSERT INTO item VALUES ('later')")
    plain_target.restore("local", "orders-new")
    candidate = ready(plain_target, "orders-new")
    assert names(candidate) == ["first"]
    run(candidate, "INSERT INTO item VALUES ('own')")
    plain_target.rename_instance("orders-new", "orders")
    renamed = ready(plain_target, "orders")
    assert names(renamed) == ["first", "own"]
    with pytest.raises((pymysql.err.OperationalError, psycopg2.OperationalError), match="onnect"):
        connect(candidate)
    assert names(live) == ["first", "later"]


def test_new_name_is_not_at_once_in_the_dns(plain_source):
    """It should answer under the new name only after the time that a DNS change takes, under the old never."""
    old = shop(plain_source, "mysql")
    plain_source.sandbox.set_clock(manual=True)
    plain_source.sandbox.durations({"instance.rename.dns": 600})
    plain_source.rename_instance("orders", "moved")
    renamed = ready(plain_source, "moved")
    for instance in (old, renamed):
        with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
            connect(instance)
    plain_source.sandbox.clock.advance(599)
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(renamed)
    plain_source.sandbox.clock.advance(1)
    plain_source.show_instance("moved")
    assert names(renamed) == ["first"]
    with pytest.raises(pymysql.err.OperationalError, match="Can't connect"):
        connect(old)


def test_stopped_instance_keeps_its_data(plain_source):
    """It should answer nobody while stopped, and hold the rows and a new password after its start."""
    instance = shop(plain_source, "postgres")
    plain_source.rds.stop_db_instance(DBInstanceIdentifier="orders")
    wait_for(lambda: plain_source.show_instance("orders")["DBInstanceStatus"], "stopped")
    with pytest.raises(psycopg2.OperationalError, match="onnect"):
        connect(instance)
    plain_source.rds.start_db_instance(DBInstanceIdentifier="orders")
    assert names(ready(plain_source, "orders")) == ["first"]
    plain_source.change(MasterUserPassword="another-one")
    wait_for(lambda: plain_source.events(SourceType="db-instance")[-1], "Reset master credentials")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(instance)
    assert run(instance, "SELECT name FROM item", password="another-one") == ["first"]


def test_final_snapshot_holds_the_data_of_the_deleted_instance(plain_source):
    """It should restore a deleted instance from its final snapshot, and a replica should hold its rows."""
    shop(plain_source, "mysql")
    plain_source.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="reader", SourceDBInstanceIdentifier="orders"
    )
    replica = ready(plain_source, "reader")
    plain_source.delete(FinalDBSnapshotIdentifier="last")
    wait_for(lambda: len(plain_source.rds.describe_db_instances()["DBInstances"]), 1)
    plain_source.restore("last", "orders")
    assert names(ready(plain_source, "orders")) == names(replica) == ["first"]


def test_lost_snapshot_data_fail_loudly(plain_source):
    """It should end a restore whose data are gone as incompatible-restore."""
    from moto.rds.models import rds_backends

    shop(plain_source, "postgres")
    plain_source.snapshot()
    saved(plain_source, "point")
    kept = rds_backends[plain_source.account][plain_source.region].database_snapshots["point"]
    runtime.engines.delete_snapshot(kept.data_key)
    plain_source.restore("point")
    wait_for(lambda: plain_source.show_instance("restored")["DBInstanceStatus"], "incompatible-restore")
    assert plain_source.events(SourceType="db-instance")[-1] == "DB instance put into failed state"
