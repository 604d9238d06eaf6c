"""Macie's resources in CloudFormation templates, which moto leaves out.

moto may remove a session before what depends on it, which is then gone with the session.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Macie.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from moto.core.common_models import CloudFormationModel
from moto.macie2.models import macie2_backends

from sandbox.macie import criteria
from sandbox.macie.models import MacieBackend
from sandbox.transitions import LOCK

Properties = Mapping[str, Any]


class Declared:
    """What a stack knows of a resource of its own: `Ref` gives its id, `Fn::GetAtt` its attributes."""

    name_property: ClassVar[str] = "Name"

    def __init__(self, resource_id: str, **attributes: str) -> None:
        self.physical_resource_id = resource_id
        self._attributes = attributes

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
        """Return what `Fn::GetAtt` gives."""
        if name not in self._attributes:
            raise NotImplementedError(f"the attribute {name} of {type(self).__name__}")
        return self._attributes[name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        """Make the resource that a template declares."""
        wanted = {"name": resource_name} | _api(cloudformation_json.get("Properties") or {})
        with LOCK:
            return cls._make(_backend(account_id, region_name), wanted)

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
        wanted = {"name": new_resource_name} | _api(cloudformation_json.get("Properties") or {})
        with LOCK:
            original_resource._change(_backend(account_id, region_name), wanted)
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Remove the resource with its stack."""
        with LOCK:
            self._remove(_backend(account_id, region_name))

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> Any:
        raise NotImplementedError

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        del backend, wanted
        raise NotImplementedError(f"updates of {self.physical_resource_id} by CloudFormation")

    def _remove(self, backend: MacieBackend) -> None:
        raise NotImplementedError

    def is_created(self) -> bool:
        """Say that nothing more has to be waited for."""
        return True


class Session(Declared, CloudFormationModel):
    """AWS::Macie::Session: Macie is on for as long as the stack is there."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::Session"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> Session:
        frequency = wanted.get("findingPublishingFrequency") or "SIX_HOURS"
        backend.enable(frequency, wanted.get("status") or "ENABLED")
        role = backend.check_enabled()["serviceRole"]
        return cls(backend.account_id, AwsAccountId=backend.account_id, ServiceRole=role)

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        backend.change_session(wanted.get("findingPublishingFrequency"), wanted.get("status"))

    def _remove(self, backend: MacieBackend) -> None:
        backend.disable_macie()


class CustomDataIdentifier(Declared, CloudFormationModel):
    """AWS::Macie::CustomDataIdentifier; only its tags could be changed."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::CustomDataIdentifier"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> CustomDataIdentifier:
        backend.check_enabled()
        made = backend.new_identifier(wanted)
        return cls(made.key, Id=made.key, Arn=made.arn)

    def _remove(self, backend: MacieBackend) -> None:
        known = backend.identifiers.get(self.physical_resource_id)
        if known is not None:
            known.deleted = True


class AllowList(Declared, CloudFormationModel):
    """AWS::Macie::AllowList."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::AllowList"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> AllowList:
        backend.check_enabled()
        made = backend.new_allow_list(wanted)
        return cls(made.key, Id=made.key, Arn=made.arn)

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        changed = backend.allow_list(self.physical_resource_id)
        changed.change(wanted["name"], wanted.get("description"), wanted["criteria"])

    def _remove(self, backend: MacieBackend) -> None:
        backend.allow_lists.pop(self.physical_resource_id, None)


class FindingsFilter(Declared, CloudFormationModel):
    """AWS::Macie::FindingsFilter."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::FindingsFilter"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> FindingsFilter:
        backend.check_enabled()
        made = backend.new_filter({"action": "NOOP", **wanted})
        return cls(made.key, Id=made.key, Arn=made.arn)

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        criteria.check(wanted.get("findingCriteria"))
        backend.filter(self.physical_resource_id).change(wanted)

    def _remove(self, backend: MacieBackend) -> None:
        backend.filters.pop(self.physical_resource_id, None)


NUMBERS = {"maximumMatchDistance", "position", "gt", "gte", "lt", "lte"}


def _backend(account: str, region: str) -> MacieBackend:
    return cast(MacieBackend, macie2_backends[account][region])


def _api(properties: Properties) -> dict[str, Any]:
    """Return properties as the API takes them: names in lower camel case, tags as a map, numbers as numbers."""
    found = {_lower(name): _fitted(_lower(name), value) for name, value in properties.items()}
    if "tags" in found:
        found["tags"] = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
    return found


def _fitted(name: str, value: Any) -> Any:
    if name == "criterion":
        return {
            key: {_lower(one): _fitted(_lower(one), two) for one, two in test.items()}
            for key, test in value.items()
        }
    if isinstance(value, Mapping):
        return {_lower(one): _fitted(_lower(one), two) for one, two in value.items()}
    return int(value) if name in NUMBERS else value


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
