"""AWS::Logs::LogStream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from moto.core.common_models import CloudFormationModel
from moto.logs.models import logs_backends

from sandbox.cloudformation.declared import Declared


class LogStream(Declared, CloudFormationModel):
    """A stream of a log group; `Ref` gives its name."""

    service = "logs"
    operation = "CreateLogStream"
    name_property = "LogStreamName"
    renamed: ClassVar[Mapping[str, str]] = {"LogGroupName": "logGroupName", "LogStreamName": "logStreamName"}

    def __init__(self, group: str, name: str) -> None:
        super().__init__(name)
        self._group = group

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Logs::LogStream"

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        return logs_backends[account][region]

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> LogStream:
        backend.create_log_stream(wanted["logGroupName"], wanted["logStreamName"])
        return cls(wanted["logGroupName"], wanted["logStreamName"])

    def _remove(self, backend: Any) -> None:
        backend.delete_log_stream(self._group, self.physical_resource_id)
