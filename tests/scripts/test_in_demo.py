"""Commands in the environment of a stack that was left up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.stack import HOME_VARIABLE, default_home
from scripts import in_demo


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))

    def run(*command):
        return subprocess.run(
            [sys.executable, "-m", "scripts.in_demo", *command],
            cwd=in_demo.REPOSITORY,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def left_up(tmp_path):
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AIRFLOW_HOME": "here", "PATH": "/usr/bin:/bin"}
    state = {"environment": environment, "ledger_dsn": "dbname=ledger"}
    (tmp_path / "stack.json").write_text(json.dumps(state))


def test_command_finds_stack_sandbox_and_ledger(run, left_up):
    """It should give the command Airflow's settings, the sandbox's address and the ledger."""
    done = run("sh", "-c", 'echo "$AIRFLOW_HOME $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $LEDGER"')
    assert done.stdout == "here http://127.0.0.1:9 sandbox dbname=ledger\n"


def test_programs_of_this_environment_come_first(run, left_up):
    """It should find the `airflow` that belongs to the repository."""
    assert run("sh", "-c", "command -v airflow").stdout.strip() == f"{Path(sys.executable).parent}/airflow"


def test_exit_code_is_the_commands(run, left_up):
    """It should end as the command ends."""
    assert run("sh", "-c", "exit 7").returncode == 7


def test_says_that_nothing_is_up(run, tmp_path):
    """It should say how to start a stack where none is up."""
    done = run("true")
    assert done.returncode == 1
    assert done.stderr == f"nothing is up in {tmp_path}: start it with KEEP=1 make demo\n"


def test_says_that_a_command_is_unknown(run, left_up):
    """It should name a command that does not exist."""
    done = run("no-such-command")
    assert (done.returncode, done.stderr) == (1, "there is no command no-such-command\n")


def test_looks_where_the_demo_keeps_its_state(monkeypatch):
    """It should agree with the demo about the folder."""
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    assert in_demo.HOME_VARIABLE == HOME_VARIABLE
    assert default_home() == in_demo.REPOSITORY / ".airflow"
