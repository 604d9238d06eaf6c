import pytest

from sandbox.redshift_data.quotas import quotas
from tests.support.dms import refused, wait_for
from tests.support.redshift import DATABASE, ENDLESS, WORKGROUP


def opened(api, sql="create temp table t (a integer)", keep=600):
    """Run a statement that opens a session, and return the session's id."""
    statement = api.data.execute_statement(Sql=sql, SessionKeepAliveSeconds=keep, **api.place)
    found = api.ended(statement["Id"])
    assert (found["Status"], found["SessionId"]) == ("FINISHED", statement["SessionId"])
    return statement["SessionId"]


def test_session_keeps_what_a_connection_keeps(api):
    """It should have temporary tables and open transactions for its later statements, and no others."""
    session = opened(api)
    api.run("insert into t values (1)", SessionId=session)
    assert api.rows("select * from t", SessionId=session) == [(1,)]
    assert 'relation "t" does not exist' in api.failed("select * from t")["Error"]
    api.run("begin", SessionId=session)
    api.run("insert into t values (2)", SessionId=session)
    api.run("rollback", SessionId=session)
    assert api.rows("select count(*) from t", SessionId=session) == [(1,)]


def test_statement_without_a_session_keeps_nothing(orders):
    """It should undo what it had begun and not committed."""
    orders.run("begin")
    orders.run("delete from orders")
    assert orders.rows("select count(*) from orders") == [(0,)]
    assert "SessionId" not in orders.run("select 1")


@pytest.mark.parametrize("other", [{"WorkgroupName": WORKGROUP}, {"Database": DATABASE}, {"DbUser": "ann"}])
def test_session_knows_its_place(api, other):
    """It should take no place besides the session."""
    session = opened(api)
    message = refused(
        "ValidationException", api.data.execute_statement, Sql="select 1", SessionId=session, **other
    )
    assert message.startswith("SessionId cannot be specified with")


def test_session_runs_one_statement_at_a_time(api):
    """It should refuse a statement while another one runs."""
    session = opened(api)
    statement = api.start(ENDLESS, SessionId=session)
    assert "busy" in refused("ValidationException", api.start, "select 1", SessionId=session)
    (shown,) = api.data.list_sessions(SessionId=session)["Sessions"]
    assert (shown["Status"], shown["CurrentStatementId"]) == ("BUSY", statement)
    wait_for(lambda: api.status(statement), lambda status: status == "STARTED")
    api.data.cancel_statement(Id=statement)
    assert api.ended(statement)["Status"] == "ABORTED"
    assert api.rows("select count(*) from t", SessionId=session) == [(0,)]


def test_session_closes_when_it_is_not_used(api):
    """It should close after its time without a statement, with what it held, and be shown as closed."""
    session = opened(api, keep=100)
    api.sandbox.advance(90)
    api.run("select 1", SessionId=session)
    api.sandbox.advance(90)
    api.run("select 1", SessionId=session)
    api.sandbox.advance(110)
    assert "closed" in refused("ValidationException", api.start, "select 1", SessionId=session)
    assert api.data.list_sessions()["Sessions"] == []
    (shown,) = api.data.list_sessions(Status="CLOSED")["Sessions"]
    assert shown["SessionId"] == session


def test_session_closes_after_a_day(api):
    """It should close 24 hours after its begin, however much it is used."""
    session = opened(api, keep=quotas.session_life)
    for _ in range(3):
        api.sandbox.advance(quotas.session_life / 4)
        api.run("select 1", SessionId=session)
    api.sandbox.advance(quotas.session_life / 4 + 1)
    assert "closed" in refused("ValidationException", api.start, "select 1", SessionId=session)


def test_session_of_no_time(api):
    """It should close with its statement."""
    session = opened(api, keep=0)
    assert "closed" in refused("ValidationException", api.start, "select 1", SessionId=session)


def test_unknown_session(api):
    """It should know no session of another id or of another role."""
    other = "00000000-0000-0000-0000-000000000000"
    assert "does not exist" in refused("ResourceNotFoundException", api.start, "select 1", SessionId=other)
    api.make_role("loader")
    session = opened(api)
    loader = api.as_role("loader")
    refused("ResourceNotFoundException", api.start, "select 1", client=loader, SessionId=session)
    assert loader.list_sessions()["Sessions"] == []


def test_too_many_sessions(api):
    """It should refuse one more than may be open."""
    quotas.active_sessions = 1
    opened(api)
    refused("ActiveSessionsExceededException", opened, api)
    api.run("select 1")


def test_keep_alive_beyond_a_day(api):
    """It should be refused."""
    refused("ValidationException", api.start, "select 1", SessionKeepAliveSeconds=86401)


def test_sessions_are_listed(api):
    """It should list open sessions, the newest first, by place, with where they are and until when."""
    first, second = opened(api), opened(api, sql="select 1")
    found = api.data.list_sessions()["Sessions"]
    assert [one["SessionId"] for one in found] == [second, first]
    assert [one["Status"] for one in found] == ["AVAILABLE"] * 2
    assert (found[0]["Database"], found[0]["WorkgroupName"]) == (DATABASE, WORKGROUP)
    assert (found[0]["SessionTtl"] - found[0]["UpdatedAt"]).total_seconds() == 600
    assert api.data.list_sessions(Database="dev")["Sessions"] == []
    page = api.data.list_sessions(MaxResults=1)
    rest = api.data.list_sessions(MaxResults=1, NextToken=page["NextToken"])
    assert [one["Sessions"][0]["SessionId"] for one in (page, rest)] == [second, first]
