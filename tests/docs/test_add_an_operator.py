"""The operator that docs/how-to/add-an-operator.md shows."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from airflow.sdk import DAG, Param

from tests.support.aws_connections import SOURCE
from tests.support.dag_runner import DagRunner, TaskFailed

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-an-operator.md"

pytestmark = pytest.mark.usefixtures("aws_connections")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The first Python block of the page, saved and imported as the page says."""
    path = tmp_path_factory.mktemp("example") / "stop_cluster.py"
    path.write_text(re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1])
    spec = spec_from_file_location("stop_cluster", path)
    module = sys.modules["stop_cluster"] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rds(sandbox):
    sandbox.durations({"cluster.stop": 0.5})
    client = sandbox.client("rds", "source")
    client.create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
    )
    client.create_db_instance(
        DBInstanceIdentifier="orders-1",
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        DBInstanceClass="db.r6g.large",
    )
    return client


@pytest.fixture
def run(example, tmp_path):
    def run(number=1, **params):
        with DAG("example", params={"cluster_id": Param("orders"), "dry_run": Param(False)}) as dag:
            example.StopClusterOperator(
                task_id="stop_cluster",
                cluster_id="{{ params.cluster_id }}",
                timeout=timedelta(seconds=30),
                poll_interval=0.1,
                **SOURCE,
            )
        folder = tmp_path / str(number)
        folder.mkdir()
        runner = DagRunner(dag, folder, params=params)
        runner.run()
        return runner.results["stop_cluster"]

    return run


def test_stops_the_cluster(run, rds):
    """It should wait until the cluster is stopped, and hand on what AWS shows."""
    assert run() == {"cluster_id": "orders", "status": "stopped"}
    assert rds.describe_db_clusters()["DBClusters"][0]["Status"] == "stopped"


def test_stops_once(run, rds, sandbox):
    """It should find the cluster stopped when it runs again."""
    run(1)
    run(2)
    assert len(sandbox.calls("rds:StopDBCluster")) == 1


def test_plans_in_a_dry_run(run, rds, sandbox):
    """It should write the call down instead of sending it."""
    (planned,) = run(dry_run=True)["planned_calls"]
    assert planned["operation"] == "StopDBCluster"
    assert planned["parameters"] == {"DBClusterIdentifier": "orders"}
    assert sandbox.calls("rds:StopDBCluster") == []


def test_says_what_is_missing(run, rds):
    """It should name a cluster that is not there, and what to do about it."""
    with pytest.raises(TaskFailed, match=r"cluster elsewhere: AWS does not show it\. Look in the events"):
        run(cluster_id="elsewhere")
