import pytest

from tests.support.dms import refused, wait_for

EXECUTE, COMMIT = "redshift-data:Execute", "redshift-data:Commit"


def test_statement_fails_to_order(sandbox, orders):
    """It should fail the next statements whose text matches, with the error that was ordered."""
    sandbox.fault(
        EXECUTE, "error", code="XX000", message="ERROR: out of luck", matching=r"delete\s+from", times=2
    )
    assert orders.rows("select count(*) from orders") == [(3,)]
    for _ in range(2):
        found = orders.failed(["select 1", "DELETE from orders"])
        assert found["SubStatements"][1]["Error"] == "ERROR: out of luck"
    orders.run(["select 1", "delete from orders"])
    assert sandbox.faults()[0]["hits"] == 2


def test_serializable_isolation_violation_to_order(sandbox, orders):
    """It should fail a batch as if another transaction had been faster, and let the next try pass."""
    sandbox.fault(EXECUTE, "error", code="1023", matching="delete from orders")
    batch = ["delete from orders", "insert into orders values (9, 'Zoe', 1)"]
    found = orders.failed(batch)
    assert "1023" in found["Error"]
    assert "Serializable isolation violation" in found["Error"]
    assert orders.rows("select count(*) from orders") == [(3,)]
    orders.run(batch)
    assert orders.rows("select id from orders") == [(9,)]


def test_commit_fails_to_order(sandbox, orders):
    """It should undo a batch all of whose statements succeeded."""
    sandbox.fault(COMMIT, "error", code="1023", matching="insert into orders")
    found = orders.failed(["delete from orders", "insert into orders values (9, 'Zoe', 1)"])
    assert [one["Status"] for one in found["SubStatements"]] == ["FINISHED", "FINISHED"]
    assert "1023" in found["Error"]
    assert orders.rows("select count(*) from orders") == [(3,)]


def test_slow_statement_can_be_cancelled(sandbox, orders):
    """It should hold a statement up, and give up at once when told to."""
    sandbox.fault(EXECUTE, "slow", seconds=100)
    statement = orders.start("delete from orders")
    wait_for(lambda: orders.status(statement), lambda status: status == "STARTED")
    orders.data.cancel_statement(Id=statement)
    assert orders.ended(statement)["Status"] == "ABORTED"
    assert orders.rows("select count(*) from orders") == [(3,)]


def test_connection_is_lost_after_a_statement(sandbox, orders):
    """It should keep what had been committed by itself, and undo the transaction of a batch."""
    sandbox.fault(EXECUTE, "lost-response", matching="delete", times=2)
    orders.failed("delete from orders where id = 1")
    orders.failed(["delete from orders where id = 2"])
    assert orders.rows("select id from orders order by id") == [(2,), (3,)]


@pytest.mark.parametrize("operation", ["ExecuteStatement", "DescribeStatement", "GetStatementResult"])
def test_throttled_call(sandbox, api, operation):
    """It should answer as AWS does when it is asked too often, which the client survives."""
    sandbox.fault(f"redshift-data:{operation}", "throttle", times=2)
    assert api.rows("select 1") == [(1,)]
    statuses = [call["error"] for call in sandbox.calls(f"redshift-data:{operation}")]
    assert statuses[:3] == ["ThrottlingException", "ThrottlingException", None]


def test_answer_is_lost_by_the_text_of_a_request(sandbox, orders):
    """It should lose the answer to the submission whose statements match, having taken it."""
    sandbox.fault("redshift-data:BatchExecuteStatement", "lost-response", matching=r"delete\s+from orders")
    orders.run(["select 1"])
    orders.run(["delete\nfrom orders where id = 1", "insert into orders values (9, 'Zoe', 1)"])
    statuses = [call["status"] for call in sandbox.calls("redshift-data:BatchExecuteStatement")]
    assert statuses[-3:] == [200, 0, 200]
    assert orders.rows("select id from orders order by id") == [(2,), (3,), (9,)]


def test_quota_is_exceeded_to_order(sandbox, api):
    """It should refuse a submission with the error that was ordered."""
    code = "ActiveStatementsExceededException"
    sandbox.fault("redshift-data:BatchExecuteStatement", "error", code=code, message="too many")
    assert refused(code, api.start, ["select 1"]) == "too many"
    api.run(["select 1"])


def test_pattern_that_is_none(sandbox):
    """It should refuse to order what could never happen."""
    with pytest.raises(Exception, match="no regular expression"):
        sandbox.fault(EXECUTE, "error", code="1023", matching="(")
