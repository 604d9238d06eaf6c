"""Sessions of the Data API: a connection that outlives its statements, for one statement at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.identity import Caller
from sandbox.redshift_data import owners
from sandbox.redshift_data.logins import Place
from sandbox.redshift_data.quotas import quotas
from sandbox.transitions import now

if TYPE_CHECKING:
    from sandbox.redshift.databases import Connection

AVAILABLE, BUSY, CLOSED = "AVAILABLE", "BUSY", "CLOSED"


@dataclass
class DataSession:
    """A session; it closes `keep_alive` seconds after its last statement, or when it is as old as may be."""

    place: Place
    caller: Caller
    keep_alive: int
    session_id: str = field(default_factory=lambda: str(uuid4()))
    status: str = AVAILABLE
    statement_id: str | None = None
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    _connection: Connection | None = None

    def __post_init__(self) -> None:
        self.owner = owners.owner(self.caller)
        self.owner_user_id = owners.user_id(self.caller)

    @property
    def ends_at(self) -> datetime:
        """When it closes if no other statement comes."""
        oldest = self.created_at + timedelta(seconds=quotas.session_life)
        return min(self.updated_at + timedelta(seconds=self.keep_alive), oldest)

    def connection(self) -> Connection:
        """Return the connection, which is opened for the first statement; ConnectionFailed where that fails."""
        if self._connection is None:
            self._connection = self.place.connect()
        return self._connection

    def take(self, statement_id: str, keep_alive: int | None) -> None:
        """Be busy with a statement."""
        self.status, self.statement_id, self.updated_at = BUSY, statement_id, now()
        self.keep_alive = self.keep_alive if keep_alive is None else keep_alive

    def free(self) -> None:
        """Wait for the next statement."""
        if self.status == BUSY:
            self.status, self.updated_at = AVAILABLE, now()
            self.expire()

    def expire(self) -> None:
        """Close where its time has passed and no statement runs."""
        if self.status == AVAILABLE and now() >= self.ends_at:
            self.close()

    def close(self) -> None:
        """End it; what it had not committed is undone."""
        self.status, self.updated_at = CLOSED, now()
        if self._connection is not None:
            self._connection.close()

    def described(self) -> dict[str, Any]:
        """Return it in the shape of SessionData."""
        described = {
            "SessionId": self.session_id,
            "Status": self.status,
            "CreatedAt": self.created_at,
            "UpdatedAt": self.updated_at,
            "Database": self.place.database,
            "DbUser": self.place.login.user,
            "SessionAliveSeconds": self.keep_alive,
            "SessionTtl": self.ends_at,
            **self.place.target.named,
        }
        return described | ({"CurrentStatementId": self.statement_id} if self.status == BUSY else {})
