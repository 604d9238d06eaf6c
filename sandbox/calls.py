"""The call log: what was asked of the sandbox, by whom, when and with which outcome."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True)
class Call:
    """One API call: `status` is the HTTP status, 0 where the answer was lost; `error` the AWS error code."""

    service: str
    operation: str
    account: str
    region: str
    at: float
    status: int
    seconds: float
    error: str | None = None
    fault: str | None = None


class CallLog:
    """The latest calls, oldest first, and how many there were of each kind since the last reset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    def add(self, call: Call) -> None:
        """Log a call."""
        with self._lock:
            self._calls.append(call)
            self._counts[f"{call.service}:{call.operation}"] += 1

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
            self._counts.clear()

    def select(self, wanted: Iterable[tuple[str, str]] = ()) -> list[dict[str, Any]]:
        """List the calls whose fields equal the wanted (field, value) pairs.

        Raises ValueError for a field that calls do not have.
        """
        pairs = list(wanted)
        unknown = sorted({name for name, _ in pairs} - set(Call.__dataclass_fields__))
        if unknown:
            raise ValueError(f"the call log has no field {', '.join(unknown)}")
        with self._lock:
            rows = [asdict(call) for call in self._calls]
        return [row for row in rows if all(str(row[name]) == value for name, value in pairs)]

    def counts(self) -> dict[str, int]:
        """Count the calls by "service:Operation", most frequent first."""
        with self._lock:
            return dict(self._counts.most_common())
