from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from types import SimpleNamespace

import psycopg2
import pymysql
import pytest
from airflow.sdk import DAG, Asset, BaseOperator
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowSkipException, TaskDeferred
from botocore.exceptions import ClientError

from switchyard.errors import Away, NotAllowed, StepFailed
from switchyard.operators import recorders
from switchyard.operators.base import PATIENCE, AwsOperator, Pause
from switchyard.operators.retry import AwsRetryPolicy
from switchyard.operators.submit import SubmitOperator
from switchyard.waiting.goals import Goal, cluster_available, cluster_renamed
from switchyard.waiting.kinds import Wait
from switchyard.waiting.trigger import PauseTrigger, ResourceTrigger
from tests.support.aws_connections import SOURCE

pytestmark = pytest.mark.usefixtures("aws_connections")

STOPPED = Goal(ready=("stopped",), failed=("failed",))
RESULT = {"cluster_id": "orders"}


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Store(dict):
    """A task's state store; dies before or after its n-th write when told to."""

    lives = -1

    def _write(self, change):
        self.lives -= 1
        if self.lives == 0:
            raise Killed
        change()
        json.dumps(dict(self))

    def get(self, key, default=None):
        return super().get(key, default)

    def set(self, key, value):
        assert value is not None
        self._write(lambda: self.__setitem__(key, value))

    def delete(self, key):
        self._write(lambda: self.pop(key, None))

    def clear(self):
        self._write(super().clear)


def new_context(store=None, *, max_tries=0, **params):
    return {
        "task_state_store": Store() if store is None else store,
        "ti": SimpleNamespace(max_tries=max_tries),
        "params": params,
    }


class Scripted(AwsOperator):
    """Does what its script says, one entry per act: a wish, an error, or something to call."""

    def __init__(self, *, script, **kwargs):
        super().__init__(**kwargs)
        self.script = script
        self.acts = 0

    def act(self, context):
        self.acts += 1
        step = self.script[min(self.acts, len(self.script)) - 1]
        if isinstance(step, BaseException):
            raise step
        return step(self) if callable(step) else step

    def result(self, context):
        return RESULT


def scripted(*script, **changes):
    settings = {"task_id": "step", "timeout": timedelta(hours=1), "poll_interval": 0.1, **SOURCE, **changes}
    return Scripted(script=list(script), **settings)


def error(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "ModifyDBCluster")


def event_of(deferred):
    """Run the trigger of a deferral to its event, through storage and back, as the triggerer does."""
    classpath, kwargs = deferred.trigger.serialize()
    kinds = {f"{one.__module__}.{one.__name__}": one for one in (ResourceTrigger, PauseTrigger)}

    async def first():
        async for event in kinds[classpath](**json.loads(json.dumps(kwargs))).run():
            return json.loads(json.dumps(event.payload))
        return None

    return asyncio.run(first())


def deferral(operator, context):
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context)
    return caught.value


@pytest.fixture
def orders(sandbox):
    """An available cluster."""
    sandbox.client("rds", "source").create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="not-a-secret-9",
    )


@pytest.fixture
def told(monkeypatch):
    """What the recorders were told."""
    log = []
    monkeypatch.setattr(recorders, "step_recorders", [lambda _, *what: log.append(what)])
    return log


WAIT = Wait("db_cluster", "orders", cluster_available())


def test_a_step_with_nothing_to_do_ends_at_once(told):
    """It should return the result, forget its state, and tell the ledger."""
    context = new_context()
    assert scripted(None).execute(context) == RESULT
    assert context["task_state_store"] == {}
    assert [(state, result) for state, _, result in told] == [("running", {}), ("success", RESULT)]


def begun(operator):
    """Execute a step as a run begins it, as the first of its DAG."""
    dag = SimpleNamespace(params={"dry_run": False})
    return operator.execute(new_context() | {"dag": dag, "dag_run": SimpleNamespace(conf={})})


def test_no_run_of_a_refused_dag_begins():
    """It should fail the first step with the reason before it acts, for good."""
    operator = scripted(None, refusal="eu.yaml restores over this cluster, too. Remove one.")
    with pytest.raises(
        NotAllowed, match=r"^configuration: eu\.yaml restores .* Remove one\. Then start another run\.$"
    ) as refused:
        begun(operator)
    assert operator.acts == 0
    assert AwsRetryPolicy().evaluate(refused.value, 1, 3).action is RetryAction.FAIL
    assert begun(scripted(None)) == RESULT


def test_a_run_that_has_begun_goes_on():
    """It should let later steps of a refused DAG act: a swap that stops half way would be worse than its end."""
    with DAG("switchyard"):
        scripted(None, task_id="first") >> (later := scripted(None, refusal="eu.yaml does so, too"))
    assert begun(later) == RESULT


def test_an_answer_that_is_already_there_costs_no_deferral(orders):
    """It should look once and go on."""
    operator = scripted(WAIT, None)
    assert operator.execute(new_context()) == RESULT
    assert operator.acts == 2


def test_a_wait_is_deferred_to_the_shared_poller(orders, told):
    """It should hand over identifiers and the connection's name, and nothing secret."""
    wait = Wait("db_cluster", "orders", STOPPED)
    deferred = deferral(scripted(wait, timeout=timedelta(minutes=30)), new_context())
    _, kwargs = deferred.trigger.serialize()
    assert deferred.method_name == "resume"
    assert kwargs == {
        "kind": "db_cluster",
        "identifier": "orders",
        "goal": STOPPED.as_dict(),
        "deadline": pytest.approx(time.time() + 1800, abs=20),
        "poll_interval": 0.1,
        **SOURCE,
    }
    assert timedelta(minutes=31) < deferred.timeout < timedelta(minutes=33)
    assert told[-1][:2] == ("waiting", "waiting for db cluster orders")


def test_a_wait_may_be_in_another_region():
    """It should poll where the resource is."""
    wait = Wait("db_cluster", "orders", STOPPED, region_name="us-west-1")
    assert deferral(scripted(wait), new_context()).trigger.region_name == "us-west-1"


def test_a_step_goes_on_after_its_wait(sandbox, orders):
    """It should act again in a new process, knowing which wait was met."""
    context = new_context()
    deferred = deferral(scripted(Wait("db_cluster", "orders", STOPPED)), context)
    sandbox.force_status("db_cluster", "orders", "stopped", account=SOURCE["account_id"], region="us-west-2")
    again = scripted(None)
    assert again.resume(context, event_of(deferred)) == RESULT
    assert again.has_met(Wait("db_cluster", "orders", STOPPED, region_name="us-west-2"))
    assert not again.has_met(WAIT)


def test_a_state_that_ends_the_wait_fails_the_step(sandbox, orders, told):
    """It should say what was found and what to do, and forget the state so that a cleared task begins anew."""
    sandbox.force_status("db_cluster", "orders", "failed", account=SOURCE["account_id"], region="us-west-2")
    context = new_context()
    with pytest.raises(
        StepFailed, match=r"^step: db_cluster orders: its status is failed\. Look at the events"
    ):
        scripted(WAIT).execute(context)
    assert context["task_state_store"] == {}
    assert told[-1][0] == "failed"


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"status": "failed", "reason": "its status is failed", "remedy": ""}, "Look at the events"),
        ({"status": "timeout", "reason": "its status was creating", "remedy": ""}, "give the step more time"),
        (
            {"status": "error", "reason": "(AccessDenied) no", "remedy": "Let the role"},
            r"no\. Let the role\.$",
        ),
    ],
)
def test_a_wait_that_ends_badly_fails_the_step(event, message):
    """It should fail with a remedy after a failure, a timeout and an error of AWS."""
    context = new_context()
    deferral(scripted(Wait("db_cluster", "orders", STOPPED)), context)
    event = {"kind": "db_cluster", "identifier": "orders", "item_status": "failed", "goal": {}, **event}
    with pytest.raises(StepFailed, match=message):
        scripted(None).resume(context, event)
    assert context["task_state_store"] == {}


def test_two_looks_are_never_made_at_once(orders):
    """It should not believe a rename at the first look, however right it seems."""
    renamed = Wait("db_cluster", "orders", cluster_renamed("orders"))
    deferred = deferral(scripted(renamed, None), new_context())
    assert isinstance(deferred.trigger, ResourceTrigger)
    assert event_of(deferred)["status"] == "ready"


def test_a_wait_that_is_met_but_asked_for_again_does_not_spin(orders):
    """It should let time pass where acting changed nothing."""
    deferred = deferral(scripted(WAIT, WAIT), new_context())
    assert isinstance(deferred.trigger, PauseTrigger)


def test_a_pause_lets_time_pass(told):
    """It should look again after as long as the step asked for."""
    deferred = deferral(scripted(Pause(0.2, "clients to leave")), context := new_context())
    assert told[-1][:2] == ("waiting", "waiting: clients to leave")
    began = time.monotonic()
    assert scripted(None).resume(context, event_of(deferred)) == RESULT
    assert time.monotonic() - began < 5


def test_the_deadline_survives_retries_and_waits():
    """It should be set once, at the first entry."""
    context = new_context(max_tries=2)
    first = deferral(scripted(Pause(60.0, "x")), context).trigger
    deadlines = []
    for timeout in (timedelta(days=1), timedelta(days=2)):
        operator = scripted(Wait("db_cluster", "orders", STOPPED), timeout=timeout)
        deadlines.append(deferral(operator, context).trigger.deadline)
    assert deadlines[0] == deadlines[1] == pytest.approx(time.time() + 3600, abs=30)
    assert first.moment < deadlines[0]


def test_a_cleared_task_begins_anew():
    """It should drop the deadline and all else it remembered when Airflow raised max_tries."""
    store = Store()
    deferral(scripted(Pause(60.0, "x"), timeout=timedelta(seconds=1)), new_context(store, max_tries=1))
    store.set("drain_deadline", 5)
    deferred = deferral(scripted(Wait("db_cluster", "orders", STOPPED)), new_context(store, max_tries=3))
    assert deferred.trigger.deadline > time.time() + 3000
    assert store.get("drain_deadline") is None


def test_time_that_ran_out_fails_the_step(told):
    """It should not defer beyond the deadline."""
    context = new_context()
    with pytest.raises(StepFailed, match="time ran out, waiting for db cluster orders"):
        scripted(Wait("db_cluster", "orders", STOPPED), timeout=timedelta(0)).execute(context)
    assert context["task_state_store"] == {}


def test_a_pause_ends_with_the_deadline():
    """It should not sleep through the end of its time."""
    operator = scripted(Pause(9999.0, "x"), timeout=timedelta(seconds=5))
    assert deferral(operator, new_context()).trigger.moment < time.time() + 6


@pytest.mark.parametrize("code", ["InvalidDBClusterStateFault", "Throttling", "DBClusterAlreadyExistsFault"])
def test_errors_that_may_pass_are_waited_out(code):
    """It should act again without using up a try: a conflict is a lost answer, which the next look resolves."""
    context = new_context()
    deferred = deferral(scripted(error(code)), context)
    assert isinstance(deferred.trigger, PauseTrigger)
    assert scripted(None).resume(context, {"status": "ready"}) == RESULT


def test_patience_with_errors_ends():
    """It should leave an error that stays to the task's retries."""
    context = new_context()
    for _ in range(PATIENCE):
        deferral(scripted(error("Throttling")), context)
    with pytest.raises(Away, match=r"\(Throttling\).*Clear the task when AWS answers again") as caught:
        scripted(error("Throttling")).execute(context)
    assert isinstance(caught.value.__cause__, ClientError)
    assert "step_clock" in context["task_state_store"]


@pytest.mark.parametrize("kind", [pymysql.err.OperationalError, psycopg2.InterfaceError])
def test_a_lost_database_is_left_to_the_tasks_retries(kind):
    """It should say what to do where no retry comes, and keep what the next try goes on with."""
    context = new_context()
    lost = r"^step: \w+: .*gone away.*See that the database is up and can be reached, then clear the task"
    with pytest.raises(Away, match=lost):
        scripted(kind("the server\nhas gone away")).execute(context)
    assert "step_clock" in context["task_state_store"]


def test_patience_is_renewed_by_success():
    """It should count errors in a row only."""
    context = new_context()
    for script in ([error("Throttling")], [Pause(1.0, "x")]) * (PATIENCE + 1):
        deferral(scripted(*script), context)


def test_errors_that_a_person_must_mend_get_a_remedy(told):
    """It should fail with what AWS said, what to do, and the original error as its cause."""
    context = new_context()
    with pytest.raises(
        StepFailed, match=r"^step: .*\(AccessDenied\).*Let the connection's role do this"
    ) as caught:
        scripted(error("AccessDenied")).execute(context)
    assert isinstance(caught.value.__cause__, ClientError)
    assert context["task_state_store"] == {}
    assert told[-1][:2] == ("failed", str(caught.value))


def test_other_errors_are_raised_as_they_are(told):
    """It should leave them to the task's retries and keep the deadline for the next try."""
    context = new_context()
    with pytest.raises(ZeroDivisionError, match="bug"):
        scripted(ZeroDivisionError("bug")).execute(context)
    assert "step_clock" in context["task_state_store"]
    assert told[-1][:2] == ("failed", "bug")


def test_a_skip_is_recorded_as_a_skip(told):
    """It should not look like a failure in the ledger."""
    context = new_context()
    with pytest.raises(AirflowSkipException, match="nothing to adopt"):
        scripted(AirflowSkipException("nothing to adopt")).execute(context)
    assert told[-1][:2] == ("skipped", "nothing to adopt")
    assert context["task_state_store"] == {}


def test_a_broken_ledger_does_not_fail_the_step(monkeypatch):
    """It should go on whatever a recorder raises."""

    def broken(*_):
        raise ConnectionError("no ledger")

    monkeypatch.setattr(recorders, "step_recorders", [broken])
    assert scripted(None).execute(new_context()) == RESULT


def test_a_dry_run_plans_and_never_waits(sandbox, orders, told):
    """It should act once with a client that sends nothing, and hand on the calls."""

    def stop(operator):
        operator.client().stop_db_cluster(DBClusterIdentifier="orders")
        return Wait("db_cluster", "orders", STOPPED)

    context = new_context(dry_run=True)
    result = scripted(stop).execute(context)
    assert result == {
        "planned_calls": [
            {
                "service": "rds",
                "region": "us-west-2",
                "operation": "StopDBCluster",
                "parameters": {"DBClusterIdentifier": "orders"},
            }
        ]
    }
    assert sandbox.calls("rds:StopDBCluster") == []
    assert context["task_state_store"] == {}
    assert told[-1][:2] == ("planned", "1 calls")


@pytest.mark.parametrize(("dry_run", "news"), [(True, []), (False, [Asset("loaded")])])
def test_a_dry_run_updates_no_asset(dry_run, news):
    """It should leave Airflow nothing to tell of, which would start the DAGs that wait for it."""
    step = scripted(None, outlets=[Asset("loaded")])
    step.execute(new_context(dry_run=dry_run))
    assert step.outlets == news


def test_a_client_of_another_account_is_refused():
    """It should stop the step before its first call."""

    def use_client(operator):
        return operator.client()

    with pytest.raises(NotAllowed, match="it leads to account 111111111111"):
        scripted(use_client, account_id="222222222222").execute(new_context())


def test_steps_push_each_key_of_their_result():
    """It should let later steps take one value, e.g. output["cluster_id"]."""
    assert scripted(None).multiple_outputs is True


def test_steps_have_the_aws_retry_policy_unless_told_otherwise():
    """It should honour a policy of the task or of the DAG's default_args."""
    other = AwsRetryPolicy()
    assert isinstance(scripted(None).retry_policy, AwsRetryPolicy)
    with DAG("d", schedule=None, default_args={"retry_policy": other, "poll_interval": 7.0}):
        operator = Scripted(script=[None], task_id="a", timeout=timedelta(hours=1), **SOURCE)
    assert operator.retry_policy is other
    assert operator.poll_interval == 7.0


def test_killing_a_step_cancels_nothing():
    """It should leave the work in AWS to the next try."""
    assert AwsOperator.on_kill is BaseOperator.on_kill


class Snapshot(SubmitOperator):
    """Takes a snapshot of the cluster orders, or finds the one an earlier try took."""

    def submit(self, context):
        rds = self.client()
        found = rds.describe_db_cluster_snapshots(
            Filters=[{"Name": "db-cluster-snapshot-id", "Values": ["rp"]}]
        )
        if not found["DBClusterSnapshots"]:
            rds.create_db_cluster_snapshot(DBClusterIdentifier="orders", DBClusterSnapshotIdentifier="rp")
        return "rp"

    def wait(self, identifier):
        return Wait(
            "db_cluster_snapshot", identifier, Goal(ready=("available",), failed=("failed",), polls=2)
        )

    def describe(self, identifier):
        return {"snapshot_id": identifier}


def run_to_the_end(new_operator, context, tries=30):
    """Run a step through deaths and deferrals, each time with a new operator, as in a new process."""
    event = None
    for _ in range(tries):
        operator = new_operator()
        try:
            if event is None:
                return operator.execute(context)
            return operator.resume(context, event)
        except TaskDeferred as deferred:
            event = event_of(deferred)
        except Killed:
            event = None
    raise AssertionError("the step did not end")


def snapshot():
    return Snapshot(task_id="s", timeout=timedelta(minutes=5), poll_interval=0.05, **SOURCE)


def test_work_is_submitted_once_and_waited_for(sandbox, orders):
    """It should submit, wait, and hand on what AWS says of the result."""
    assert run_to_the_end(snapshot, new_context()) == {"snapshot_id": "rp"}
    assert len(sandbox.calls("rds:CreateDBClusterSnapshot")) == 1


@pytest.mark.parametrize("lives", range(1, 7))
def test_a_step_killed_at_any_write_ends_as_if_it_had_not_been(sandbox, orders, lives):
    """It should adopt what the killed try did, and submit nothing twice."""
    store = Store()
    store.lives = lives
    context = new_context(store)
    assert run_to_the_end(snapshot, context) == {"snapshot_id": "rp"}
    assert len(sandbox.calls("rds:CreateDBClusterSnapshot")) == 1
    assert store == {}
    assert store.lives < 0, "the step ended before it could be killed"
