"""The stack of docker-compose.yaml, with Celery: all pipelines run through deaths of its parts and a loss of AWS."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from demo import account, processes
from demo.aurora_recovery import POINT, SOURCE
from demo.customers import Register
from demo.retail import Shop, Warehouse
from demo.sensitive_data_discovery import DISCOVERY
from demo.synonym_refresh import BOOTSTRAP
from sandbox.seed.worlds.customers_truth import TRUTH
from tests.support import figures
from tests.support.celery_stack import SERVICES, WORKERS, CeleryStack
from tests.support.collectors import Otlp, collecting
from tests.support.differences import differences
from tests.support.kill_sample import some
from tests.support.page_commands import variables

WORLDS = ("orders", "products", "customers", "retail")
LOAD = "federated_load__retail"
DAGS = (POINT, BOOTSTRAP, DISCOVERY, LOAD)
PARSED_SECONDS, RUN_SECONDS, KILL_SECONDS = 120, 400, 120
REFUSED = 8
TAKEN = "] received"
"""What a worker logs of each task that it takes from the queue."""
STUCK = "Task stuck in queued; will try to requeue"
"""What the scheduler logs of each task that it sends out again."""


@pytest.fixture(scope="module")
def metrics():
    """An OpenTelemetry collector."""
    with collecting(Otlp) as collector:
        yield collector


@pytest.fixture(scope="module")
def stack(tmp_path_factory, metrics):
    """The stack with the worlds of all pipelines, and a load that is cut down to one table; measured by the page."""
    measured = variables("observe", "AIRFLOW__METRICS__OTEL_ON", OTEL_EXPORTER_OTLP_ENDPOINT=metrics.url)
    stack = CeleryStack(tmp_path_factory.mktemp("celery"), extra=measured)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with stack.up():
        for world in WORLDS:
            stack.sandbox.client().seed(world)
        cut_down(stack.home / "pipelines" / "federated_load" / "retail.yaml")
        yield stack


def cut_down(file):
    """Leave one table of a load, and nothing that is done with it afterwards."""
    content = yaml.safe_load(file.read_text())
    content["tables"] = [one for one in content["tables"] if one["name"] == "date_dim"]
    content.pop("lake")
    content.pop("alert")
    file.write_text(yaml.safe_dump(content))


@pytest.fixture(scope="module")
def api(stack):
    """Airflow's REST API; the DAGs are parsed and unpaused."""
    api = stack.api()
    for dag_id in DAGS:
        account.wait_for_dag(api, dag_id, seconds=PARSED_SECONDS)
        api.unpause(dag_id)
    return api


def test_health_checks_tell_the_living_from_the_dead(stack, api):
    """It should call every service healthy whose check the file has, and a worker unhealthy that is not there."""
    names = (*SERVICES, *WORKERS)
    with ThreadPoolExecutor(2) as pool:
        checks = dict(zip(names, pool.map(stack.check, names), strict=True))
    assert {name: check.stdout + check.stderr for name, check in checks.items() if check.returncode} == {}
    command = stack.compose.command(WORKERS[0], health=True)
    assert command[-1] == "worker-1@switchyard"


def test_all_pipelines_outlive_the_parts_of_the_stack(stack, api):
    """It should finish a run of each pipeline though one of two workers dies for good and other parts once.

    Those are the triggerer, and with SWITCHYARD_KILL_POINTS=all the scheduler and every connection to AWS.
    """
    runs = {dag_id: api.trigger(dag_id) for dag_id in DAGS}
    killed = kill_worker(stack, api, runs)
    broken = {"one of two workers": "SIGKILL"} | {
        part: break_it(stack, api, runs) for part, break_it in some(PARTS[:1], of=PARTS)
    }
    for dag_id, run_id in runs.items():
        account.require_success(api, dag_id, run_id, seconds=RUN_SECONDS)

    dag_id, task_id, map_index = killed
    [task] = [one for one in api.tasks(dag_id, runs[dag_id]) if same(one, task_id, map_index)]
    assert (task["state"], task["try_number"] > 1) == ("success", True)
    lost = differences(left(stack), LEFT | {"rows": shop_rows(stack)})
    for part, how in broken.items():
        row = {"broken": part, "how": how, "pipelines": len(runs)}
        figures.record("stack", **row, same_end=not lost, lost=len(lost))
    assert lost == []


@pytest.mark.parametrize("name", some([], of=WORKERS[:1]))
def test_what_a_dead_worker_had_not_begun_is_sent_out_again(stack, api, name):
    """It should finish a run of each pipeline though a worker dies with tasks in hand that it has not begun."""
    send(stack.session(name).members(), signal.SIGKILL)
    stack.start_service(name)
    processes.wait_until(
        lambda: stack.check(name).returncode == 0, "the worker is there", seconds=KILL_SECONDS
    )
    log, scheduler = (stack.home / "log" / f"{one}.log" for one in (name, "airflow-scheduler"))
    there, taken, stuck = (
        len(snapshots(stack)),
        log.read_text().count(TAKEN),
        scheduler.read_text().count(STUCK),
    )
    runs = {dag_id: api.trigger(dag_id) for dag_id in DAGS}
    processes.wait_until(
        lambda: log.read_text().count(TAKEN) > taken,
        "the worker takes a task",
        seconds=KILL_SECONDS,
        poll_seconds=0.005,
    )
    worker = stack.session(name)
    send(worker.members(), signal.SIGSTOP)
    send(worker.members(), signal.SIGKILL)
    for dag_id, run_id in runs.items():
        account.require_success(api, dag_id, run_id, seconds=RUN_SECONDS)
    assert scheduler.read_text().count(STUCK) > stuck
    lost = differences(left(stack), LEFT | {"rows": shop_rows(stack), "snapshots": there + 1})
    row = {"broken": "a worker with tasks that it has not begun", "how": "SIGKILL", "pipelines": len(runs)}
    figures.record("stack", **row, same_end=not lost, lost=len(lost))
    assert lost == []


def left(stack):
    """What the runs have left: snapshots, what is known of the customers, and rows in the warehouse."""
    rows = Warehouse(stack.sandbox, "mysql").run("SELECT count(*) FROM retail.date_dim")
    return {
        "snapshots": len(snapshots(stack)),
        "register": sorted(Register(stack.sandbox).now()),
        "rows": rows,
    }


def snapshots(stack):
    """Those that recovery points have made."""
    rds = stack.sandbox.client().client("rds", *SOURCE)
    return rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]


def shop_rows(stack):
    """Rows of the table in the shop's own database."""
    return Shop(stack.sandbox, "mysql").run("SELECT count(*) FROM date_dim")


@pytest.mark.usefixtures("stack")
def test_all_pipelines_are_measured(metrics):
    """It should have sent the good end of each pipeline's steps, from the processes of the workers."""
    ends = [one for one in metrics.samples if one.name == "airflow.switchyard.step.finished"]
    assert {one.tags["dag_id"] for one in ends if one.tags["outcome"] == "success"} == {*DAGS}
    assert {one.name for one in metrics.samples} >= {
        "airflow.switchyard.recovery.protected_rows",
        "airflow.switchyard.discovery.exposures_new",
        "airflow.switchyard.load.rows_inserted",
    }


def same(task, task_id, map_index):
    return (task["task_id"], task["map_index"]) == (task_id, map_index)


def tasks(api, runs, state):
    """Task instances of the runs that are in a state now, with their DAGs."""
    found = [(dag_id, task) for dag_id, run_id in runs.items() for task in api.tasks(dag_id, run_id)]
    return [(dag_id, task) for dag_id, task in found if task["state"] == state]


def kill_worker(stack, api, runs):
    """Kill a worker with all its processes while one of its tasks runs; that task."""
    worker = stack.session(WORKERS[0])
    deadline = time.monotonic() + KILL_SECONDS
    while time.monotonic() < deadline:
        members = worker.members()
        if any(task["pid"] in members for _, task in tasks(api, runs, "running")):
            send(members, signal.SIGSTOP)
            # Stopped, it can tell nobody of an end: what is running now is killed while it runs.
            for dag_id, task in tasks(api, runs, "running"):
                if task["pid"] in members:
                    send(worker.members(), signal.SIGKILL)
                    return dag_id, task["task_id"], task["map_index"]
            send(members, signal.SIGCONT)
        time.sleep(0.05)
    raise AssertionError(f"the worker had no task within {KILL_SECONDS} s")


def kill_triggerer(stack, api, runs):
    """Kill the triggerer while a task is deferred to it; start the next, as the container engine would."""
    deadline = time.monotonic() + KILL_SECONDS
    while not tasks(api, runs, "deferred"):
        assert time.monotonic() < deadline, "nothing was deferred"
        time.sleep(0.2)
    send(stack.session("airflow-triggerer").members(), signal.SIGKILL)
    stack.start_service("airflow-triggerer")
    return "SIGKILL"


def kill_scheduler(stack, api, runs):
    """Kill the scheduler while a run is under way; start the next."""
    assert under_way(api, runs), "all runs were over before the scheduler's turn"
    send(stack.session("airflow-scheduler").members(), signal.SIGKILL)
    stack.start_service("airflow-scheduler")
    return "SIGKILL"


def lose_aws(stack, api, runs):
    """Break every connection to AWS until so many new ones were refused."""
    deadline = time.monotonic() + KILL_SECONDS
    stack.to_sandbox.break_off()
    try:
        while stack.to_sandbox.refused < REFUSED:
            assert under_way(api, runs), "all runs were over before anybody missed AWS"
            assert time.monotonic() < deadline, "nobody asked AWS for anything"
            time.sleep(0.05)
    finally:
        stack.to_sandbox.mend()
    return f"cut, and {stack.to_sandbox.refused} new ones refused"


def under_way(api, runs):
    """Runs that have not ended."""
    return [
        dag_id for dag_id, run_id in runs.items() if api.run(dag_id, run_id)["state"] in ("queued", "running")
    ]


def send(members, number):
    for pid in members:
        os.kill(pid, number)


PARTS = (
    ("triggerer", kill_triggerer),
    ("scheduler", kill_scheduler),
    ("connections to AWS", lose_aws),
)
LEFT = {"snapshots": 1, "register": sorted(TRUTH)}
