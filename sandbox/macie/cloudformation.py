"""Macie's resources in CloudFormation templates, which moto leaves out.

moto may remove a session before what depends on it, which is then gone with the session.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Macie.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from moto.core.common_models import CloudFormationModel
from moto.macie2.models import macie2_backends

from sandbox.cloudformation.declared import Declared
from sandbox.macie import criteria
from sandbox.macie.models import MacieBackend

Properties = Mapping[str, Any]


class MacieResource(Declared):
    """One of Macie's types, whose members the API spells in lower camel case."""

    service = "macie2"
    name_property = "Name"
    renamed: ClassVar[Mapping[str, str]] = {"Name": "name"}

    @classmethod
    def _wanted(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        return _api(properties)

    @classmethod
    def _backend(cls, account: str, region: str) -> MacieBackend:
        return cast(MacieBackend, macie2_backends[account][region])


class Session(MacieResource, CloudFormationModel):
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
        return cls(backend.account_id, {"AwsAccountId": backend.account_id, "ServiceRole": role})

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        backend.change_session(wanted.get("findingPublishingFrequency"), wanted.get("status"))

    def _remove(self, backend: MacieBackend) -> None:
        backend.disable_macie()


class CustomDataIdentifier(MacieResource, CloudFormationModel):
    """AWS::Macie::CustomDataIdentifier; only its tags could be changed."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::CustomDataIdentifier"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> CustomDataIdentifier:
        backend.check_enabled()
        made = backend.new_identifier(wanted)
        return cls(made.key, {"Id": made.key, "Arn": made.arn})

    def _remove(self, backend: MacieBackend) -> None:
        known = backend.identifiers.get(self.physical_resource_id)
        if known is not None:
            known.deleted = True


class AllowList(MacieResource, CloudFormationModel):
    """AWS::Macie::AllowList."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::AllowList"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> AllowList:
        backend.check_enabled()
        made = backend.new_allow_list(wanted)
        return cls(made.key, {"Id": made.key, "Arn": made.arn})

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        changed = backend.allow_list(self.physical_resource_id)
        changed.change(wanted["name"], wanted.get("description"), wanted["criteria"])

    def _remove(self, backend: MacieBackend) -> None:
        backend.allow_lists.pop(self.physical_resource_id, None)


class FindingsFilter(MacieResource, CloudFormationModel):
    """AWS::Macie::FindingsFilter."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::Macie::FindingsFilter"

    @classmethod
    def _make(cls, backend: MacieBackend, wanted: Properties) -> FindingsFilter:
        backend.check_enabled()
        made = backend.new_filter({"action": "NOOP", **wanted})
        return cls(made.key, {"Id": made.key, "Arn": made.arn})

    def _change(self, backend: MacieBackend, wanted: Properties) -> None:
        criteria.check(wanted.get("findingCriteria"))
        backend.filter(self.physical_resource_id).change(wanted)

    def _remove(self, backend: MacieBackend) -> None:
        backend.filters.pop(self.physical_resource_id, None)


NUMBERS = {"maximumMatchDistance", "position", "gt", "gte", "lt", "lte"}


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
