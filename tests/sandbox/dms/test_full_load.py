import json

import pytest

from tests.support.dms import fill, include, refused, wait_for

ITEM = "CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(20))"


@pytest.mark.parametrize("engine", ["mysql", "postgres"])
def test_load_writes_what_stands_in_the_source(migration, engine, request):
    """It should write every row of every selected table as Parquet, and say that it has finished."""
    server = request.getfixturevalue(engine)
    schema = "shop" if engine == "mysql" else "public"
    server.do(ITEM, "INSERT INTO item VALUES (1, 'é😀'), (2, NULL)", "CREATE TABLE nothing (id INT)")
    task = migration.task(migration.source(server), include(schema=schema))
    ended = migration.run(task)
    assert (ended["Status"], ended["StopReason"]) == ("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED")
    assert migration.states(task) == {"item": ("Table completed", 2), "nothing": ("Table completed", 0)}
    assert migration.listed() == [f"{schema}/item/LOAD00000001.parquet"]
    rows = migration.rows(f"{schema}/item/LOAD00000001.parquet")
    assert rows == [{"id": 1, "name": "é😀"}, {"id": 2, "name": None}]


def test_new_task_is_creating_until_it_is_ready(migration, mysql, stand_still):
    """It should be creating for its time, then ready, and not start before."""
    instance, source, target = migration.instance(), migration.source(mysql), migration.target()
    migration.test(instance, source)
    migration.test(instance, target)
    clock = stand_still("replication-task.create")
    made = migration.dms.create_replication_task(
        ReplicationTaskIdentifier="Load",
        SourceEndpointArn=source,
        TargetEndpointArn=target,
        ReplicationInstanceArn=instance,
        MigrationType="full-load",
        TableMappings=json.dumps({"rules": [include()]}),
    )["ReplicationTask"]
    assert (made["ReplicationTaskIdentifier"], made["Status"]) == ("load", "creating")
    message = refused("InvalidResourceStateFault", migration.start, made["ReplicationTaskArn"])
    assert message == "Replication Task cannot be started, invalid state"
    clock.advance(100)
    assert migration.show(made["ReplicationTaskArn"])["Status"] == "ready"


def test_start_shows_late(migration, mysql, stand_still):
    """It should show the state before for a while, then starting, with the new date of start from then on."""
    fill(mysql, "item")
    task = migration.task(migration.source(mysql))
    first = migration.run(task)
    clock = stand_still("replication-task.start.invisible", "replication-task.start")
    migration.start(task, "reload-target")
    stale = migration.show(task)
    assert (stale["Status"], stale["StopReason"]) == ("stopped", "Stop Reason FULL_LOAD_ONLY_FINISHED")
    assert stale["ReplicationTaskStartDate"] == first["ReplicationTaskStartDate"]
    refused("InvalidResourceStateFault", migration.start, task, "reload-target")
    clock.advance(100)
    starting = migration.show(task)
    assert starting["Status"] == "starting"
    assert "StopReason" not in starting
    assert starting["ReplicationTaskStartDate"] > first["ReplicationTaskStartDate"]
    clock.advance(100)
    assert migration.until(task, {"stopped"})["ReplicationTaskStats"]["TablesLoaded"] == 1


def test_start_types_fit_the_history_of_the_task(migration, mysql):
    """It should take only start-replication first, and anything else afterwards."""
    fill(mysql, "item")
    task = migration.task(migration.source(mysql))
    for kind in ("reload-target", "resume-processing"):
        refused("InvalidParameterCombinationException", migration.start, task, kind)
    assert "FreshStartDate" not in migration.show(task)["ReplicationTaskStats"]
    migration.run(task)
    message = refused("InvalidParameterCombinationException", migration.start, task)
    assert message == "Start Type : START_REPLICATION, valid only for tasks running for the first time"


def test_reload_loads_everything_again(migration, mysql):
    """It should load all tables as they are now, with a new fresh start, and forget those that are gone."""
    fill(mysql, "item", "old")
    task = migration.task(migration.source(mysql))
    first = migration.run(task)["ReplicationTaskStats"]["FreshStartDate"]
    mysql.do("DELETE FROM item WHERE id = 0", "DROP TABLE old")
    again = migration.run(task, "reload-target")["ReplicationTaskStats"]
    assert migration.states(task) == {"item": ("Table completed", 2)}
    assert again["FreshStartDate"] > first


def test_resume_loads_only_what_was_not_completed(migration, mysql):
    """It should leave completed tables alone, load the others again, and keep the date of the fresh start."""
    fill(mysql, "bad", "good")
    task = migration.task(migration.source(mysql))
    migration.sandbox.fault("dms:Load/load/shop.bad", "error", code="TABLE_ERROR", message="as ordered")
    first = migration.run(task)
    assert migration.states(task) == {"bad": ("Table error", 0), "good": ("Table completed", 3)}
    assert first["StopReason"] == "Stop Reason FULL_LOAD_ONLY_FINISHED"
    assert first["ReplicationTaskStats"]["TablesErrored"] == 1
    before = migration.tables(task)["good"]
    again = migration.run(task, "resume-processing")
    assert migration.states(task) == {"bad": ("Table completed", 3), "good": ("Table completed", 3)}
    assert migration.tables(task)["good"] == before
    assert migration.tables(task)["bad"]["FullLoadReloaded"] is True
    stats = again["ReplicationTaskStats"]
    assert stats["FreshStartDate"] == first["ReplicationTaskStats"]["FreshStartDate"]
    assert stats["StartDate"] > first["ReplicationTaskStats"]["StartDate"]


def test_statistics_move_while_a_table_is_loaded(migration, mysql, stand_still):
    """It should count rows and show states while the load is under way."""
    fill(mysql, "first", "second", rows=3000)
    settings = {"FullLoadSettings": {"MaxFullLoadSubTasks": 1, "CommitRate": 1000}}
    task = migration.task(migration.source(mysql), settings=settings)
    clock = stand_still("replication-task.batch")
    migration.start(task)
    migration.until(task, {"running"})

    def seen():
        return migration.states(task)

    wait_for(seen, {"first": ("Full load", 0), "second": ("Before load", 0)}.__eq__)
    clock.advance(100)
    wait_for(seen, {"first": ("Full load", 1000), "second": ("Before load", 0)}.__eq__)
    stats = migration.show(task)["ReplicationTaskStats"]
    assert (stats["FullLoadProgressPercent"], stats["TablesLoading"], stats["TablesQueued"]) == (0, 1, 1)
    migration.sandbox.durations({"replication-task.batch": 0})
    clock.advance(100)
    migration.until(task, {"stopped"})
    assert seen() == {"first": ("Table completed", 3000), "second": ("Table completed", 3000)}


def test_stop_ends_a_load_halfway(migration, mysql, stand_still):
    """It should be stopping, then stopped for the reason NORMAL with cancelled tables."""
    fill(mysql, "item")
    task = migration.task(migration.source(mysql))
    clock = stand_still("replication-task.batch", "replication-task.stop")
    refused("InvalidResourceStateFault", migration.dms.stop_replication_task, ReplicationTaskArn=task)
    migration.start(task)
    wait_for(lambda: migration.states(task), {"item": ("Full load", 0)}.__eq__)
    refused("InvalidResourceStateFault", migration.start, task, "reload-target")
    refused("InvalidResourceStateFault", migration.dms.delete_replication_task, ReplicationTaskArn=task)
    stopping = migration.dms.stop_replication_task(ReplicationTaskArn=task)["ReplicationTask"]
    assert stopping["Status"] == "stopping"
    wait_for(lambda: migration.states(task), {"item": ("Table cancelled", 0)}.__eq__)
    clock.advance(100)
    ended = migration.until(task, {"stopped"})
    assert ended["StopReason"] == "Stop Reason NORMAL"
    assert migration.listed() == []


def test_modified_task_loads_by_its_new_rules(migration, mysql, stand_still):
    """It should take new mappings and settings while it is at rest, and be modifying meanwhile."""
    fill(mysql, "item", "other")
    task = migration.task(migration.source(mysql), include("item"))
    migration.run(task)
    clock = stand_still("replication-task.modify")
    mappings = json.dumps({"rules": [include("other")]})
    changed = migration.dms.modify_replication_task(ReplicationTaskArn=task, TableMappings=mappings)
    assert changed["ReplicationTask"]["Status"] == "modifying"
    refused("InvalidResourceStateFault", migration.start, task, "reload-target")
    clock.advance(100)
    assert migration.show(task)["Status"] == "stopped"
    migration.run(task, "reload-target")
    assert list(migration.tables(task)) == ["other"]


def test_deleted_task_goes(migration, mysql, stand_still):
    """It should be deleting for its time, then unknown."""
    task = migration.task(migration.source(mysql))
    clock = stand_still("replication-task.delete")
    deleting = migration.dms.delete_replication_task(ReplicationTaskArn=task)["ReplicationTask"]
    assert deleting["Status"] == "deleting"
    clock.advance(100)
    refused("ResourceNotFoundFault", migration.dms.describe_table_statistics, ReplicationTaskArn=task)


def test_statistics_are_paged_and_filtered(migration, mysql):
    """It should give tables in pages, and only those that all filters let pass."""
    names = [f"t{number:02}" for number in range(25)]
    mysql.do(*(f"CREATE TABLE {name} (id INT)" for name in names))
    task = migration.task(migration.source(mysql))
    migration.run(task)
    first = migration.dms.describe_table_statistics(ReplicationTaskArn=task, MaxRecords=20)
    rest = migration.dms.describe_table_statistics(
        ReplicationTaskArn=task, MaxRecords=20, Marker=first["Marker"]
    )
    shown = [table["TableName"] for page in (first, rest) for table in page["TableStatistics"]]
    assert shown == names
    assert "Marker" not in rest
    wanted = [
        {"Name": "table-name", "Values": ["t03", "t04"]},
        {"Name": "table-state", "Values": ["Table error"]},
    ]
    assert migration.tables(task, Filters=wanted) == {}
    assert list(migration.tables(task, Filters=wanted[:1])) == ["t03", "t04"]
    for wrong in (
        {"MaxRecords": 19},
        {"MaxRecords": 501},
        {"Filters": [{"Name": "colour", "Values": ["red"]}]},
    ):
        call = migration.dms.describe_table_statistics
        refused("InvalidParameterValueException", call, ReplicationTaskArn=task, **wrong)


def test_settings_can_be_left_out(migration, mysql):
    """It should describe completed settings and mappings, or neither."""
    task = migration.task(migration.source(mysql), settings={"ErrorBehavior": {"RecoverableErrorCount": 3}})
    shown = json.loads(migration.show(task)["ReplicationTaskSettings"])
    assert shown["ErrorBehavior"]["RecoverableErrorCount"] == 3
    assert shown["ErrorBehavior"]["TableErrorPolicy"] == "SUSPEND_TABLE"
    [bare] = migration.dms.describe_replication_tasks(WithoutSettings=True)["ReplicationTasks"]
    assert not {"ReplicationTaskSettings", "TableMappings"} & set(bare)


def test_identifiers_are_unique(migration, mysql):
    """It should refuse identifiers in use."""
    task = migration.show(migration.task(migration.source(mysql)))
    names = (
        "SourceEndpointArn",
        "TargetEndpointArn",
        "ReplicationInstanceArn",
        "TableMappings",
        "MigrationType",
    )
    wanted = {name: task[name] for name in names}
    again = migration.dms.create_replication_task
    refused("ResourceAlreadyExistsFault", again, ReplicationTaskIdentifier="LOAD", **wanted)
    refused("ResourceAlreadyExistsFault", migration.source, mysql)


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ([include(number=1), include("x", number=1)], "used twice"),
        ([include(number="one")], "Numeric rule id"),
        ([include(action="exclude")], "At least one selection"),
        ([include(kind="index")], "table-type"),
        ([], "At least one selection"),
    ],
)
def test_mappings_are_checked(migration, mysql, rules, problem):
    """It should refuse table mappings that DMS would."""
    task = migration.task(migration.source(mysql))
    text = json.dumps({"rules": rules})
    call = migration.dms.modify_replication_task
    assert problem in refused(
        "InvalidParameterValueException", call, ReplicationTaskArn=task, TableMappings=text
    )


def test_what_is_not_done_says_so(migration, mysql):
    """It should refuse change data capture and files in CSV as not implemented."""
    task = migration.task(migration.source(mysql))
    call = migration.dms.modify_replication_task
    refused("NotImplemented", call, ReplicationTaskArn=task, MigrationType="cdc")
    refused("NotImplemented", migration.target, "other", DataFormat="csv")


def test_tasks_need_tested_connections(migration, mysql):
    """It should start only where both connections were tested with success."""
    task = migration.task(migration.source(mysql), test=False)
    assert "Test connection" in refused("InvalidResourceStateFault", migration.start, task)


def test_forced_status(migration, mysql):
    """It should show a status and stop reason that a test asks for."""
    task = migration.task(migration.source(mysql))
    migration.sandbox.force_status(
        "replication_task",
        "load",
        "stopped:STOPPED_DUE_TO_LOW_DISK",
        account="111111111111",
        region="us-west-2",
    )
    shown = migration.show(task)
    assert (shown["Status"], shown["StopReason"]) == ("stopped", "Stop Reason STOPPED_DUE_TO_LOW_DISK")
