import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engines import MissingProgram, end_leftovers, locate

ROOT = Path(__file__).parents[3]

# Starts both servers, says their pids, and waits to be killed.
SANDBOX = """
import sys, threading
from pathlib import Path
from sandbox.endpoints import CertificateAuthority
from sandbox.engines import Engines

home = Path(sys.argv[1])
engines = Engines(home, CertificateAuthority(home))

def start():
    for engine in ("mysql", "postgres"):
        engines.create(engine, engine, username="admin", password="secret", database="shop")
        engines.start(engine, certificate_names=["127.0.0.1"])
        print((home / "engines" / "servers" / engine / "pid").read_text(), flush=True)

# The servers must outlive the thread that asked for them.
thread = threading.Thread(target=start)
thread.start()
thread.join()
print("ready", flush=True)
sys.stdin.read()
"""


def spawn(home: Path, prefix: tuple[str, ...] = ()) -> tuple[subprocess.Popen, list[int]]:
    process = subprocess.Popen(
        [*prefix, sys.executable, "-c", SANDBOX, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    *pids, ready = (process.stdout.readline().strip() for _ in range(3))
    assert ready == "ready"
    return process, [int(pid) for pid in pids]


def gone(pid: int, patience: float = 60) -> bool:
    deadline = time.monotonic() + patience
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a folder with a path so short that killed servers leave nothing elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_servers_die_with_a_killed_sandbox(home):
    """It should leave no server, and none of a server's own processes, when the sandbox is killed."""
    sandbox, servers = spawn(home)
    family = servers + [child for server in servers for child in children(server)]
    time.sleep(0.2)
    assert all(Path(f"/proc/{pid}").exists() for pid in servers)
    sandbox.kill()
    sandbox.communicate()
    assert len(family) > len(servers)
    assert all(gone(pid) for pid in family)


def test_servers_of_another_user_run(home):
    """It should work for a user who is not root."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in (ROOT, *ROOT.parents)):
        pytest.skip(f"somebody else cannot enter {ROOT}")
    shutil.chown(home, "nobody")
    account = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--")
    sandbox, servers = spawn(home, account)
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in servers} == {home.stat().st_uid}
    sandbox.kill()
    sandbox.communicate()
    assert all(gone(pid) for pid in servers)


def test_leftover_servers_are_ended_by_their_pid_files(home):
    """It should end the servers that a folder's pid files name, from another process than their sandbox."""
    sandbox, servers = spawn(home)
    assert sorted(end_leftovers(home / "engines" / "servers")) == sorted(servers)
    assert sandbox.poll() is None
    # What its sandbox has not reaped yet is a process without a command line.
    assert not any(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in servers)
    sandbox.kill()
    sandbox.communicate()


def test_pid_of_another_process_is_left_alone(tmp_path):
    """It should not end a process that got the pid of a server long gone."""
    bystander = subprocess.Popen(["sleep", "60"])
    (tmp_path / "key" / "data").mkdir(parents=True)
    (tmp_path / "key" / "pid").write_text(str(bystander.pid))
    assert end_leftovers(tmp_path) == []
    assert bystander.poll() is None
    assert not (tmp_path / "key" / "pid").exists()
    bystander.kill()
    bystander.wait()


def leader_of(data_plane, key):
    """The process that a server was started as."""
    return int((data_plane.authority.ca_bundle.parent / "engines" / "servers" / key / "pid").read_text())


def crash(engines, key, leader):
    """Kill a server's first process, and wait until the sandbox knows."""
    os.kill(leader, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while engines.backend(key) and time.monotonic() < deadline:
        time.sleep(0.01)


def test_crashed_server_starts_again(engines, new_server, data_plane, run):
    """It should report no backend after a crash, and recover its data at the next start."""
    key = new_server()
    run(engines.backend(key), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (4)")
    crash(engines, key, leader_of(data_plane, key))
    assert engines.backend(key) is None
    assert run(engines.start(key, certificate_names=["x"]), "SELECT a FROM t") == [(4,)]


def test_server_starts_while_processes_of_a_killed_one_are_still_ending(engines, new_server, data_plane, run):
    """It should wait for them, as they hold what the new one needs."""
    key = new_server()
    run(engines.backend(key), "CREATE TABLE t (a INT)", "INSERT INTO t VALUES (4)")
    leader = leader_of(data_plane, key)
    children = [int(pid) for pid in Path(f"/proc/{leader}/task/{leader}/children").read_text().split()]
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    crash(engines, key, leader)
    go_on = threading.Timer(1, lambda: [os.kill(pid, signal.SIGCONT) for pid in children])
    go_on.start()
    assert run(engines.start(key, certificate_names=["x"]), "SELECT a FROM t") == [(4,)]
    go_on.join()


def test_missing_program_names_its_package(monkeypatch):
    """It should say what to install."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(locate, "_DEBIAN_FOLDERS", "")
    with pytest.raises(
        MissingProgram, match=r"mariadb-backup is not installed.*apt-get install mariadb-backup"
    ):
        locate.locate("mariadb-backup")
