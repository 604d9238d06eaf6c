from sandbox.redshift_data.quotas import quotas
from tests.support.dms import refused

TOKEN = "load-2026-01-01-attempt-1"
INSERT = "insert into orders values (4, 'Dan', 1.00)"


def test_token_returns_the_same_statement(orders):
    """It should run a statement once, however often it is sent, also by another session of the role."""
    first = orders.run(INSERT, ClientToken=TOKEN)["Id"]
    assert orders.start(INSERT, ClientToken=TOKEN) == first
    again = orders.as_role("switchyard-source", session="another")
    assert orders.start(INSERT, client=again, ClientToken=TOKEN) == first
    assert orders.rows("select count(*) from orders where id = 4") == [(1,)]


def test_token_with_another_request(orders):
    """It should refuse a token that was used for something else."""
    orders.run(INSERT, ClientToken=TOKEN)
    for other in ({"sql": "select 1"}, {"sql": [INSERT]}, {"sql": INSERT, "StatementName": "new"}):
        assert "ClientToken" in refused("ValidationException", orders.start, ClientToken=TOKEN, **other)


def test_token_returns_a_failed_statement_too(orders):
    """It should hand back what failed instead of trying again, so that a new try needs a new token."""
    first = orders.failed("select nothing", ClientToken=TOKEN)["Id"]
    assert orders.start("select nothing", ClientToken=TOKEN) == first


def test_token_is_kept_for_eight_hours(orders):
    """It should take the token for a new statement afterwards, and not a moment later."""
    orders.sandbox.set_clock(manual=True)
    first = orders.run(INSERT, ClientToken=TOKEN)["Id"]
    orders.sandbox.advance(quotas.token_life - 0.25)
    assert orders.start(INSERT, ClientToken=TOKEN) == first
    orders.sandbox.advance(0.5)
    assert orders.run(INSERT, ClientToken=TOKEN)["Id"] != first
    assert orders.rows("select count(*) from orders where id = 4") == [(2,)]


def test_token_of_another_role(orders):
    """It should be another token."""
    orders.make_role("loader")
    first = orders.run(INSERT, ClientToken=TOKEN)["Id"]
    assert orders.start("select 1", client=orders.as_role("loader"), ClientToken=TOKEN) != first


def test_lost_answer_can_be_asked_for_again(sandbox, orders):
    """It should have taken the statement whose answer was lost, which the client's repetition does not double."""
    sandbox.fault("redshift-data:ExecuteStatement", "lost-response")
    orders.run(INSERT, ClientToken=TOKEN)
    assert [call["status"] for call in sandbox.calls("redshift-data:ExecuteStatement")] == [0, 200]
    assert orders.rows("select count(*) from orders where id = 4") == [(1,)]
