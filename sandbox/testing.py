"""Fixtures for pytest: a sandbox in the test process, empty at the start of every test.

Load it with `pytest_plugins = ["sandbox.testing"]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from sandbox.client import Sandbox
from sandbox.clock import Clock
from sandbox.runtime import runtime
from sandbox.server import Server

if TYPE_CHECKING:
    from sandbox.data_plane import DataPlane


class LocalSandbox(Sandbox):
    """The sandbox of this very process, with its clock at hand."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.url)
        self.server = server

    @property
    def clock(self) -> Clock:
        """The sandbox's clock."""
        return runtime.clock


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Server]:
    """Run the control plane for the whole test session, with transitions that take no time."""
    server = Server(profile="instant")
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def session_sandbox(sandbox_server: Server) -> LocalSandbox:
    """Keep AWS clients over the tests, since making them takes longer than using them."""
    return LocalSandbox(sandbox_server)


@pytest.fixture
def sandbox(session_sandbox: LocalSandbox) -> Iterator[LocalSandbox]:
    """Give a test an empty AWS without a data plane, and fail it where the sandbox itself failed."""
    session_sandbox.server.reset()
    yield session_sandbox
    last = session_sandbox.server.errors.last
    if last is not None:
        pytest.fail(f"the sandbox failed: {last}")


@pytest.fixture(scope="session")
def data_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPlane]:
    """Hold the database servers of the test session."""
    from sandbox.data_plane import DataPlane

    plane = DataPlane(tmp_path_factory.mktemp("sandbox"))
    yield plane
    plane.close()


@pytest.fixture
def engines_sandbox(sandbox: LocalSandbox, data_plane: DataPlane) -> Iterator[LocalSandbox]:
    """Give a test an empty AWS whose databases are real; their servers end with the test."""
    data_plane.attach()
    yield sandbox
    sandbox.server.reset()
    data_plane.detach()
