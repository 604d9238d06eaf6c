"""Starting and ending sessions of processes, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from demo import processes
from demo.processes import DemoError

# A leader that ignores the polite signal, and a child of it that would outlive a leader killed alone.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready", flush=True)
time.sleep(60)
"""

POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("bye"), sys.exit()))
print("ready")
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path):
    """Start a Python program in a session of its own; what is left of it is killed after the test."""
    sessions = []

    def run(code, name="program"):
        log = tmp_path / f"{len(sessions)}.log"
        session = processes.start(
            name, [sys.executable, "-u", "-c", code], log=log, environment=os.environ, folder=tmp_path
        )
        sessions.append(session)
        return session, log

    yield run
    processes.end(sessions, grace_seconds=0)


def ready(log):
    processes.wait_until(lambda: "ready" in log.read_text(), "the program", seconds=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_waits_until_the_program_is_known(tmp_path, number):
    """It should tell of a program before an interruption that comes while it starts, and end what it waits for."""
    before = signal.signal(number, signal.default_int_handler)
    told = []

    def began(session):
        signal.raise_signal(number)
        told.append(session)

    command = [sys.executable, "-c", POLITE]
    how = {"log": tmp_path / "log", "environment": os.environ, "folder": tmp_path, "began": began}
    try:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            processes.start("server", command, **how)
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            processes.run("tool", command, **how, seconds=60)
    finally:
        signal.signal(number, before)
    server, tool = told
    assert (bool(server.members()), tool.members()) == (True, [])
    processes.end([server])


def test_end_asks_first(start):
    """It should let a program end in its own way where it does so in time."""
    session, log = start(POLITE)
    ready(log)
    processes.end([session])

    assert log.read_text().splitlines() == ["ready", "bye"]
    assert session.members() == []


def test_end_takes_what_the_leader_forked(start):
    """It should leave no child of a leader behind, even when the leader has to be killed."""
    session, log = start(STUBBORN)
    ready(log)
    assert len(session.members()) == 2
    processes.end([session], grace_seconds=0.2)

    assert session.members() == []


def test_end_finds_the_children_of_a_dead_leader(start):
    """It should end the orphans of a leader that was killed before."""
    session, log = start(STUBBORN)
    ready(log)
    os.kill(session.leader, signal.SIGKILL)
    os.waitpid(session.leader, 0)
    assert len(session.members()) == 1
    processes.end([session])

    assert session.members() == []


def test_recycled_process_id_is_left_alone():
    """It should not end a process that bears the id of one that it started, but began at another time."""
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        fields = Path(f"/proc/{bystander.pid}/stat").read_text().rsplit(")", 1)[1].split()
        mine = processes.Session("sleep", bystander.pid, int(fields[19]), processes.boot_id(), "")
        assert mine.members() == [bystander.pid]

        for other in (replace(mine, began=mine.began - 1), replace(mine, boot="an earlier one")):
            assert other.members() == []
            processes.end([other], grace_seconds=0)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_waiting_for_a_program_that_has_ended(start):
    """It should not wait for the deadline when the program is gone."""
    session, _ = start("print('no database')", name="scheduler")
    began = time.monotonic()
    with pytest.raises(DemoError, match=r"(?s)scheduler ended while waiting for Airflow.*no database"):
        processes.wait_until(lambda: False, "Airflow", seconds=30, alive=[session])
    assert time.monotonic() - began < 10


def test_waiting_has_an_end():
    """It should name what was not ready and how long it waited."""
    with pytest.raises(DemoError, match="Airflow was not ready after 0 s"):
        processes.wait_until(lambda: False, "Airflow", seconds=0.1)


def test_free_ports_differ():
    """It should not hand out a port twice."""
    assert len(set(processes.free_ports(20))) == 20
