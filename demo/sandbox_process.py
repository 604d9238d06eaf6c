"""The sandbox as a process of its own, steered through its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.airflow_settings import FOREIGN, REPOSITORY
from demo.processes import DemoError
from sandbox import settings
from sandbox.client import Sandbox


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
        """Whether it is up, or was and has not been stopped."""
        return (self.home / "sandbox.json").exists()

    def client(self) -> Sandbox:
        """Its control API, and AWS clients by account and Region."""
        return Sandbox(self.endpoint_url)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Start it while the caller does other things; it is up when the block ends.

        Raises:
            DemoError: it did not start; the message is the sandbox's own.
        """
        command = subprocess.Popen(
            self._command("up"),
            env=self._environment,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield
        finally:
            output, _ = command.communicate()
        if command.returncode:
            raise DemoError(f"the sandbox did not start: {output.strip()}")

    def stop(self) -> None:
        """Stop it with all its database servers; harmless when it is not up."""
        if not self.present:
            return
        done = subprocess.run(
            self._command("down"),
            env=self._environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"the sandbox did not stop: {(done.stderr or done.stdout).strip()}")

    @property
    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.home / "sandbox.json").read_text())
        return facts

    @property
    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**inherited, settings.HOME_VARIABLE: str(self.home)}

    @staticmethod
    def _command(name: str) -> list[str]:
        return [sys.executable, "-m", "sandbox", name]
