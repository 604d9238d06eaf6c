from __future__ import annotations

import pytest

from sandbox.rds.quotas import quotas
from switchyard.operators import recorders
from tests.support.aws_connections import aws_connections
from tests.support.control_plane import Accounts

__all__ = ["aws_connections"]


@pytest.fixture
def accounts(sandbox, aws_connections, monkeypatch):
    """Two accounts on the control plane with the connections that lead to them, and no ledger."""
    monkeypatch.setattr(recorders, "step_recorders", [])
    return Accounts(sandbox)


@pytest.fixture
def limits():
    """Lower quotas for a test."""
    yield quotas
    quotas.restore()
