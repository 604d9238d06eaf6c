"""The stack of docker-compose.yaml, with Celery: all pipelines run through the death of a worker and the triggerer."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from demo import account
from demo.aurora_recovery import POINT, SOURCE
from demo.customers import Register
from demo.retail import Shop, Warehouse
from demo.sensitive_data_discovery import DISCOVERY
from demo.synonym_refresh import BOOTSTRAP
from sandbox.seed.worlds.customers_truth import TRUTH
from tests.support.celery_stack import SERVICES, WORKERS, CeleryStack

WORLDS = ("orders", "products", "customers", "retail")
LOAD = "federated_load__retail"
DAGS = (POINT, BOOTSTRAP, DISCOVERY, LOAD)
PARSED_SECONDS, RUN_SECONDS, KILL_SECONDS = 120, 400, 120


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """The stack with the worlds of all pipelines, and a load that is cut down to one table."""
    stack = CeleryStack(tmp_path_factory.mktemp("celery"))
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


def test_all_pipelines_outlive_a_worker_and_the_triggerer(stack, api):
    """It should finish a run of each pipeline though one of two workers dies for good and the triggerer once."""
    runs = {dag_id: api.trigger(dag_id) for dag_id in DAGS}
    killed = kill_worker(stack, api, runs)
    kill_triggerer(stack, api, runs)
    for dag_id, run_id in runs.items():
        account.require_success(api, dag_id, run_id, seconds=RUN_SECONDS)

    dag_id, task_id, map_index = killed
    [task] = [one for one in api.tasks(dag_id, runs[dag_id]) if same(one, task_id, map_index)]
    assert (task["state"], task["try_number"] > 1) == ("success", True)
    rds = stack.sandbox.client().client("rds", *SOURCE)
    assert len(rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]) == 1
    assert Register(stack.sandbox).now() == TRUTH
    assert Warehouse(stack.sandbox, "mysql").run("SELECT count(*) FROM retail.date_dim") == Shop(
        stack.sandbox, "mysql"
    ).run("SELECT count(*) FROM date_dim")


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


def send(members, number):
    for pid in members:
        os.kill(pid, number)
