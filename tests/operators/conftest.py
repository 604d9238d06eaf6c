import pytest

from switchyard.waiting import poller
from tests.support.aws_connections import aws_connections

__all__ = ["aws_connections"]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    """Look at the sandbox more often than AWS would bear."""
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.02)
