"""Resources of a template that moto's own models do not know how to make from one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from moto.core.utils import get_service_model

from sandbox.transitions import LOCK


class Declared:
    """What a stack knows of a resource of its own; `Ref` gives its name or ARN.

    A type derives from this and from moto's CloudFormationModel, which lets moto find it.
    """

    service: ClassVar[str]
    operation: ClassVar[str]
    """The API operation that makes such a resource and whose members its properties are."""
    name_property: ClassVar[str]
    renamed: ClassVar[Mapping[str, str]] = {}
    """Properties that the API calls otherwise."""

    def __init__(self, resource_id: str, attributes: Mapping[str, str] | None = None) -> None:
        self.physical_resource_id = resource_id
        self._attributes = attributes or {}

    @classmethod
    def cloudformation_name_type(cls) -> str:
        """Name the property that holds the name."""
        return cls.name_property

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Take any attribute; reading one that is not there fails."""
        del attr
        return True

    def get_cfn_attribute(self, name: str) -> str:
        """Return what `Fn::GetAtt` gives; a template error for what it does not give."""
        if name not in self._attributes:
            from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

            raise UnformattedGetAttTemplateException  # moto would leave the property out for others
        return self._attributes[name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        """Make the resource that a template declares."""
        wanted = cls._wanted(cloudformation_json.get("Properties") or {})
        wanted.setdefault(cls.renamed.get(cls.name_property, cls.name_property), resource_name)
        with LOCK:
            return cls._make(cls._backend(account_id, region_name), wanted)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        """Change the resource as a template now declares it."""
        del new_resource_name
        wanted = cls._wanted(cloudformation_json.get("Properties") or {})
        with LOCK:
            original_resource._change(cls._backend(account_id, region_name), wanted)
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Remove the resource with its stack."""
        with LOCK:
            self._remove(self._backend(account_id, region_name))

    def is_created(self) -> bool:
        """Say that nothing more has to be waited for."""
        return True

    @classmethod
    def _wanted(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return properties as the API takes them: templates may write numbers and booleans as text."""
        shape = get_service_model(cls.service).operation_model(cls.operation).input_shape
        named = {cls.renamed.get(name, name): value for name, value in properties.items()}
        fitted: dict[str, Any] = _fitted(shape, named)
        return fitted

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        raise NotImplementedError

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> Any:
        raise NotImplementedError

    def _change(self, backend: Any, wanted: Mapping[str, Any]) -> None:
        del backend, wanted
        raise NotImplementedError(f"updates of {self.physical_resource_id} by CloudFormation")

    def _remove(self, backend: Any) -> None:
        raise NotImplementedError


CASTS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": lambda value: str(value).lower() == "true",
    "integer": int,
    "long": int,
    "string": str,
}


def _fitted(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            name: _fitted(shape.members[name], one) for name, one in value.items() if name in shape.members
        }
    if shape.type_name == "list":
        return [_fitted(shape.member, one) for one in value]
    return CASTS.get(shape.type_name, lambda one: one)(value)
