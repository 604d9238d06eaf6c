import pytest

from sandbox.redshift_data.quotas import quotas
from tests.support.dms import refused, wait_for
from tests.support.redshift import CLUSTER, DATABASE, ENDLESS, REGION, SOURCE, WORKGROUP

STEPS = ("redshift-statement.submit", "redshift-statement.pick", "redshift-statement.run")


def test_statement_is_submitted_picked_started_and_finished(orders, stand_still):
    """It should go through its states, each for its time, and answer before it has run."""
    clock = stand_still(*STEPS)
    statement = orders.start("select count(*) from orders")
    seen = [orders.status(statement)]
    for _ in STEPS:
        clock.advance(100)
        seen.append(orders.status(statement))
    found = orders.ended(statement)
    assert seen[:3] == ["SUBMITTED", "PICKED", "STARTED"]
    assert found["Status"] == "FINISHED"
    assert (found["UpdatedAt"] - found["CreatedAt"]).total_seconds() >= 300
    assert found["RedshiftQueryId"] > 0
    assert found["RedshiftPid"] > 0
    assert found["Duration"] > 0


def test_statement_runs_really(orders):
    """It should change the database, and say how many rows it returned or changed."""
    changed = orders.run("update orders set total = total + 1 where id < 3")
    assert (changed["ResultRows"], changed["HasResultSet"]) == (2, False)
    found = orders.run("select id, total from orders order by id")
    assert (found["ResultRows"], found["HasResultSet"]) == (3, True)
    assert found["ResultSize"] > 0
    assert orders.result(found["Id"]) == [(1, "10.50"), (2, "21.00"), (3, "0.99")]


def test_statement_says_where_it_ran(api):
    """It should answer with workgroup or cluster, database, user, text and parameters."""
    place = {"WorkgroupName": WORKGROUP, "Database": DATABASE}
    answer = api.data.execute_statement(Sql="select :a", Parameters=[{"name": "a", "value": "x"}], **place)
    found = api.ended(answer["Id"])
    assert answer["DbUser"] == found["DbUser"] == "IAMR:switchyard-source"
    assert {name: found[name] for name in place} == {name: answer[name] for name in place} == place
    assert found["QueryString"] == "select :a"
    assert found["QueryParameters"] == [{"name": "a", "value": "x"}]
    assert "ClusterIdentifier" not in found


def test_statement_on_a_cluster(api):
    """It should run on the cluster that is named, in a database of its own."""
    api.make_cluster()
    place = {"ClusterIdentifier": CLUSTER, "Database": DATABASE}
    api.run("create table t (a integer)", **place)
    assert api.run("select count(*) from t", **place)["ClusterIdentifier"] == CLUSTER
    assert 'relation "t" does not exist' in api.failed("select count(*) from t")["Error"]


def test_failure_is_no_error_of_a_call(orders):
    """It should take a statement that means nothing, and say later what the database said."""
    found = orders.failed("select nothing from orders")
    assert found["Error"].startswith("ERROR: ")
    assert "nothing" in found["Error"]
    assert found["ResultRows"] == -1
    message = refused("ResourceNotFoundException", orders.result, found["Id"])
    assert message == "Query does not have result. Please check query status with DescribeStatement."


def test_database_that_there_is_not(api):
    """It should fail the statement, not the call."""
    assert (
        api.failed("select 1", Database="elsewhere")["Error"] == 'FATAL: database "elsewhere" does not exist'
    )


def test_database_of_every_namespace(api):
    """It should have the database dev besides the one it was made with."""
    assert api.rows("select 1", Database="dev") == [(1,)]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"WorkgroupName": "nowhere"}, "Redshift endpoint doesn't exist in this region."),
        ({"ClusterIdentifier": "nowhere"}, "Redshift endpoint doesn't exist in this region."),
        ({"WorkgroupName": WORKGROUP, "ClusterIdentifier": "one"}, "cannot be specified together"),
        ({}, "Either ClusterIdentifier, WorkgroupName or SessionId must be specified"),
        ({"WorkgroupName": WORKGROUP, "Database": ""}, "Database must be specified"),
        ({"WorkgroupName": WORKGROUP, "DbUser": "ann"}, "DbUser is not supported for a workgroup"),
    ],
)
def test_place_that_is_none(api, place, message):
    """It should refuse a request that names no cluster or workgroup, or not one of both."""
    asked = {"Database": DATABASE} | place
    assert message in refused("ValidationException", api.data.execute_statement, Sql="select 1", **asked)


def test_workgroup_that_is_not_up(sandbox, api):
    """It should refuse statements for a workgroup that is going or coming."""
    sandbox.force_status("redshift_workgroup", WORKGROUP, "DELETING", account=SOURCE, region=REGION)
    assert "it is DELETING" in refused("ValidationException", api.start, "select 1")


@pytest.mark.parametrize("sql", ["", "  \n"])
def test_empty_statement(api, sql):
    """It should refuse what holds nothing."""
    assert "empty" in refused("ValidationException", api.start, sql)


def test_statement_beyond_the_size(api):
    """It should take 100 KB and no more."""
    fits = "select 1 -- ".ljust(quotas.statement_size, "x")
    assert api.rows(fits) == [(1,)]
    assert "100 KB" in refused("ValidationException", api.start, fits + "x")


def test_row_beyond_the_size(api):
    """It should fail a statement whose rows are wider than 64 KB."""
    assert api.run("select repeat('x', 65536)")["ResultSize"] == 65536
    assert api.failed("select repeat('x', 65536), 1")["Error"] == "ERROR: Packet for query is too large"


def test_result_beyond_the_size(api):
    """It should fail a statement whose result is larger than may be."""
    quotas.result_size = 1000
    assert api.failed("select repeat('x', 1001)")["Error"] == "ERROR: Database response exceeded size limit"


def test_too_many_statements_at_once(api, stand_still):
    """It should refuse one more than may be under way, until one of them has ended."""
    quotas.active_statements = 2
    clock = stand_still("redshift-statement.submit")
    statements = [api.start("select 1") for _ in range(2)]
    assert "quota" in refused("ActiveStatementsExceededException", api.start, "select 1")
    clock.advance(100)
    for statement in statements:
        api.ended(statement)
    api.start("select 1")


def test_statement_is_forgotten_after_a_day(orders):
    """It should know statements and results for 24 hours."""
    statement = orders.run("select 1")["Id"]
    orders.sandbox.advance(quotas.retention - 60)
    assert orders.result(statement) == [(1,)]
    orders.sandbox.advance(120)
    assert refused("ResourceNotFoundException", orders.show, statement) == "Query does not exist."


def test_statement_that_runs_for_a_day_is_ended(api):
    """It should end a statement after 24 hours."""
    statement = api.start(ENDLESS)
    wait_for(lambda: api.status(statement), lambda status: status == "STARTED")
    api.sandbox.advance(quotas.run_time + 1)
    assert api.ended(statement)["Status"] == "ABORTED"


def test_cancelled_before_it_began(orders, stand_still):
    """It should end a statement that waits for its turn, which then never runs."""
    clock = stand_still("redshift-statement.pick")
    statement = orders.start("delete from orders")
    assert orders.data.cancel_statement(Id=statement)["Status"] is True
    assert orders.status(statement) == "ABORTED"
    clock.advance(200)
    orders.sandbox.durations(profile="instant")
    assert orders.rows("select count(*) from orders") == [(3,)]


def test_cancelled_while_it_runs(orders):
    """It should stop the engine, and undo what the statement had begun."""
    statement = orders.start(["delete from orders", ENDLESS])
    wait_for(lambda: orders.show(statement)["SubStatements"][1]["Status"], lambda status: status == "STARTED")
    orders.data.cancel_statement(Id=statement)
    found = orders.ended(statement)
    assert found["Status"] == "ABORTED"
    assert [one["Status"] for one in found["SubStatements"]] == ["FINISHED", "ABORTED"]
    assert orders.rows("select count(*) from orders") == [(3,)]


def test_cancelled_after_its_end(orders):
    """It should say that there is nothing to cancel."""
    statement = orders.run("select 1")["Id"]
    message = refused("ValidationException", orders.data.cancel_statement, Id=statement)
    assert message == f"Could not cancel a query that is already in FINISHED state with ID: {statement}"


def test_unknown_statement(api):
    """It should know no statement of another id, nor a part that a batch does not have."""
    other = "00000000-0000-0000-0000-000000000000"
    for call in (api.data.describe_statement, api.data.cancel_statement, api.data.get_statement_result):
        assert refused("ResourceNotFoundException", call, Id=other) == "Query does not exist."
    batch = api.run(["select 1"])["Id"]
    refused("ResourceNotFoundException", api.data.describe_statement, Id=f"{batch}:2")
    assert "pattern" in refused("ValidationException", api.data.describe_statement, Id="nonsense")


def test_wait_for_the_end(api):
    """It should answer a submission or a question when the statement has ended, or the wait has."""
    answer = api.data.execute_statement(Sql="select 1", WaitTimeSeconds=20, **api.place)
    assert (answer["Status"], answer["HasResultSet"]) == ("FINISHED", True)
    statement = api.start(ENDLESS)
    assert api.data.describe_statement(Id=statement, WaitTimeSeconds=1)["Status"] == "STARTED"
    message = refused(
        "ResourceNotFoundException", api.data.get_statement_result, Id=statement, WaitTimeSeconds=1
    )
    assert message.startswith("Query does not have result")
    api.data.cancel_statement(Id=statement)
    assert api.data.describe_statement(Id=statement, WaitTimeSeconds=20)["Status"] == "ABORTED"


def test_too_many_waits_for_a_statement(api):
    """It should refuse one more request that waits for the same statement than may."""
    quotas.waiting_requests = 0
    statement = api.start("select 1")
    refused(
        "ActiveWaitingRequestsExceededException",
        api.data.describe_statement,
        Id=statement,
        WaitTimeSeconds=1,
    )


def test_statements_are_listed(api):
    """It should list finished statements, the newest first, or those of a status, name and place."""
    first = api.run("select 1", StatementName="load.stage.1")["Id"]
    second = api.run(["select 1", "select 2"], StatementName="load.apply.1")["Id"]
    third = api.failed("select nothing", StatementName="other")["Id"]

    def listed(**asked):
        pages = api.data.get_paginator("list_statements").paginate(**asked, PaginationConfig={"PageSize": 1})
        return [one["Id"] for page in pages for one in page["Statements"]]

    assert listed() == [second, first]
    assert listed(Status="ALL") == [third, second, first]
    assert listed(Status="FAILED") == [third]
    assert listed(Status="ALL", StatementName="load.") == [second, first]
    assert listed(Status="ALL", StatementName="Load.") == []
    assert listed(WorkgroupName=WORKGROUP, Database=DATABASE) == [second, first]
    assert listed(WorkgroupName=WORKGROUP, Database="dev") == []
    assert listed(ClusterIdentifier="one") == []
    shown = api.data.list_statements(StatementName="load.apply")["Statements"][0]
    assert (shown["IsBatchStatement"], shown["QueryStrings"]) == (True, ["select 1", "select 2"])


def test_reset_ends_what_runs(sandbox, api):
    """It should stop statements, and have no databases afterwards."""
    statement = api.start(ENDLESS)
    wait_for(lambda: api.status(statement), lambda status: status == "STARTED")
    sandbox.server.reset()
    assert sandbox.client("redshift-serverless", SOURCE, REGION).list_workgroups()["workgroups"] == []
    api.make_workgroup()
    assert "does not exist" in api.failed("select count(*) from orders")["Error"]
