import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from sandbox import cli, process, settings, state
from sandbox.errors import SandboxError

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder for a sandbox of the test's own, which is stopped in the end."""
    folder = tmp_path / "home"
    monkeypatch.setenv(settings.HOME_VARIABLE, str(folder))
    yield folder
    process.stop(folder)


def run(*arguments):
    """Run a command in this process; its exit code."""
    return cli.main(arguments)


def ended_pid():
    """The pid of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_life_of_a_sandbox(home, capsys):
    """It should come up, say how to use it, refuse a second one, answer status, be reset and go down.

    Before it there was one that was killed, so that its file is still there.
    """
    home.mkdir()
    state.write(home, state.State("http://127.0.0.1:1", ended_pid(), "ca.pem", {}, 0.0, {}))
    port = free_port()
    assert run("up", "--port", str(port)) == 0
    printed = capsys.readouterr().out
    found = state.read(home)
    assert "An earlier sandbox" in printed
    assert found.endpoint_url == f"http://127.0.0.1:{port}"
    assert f"The sandbox is up at {found.endpoint_url} (pid {found.pid})" in printed
    assert f"export AWS_ENDPOINT_URL={found.endpoint_url}" in printed
    assert f"export SWITCHYARD_DB_CA_BUNDLE={home}/data/ca.pem" in printed
    assert found.accounts == {"source": "111111111111", "target": "222222222222"}
    assert Path(found.ca_bundle).read_text().startswith("-----BEGIN CERTIFICATE-----")

    sqs = boto3.client(
        "sqs",
        "us-west-1",
        endpoint_url=found.endpoint_url,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )
    sqs.create_queue(QueueName="q")

    assert run("up") == 1
    assert f"a sandbox is running at {found.endpoint_url} (pid {found.pid})" in capsys.readouterr().err
    assert run("status") == 0
    assert "1 calls since the last reset, 0 faults ordered, 0 internal errors" in capsys.readouterr().out
    assert run("status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["calls"] == {"sqs:CreateQueue": 1}
    assert run("seed", "nowhere") == 1
    assert "there is no world 'nowhere': choose one of clinic-mysql, " in capsys.readouterr().err
    assert run("reset") == 0
    assert "QueueUrls" not in sqs.list_queues()

    assert run("down") == 0
    assert f"(pid {found.pid}) is down" in capsys.readouterr().out
    assert state.read(home) is None
    assert not state.is_ours(found.pid, home)


def test_nothing_is_running(home, capsys):
    """It should say so, as an error only where a sandbox is needed."""
    assert run("status") == 1
    assert f"no sandbox is running in {home}: start it with `python -m sandbox up`" in capsys.readouterr().err
    assert run("reset") == 1
    assert run("down") == 0
    assert f"No sandbox is running in {home}" in capsys.readouterr().out


def test_stale_file_does_not_cost_a_stranger_his_life(home, capsys):
    """It should leave a process alone that has the pid of an earlier sandbox."""
    home.mkdir()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        state.write(home, state.State("http://127.0.0.1:1", stranger.pid, "ca.pem", {}, 0.0, {}))
        assert run("down") == 0
        assert f"process {stranger.pid}, if there is one, is not a sandbox" in capsys.readouterr().out
        assert stranger.poll() is None
        assert state.read(home) is None
    finally:
        stranger.kill()
        stranger.wait()


def test_unreadable_file_is_no_sandbox(home):
    """It should take half a file for none."""
    home.mkdir()
    (home / state.FILE).write_text('{"endpoint_url": "http://127')
    assert process.running(home) is None


def test_taken_port(home, capsys):
    """It should name the port and the way out, and leave nothing behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run("up", "--port", str(port)) == 1
    message = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in message
    assert "Traceback" not in message
    assert process.running(home) is None


def test_sandbox_that_is_coming_up_is_not_started_twice(home):
    """It should see the lock of another start before the file is written."""
    lock = state.take_lock(home)
    with pytest.raises(SandboxError, match=r"is running in .*, and is coming up"):
        process.start(home, 0)
    os.close(lock)


def test_crash_at_the_start_shows_the_log(home, monkeypatch):
    """It should show the end of the log where the process ends without a word."""
    monkeypatch.setattr(state, "MODULE", "sandbox.no_such_module")
    with pytest.raises(SandboxError, match=r"(?s)did not start; the end of .*No module named"):
        process.start(home, 0)


def test_module_is_a_command():
    """It should print its commands."""
    shown = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("up", "down", "status", "seed", "reset", "fidelity"):
        assert f"    {command} " in shown.stdout
