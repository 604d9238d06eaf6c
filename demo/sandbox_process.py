"""The sandbox as a process of its own, steered through its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo import processes
from demo.airflow_settings import FOREIGN, REPOSITORY
from demo.processes import DemoError, Session
from sandbox import process, settings, state
from sandbox.client import Sandbox

START_SECONDS = 120
STOP_SECONDS = 60


class SandboxProcess:
    """One sandbox with all its state in a folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def endpoint_url(self) -> str:
        """Where AWS clients reach it."""
        return str(self._facts["endpoint_url"])

    @property
    def ca_bundle(self) -> str:
        """Path of the certificate authority that signs its databases' certificates."""
        return str(self._facts["ca_bundle"])

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point AWS tools and the pipelines' database clients at it and at nothing else."""
        return {
            **settings.environment(self.endpoint_url, self.ca_bundle),
            settings.HOME_VARIABLE: str(self.home),
        }

    @property
    def present(self) -> bool:
        """Whether it is up, coming up, or was and has not been stopped."""
        return self.home.exists() and (state.read(self.home) is not None or self._in_use)

    def client(self) -> Sandbox:
        """Its control API, and AWS clients by account and Region."""
        return Sandbox(self.endpoint_url)

    @contextmanager
    def starting(self, log: Path, began: Callable[[Session], None] = lambda _: None) -> Iterator[None]:
        """Start it while the caller does other things; it is up when the block ends.

        Args:
            log: where the command's output goes.
            began: told of the command that starts it.

        Raises:
            DemoError: it did not start; the message is the sandbox's own.
        """
        self.home.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        command = processes.start(
            "sandbox",
            self._command("up"),
            log=log,
            environment=self._environment,
            folder=REPOSITORY,
            began=began,
        )
        yield
        processes.wait_until(lambda: not command.leads(), "the sandbox", seconds=START_SECONDS)
        if process.running(self.home) is None:
            raise DemoError(f"the sandbox did not start: {log.read_text().strip()}")

    def stop(self) -> None:
        """Stop it with all its database servers; harmless when it is not up.

        Raises:
            DemoError: it does not stop; the message is the sandbox's own.
        """
        if not self.home.exists():
            return
        deadline = time.monotonic() + STOP_SECONDS
        while self.present:
            done = subprocess.run(
                self._command("down"),
                env=self._environment,
                cwd=REPOSITORY,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode or time.monotonic() > deadline:
                raise DemoError(f"the sandbox did not stop: {(done.stderr or done.stdout).strip()}")

    @property
    def _in_use(self) -> bool:
        """Whether a process holds the folder: from the moment it is launched, long before it says where it is."""
        lock = state.take_lock(self.home)
        if lock is None:
            return True
        os.close(lock)
        return False

    @property
    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.home / state.FILE).read_text())
        return facts

    @property
    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**inherited, settings.HOME_VARIABLE: str(self.home)}

    @staticmethod
    def _command(name: str) -> list[str]:
        return [sys.executable, "-m", "sandbox", name]
