"""AWS::Athena::WorkGroup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from moto.athena.models import athena_backends
from moto.core.common_models import CloudFormationModel

from sandbox.cloudformation.declared import Declared
from sandbox.errors import Refused


class WorkGroup(Declared, CloudFormationModel):
    """A workgroup; `Ref` gives its name."""

    service = "athena"
    operation = "CreateWorkGroup"
    name_property = "Name"
    renamed: ClassVar[Mapping[str, str]] = {"WorkGroupConfiguration": "Configuration"}

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Athena::WorkGroup"

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        return athena_backends[account][region]

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> WorkGroup:
        name = wanted["Name"]
        made = backend.create_work_group(
            name, wanted.get("Configuration", {}), wanted.get("Description", ""), wanted.get("Tags", [])
        )
        if made is None:
            raise Refused("InvalidRequestException", "WorkGroup is already created", 400)
        return cls(name)

    def _remove(self, backend: Any) -> None:
        backend.delete_work_group(self.physical_resource_id)
