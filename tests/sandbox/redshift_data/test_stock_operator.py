"""Airflow's own operator and hook, which know nothing of the sandbox."""

import asyncio

import pytest
from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.sdk.exceptions import TaskDeferred

from tests.support.redshift import DATABASE, ENDLESS, REGION, WORKGROUP

PLACE = {
    "workgroup_name": WORKGROUP,
    "database": DATABASE,
    "aws_conn_id": "aws_source",
    "region_name": REGION,
}


@pytest.fixture
def run(api, aws_connections):
    """Run the operator on these statements and return what it returns."""

    def run(sql, **more):
        operator = RedshiftDataOperator(
            task_id="run", sql=sql, poll_interval=0.01, durable=False, deferrable=False, **PLACE, **more
        )
        return operator.execute({})

    return run


@pytest.fixture
def deferred(api, aws_connections):
    """Run the operator until it waits in the triggerer; the operator and its trigger."""

    def deferred(sql, **more):
        operator = RedshiftDataOperator(task_id="run", sql=sql, deferrable=True, **PLACE, **more)
        operator.poll_interval = 0.01
        with pytest.raises(TaskDeferred) as waiting:
            operator.execute({})
        return operator, waiting.value.trigger

    return deferred


async def _event(trigger):
    async for event in trigger.run():
        return event.payload
    return None


def test_deferred_operator_goes_on_with_its_statement(deferred, api):
    """It should wait in the triggerer for the statement's end, and then fetch its result."""
    api.sandbox.durations({"redshift-statement.run": 0.5})
    operator, trigger = deferred("select 7 as a", return_sql_result=True)
    event = asyncio.run(_event(trigger))
    assert event == {"status": "success", "statement_id": operator.statement_id}
    (answer,) = operator.execute_complete({}, event)
    assert answer["Records"] == [[{"longValue": 7}]]


def test_deferred_operator_reports_a_failure(deferred, api):
    """It should bring what the database said out of the triggerer."""
    api.sandbox.durations({"redshift-statement.run": 0.5})
    operator, trigger = deferred(["create table t (a integer)", "select * from nowhere"])
    with pytest.raises(Exception, match="nowhere"):
        operator.execute_complete({}, asyncio.run(_event(trigger)))


def test_deferred_operator_cancels_when_it_is_killed(deferred, api):
    """It should end its statement when somebody kills the task that waits for it."""
    operator, trigger = deferred(ENDLESS)
    asyncio.run(trigger.on_kill())
    assert api.ended(operator.statement_id)["Status"] == "ABORTED"


def test_operator_returns_results(run):
    """It should run a statement and fetch its result."""
    (answer,) = run("select 7 as a", return_sql_result=True)
    assert answer["Records"] == [[{"longValue": 7}]]


def test_operator_runs_a_batch(run, api):
    """It should run several statements as one transaction, and return their ids."""
    ids = run(["create table t (a integer)", "insert into t values (1)"])
    assert [one.rpartition(":")[2] for one in ids] == ["1", "2"]
    assert api.rows("select a from t") == [(1,)]


def test_operator_reports_a_failure(run):
    """It should fail with what the database said."""
    with pytest.raises(Exception, match="nowhere"):
        run("select * from nowhere")


def test_hook_waits_and_keeps_a_session(api, aws_connections):
    """It should poll until the end and go on in the session that it was given."""
    hook = RedshiftDataHook(aws_conn_id="aws_source", region_name=REGION)
    place = {"workgroup_name": WORKGROUP, "database": DATABASE}
    first = hook.execute_query(
        "create temp table t (a integer)", session_keep_alive_seconds=60, poll_interval=0.01, **place
    )
    hook.execute_query("insert into t values (1)", session_id=first.session_id, poll_interval=0.01)
    assert api.rows("select a from t", SessionId=first.session_id) == [(1,)]
