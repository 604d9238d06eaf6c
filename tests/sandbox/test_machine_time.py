"""The time of day of processes that a sandbox starts, moved on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sandbox import machine_time

DAY = 86_400
UNTIL = """
import ctypes, sys, time

libc, [_, call] = ctypes.CDLL(None, use_errno=True), sys.argv
nobody, lock = ctypes.create_string_buffer(64), ctypes.create_string_buffer(64)
until = (ctypes.c_long * 2)(int(time.time()) + 1, 0)
began = time.monotonic()
libc.pthread_mutex_lock(lock)
arguments = {"sem_timedwait": (nobody,), "pthread_mutex_timedlock": (lock,), "pthread_cond_timedwait": (nobody, lock)}
assert getattr(libc, call)(*arguments[call], until) != 0
print(time.monotonic() - began)
"""
"""Waits until the next second for what never comes; tells how long that took."""
WAITS = """
import sys, time

for line in sys.stdin:
    began = time.monotonic()
    time.sleep(0.05)
    print(time.time() - float(line), time.monotonic() - began, flush=True)
"""
"""For each time of day that it reads, how far ahead it is, and how long a short sleep took."""


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """Variables of a process whose time can be moved."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield {**os.environ, **machine_time.environment(Path(folder))}


def test_time_moves_on_in_running_processes(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It should show a running process the moved time of day, and leave alone how long things take."""
    monkeypatch.setenv(machine_time.VARIABLE, environment[machine_time.VARIABLE])
    with subprocess.Popen(
        [sys.executable, "-c", WAITS],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ahead() -> tuple[float, float]:
            process.stdin.write(f"{time.time()}\n")
            process.stdin.flush()
            shown, waited = process.stdout.readline().split()
            return float(shown), float(waited)

        assert ahead()[0] < DAY / 2
        machine_time.move(30 * DAY)
        machine_time.move(DAY)
        days, waited = ahead()
        process.stdin.close()
    assert days // DAY == 31
    assert waited < DAY


@pytest.mark.parametrize("call", ["sem_timedwait", "pthread_mutex_timedlock", "pthread_cond_timedwait"])
def test_waits_until_a_moved_time_of_day_end(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """It should hand the kernel the true moment for which a program waits."""
    monkeypatch.setenv(machine_time.VARIABLE, environment[machine_time.VARIABLE])
    machine_time.move(30 * DAY)
    command = [sys.executable, "-c", UNTIL, call]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=True)
    assert float(done.stdout) == pytest.approx(0.2, abs=5)


def test_it_is_off_unless_started_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It should hand nothing on, and move nothing, where this process's time cannot be moved."""
    monkeypatch.delenv(machine_time.VARIABLE, raising=False)
    before = time.time()
    machine_time.move(DAY)
    assert machine_time.inherited() == {}
    assert time.time() - before < DAY


def test_file_that_is_not_there(environment: dict[str, str]) -> None:
    """It should end a process that would run in the true time by mistake, and name the file."""
    wrong = {**environment, machine_time.VARIABLE: "/nowhere/seconds"}
    done = subprocess.run(["true"], env=wrong, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (127, "/nowhere/seconds: No such file or directory\n")


def test_missing_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It should name the packages."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(machine_time.CompilerFailed, match=r"^gcc is missing: install gcc and libc6-dev$"):
        machine_time.environment(tmp_path)
