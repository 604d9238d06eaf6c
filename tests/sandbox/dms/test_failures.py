import json
import threading

import pytest

from tests.support.dms import BUCKET, END, ROLE, fill, include, wait_for

FIRST = "shop/item/LOAD00000001.parquet"
STOP = {"ErrorBehavior": {"TableErrorPolicy": "STOP_TASK", "DataErrorPolicy": "STOP_TASK"}}


@pytest.fixture
def mortal(data_plane, request):
    """A server of its own, that a test may stop; `request.param` is its engine."""
    from tests.support.dms import PASSWORD, USER, Server

    engines, key = data_plane.engines, f"mortal-{request.param}"
    engines.create(key, request.param, username=USER, password=PASSWORD, database="shop")
    host, port = engines.start(key, certificate_names=["127.0.0.1"])
    yield Server(request.param, key, host, port)
    engines.delete(key)


def order(migration, table="item", **fault):
    """Order a failure of the load of a table."""
    wanted = {"kind": "error", "code": "TABLE_ERROR", "message": "as ordered"} | fault
    migration.sandbox.fault(f"dms:Load/load/shop.{table}", **wanted)


def test_table_error_leaves_the_others(migration, mysql):
    """It should suspend a table that fails and finish the load of the others, as if all were well."""
    fill(mysql, "item", "other")
    task = migration.task(migration.source(mysql))
    order(migration)
    ended = migration.run(task)
    assert (ended["Status"], ended["StopReason"]) == ("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED")
    assert "LastFailureMessage" not in ended
    assert migration.states(task) == {"item": ("Table error", 0), "other": ("Table completed", 3)}
    assert migration.listed() == ["shop/other/LOAD00000001.parquet"]


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_table_error_may_stop_the_task(migration, mysql, status):
    """It should end the task for a fatal error where its settings say so, and tell the table."""
    fill(mysql, "item")
    migration.sandbox.choose(dms_error_status=status)
    task = migration.task(migration.source(mysql), settings=STOP)
    order(migration)
    ended = migration.run(task)
    assert (ended["Status"], ended["StopReason"]) == (status, "Stop Reason FATAL_ERROR Error Level FATAL")
    assert ended["LastFailureMessage"].startswith("Last Error Table 'shop'.'item' was errored/suspended")


def test_too_many_table_errors_stop_the_task(migration, mysql):
    """It should end the task when as many tables failed as its settings allow."""
    fill(mysql, "item", "other")
    settings = {"ErrorBehavior": {"TableErrorEscalationCount": 2}}
    task = migration.task(migration.source(mysql), settings=settings)
    order(migration, "*", times=None)
    assert "FATAL_ERROR" in migration.run(task)["StopReason"]


@pytest.mark.parametrize("reason", ["STOPPED_DUE_TO_LOW_DISK", "STOPPED_DUE_TO_LOW_MEMORY", "RECYCLE_TASK"])
def test_task_may_stop_for_other_reasons(migration, mysql, reason):
    """It should be stopped for the reason ordered, with its table cancelled or in error and no object."""
    fill(mysql, "item")
    task = migration.task(migration.source(mysql))
    order(migration, code=reason)
    ended = migration.run(task)
    assert (ended["Status"], ended["StopReason"]) == ("stopped", f"Stop Reason {reason}")
    assert migration.states(task)["item"][0] != "Table completed"
    assert migration.listed() == []


def test_later_batches_can_fail(migration, mysql):
    """It should write what came before the failure of a later batch, and no more."""
    fill(mysql, "item", rows=3000)
    settings = {"FullLoadSettings": {"CommitRate": 1000}}
    target = migration.target(RowGroupLength=500, MaxFileSize=1)
    task = migration.task(migration.source(mysql), target=target, settings=settings)
    order(migration, after=1)
    migration.run(task)
    assert migration.states(task) == {"item": ("Table error", 1000)}
    assert [migration.file(key).metadata.num_rows for key in migration.listed()] == [500, 500]


@pytest.mark.parametrize(
    ("policy", "state", "reason"),
    [
        ("LOG_ERROR", ("Table completed", 2), "FULL_LOAD_ONLY_FINISHED"),
        ("IGNORE_RECORD", ("Table completed", 2), "FULL_LOAD_ONLY_FINISHED"),
        ("SUSPEND_TABLE", ("Table error", 0), "FULL_LOAD_ONLY_FINISHED"),
        ("STOP_TASK", ("Table error", 0), "FATAL_ERROR Error Level FATAL"),
    ],
)
def test_bad_records(migration, mysql, policy, state, reason):
    """It should lose a record without a word, or the table or task, as the settings say."""
    fill(mysql, "item")
    settings = {"ErrorBehavior": {"DataErrorPolicy": policy}}
    task = migration.task(migration.source(mysql), settings=settings)
    order(migration, code="DATA_ERROR")
    assert migration.run(task)["StopReason"] == f"Stop Reason {reason}"
    assert migration.states(task) == {"item": state}
    assert migration.tables(task)["item"]["FullLoadErrorRows"] == 0


@pytest.mark.parametrize(
    ("policy", "lengths"),
    [("LOG_ERROR", {1: 1024, 2: 3}), ("IGNORE_RECORD", {2: 3}), ("SUSPEND_TABLE", None)],
)
def test_long_objects_are_cut(migration, mysql, policy, lengths):
    """It should cut large objects to their limit and go on, leave their rows out, or suspend the table."""
    mysql.do(
        "CREATE TABLE item (id INT, photo MEDIUMBLOB)",
        "INSERT INTO item VALUES (1, REPEAT('x', 1025)), (2, 'abc')",
    )
    settings = {"TargetMetadata": {"LobMaxSize": 1}, "ErrorBehavior": {"DataTruncationErrorPolicy": policy}}
    task = migration.task(migration.source(mysql), settings=settings)
    migration.run(task)
    if lengths is None:
        assert migration.states(task) == {"item": ("Table error", 0)}
    else:
        assert {row["id"]: len(row["photo"]) for row in migration.rows(FIRST)} == lengths


def test_long_texts_are_cut_by_characters(migration, mysql):
    """It should count two bytes for each character of a long text, and never split one."""
    mysql.do("CREATE TABLE item (note LONGTEXT, short TEXT)")
    mysql.do("INSERT INTO item VALUES (REPEAT('é', 600), REPEAT('é', 600)), (NULL, NULL)")
    task = migration.task(migration.source(mysql), settings={"TargetMetadata": {"LobMaxSize": 1}})
    migration.run(task)
    full, empty = migration.rows(FIRST)
    assert (full["note"], full["short"]) == ("é" * 512, "é" * 600)
    assert empty == {"note": None, "short": None}


def test_large_objects_may_be_left_out(migration, mysql):
    """It should leave columns of large objects out where the task has none, but not those of short ones."""
    mysql.do(
        "CREATE TABLE item (id INT, a MEDIUMBLOB, b LONGTEXT, c BLOB, d TEXT)",
        "INSERT INTO item (id) VALUES (1)",
    )
    task = migration.task(migration.source(mysql), settings={"TargetMetadata": {"SupportLobs": False}})
    migration.run(task)
    assert list(migration.rows(FIRST)[0]) == ["id", "c", "d"]


def test_full_lob_mode_is_not_for_s3(migration, mysql):
    """It should end for a fatal error where the task wants full LOB mode."""
    task = migration.task(migration.source(mysql), settings={"TargetMetadata": {"FullLobMode": True}})
    assert "Full LOB mode" in migration.run(task)["LastFailureMessage"]


@pytest.mark.parametrize(("strict", "status"), [(False, "stopped"), (True, "failed")])
def test_mappings_that_find_nothing(migration, mysql, strict, status):
    """It should finish as if all were well where no table fits, or fail where the settings want that."""
    settings = {"ErrorBehavior": {"FailOnNoTablesCaptured": strict}}
    task = migration.task(migration.source(mysql), include("missing"), settings=settings)
    ended = migration.run(task)
    assert ended["Status"] == status
    assert migration.tables(task) == {}
    assert ("No tables were found" in ended.get("LastFailureMessage", "")) is strict


@pytest.mark.parametrize("mortal", ["mysql"], indirect=True)
def test_mysql_that_stops_is_taken_for_its_end(migration, mortal, data_plane, stand_still):
    """It should finish as if all were well when a MySQL stops during the load, with rows missing."""
    wide = "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000"  # far more than sockets hold
    mortal.do(f"CREATE TABLE item {wide}", "CREATE TABLE other SELECT 1 AS id")
    settings = {"FullLoadSettings": {"MaxFullLoadSubTasks": 1}}
    task = migration.task(migration.source(mortal), settings=settings)
    clock = stand_still("replication-task.batch")
    migration.start(task)
    wait_for(lambda: migration.states(task).get("item"), lambda found: found == ("Full load", 0))
    clock.advance(100)
    wait_for(lambda: migration.states(task)["item"][1], lambda rows: rows == 10_000)
    data_plane.engines.stop(mortal.key)
    migration.sandbox.durations({"replication-task.batch": 0})
    clock.advance(100)
    ended = migration.until(task, END)
    assert (ended["Status"], ended["StopReason"]) == ("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED")
    [item, other] = migration.states(task).values()
    assert (item[0], other) == ("Table completed", ("Table completed", 0))
    assert 10_000 <= item[1] < 100_000
    assert migration.file(FIRST).metadata.num_rows == item[1]


@pytest.mark.parametrize("mortal", ["postgres"], indirect=True)
def test_other_sources_are_waited_for(migration, mortal, data_plane):
    """It should try again when another source comes back, and load what was not completed."""
    fill(mortal, "item", rows=10)
    task = migration.task(
        migration.source(mortal),
        include(schema="%"),
        settings={"ErrorBehavior": {"RecoverableErrorInterval": 0}},
    )
    migration.sandbox.fault("dms:Load/load/public.item", "lost-response", times=2)
    ended = migration.run(task)
    assert ended["StopReason"] == "Stop Reason FULL_LOAD_ONLY_FINISHED"
    assert migration.states(task) == {"item": ("Table completed", 10)}
    assert [fault["hits"] for fault in migration.sandbox.faults()] == [2]


@pytest.mark.parametrize("mortal", ["mysql"], indirect=True)
def test_unreachable_source_is_tried_again_as_often_as_told(migration, mortal, data_plane):
    """It should stop for a recoverable error after the attempts that the settings allow."""
    settings = {"ErrorBehavior": {"RecoverableErrorCount": 2, "RecoverableErrorInterval": 0}}
    task = migration.task(migration.source(mortal), settings=settings)
    data_plane.engines.stop(mortal.key)
    ended = migration.run(task)
    assert ended["StopReason"] == "Stop Reason RECOVERABLE_ERROR Error Level RECOVERABLE"
    assert "stopped after 2 recovery attempts" in ended["LastFailureMessage"]
    assert "long-enough" not in json.dumps(ended, default=str)


@pytest.mark.parametrize("mortal", ["mysql"], indirect=True)
def test_unreachable_source_may_keep_a_task_running(migration, mortal, data_plane):
    """It should be running without an end while the source is away, until it is stopped."""
    task = migration.task(migration.source(mortal))
    data_plane.engines.stop(mortal.key)
    migration.start(task)
    migration.until(task, {"running"})
    threading.Event().wait(0.2)
    assert migration.show(task)["Status"] == "running"
    migration.dms.stop_replication_task(ReplicationTaskArn=task)
    assert migration.until(task, END)["StopReason"] == "Stop Reason NORMAL"


def test_bucket_may_refuse(migration, mysql):
    """It should fail tables whose objects the bucket's policy does not let the role write."""
    fill(mysql, "item")
    task = migration.task(migration.source(mysql))
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": ROLE},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    migration.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)
    migration.run(task)
    assert migration.states(task)["item"][0] == "Table error"
    assert migration.listed() == []


def test_slow_batches(migration, mysql):
    """It should hold a batch up in real time where that is ordered."""
    fill(mysql, "item")
    task = migration.task(migration.source(mysql))
    order(migration, kind="slow", seconds=0.3)
    migration.run(task)
    table = migration.tables(task)["item"]
    assert (table["FullLoadEndTime"] - table["FullLoadStartTime"]).total_seconds() >= 0.3
