"""Who is told of the steps, in a process that runs nothing but one DAG's task."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from demo.airflow_settings import REPOSITORY

LOOK = """
import json, runpy, sys
runpy.run_path(sys.argv[1])
from switchyard.operators.recorders import step_recorders
print(json.dumps([one.__name__ for one in step_recorders]))
"""


@pytest.mark.parametrize("dag", ["warehouse_health"])
def test_a_dag_alone_has_its_steps_recorded(dag):
    """It should tell ledger and metrics of the steps of a DAG whose process loads no other pipeline's operators."""
    made = subprocess.run(
        [sys.executable, "-c", LOOK, str(REPOSITORY / "dags" / f"{dag}.py")],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(made.stdout.splitlines()[-1]) == ["record_step", "send_step"]
