"""AWS::Glue::Database."""

from __future__ import annotations

from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.glue.models import glue_backends

from sandbox.cloudformation.declared import Declared


class Database(Declared, CloudFormationModel):
    """A database of the catalogue; `Ref` gives its name."""

    service = "glue"
    operation = "CreateDatabase"
    name_property = "DatabaseName"

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Glue::Database"

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        return glue_backends[account][region]

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> Database:
        name = wanted["DatabaseInput"].setdefault("Name", wanted["DatabaseName"])
        backend.create_database(name, wanted["DatabaseInput"])
        return cls(name)

    def _remove(self, backend: Any) -> None:
        backend.delete_database(self.physical_resource_id)
