import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pymysql
import pytest

from sandbox.engines import AlreadyThere, EngineError, Engines, NoSuchServer, NoSuchSnapshot

REFUSED = (pymysql.err.MySQLError, psycopg2.Error)


def test_server_keeps_its_data_over_a_stop(engines, new_server, run):
    """It should serve after a start what it was told before the stop."""
    key = new_server()
    run(engines.backend(key), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (7)")
    engines.stop(key)
    backend = engines.start(key, certificate_names=["127.0.0.1"])
    assert run(backend, "SELECT a FROM t") == [(7,)]


def test_start_and_stop_may_be_repeated(engines, new_server):
    """It should leave a running server running and a stopped one stopped."""
    key = new_server()
    backend = engines.backend(key)
    assert engines.start(key, certificate_names=["other"]) == backend
    engines.stop(key)
    engines.stop(key)
    assert engines.backend(key) is None


def test_created_server_is_not_started(engines, new_server):
    """It should have no backend until it is started."""
    assert engines.backend(new_server(started=False)) is None


def test_delete_removes_the_server(engines, new_server):
    """It should forget the server, and take a second delete for done."""
    key = new_server()
    engines.delete(key)
    engines.delete(key)
    with pytest.raises(NoSuchServer, match=key):
        engines.backend(key)


def test_deleted_server_leaves_nothing(engines, engine, new_server, connect):
    """It should answer no more after its delete."""
    key = new_server()
    backend = engines.backend(key)
    engines.delete(key)
    with pytest.raises(REFUSED, match=r"(?i)refused"):
        connect(backend)


def test_restored_server_and_its_source_are_apart(engines, new_server, new_key, run):
    """It should hold the snapshot's rows, and neither see the other's later changes."""
    source, snapshot, target = new_server(), new_key(), new_key()
    run(engines.backend(source), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
    engines.snapshot(source, snapshot)
    run(engines.backend(source), "INSERT INTO t VALUES (2)")
    engines.restore(snapshot, target)
    restored = engines.start(target, certificate_names=["127.0.0.1"])
    run(restored, "INSERT INTO t VALUES (3)")
    assert run(restored, "SELECT a FROM t ORDER BY a") == [(1,), (3,)]
    assert run(engines.backend(source), "SELECT a FROM t ORDER BY a") == [(1,), (2,)]


MAKE_READER = {
    "mysql": ("CREATE USER reader IDENTIFIED BY 'reading'", "GRANT SELECT ON shop.* TO reader"),
    "postgres": ("CREATE USER reader PASSWORD 'reading'",),
}


def test_restored_server_keeps_users_and_passwords(engines, engine, new_server, new_key, run):
    """It should let in whom the source let in, with the passwords of the snapshot's time."""
    source, snapshot, target = new_server(), new_key(), new_key()
    run(engines.backend(source), *MAKE_READER[engine])
    engines.snapshot(source, snapshot)
    engines.set_password(source, "admin", "changed-later")
    engines.restore(snapshot, target)
    backend = engines.start(target, certificate_names=["127.0.0.1"])
    assert run(backend, "SELECT 1") == [(1,)]
    assert run(backend, "SELECT 2", user="reader", password="reading") == [(2,)]


def test_snapshot_of_a_stopped_server(engines, new_server, new_key, run):
    """It should copy the data of a server that does not run."""
    source, snapshot, target = new_server(), new_key(), new_key()
    run(engines.backend(source), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (5)")
    engines.stop(source)
    engines.snapshot(source, snapshot)
    engines.restore(snapshot, target)
    assert run(engines.start(target, certificate_names=["x"]), "SELECT a FROM t") == [(5,)]


def test_snapshot_of_a_server_never_started(engines, new_server, new_key, run):
    """It should carry the master user that the first start makes."""
    source, snapshot, target = new_server(started=False), new_key(), new_key()
    engines.snapshot(source, snapshot)
    engines.restore(snapshot, target)
    assert run(engines.start(target, certificate_names=["x"]), "SELECT 1") == [(1,)]


def test_snapshot_copy_outlives_its_source(engines, new_server, new_key, run):
    """It should restore from a copy after the original snapshot and cluster are deleted."""
    source, snapshot, copy, target = new_server(), new_key(), new_key(), new_key()
    run(engines.backend(source), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (9)")
    engines.snapshot(source, snapshot)
    engines.copy_snapshot(snapshot, copy)
    engines.delete_snapshot(snapshot)
    engines.delete_snapshot(snapshot)
    engines.delete(source)
    engines.restore(copy, target)
    assert run(engines.start(target, certificate_names=["x"]), "SELECT a FROM t") == [(9,)]


def test_copy_is_untouched_by_a_server_restored_from_it(engines, new_server, new_key, run):
    """It should restore the same rows twice, whatever the first restored server did with its own."""
    source, snapshot, copy, first, second = new_server(), new_key(), new_key(), new_key(), new_key()
    run(engines.backend(source), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)")
    engines.snapshot(source, snapshot)
    engines.copy_snapshot(snapshot, copy)
    engines.restore(copy, first)
    run(engines.start(first, certificate_names=["x"]), "DROP TABLE t")
    engines.stop(first)
    engines.restore(snapshot, second)
    assert run(engines.start(second, certificate_names=["x"]), "SELECT a FROM t") == [(1,)]


def test_snapshot_is_of_one_moment_while_clients_write(engines, new_server, new_key, connect, run):
    """It should hold all of every transaction or nothing of it, and those committed before it began."""
    source, snapshot, target = new_server(), new_key(), new_key()
    backend = engines.backend(source)
    run(backend, "CREATE TABLE debit (id INT PRIMARY KEY)", "CREATE TABLE credit (id INT PRIMARY KEY)")
    stop, committed = threading.Event(), [0]

    def write() -> None:
        connection = connect(backend)
        with connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute("INSERT INTO debit VALUES (%s)", (committed[0] + 1,))
                cursor.execute("INSERT INTO credit VALUES (%s)", (committed[0] + 1,))
                connection.commit()
                committed[0] += 1
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    while committed[0] < 50:
        assert writer.is_alive()
    before = committed[0]
    engines.snapshot(source, snapshot)
    after = committed[0]
    stop.set()
    writer.join()
    engines.restore(snapshot, target)
    restored = engines.start(target, certificate_names=["x"])
    [(debits, last_debit)] = run(restored, "SELECT COUNT(*), MAX(id) FROM debit")
    [(credits, last_credit)] = run(restored, "SELECT COUNT(*), MAX(id) FROM credit")
    assert debits == credits == last_debit == last_credit
    assert before <= debits <= after + 1
    assert after > before


def test_set_password_of_a_running_server(engines, new_server, connect):
    """It should let the new password in and the old one no more."""
    key = new_server()
    engines.set_password(key, "admin", "new-one")
    connect(engines.backend(key), password="new-one").close()
    with pytest.raises(REFUSED, match=r"(?i)denied|authentication failed"):
        connect(engines.backend(key))


def test_set_password_of_a_stopped_server(engines, new_server, connect):
    """It should take effect at the next start."""
    key = new_server()
    engines.stop(key)
    engines.set_password(key, "admin", "new-one")
    connect(engines.start(key, certificate_names=["x"]), password="new-one").close()


@pytest.mark.parametrize("engine", ["mysql"], indirect=True)
@pytest.mark.parametrize(
    "statement", ["SHUTDOWN", "SET GLOBAL max_connections = 5", "SELECT 1 INTO OUTFILE '/tmp/x'"]
)
def test_mysql_master_user_is_no_superuser(shared_server, run, statement):
    """It should be refused what RDS keeps for itself."""
    with pytest.raises(pymysql.err.MySQLError, match="denied"):
        run(shared_server, statement)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_postgres_master_user_is_no_superuser(shared_server, run):
    """It should be a member of rds_superuser, and not a superuser."""
    question = "SELECT rolsuper, pg_has_role('rds_superuser', 'member') FROM pg_roles WHERE rolname = 'admin'"
    assert run(shared_server, question) == [(False, True)]
    with pytest.raises(psycopg2.Error, match=r"permission denied|must be superuser"):
        run(shared_server, "COPY (SELECT 1) TO '/tmp/x'")


def test_administrator_does_not_come_in_by_tcp(shared_server, connect):
    """It should be reachable only by the unix socket in the sandbox's folder."""
    with pytest.raises(REFUSED, match=r"(?i)denied|rejects"):
        connect(shared_server, user="rdsadmin", password="")


def test_servers_are_made_side_by_side(engines, new_server, run):
    """It should serve several threads at once."""
    with ThreadPoolExecutor(3) as pool:
        keys = [pool.submit(new_server) for _ in range(3)]
        assert [run(engines.backend(key.result()), "SELECT 1") for key in keys] == [[(1,)]] * 3


def test_keys_in_use_and_unknown_keys_are_refused(engines, engine, new_server, new_key):
    """It should say which key is in use, unknown or malformed."""
    key = new_server(started=False)
    with pytest.raises(AlreadyThere, match=f"{key} exists"):
        engines.create(key, engine, username="admin", password="secret", database=None)
    with pytest.raises(NoSuchSnapshot, match="no snapshot unknown"):
        engines.restore("unknown", new_key())
    with pytest.raises(NoSuchServer, match="no server unknown"):
        engines.start("unknown", certificate_names=["x"])
    with pytest.raises(EngineError, match="is no key"):
        engines.create("../up", engine, username="admin", password="secret", database=None)


def test_folder_serves_one_sandbox_at_a_time(engines, data_plane):
    """It should refuse a folder that another instance holds, without harm to its servers."""
    home = data_plane.authority.ca_bundle.parent
    with pytest.raises(EngineError, match="Another sandbox runs in"):
        Engines(home, data_plane.authority)
