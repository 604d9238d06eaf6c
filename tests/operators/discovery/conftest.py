"""A DMS with a real database behind it, and the pipelines' connections."""

from __future__ import annotations

import pytest

from switchyard.waiting import poller
from tests.sandbox.dms.conftest import migration, mysql, mysql_server
from tests.support.aws_connections import aws_connections

__all__ = ["aws_connections", "migration", "mysql", "mysql_server"]


@pytest.fixture(autouse=True)
def _swift(monkeypatch):
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.02)
