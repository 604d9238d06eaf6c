"""Findings filters: saved criteria, which may archive what meets them.

Source: https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.macie import criteria

CHANGED = ("action", "description", "findingCriteria", "name", "position")


@dataclass
class FindingsFilter:
    """A findings filter; one whose action is ARCHIVE suppresses the findings that are made after it."""

    key: str
    arn: str
    tags: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name, unique in the account and Region."""
        return str(self.settings["name"])

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Take on the settings that are given."""
        self.settings |= {name: wanted[name] for name in CHANGED if wanted.get(name) is not None}

    def archives(self, finding: Mapping[str, Any]) -> bool:
        """Tell whether a finding is suppressed."""
        return self.settings["action"] == "ARCHIVE" and criteria.matches(
            self.settings["findingCriteria"], finding
        )

    def listed(self) -> dict[str, Any]:
        """Return what lists tell of it."""
        return {
            "id": self.key,
            "arn": self.arn,
            "name": self.name,
            "action": self.settings["action"],
            "tags": self.tags,
        }

    def described(self) -> dict[str, Any]:
        """Return what GetFindingsFilter tells."""
        return self.listed() | self.settings
