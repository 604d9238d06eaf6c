import pytest

from tests.support.dms import refused, wait_for


def begun(api):
    """Open a session with a transaction, and return its id."""
    answer = api.data.execute_statement(Sql="begin", SessionKeepAliveSeconds=60, **api.place)
    api.ended(answer["Id"])
    return answer["SessionId"]


def statuses(found):
    return [one["Status"] for one in found["SubStatements"]]


def test_batch_is_one_transaction(orders):
    """It should undo all statements where one fails, and say which did what."""
    found = orders.failed(
        ["insert into orders values (4, 'Dan', 1)", "insert into nowhere values (1)", "select 1"]
    )
    assert statuses(found) == ["FINISHED", "FAILED", "ABORTED"]
    failed = found["SubStatements"][1]
    assert failed["Error"] == 'ERROR: relation "nowhere" does not exist'
    assert failed["Error"] in found["Error"]
    assert "Error" not in found["SubStatements"][2]
    assert orders.rows("select count(*) from orders") == [(3,)]


def test_batch_runs_its_statements_in_order(orders):
    """It should show each statement what those before it did, and have ids and results for each."""
    found = orders.run(["delete from orders where id = 1", "select count(*) from orders", "select 7"])
    assert statuses(found) == ["FINISHED"] * 3
    assert [one["Id"] for one in found["SubStatements"]] == [f"{found['Id']}:{n}" for n in (1, 2, 3)]
    assert [one["ResultRows"] for one in found["SubStatements"]] == [1, 1, 1]
    assert [one["HasResultSet"] for one in found["SubStatements"]] == [False, True, True]
    assert found["HasResultSet"] is True
    assert orders.result(f"{found['Id']}:2") == [(2,)]
    assert orders.result(f"{found['Id']}:3") == [(7,)]
    shown = orders.show(f"{found['Id']}:2")
    assert (shown["QueryString"], shown["Status"]) == ("select count(*) from orders", "FINISHED")


def test_result_of_a_batch_as_a_whole(api):
    """It should be had by the ids of its statements only."""
    batch = api.run(["select 1"])["Id"]
    message = refused("ValidationException", api.data.get_statement_result, Id=batch)
    assert message == "BatchExecuteStatement result can only be retrieved with sub-statement id."


def test_result_of_a_statement_without_rows(orders):
    """It should be refused, though the statement succeeded."""
    batch = orders.run(["select 1", "delete from orders"])["Id"]
    message = refused("ResourceNotFoundException", orders.data.get_statement_result, Id=f"{batch}:2")
    assert message.startswith("Query does not have result")


def test_result_of_a_batch_that_was_undone(api):
    """It should be refused, even of statements before the one that failed."""
    batch = api.failed(["select 1", "select nothing"])["Id"]
    refused("ResourceNotFoundException", api.data.get_statement_result, Id=f"{batch}:1")


def test_statements_that_commit_each(orders):
    """It should go on after a failure and keep what succeeded, where that is asked for."""
    found = orders.failed(
        ["delete from orders where id = 1", "select nothing", "delete from orders where id = 2"],
        ExecutionMode="AUTO_COMMIT",
    )
    assert statuses(found) == ["FINISHED", "FAILED", "FINISHED"]
    assert found["ExecutionMode"] == "AUTO_COMMIT"
    assert orders.rows("select id from orders") == [(3,)]


def test_forty_statements(api):
    """It should take as many as 40."""
    assert len(api.run(["select 1"] * 40)["SubStatements"]) == 40
    assert "length less than or equal to 40" in refused("ValidationException", api.start, ["select 1"] * 41)


def test_statement_that_is_not_allowed_in_a_batch(orders):
    """It should fail where a statement cannot run in a transaction, as all of a batch do."""
    assert "cannot run inside a transaction block" in orders.failed(["vacuum orders"])["Error"]
    orders.run("vacuum orders")
    orders.run(["vacuum orders"], ExecutionMode="AUTO_COMMIT")


def test_conflict_of_two_transactions(orders):
    """It should fail the later of two that change the same rows, by number 1023."""
    session = begun(orders)
    orders.run("select count(*) from orders", SessionId=session)
    orders.run(["delete from orders where id = 1"])
    found = orders.failed("delete from orders where id = 1", SessionId=session)
    assert "1023" in found["Error"]
    assert "Serializable isolation violation" in found["Error"]


def test_statements_wait_for_each_other(orders):
    """It should let as many as there are wait for a lock, and the one that holds it go on."""
    session = begun(orders)
    orders.run("lock orders", SessionId=session)
    waiting = [orders.start(f"insert into orders values ({number})") for number in range(10, 22)]
    tired = waiting.pop()
    wait_for(lambda: {orders.status(one) for one in waiting}, lambda seen: seen == {"STARTED"})
    orders.data.cancel_statement(Id=tired)
    assert orders.ended(tired)["Status"] == "ABORTED"
    orders.run("commit", SessionId=session)
    assert {orders.ended(one)["Status"] for one in waiting} == {"FINISHED"}
    assert orders.rows("select count(*) from orders") == [(3 + len(waiting),)]


@pytest.mark.parametrize("sql", [["select 1", " "], ["select 1; select 2"]])
def test_text_that_is_not_one_statement(api, sql):
    """It should refuse an empty one, and fail one that holds two."""
    if " " in sql:
        assert "empty" in refused("ValidationException", api.start, sql)
    else:
        assert "multiple commands" in api.failed(sql)["Error"]
