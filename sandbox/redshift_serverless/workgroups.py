"""A workgroup: the door to the databases of a namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.redshift_serverless.exceptions import ConflictException, ValidationException
from sandbox.redshift_serverless.namespaces import AVAILABLE, Namespace
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule, scheduler

USUAL: Mapping[str, Any] = {
    "baseCapacity": 128,
    "enhancedVpcRouting": False,
    "publiclyAccessible": False,
    "port": 5439,
    "configParameters": [],
    "securityGroupIds": [],
    "subnetIds": [],
}
CAPACITIES = range(8, 1025, 8)
"""Source: https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html"""


@dataclass
class Workgroup:
    """A workgroup of one account and Region; `settings` are members of CreateWorkgroup that it keeps."""

    name: str
    namespace: Namespace
    settings: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    workgroup_id: str = field(default_factory=lambda: str(uuid4()))
    created_at: datetime = field(default_factory=now)
    status: str = "CREATING"
    process: Process | None = None

    @property
    def arn(self) -> str:
        """Its ARN, which has the id and not the name."""
        place = f"{self.namespace.region}:{self.namespace.account}"
        return f"arn:aws:redshift-serverless:{place}:workgroup/{self.workgroup_id}"

    @property
    def address(self) -> str:
        """The host name of its endpoint."""
        namespace = self.namespace
        return f"{self.name}.{namespace.account}.{namespace.region}.redshift-serverless.amazonaws.com"

    def create(self) -> None:
        """Begin to come up."""
        self._change("CREATING", "create", self._settle)

    def change(self, settings: Mapping[str, Any]) -> None:
        """Begin to take on settings in the shape of UpdateWorkgroup."""
        self.require_available()
        self.settings |= read_settings(settings)
        self._change("MODIFYING", "modify", self._settle)

    def end(self, gone: Callable[[], None]) -> None:
        """Begin to go; the namespace keeps the data."""
        self.require_available()
        self._change("DELETING", "delete", gone)

    def require_available(self) -> None:
        """Raise ConflictException while it changes."""
        if self.status != AVAILABLE:
            raise ConflictException(f"Workgroup {self.name} is in {self.status} state.")

    def stop(self) -> None:
        """Stay in the present status."""
        if self.process is not None:
            self.process.stop()

    def discard(self) -> None:
        """End what is under way."""
        if self.process is not None:
            scheduler.forget([self.process])

    def described(self) -> dict[str, Any]:
        """Return it in the shape of Workgroup."""
        return {
            **self.settings,
            "workgroupName": self.name,
            "workgroupId": self.workgroup_id,
            "workgroupArn": self.arn,
            "namespaceName": self.namespace.name,
            "endpoint": {"address": self.address, "port": self.settings["port"]},
            "creationDate": self.created_at,
            "status": self.status,
        }

    def _change(self, status: str, transition: str, end: Callable[[], None]) -> None:
        self.status = status
        stage = Stage(runtime.durations[f"redshift-workgroup.{transition}"], end=end)
        self.process = schedule(f"workgroup {self.name}", [stage], lambda _: self._settle())

    def _settle(self) -> None:
        self.status = AVAILABLE


def read_settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a request that a workgroup keeps; ValidationException for a capacity there is not."""
    capacity = asked.get("baseCapacity")
    if capacity is not None and capacity not in CAPACITIES:
        raise ValidationException("Base capacity must be from 8 to 1024 RPUs, in units of 8.")
    return {name: asked[name] for name in USUAL if asked.get(name) is not None}
