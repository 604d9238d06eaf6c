"""Waits for a world in which nothing takes long."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from switchyard.aws import connections
from switchyard.waiting import poller

_open_session = connections._async_clients


@cache
def _session(aws_conn_id: str, region_name: str, fingerprint: str) -> Callable[..., Any]:
    return _open_session(aws_conn_id, region_name)


def _kept_session(aws_conn_id: str, region_name: str) -> Callable[..., Any]:
    return _session(aws_conn_id, region_name, connections._fingerprint(aws_conn_id))


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the sandbox more often than AWS would bear, and take a role on once, as a triggerer's long wait does.

    Each wait makes its own clients all the same, which see into which account its connection leads.
    """
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.02)
    monkeypatch.setattr(connections, "_async_clients", _kept_session)
