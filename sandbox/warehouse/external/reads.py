"""The log of federated reads, which svl_federated_query and sys_external_query_detail show."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.warehouse.external.relations import Origin

KEPT = 10_000


@dataclass(frozen=True)
class Read:
    """One subquery that was sent to a remote database, and what came back; `seconds` is how long that took."""

    query: int
    transaction: int
    process: int
    user: str
    kind: Origin
    started: datetime
    text: str
    table: str
    rows: int
    size: int
    seconds: float

    @property
    def ended(self) -> datetime:
        """When the last row had come."""
        return self.started + timedelta(seconds=self.seconds)


Log = deque[Read]


def new_log() -> Log:
    """Return the log of a new warehouse."""
    return deque(maxlen=KEPT)
