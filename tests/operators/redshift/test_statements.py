"""A statement runs once, whatever happens to its task; the ways in which others run it twice, never, or on and on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from airflow.sdk.exceptions import TaskDeferralTimeout, TaskDeferred

from switchyard.errors import Away, BadInput, NotAllowed, StepFailed
from switchyard.operators.redshift.cancel_statements import CancelStatementsOperator
from switchyard.operators.redshift.run_statement import RedshiftStatementOperator
from switchyard.operators.redshift.statements import ATTEMPTS
from switchyard.redshift.errors import Kind, StatementFailed
from switchyard.redshift.settings import Settings
from tests.support.aws_connections import SOURCE, connection
from tests.support.redshift_steps import INSERT, Killed, Shop

SLOW = {"kind": "slow", "seconds": 20.0}
EXECUTE = "redshift-data:Execute"
COMMIT = "redshift-data:Commit"


def let_looks_fail(shop, **times):
    """Let DescribeStatement fail in a way that passes, and that clients do not wait out by themselves."""
    shop.sandbox.fault("redshift-data:DescribeStatement", "error", code="InternalServerException", **times)


def hold(shop):
    """Let the next statement of a task take long; it can be cancelled."""
    shop.sandbox.fault(EXECUTE, matching="INSERT INTO", **SLOW)


def status(shop, number=0):
    return shop.ended(shop.sent()[number]["Id"])["Status"]


# What a statement gives


def test_a_statement_runs_and_tells_what_it_did(shop):
    """It should commit what it did, say how many rows that were, and forget what it remembered."""
    task = shop.task("INSERT INTO sales.orders (id) VALUES (1), (2)")
    result = task.run()
    assert (result["affected"], shop.orders, dict(task.store)) == ([2], 2, {})
    assert result["statement_id"] == shop.sent()[0]["Id"]


@pytest.mark.parametrize("poll_interval", [0.05, 1])
def test_rows_are_typed(shop, poll_interval):
    """It should hand on the rows of a statement with its parameters, also where the first look waits for it."""
    sql = (
        "SELECT CAST(:a AS numeric(5,2)) AS a, CAST(:t AS timestamp) AS t, true AS b, CAST(NULL AS int) AS n"
    )
    parameters = {"a": "1.50", "t": "2026-03-01 00:00:00.5"}
    task = shop.task(sql, parameters=parameters, returns_rows=True, poll_interval=poll_interval)
    assert task.run()["rows"] == [{"a": "1.50", "t": "2026-03-01T00:00:00.500000", "b": True, "n": None}]


def test_all_pages_are_read(shop):
    """It should read a result to its end, whatever a page holds."""
    from sandbox.redshift_data.quotas import quotas

    quotas.page_rows = 2
    shop.run("INSERT INTO sales.orders (id) VALUES (1), (2), (3), (4), (5)")
    rows = shop.task("SELECT id FROM sales.orders ORDER BY id", returns_rows=True).run()["rows"]
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5]


def test_long_results_are_not_handed_on(shop, monkeypatch):
    """It should keep what it hands to other tasks short."""
    monkeypatch.setattr("switchyard.operators.redshift.run_statement._MOST_HANDED_ON", 1)
    with pytest.raises(StepFailed, match="its result has 2 rows"):
        shop.task("SELECT 1 AS a UNION ALL SELECT 2", returns_rows=True).run()


def test_large_results_are_refused(shop, monkeypatch):
    """It should not move data by way of results."""
    monkeypatch.setattr("switchyard.operators.redshift.statements.MOST_ROWS", 2)
    task = shop.task("SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3", returns_rows=True)
    with pytest.raises(StepFailed, match=r"work: statement: its result has 3 rows\. Aggregate, or UNLOAD"):
        task.run()


def test_a_batch_is_one_transaction_with_results(shop):
    """It should tell the parts apart, with nothing for those without rows."""
    batch = [
        "LOCK sales.orders",
        INSERT,
        "DELETE FROM sales.orders WHERE id = 7",
        "SELECT id FROM sales.orders",
    ]
    task = shop.task(batch, returns_rows=True)
    result = task.run()
    assert (result["affected"], result["rows"]) == ([0, 1, 0, 1], [{"id": 1}])
    assert shop.task([INSERT, "CREATE TABLE sales.more (a int)"], returns_rows=True).run()["rows"] == []


def test_settings_hold_for_the_work(shop):
    """It should set the queue in the very batch, and count parts without the settings."""
    warehouse = shop.warehouse | {"query_group": "etl"}
    task = shop.task("SHOW query_group", warehouse=warehouse, returns_rows=True)
    result = task.run()
    assert ([list(row.values()) for row in result["rows"]], result["affected"]) == ([["etl"]], [1])
    limit = Settings(statement_timeout=timedelta(seconds=100_000))
    shown = shop.task("SHOW statement_timeout", session=limit, returns_rows=True).run()["rows"]
    assert [list(row.values()) for row in shown] == [["100000000"]]
    assert shop.task("VACUUM sales.orders", warehouse=warehouse).run()["affected"] == [0]


def test_clusters_take_statements_too(shop):
    """It should send to a provisioned cluster as the database's user."""
    cluster = Shop(shop.sandbox).build_cluster().make_orders()
    assert cluster.task("SELECT current_user AS me", returns_rows=True).run()["rows"] == [{"me": "loader"}]
    cluster.task().run()
    assert (cluster.orders, shop.orders) == (1, 0)


@pytest.mark.parametrize(
    ("warehouse", "problem"),
    [
        ({"database": "d"}, "either a workgroup or a cluster"),
        ({"database": "d", "workgroup": "w", "cluster_id": "c"}, "either a workgroup or a cluster"),
        ({"database": "d", "workgroup": "w", "db_user": "u"}, "only temporary credentials of a cluster"),
        (
            {"database": "d", "cluster_id": "c", "db_user": "u", "secret_arn": "s"},
            "only temporary credentials of a cluster",
        ),
    ],
)
def test_a_place_is_one_place(shop, warehouse, problem):
    """It should refuse what names no warehouse, or two."""
    with pytest.raises(BadInput, match=problem):
        shop.task(warehouse=warehouse).run()


def test_places_and_parameters_are_templates():
    """It should render all that differs between deployments and runs, secrets among it."""
    operator = RedshiftStatementOperator(
        task_id="work",
        sql="SELECT :day",
        parameters={"day": "{{ ds }}"},
        warehouse={"cluster_id": "{{ name }}", "database": "d", "secret_arn": "{{ secret }}"},
        timeout=timedelta(seconds=1),
        **SOURCE,
    )
    operator.render_template_fields({"ds": "2026-03-01", "name": "c", "secret": "arn"})
    assert operator.parameters == {"day": "2026-03-01"}
    assert operator.target.arguments() == {"Database": "d", "ClusterIdentifier": "c", "SecretArn": "arn"}


@pytest.mark.parametrize("seconds", [0, -1])
def test_looks_need_time_between_them(shop, seconds):
    """It should refuse a pace at once, and not when it first waits."""
    with pytest.raises(BadInput, match="poll_interval is"):
        shop.task(poll_interval=seconds).begin()


def test_nothing_but_the_data_api_is_used(shop):
    """It should need no network path to the database, nor a session that stays open."""
    before = len(shop.sandbox.calls())
    shop.task([INSERT, "SELECT 1 AS a"], returns_rows=True).run()
    made = shop.sandbox.calls()[before:]
    assert {call["service"] for call in made} <= {"sts", "redshift-data"}
    assert shop.data_api.list_sessions()["Sessions"] == []


def test_a_dry_run_prints_and_sends_nothing(shop, capsys):
    """It should show each statement with its settings, and leave the warehouse alone."""
    task = shop.task([INSERT, "DELETE FROM sales.orders WHERE id = :gone"], parameters={"gone": 7})
    task.arguments = {**task.arguments, "warehouse": shop.warehouse | {"query_group": "etl"}}
    task.params = {"dry_run": True}
    (call,) = task.run()["planned_calls"]
    assert call["operation"] == "BatchExecuteStatement"
    assert call["parameters"]["Sqls"] == [
        "SET query_group TO 'etl'",
        INSERT,
        "DELETE FROM sales.orders WHERE id = :gone",
    ]
    assert f"statement, statement 2 of 3:\n{INSERT}" in capsys.readouterr().out
    assert (shop.sent(), shop.orders, dict(task.store)) == ([], 0, {})


# Once, and again only when asked


def test_a_cleared_task_runs_again(shop):
    """It should take a clear for new work, also after success, and also right after it."""
    task = shop.task()
    task.run()
    task.clear()
    task.run()
    assert (shop.orders, len(shop.sent())) == (2, 2)


def test_a_retried_task_goes_on(shop):
    """It should find what its earlier try sent, and not send it again."""
    hold(shop)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    task.retry()
    let_looks_fail(shop, times=1)
    with pytest.raises(TaskDeferred):
        task.begin()
    assert len(shop.sent()) == 1
    task.operator.on_kill()
    assert status(shop) == "ABORTED"


@pytest.mark.parametrize("dies_after", [False, True])
@pytest.mark.parametrize("sql", [INSERT, ["LOCK sales.orders", INSERT]])
def test_a_task_that_dies_between_any_two_writes_runs_once(shop, sql, dies_after):
    """It should send one statement, and insert one row, wherever the process ends."""
    task = shop.task(sql, poll_interval=1)
    task.store.dies_after = dies_after
    lives = deaths = 0
    while True:
        lives += 1
        task.store.lives = lives
        try:
            task.run()
            break
        except Killed:
            deaths += 1
            task.retry()
    assert deaths >= 3
    assert (len(shop.sent()), shop.orders) == (1, 1)


def test_a_lost_answer_is_asked_for_again(shop):
    """It should get the same statement where the answer about its beginning is lost."""
    shop.sandbox.fault("redshift-data:ExecuteStatement", "lost-response", times=2)
    shop.task().run()
    assert (len(shop.sent()), shop.orders) == (1, 1)


def sent_without_knowing(shop):
    """A task whose process ended after the call and before it could keep the statement's id."""
    task = shop.task()
    task.store.never_keeps = '"statement_id": "'
    with pytest.raises(Killed):
        task.run()
    task.store.never_keeps = ""
    task.retry()
    shop.ended(shop.sent()[0]["Id"])
    return task


def never_arrived(shop):
    """A task whose statement the service refused to take, for a reason that passes."""
    shop.sandbox.fault("redshift-data:ExecuteStatement", "error", code="InternalServerException", times=1)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    task.retry()
    return task


def age(task, hours):
    """Let time pass since the task sent its statement, or was about to."""
    task.store["redshift_statements"]["by_purpose"]["statement"]["sent_at"] -= hours * 3600


def test_a_retry_finds_what_was_sent(shop):
    """It should get the statement back by its token."""
    task = sent_without_knowing(shop)
    task.run()
    assert (len(shop.sent()), shop.orders) == (1, 1)


def test_a_late_retry_finds_what_was_sent(shop):
    """It should find the statement by its name where the service has forgotten the token, after eight hours."""
    task = sent_without_knowing(shop)
    age(task, 9)
    shop.sandbox.advance(9 * 3600)
    task.run()
    assert (len(shop.sent()), shop.orders) == (1, 1)


def test_a_retry_that_comes_too_late_does_not_guess(shop):
    """It should stop where nobody can tell any more whether the statement ran, and begin anew when it is cleared."""
    task = never_arrived(shop)
    age(task, 25)
    with pytest.raises(StepFailed, match="an earlier try may have sent it, almost a day ago or more"):
        task.run()
    task.clear()
    task.run()
    assert (len(shop.sent()), shop.orders) == (1, 1)


def test_a_deployment_between_two_tries_changes_nothing(shop):
    """It should take up what the earlier try sent, although its text is another by now."""
    task = sent_without_knowing(shop)
    task.arguments = {**task.arguments, "sql": f"{INSERT}, (2)"}
    task.run()
    assert (len(shop.sent()), shop.orders) == (1, 1)


@pytest.mark.parametrize("sql", [INSERT, f"{INSERT}, (2)"])
@pytest.mark.parametrize("hours", [0, 9])
def test_what_never_arrived_is_sent(shop, sql, hours):
    """It should send what was not sent before, also another text, and also where its token is old."""
    task = never_arrived(shop)
    age(task, hours)
    task.arguments = {**task.arguments, "sql": sql}
    task.run()
    assert (len(shop.sent()), shop.orders) == (1, sql.count("(") - 1)


def test_harmless_statements_have_no_token(shop):
    """It should let what may run twice be sent without one, also after a kill."""
    task = shop.task("SELECT 1 AS a", adds_rows=False)
    task.store.never_keeps = '"statement_id": "'
    with pytest.raises(Killed):
        task.run()
    task.store.never_keeps = ""
    task.retry()
    task.run()
    assert len(shop.sent()) == 2


# Failures


def test_each_failed_part_is_told(shop):
    """It should name the part, in Redshift's words, keep nothing of the batch, and hold no text of a statement."""
    batch = [INSERT, "INSERT INTO sales.orders (id, name) VALUES (2, 'much too long for it')", INSERT]
    with pytest.raises(
        StatementFailed, match=r"work: statement \(.*\): statement 2 of 3: ERROR: .*too long"
    ) as failure:
        shop.task(batch).run()
    assert (shop.orders, len(shop.sent())) == (0, 1)
    assert "INSERT" not in str(failure.value)
    assert "much too long" not in str(failure.value)
    assert len(str(failure.value)) < 500


@pytest.mark.parametrize(
    ("sql", "kind"),
    [("SELECT a FROM sales.nothing", Kind.ABSENT), ("SELEC 1", Kind.SYNTAX)],
)
def test_failures_are_sorted_and_final(shop, sql, kind):
    """It should fail at once, and say what kind of failure it is."""
    with pytest.raises(StatementFailed) as failure:
        shop.task(sql).run()
    assert (failure.value.kind, len(shop.sent())) == (kind, 1)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"{INSERT}; {INSERT}", "several statements"),
        ([INSERT, "VACUUM sales.orders"], "VACUUM cannot be part of a transaction"),
        ("DELETE FROM sales.orders o WHERE o.id = 1", "gives its target another name"),
    ],
)
def test_bad_forms_are_not_sent(shop, sql, found):
    """It should refuse before it sends."""
    with pytest.raises(NotAllowed, match=found):
        shop.task(sql).run()
    assert shop.sent() == []


def conflict(shop, **times):
    shop.sandbox.fault(COMMIT, "error", code="1023", **times)


def test_a_conflict_is_sent_again_as_a_whole(shop):
    """It should send the batch anew, under a token of its own, after a pause in the triggerer."""
    conflict(shop, times=1)
    waits = []
    result = shop.task([INSERT, "SELECT 1 AS a"]).run(at_wait=waits.append)
    assert (result["affected"], shop.orders) == ([1, 1], 1)
    assert [one["Status"] for one in shop.sent()] == ["FAILED", "FINISHED"]
    assert "PauseTrigger" in [type(one).__name__ for one in waits]


def test_a_conflict_that_stays_is_final(shop):
    """It should give up after a few attempts, and begin anew when it is cleared."""
    conflict(shop, times=ATTEMPTS)
    task = shop.task([INSERT])
    with pytest.raises(StatementFailed, match="1023") as failure:
        task.run()
    assert (failure.value.kind, len(shop.sent()), shop.orders) == (Kind.CONFLICT, ATTEMPTS, 0)
    task.clear()
    task.run()
    assert shop.orders == 1


def test_a_conflict_survives_kills(shop):
    """It should count attempts in the store, so that no kill gives it a further one, nor a further row."""
    conflict(shop, times=2)
    task, lives = shop.task([INSERT]), 0
    while True:
        lives += 1
        task.store.lives = lives
        try:
            task.run()
            break
        except Killed:
            task.retry()
    assert (len(shop.sent()), shop.orders) == (3, 1)


# The end of a step is the end of its statements


def test_a_kill_cancels(shop):
    """It should cancel what is under way when its worker is told to end."""
    hold(shop)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    task.operator.on_kill()
    assert (status(shop), shop.orders) == ("ABORTED", 0)


def test_what_a_kill_cut_off_is_taken_up(shop):
    """It should send again in a later try what its own worker's end has cancelled."""
    hold(shop)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    task.operator.on_kill()
    status(shop)
    task.retry()
    task.run()
    assert ([one["Status"] for one in shop.sent()], shop.orders) == (["ABORTED", "FINISHED"], 1)


def test_a_worker_that_lives_on_after_its_kill_ends_nothing(shop):
    """It should not take its own cancellation for a failure, so that a further try still takes the work up."""
    hold(shop)
    task = shop.task()
    with pytest.raises(InterruptedError, match="cancelled with the worker that had it"):
        task.run(at_wait=lambda _: task.operator.on_kill())
    task.retry()
    task.run()
    assert ([one["Status"] for one in shop.sent()], shop.orders) == (["ABORTED", "FINISHED"], 1)


def test_what_a_person_cancels_stays_cancelled(shop):
    """It should not send again what somebody else has cancelled meanwhile."""
    hold(shop)

    def cancel(_trigger):
        shop.data_api.cancel_statement(Id=shop.sent()[0]["Id"])

    with pytest.raises(StatementFailed, match="Find out who stopped it") as failure:
        shop.task().run(at_wait=cancel)
    assert (failure.value.kind, len(shop.sent())) == (Kind.CANCELLED, 1)


def test_a_deadline_cancels(shop):
    """It should cancel the statement when the step's time is over."""
    hold(shop)
    with pytest.raises(StepFailed, match="when time ran out"):
        shop.task(timeout=timedelta(seconds=1)).run()
    assert (status(shop), shop.orders) == ("ABORTED", 0)


def test_a_deadline_that_nobody_watched_cancels(shop):
    """It should cancel also where Airflow itself ends the wait, as when no triggerer runs."""
    hold(shop)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    with pytest.raises(TaskDeferralTimeout, match="timeout"):
        task.operator.resume_execution("__fail__", {"error": "Trigger timeout"}, task.context())
    assert status(shop) == "ABORTED"


def test_nothing_is_sent_after_the_deadline(shop):
    """It should not begin what it could not wait for."""
    with pytest.raises(StepFailed, match="time ran out before it was sent"):
        shop.task(timeout=timedelta(seconds=-1)).run()
    assert shop.sent() == []


def test_the_last_try_leaves_nothing_running(shop):
    """It should cancel where an error ends the task for good, and leave it to a further try where one comes."""
    hold(shop)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    let_looks_fail(shop, times=None)
    task.store["step_errors"] = 99
    with pytest.raises(Away, match="DescribeStatement"):
        task.begin()
    assert shop.sent()[0]["Status"] in ("SUBMITTED", "PICKED", "STARTED")
    task.try_number = task.max_tries + 1
    with pytest.raises(Away, match="DescribeStatement"):
        task.begin()
    shop.sandbox.clear_faults()
    assert status(shop) == "ABORTED"


def test_a_clear_cancels_what_was_left_running(shop):
    """It should not let the work of the task before it go on beside its own."""
    hold(shop)
    task = shop.task()
    with pytest.raises(TaskDeferred):
        task.begin()
    task.clear()
    task.run()
    assert (status(shop, 0), status(shop, 1), shop.orders) == ("ABORTED", "FINISHED", 1)


def test_a_poll_that_fails_costs_nothing(shop):
    """It should wait out errors while it waits, and go on."""
    shop.sandbox.durations({"redshift-statement.run": 0.5})
    let_looks_fail(shop, times=3, after=3)
    shop.task().run()
    assert (len(shop.sent()), shop.orders) == (1, 1)


def test_the_end_of_a_run_cancels_its_statements(shop):
    """It should find what any step of the run has under way, and leave other runs alone."""
    hold(shop)
    with pytest.raises(TaskDeferred):
        shop.task().begin()
    ending = {"kind": CancelStatementsOperator, "sql": None}
    assert shop.task(**ending, run_id="manual__2").run()["cancelled"] == 0
    dry = shop.task(**ending)
    dry.params = {"dry_run": True}
    assert [call["operation"] for call in dry.run()["planned_calls"]] == ["CancelStatement"]
    assert shop.task(**ending).run()["cancelled"] == 1
    assert status(shop) == "ABORTED"


def test_the_end_of_a_run_cancels_what_other_roles_have_sent(shop, monkeypatch):
    """It should find the run's statements of each role whose connection it is given, and cancel them as that role."""
    arn = f"arn:aws:iam::{SOURCE['account_id']}:role/schemas"
    iam = shop.sandbox.client("iam", SOURCE["account_id"], SOURCE["region_name"])
    iam.create_role(RoleName="schemas", AssumeRolePolicyDocument="{}")
    other = connection(shop.sandbox.endpoint_url, SOURCE["account_id"], role_arn=arn)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SCHEMAS", other)
    tasks = [shop.task(aws_conn_id=conn_id) for conn_id in ("aws_source", "aws_schemas")]
    for task in tasks:
        hold(shop)
        with pytest.raises(TaskDeferred):
            task.begin()
    ending = shop.task(kind=CancelStatementsOperator, sql=None, other_connections=["aws_schemas"])
    assert ending.run()["cancelled"] == 2
    for task in tasks:
        [sent] = task.operator.memory(task.context()).under_way()
        seen = task.operator.client().describe_statement(Id=sent, WaitTimeSeconds=10)
        assert seen["Status"] == "ABORTED"


def test_errors_and_memory_hold_no_values(shop):
    """It should keep tokens and ids alone, and show no parameter in an error."""
    shop.sandbox.durations({"redshift-statement.run": 0.5})  # which the first look does not wait for
    task = shop.task(["SELECT 1 AS a", f"{INSERT[:-4]} (:secret)"], parameters={"secret": "hidden-value"})
    kept = []
    with pytest.raises(StatementFailed) as failure:
        task.run(at_wait=lambda _: kept.append(json.dumps(task.store)))
    assert kept
    for text in (*kept, str(failure.value).replace('"hidden-value"', "").replace("'hidden-value'", "")):
        assert "hidden-value" not in text
        assert "INSERT" not in text
