"""Waits for a world in which nothing takes long."""

from __future__ import annotations

import pytest

from switchyard.waiting import poller


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the sandbox more often than AWS would bear."""
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.02)
