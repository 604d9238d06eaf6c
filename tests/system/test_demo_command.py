"""`python -m demo`, interrupted and crashed in the middle of its start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo import processes
from demo.airflow_settings import REPOSITORY


@pytest.fixture
def demo(tmp_path):
    """Start the demo's command with its state in a folder of the test; what is left of it is ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}",
        "PYTHONUNBUFFERED": "1",
        "SWITCHYARD_STACK_HOME": str(tmp_path),
    }

    def start(command):
        return subprocess.Popen(
            [sys.executable, "-m", "demo", command],
            cwd=REPOSITORY, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    yield start
    start("down").communicate(timeout=60)
    assert left_of(tmp_path) == []


def left_of(home):
    """Command lines of the processes that work in a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in words and int(folder.name) != os.getpid():
            found.append(words[:200])
    return found


def wait_for_server(home):
    """Wait until the demo has started its first server, so that there is something to clean up."""
    processes.wait_until((home / "stack.json").exists, "the first server", seconds=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_interrupted_demo_leaves_nothing(demo, tmp_path, number):
    """It should end what it has started, and say so, when it is interrupted."""
    command = demo("run")
    wait_for_server(tmp_path)
    command.send_signal(number)
    output, _ = command.communicate(timeout=90)

    assert command.returncode == 130
    assert f"{number.name}: stopping everything" in output
    assert "Traceback" not in output
    assert left_of(tmp_path) == []
    assert not (tmp_path / "stack.json").exists()


def test_crashed_demo_is_cleaned_up_later(demo, tmp_path):
    """It should end what a killed demo left running, when it is told to or started again."""
    command = demo("run")
    wait_for_server(tmp_path)
    command.kill()
    command.wait()
    command.stdout.close()
    assert left_of(tmp_path), "a killed process cannot clean up"

    output, _ = demo("down").communicate(timeout=90)
    assert "Everything is stopped." in output
    assert left_of(tmp_path) == []


def test_two_demos_do_not_fight(demo, tmp_path):
    """It should refuse to use a folder that another demo uses, and name that one."""
    first = demo("run")
    wait_for_server(tmp_path)
    second, _ = demo("run").communicate(timeout=60)
    assert f"demo: process {first.pid} is using {tmp_path}" in second

    first.send_signal(signal.SIGINT)
    first.communicate(timeout=90)


def test_nothing_to_stop_is_said(demo):
    """It should say that nothing is up, in one line."""
    output, _ = demo("down").communicate(timeout=60)
    assert output.startswith("\ndemo: nothing is up in ")
    assert "Traceback" not in output
