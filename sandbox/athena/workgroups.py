"""Workgroups: what they configure, and what of it a query cannot change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.errors import Refused
from sandbox.transitions import now

PRIMARY = "primary"
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
RESULT = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


def invalid(message: str) -> Refused:
    """Return Athena's error for a request that cannot be."""
    return Refused("InvalidRequestException", message)


@dataclass
class WorkGroup:
    """A workgroup as `GetWorkGroup` shows it."""

    name: str
    description: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    state: str = "ENABLED"
    created_at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        defaults = {
            "ResultConfiguration": {},
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": False,
            "RequesterPaysEnabled": False,
            "EngineVersion": ENGINE,
        }
        self.configuration = defaults | self.configuration
        _check(self.configuration)

    @property
    def enforced(self) -> bool:
        """Whether its settings stand above those of a query."""
        return bool(self.configuration["EnforceWorkGroupConfiguration"])

    @property
    def limit(self) -> int | None:
        """The bytes that a query may scan."""
        return self.configuration.get("BytesScannedCutoffPerQuery")

    def result_configuration(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return where and how the results of a query go, of which it asks for something.

        Source: https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
        """
        own = self.configuration["ResultConfiguration"]
        chosen = dict(own) if self.enforced else dict(own) | dict(asked)
        return {name: chosen[name] for name in RESULT if chosen.get(name)}

    def update(self, changes: Mapping[str, Any], description: str | None, state: str | None) -> None:
        """Change what an UpdateWorkGroup names, and leave the rest."""
        configuration = dict(self.configuration)
        results = dict(configuration["ResultConfiguration"])
        for name, value in (changes.get("ResultConfigurationUpdates") or {}).items():
            if not name.startswith("Remove"):
                results[name] = value
            elif value:
                results.pop(name.removeprefix("Remove"), None)
        if changes.get("RemoveBytesScannedCutoffPerQuery"):
            configuration.pop("BytesScannedCutoffPerQuery", None)
        plain = {
            name: value
            for name, value in changes.items()
            if not name.startswith("Remove") and name != "ResultConfigurationUpdates"
        }
        configuration |= plain | {"ResultConfiguration": results}
        _check(configuration)
        self.configuration = configuration
        self.description = self.description if description is None else description
        self.state = state or self.state

    def described(self) -> dict[str, Any]:
        """Return it in the shape of WorkGroup."""
        return self.summary() | {"Configuration": self.configuration}

    def summary(self) -> dict[str, Any]:
        """Return it in the shape of WorkGroupSummary."""
        return {
            "Name": self.name,
            "State": self.state,
            "Description": self.description,
            "CreationTime": self.created_at,
            "EngineVersion": self.configuration["EngineVersion"],
        }


def _check(configuration: Mapping[str, Any]) -> None:
    location = configuration["ResultConfiguration"].get("OutputLocation")
    if location:
        check_location(location)


def check_location(location: str) -> None:
    """Refuse what is no location in S3."""
    if not location.startswith("s3://") or not location.removeprefix("s3://").partition("/")[0]:
        raise invalid(f"outputLocation is not a valid S3 path: {location}")
