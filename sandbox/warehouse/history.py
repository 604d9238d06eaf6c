"""What has been run: the ground of the system tables about statements and transactions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

KEPT = 20_000
"""How many statements are remembered."""
KINDS = {
    "SELECT": "SELECT", "WITH": "SELECT", "INSERT": "INSERT", "UPDATE": "UPDATE", "DELETE": "DELETE", "MERGE": "MERGE",
    "COPY": "COPY", "UNLOAD": "UNLOAD", "CREATE": "DDL", "DROP": "DDL", "ALTER": "DDL", "TRUNCATE": "DDL",
    "VACUUM": "UTILITY", "ANALYZE": "UTILITY",
}  # fmt: skip


@dataclass
class Run:
    """One statement; it runs while `ended` is None. `queued` and `ran` are in seconds of the machine's clock."""

    query_id: int
    xid: int
    pid: int
    user: str
    text: str
    label: str
    started: datetime
    ended: datetime | None = None
    ran: float = 0.0
    waited: float = 0.0
    error: str = ""
    rows: int = 0
    slots: int = 1
    files: int = 0
    size: int = 0
    """Bytes of the files that COPY read."""
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """What sort of statement it is, as sys_query_history calls it."""
        first = self.text.lstrip("( \n\t").split(maxsplit=1)
        word = first[0].upper() if first else ""
        if (
            word == "CREATE"
            and " AS " in " ".join(self.text.upper().split())
            and "VIEW" not in self.text.upper()
        ):
            return "CTAS"
        return KINDS.get(word, "OTHER")

    @property
    def status(self) -> str:
        """How far it is, as sys_query_history calls it."""
        if self.ended is None:
            return "running"
        if "canceled on user's request" in self.error:
            return "canceled"
        return "failed" if self.error else "success"


@dataclass(frozen=True)
class Commit:
    """The end of a transaction that changed something."""

    xid: int
    user: int
    began: datetime | None
    started: datetime
    ended: datetime


@dataclass(frozen=True)
class Maintenance:
    """An ANALYZE or VACUUM of one table, named with its schema; `ordered` rows were in order before."""

    kind: str
    table: str
    user: str
    xid: int
    rows: int
    when: datetime
    ordered: int = 0
    skipped: bool = False


@dataclass
class History:
    """All that a warehouse remembers."""

    runs: deque[Run] = field(default_factory=lambda: deque(maxlen=KEPT))
    commits: deque[Commit] = field(default_factory=lambda: deque(maxlen=KEPT))
    maintenance: deque[Maintenance] = field(default_factory=lambda: deque(maxlen=KEPT))
