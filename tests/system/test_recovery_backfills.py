"""The past of a recovery pipeline, filled back with Airflow's command line."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo import account, pipelines, processes
from demo.aurora_recovery import ORDERS, POINT, RESTORE, SOURCE, TARGET, database
from switchyard.pipelines.schedules import LATE
from tests.support.backfills import FILLED_SECONDS, PARSED_SECONDS, fill_back, schedule_as
from tests.support.page_commands import example, shown, typed
from tests.system.test_deadlines import operations, subscribed
from tests.system.test_waiting import until

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = ("UTC", "Asia/Kolkata", "Asia/Kathmandu")
"""Their hours begin at different minutes, so that one of them holds two near ones in one hour."""
QUEUE = "switchyard-recovery-points"
CHAIN = "switchyard://recovery-point/orders"

POINT_SECONDS = 300


def daily(*minutes):
    """A schedule that ticks at these minutes each day, and so in the past as well."""
    for zone in ZONES:
        local = [minute.astimezone(ZoneInfo(zone)) for minute in minutes]
        [hour, *others] = {one.hour for one in local}
        if not others:
            return {"cron": f"{','.join(str(one.minute) for one in local)} {hour} * * *", "timezone": zone}
    raise AssertionError(f"{minutes} are too far apart")


def begun(moment):
    """The minute in which a moment is."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


@pytest.fixture(scope="module")
def folder(stack, api, orders):
    """The pipelines' configurations, with a pipeline that drills and that no message starts."""
    for dag_id in (RESTORE, POINT):
        account.wait_for_dag(api, dag_id, seconds=PARSED_SECONDS)
        api.unpause(dag_id)
    before = api.dag(RESTORE)["timetable_summary"]
    folder = stack.home / "pipelines"
    told = {"notification": {"asset": CHAIN}, "notify": example("observe", "notify:")["notify"]}
    with pipelines.changed(folder, ORDERS, restore={"start_on_message": False, "mode": "test"}, **told):
        schedule_as(api, RESTORE, None)
        yield folder
        sqs = stack.sandbox.client().client("sqs", *TARGET)
        sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"])
    schedule_as(api, RESTORE, before)


@pytest.fixture(scope="module")
def first(stack, api, folder):
    """The newest recovery point that there is, as the ledger has it; made where there is none."""
    ledger = account.Ledger(stack.ledger_dsn)
    if not ledger.rows("recovery_point", pipeline=ORDERS, state="published"):
        make(api, ledger)
    found = ledger.rows("recovery_point", pipeline=ORDERS, state="published")
    return max(found, key=lambda row: row["source_time"])


@pytest.fixture(scope="module")
def second(stack, api, first):
    """A later recovery point, with a payment below zero, which the source gets rid of again."""
    next_minute = begun(first["source_time"]) + MINUTE
    processes.wait_until(
        lambda: datetime.now(UTC) > next_minute, "the next minute", seconds=70, poll_seconds=0.5
    )
    source = database(stack, *SOURCE)
    payment = source.ask("SELECT max(payment_id) FROM payment")
    write(source, f"UPDATE payment SET amount = -1 - amount WHERE payment_id = {payment}")
    made = make(api, account.Ledger(stack.ledger_dsn))
    write(source, f"UPDATE payment SET amount = -1 - amount WHERE payment_id = {payment}")
    return made


def write(target, statement):
    with closing(target.connect()) as connection, connection.cursor() as cursor:
        assert cursor.execute(statement) == 1
        connection.commit()


def make(api, ledger):
    run_id = api.trigger(POINT)
    account.require_success(api, POINT, run_id, seconds=POINT_SECONDS)
    return ledger.one("recovery_point", dag_id=POINT, run_id=run_id)


def fill(stack, dag_id, since, until):
    """Fill a time back as the page says; its runs by their moments."""
    command = shown("run-a-recovery-drill", "airflow backfill create").replace(RESTORE, dag_id)
    dates = f"--from-date {since.isoformat()} --to-date {until.isoformat()}"
    return fill_back(stack, dag_id, re.sub(r"--from-date \S+ --to-date \S+", dates, command))


def states(api, run):
    return {task["task_id"]: task["state"] for task in api.tasks(run["dag_id"], run["dag_run_id"])}


def said(stack, run, task_id):
    """How a step's end was recorded, such as why it was skipped."""
    key = {"dag_id": run["dag_id"], "run_id": run["dag_run_id"]}
    return account.Ledger(stack.ledger_dsn).one("step", task_id=task_id, **key)["summary"]


def name_of(arn):
    """A snapshot's name, which all its copies have."""
    return arn.rpartition(":")[2]


def things(stack):
    """All that the target account runs, by resource id."""
    rds = stack.sandbox.client().client("rds", *TARGET)
    clusters = {one["DbClusterResourceId"] for one in rds.describe_db_clusters()["DBClusters"]}
    return clusters | {one["DbiResourceId"] for one in rds.describe_db_instances()["DBInstances"]}


def chained(api):
    """Which runs have updated the asset of recovery points."""
    events = api.get("assets/events?limit=100")["asset_events"]
    return {event["source_run_id"] for event in events if event["name"] == CHAIN}


def test_a_recovery_point_starts_what_waits_for_its_asset(api, second):
    """It should start a run of the DAG that names the asset, with the announcement in its event."""
    assert second["run_id"] in chained(api)

    def announcements():
        bodies = [api.xcom("chained", run["dag_run_id"], "bodies") for run in api.runs("chained")]
        found = [json.loads(body) for told in bodies for body in told or ()]
        return [one for one in found if one["run_id"] == second["run_id"]]

    [message] = until(announcements, "the run that the asset starts")
    assert message["snapshot_arn"] == second["copy_arn"]


def test_each_interval_tests_what_there_was_then(stack, api, folder, first, second, metrics, mail, tmp_path):
    """It should say that there was nothing yesterday, prove the first recovery point although there is a second one,

    and be red for the second one, whose data breaks a rule. Nothing of a drill is left, and the live cluster stays.
    """
    read = subscribed(stack.sandbox.client(), *operations(stack.sandbox.client()), "red-drills")
    ticks = [begun(point["source_time"]) + MINUTE for point in (first, second)]
    # A tick that is just past begins a schedule, whose run there would be in the backfill's stead.
    begins = ticks[1] + LATE
    processes.wait_until(lambda: datetime.now(UTC) > begins, "the last tick", seconds=130, poll_seconds=0.5)
    before, ledger = things(stack), account.Ledger(stack.ledger_dsn)
    schedule = daily(*ticks)
    with pipelines.changed(folder, ORDERS, schedule={"recovery_restore": schedule}):
        schedule_as(api, RESTORE, schedule["cron"])
        runs = fill(stack, RESTORE, ticks[1] - DAY, ticks[1])
    assert sorted(runs) == [ticks[1] - DAY, *ticks]

    nothing, proved, red = (runs[moment] for moment in sorted(runs))
    assert (nothing["state"], {*states(api, nothing).values()}) == ("success", {"skipped"})
    key = {"dag_id": RESTORE, "run_id": nothing["dag_run_id"]}
    processes.wait_until(  # the DAG processor records the end of a run a moment after it
        lambda: ledger.one("run", **key)["state"] == "success", "the end of the run in the ledger", seconds=60
    )
    reason = said(stack, nothing, "accept_recovery_point")
    assert "Nothing is restored: the run's data interval ends at" in reason
    assert "there is no recovery point of orders that is not later" in reason

    for run, point, outcome, failed in (
        (proved, first, "proved", None),
        (red, second, "failed", "check_candidate"),
    ):
        test = ledger.one("recovery_test", dag_id=RESTORE, run_id=run["dag_run_id"])
        assert (test["mode"], test["outcome"], test["failed_step"]) == ("test", outcome, failed)
        # Of the share, or of the account's own copy of it where an earlier restore has left one.
        assert name_of(test["snapshot_arn"]) == name_of(point["copy_arn"])
        assert test["torn_down_at"] is not None
    assert proved["state"] == "success"
    assert red["state"] == "failed"
    assert {name for name, state in states(api, red).items() if state == "failed"} == {"check_candidate"}
    broken = [
        check["name"]
        for check in ledger.rows("check_result", dag_id=RESTORE, run_id=red["dag_run_id"])
        if not check["passed"]
    ]
    assert broken == ["sql sakila_payments_are_positive.sql"]
    remedy = "Run sakila_payments_are_positive.sql on source and candidate"
    assert remedy in ledger.one("recovery_test", dag_id=RESTORE, run_id=red["dag_run_id"])["reason"]
    assert things(stack) == before
    assert_reported(stack, red, tmp_path)
    assert_told(api, red, read, mail)
    assert_measured(metrics)


def assert_measured(metrics):
    """What the drills achieved was sent beside what they had to, by the step that knows it."""
    step = {"pipeline": "orders", "dag_id": RESTORE, "task_id": "record_evidence"}
    sent = [one for one in metrics.flushed() if one.tags == step]
    names = {one.name.removeprefix("airflow.switchyard.recovery.") for one in sent}
    greatest = {name: max(one.value for one in sent if one.name.endswith(f".{name}")) for name in names}
    assert (greatest["rpo_objective_seconds"], greatest["rto_objective_seconds"]) == (90 * 60, 60 * 60)
    assert 0 < greatest["rto_seconds"] < greatest["rto_objective_seconds"]
    assert greatest["rpo_seconds"] > 0
    assert greatest["checks"] > 10


def assert_told(api, run, read, mail):
    """The page's notifiers have mailed and published the end of the red run, and of no other."""
    [notice] = until(read, "the notifier has published")
    dag = api.dag(run["dag_id"])
    assert notice.startswith(f"Run {run['dag_run_id']} of {run['dag_id']} failed. Open its Summary")
    assert read() == []
    [letter] = until(lambda: mail.messages, "the mail has come")
    assert (letter["To"], letter["Subject"]) == (
        "dba-on-call@example.com", f"{dag['dag_display_name']} failed",
    )  # fmt: skip
    [page] = [part.get_content() for part in letter.walk() if not part.is_multipart()]
    assert page.startswith(f"Run {run['dag_run_id']}. The ledger and the log")


def assert_reported(stack, run, folder):
    """What the pages of proofs and fleets show how to write tells of the newest run, which failed."""
    command = shown("prove-a-recovery", "PYTHONPATH=plugins .venv/bin/python -m switchyard.ledger report")
    typed(stack, command.replace("report.html", str(folder / "report.html")))
    report = (folder / "report.html").read_text()
    assert run["dag_run_id"] in report
    assert "sakila_payments_are_positive.sql" in report
    command = shown(
        "run-a-fleet", 'PYTHONPATH=plugins .venv/bin/python -m switchyard.ledger fleet --dsn "$LEDGER" --f'
    )
    typed(stack, command.replace("fleet.html", str(folder / "fleet.html")))
    assert ORDERS in (folder / "fleet.html").read_text()


@pytest.mark.usefixtures("first")
def test_date_by_hand_is_no_present(stack, api, folder):
    """It should restore nothing where the command on the page asks for a swap as of a date before everything."""
    page, date = "run-a-recovery-drill", "2026-11-20T06:00:00+00:00"
    with pipelines.changed(folder, ORDERS, restore={"mode": "swap"}):
        typed(stack, shown(page, f"airflow dags trigger {RESTORE} --logical-date {date} --conf"))
        (run,) = (
            one
            for one in api.runs(RESTORE)
            if one["logical_date"]
            and datetime.fromisoformat(one["logical_date"]) == datetime.fromisoformat(date)
        )
        account.require_success(api, RESTORE, run["dag_run_id"], seconds=FILLED_SECONDS)
    assert {*states(api, run).values()} == {"skipped"}
    assert f"the run's data interval ends at {date}" in said(stack, run, "accept_recovery_point")


def test_each_interval_adopts_what_was_made_then(stack, api, folder, first):
    """It should take up the newest recovery point of the only hour in which any was made, and announce nothing."""
    tick, hour = begun(first["source_time"]), timedelta(hours=1)
    schedule = {"cron": f"{tick.minute} * * * *"}
    sqs, waiting = stack.sandbox.client().client("sqs", *TARGET), "ApproximateNumberOfMessages"
    queue = {"QueueUrl": sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"], "AttributeNames": [waiting]}
    before = sqs.get_queue_attributes(**queue)["Attributes"]
    objectives = {"rpo_minutes": 60}
    with pipelines.changed(folder, ORDERS, schedule={"recovery_point": schedule}, objectives=objectives):
        schedule_as(api, POINT, schedule["cron"])
        runs = fill(stack, POINT, tick - 2 * hour, tick)
    assert sorted(runs) == [tick - 2 * hour, tick - hour, tick]
    *empty, adopting = (runs[moment] for moment in sorted(runs))
    for run in empty:
        assert {*states(api, run).values()} == {"skipped"}
        assert "Nobody can snapshot the past: no recovery point" in said(stack, run, "check_preconditions")
    assert {*states(api, adopting).values()} == {"success"}
    made = account.Ledger(stack.ledger_dsn).rows("recovery_point", pipeline=ORDERS, state="published")
    newest = max(made, key=lambda row: row["source_time"])
    taken = api.xcom(POINT, adopting["dag_run_id"], "copy_snapshot")
    assert taken["snapshot_arn"] == newest["copy_arn"]
    assert sqs.get_queue_attributes(**queue)["Attributes"] == before
    assert not chained(api) & {run["dag_run_id"] for run in runs.values()}
