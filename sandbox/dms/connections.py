"""Tests of connections between a replication instance and an endpoint, which really connect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.dms.login import Unreachable
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, schedule

if TYPE_CHECKING:
    from collections.abc import Callable

FAILED = "Test Endpoint failed: Application-Status: 1020912, "


@dataclass
class Connection:
    """The latest test of one pair; what it found stays until the next test."""

    replication_instance_arn: str
    replication_instance_identifier: str
    endpoint_arn: str
    endpoint_identifier: str
    status: str = "testing"
    last_failure_message: str = ""
    process: Process | None = None

    def test(self, connect: Callable[[], None]) -> None:
        """Begin to test; `connect` raises Unreachable where that fails."""
        self.status, self.last_failure_message = "testing", ""
        stage = Stage(runtime.durations["dms-connection.test"], work=connect, end=self._succeeded)
        self.process = schedule(f"connection to {self.endpoint_identifier}", [stage], self._failed)

    def described(self) -> dict[str, Any]:
        """Return it in the shape of Connection."""
        return {
            "ReplicationInstanceArn": self.replication_instance_arn,
            "ReplicationInstanceIdentifier": self.replication_instance_identifier,
            "EndpointArn": self.endpoint_arn,
            "EndpointIdentifier": self.endpoint_identifier,
            "Status": self.status,
            "LastFailureMessage": self.last_failure_message,
        }

    def _succeeded(self) -> None:
        self.status = "successful"

    def _failed(self, problem: BaseException) -> None:
        self.status = "failed"
        if isinstance(problem, Unreachable):
            self.last_failure_message = FAILED + str(problem)
        else:
            self.last_failure_message = f"{FAILED}Application-Message: {type(problem).__name__}: {problem}"
