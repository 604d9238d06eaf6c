"""Comparison of a candidate with the manifest, setting by setting; an unexplained difference is a failure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest, Member, own_tags
from switchyard.aurora_recovery.restore import in_force
from switchyard.aurora_recovery.settings import (
    CLUSTER_SETTINGS,
    MEMBER_SETTINGS,
    STANDALONE_SETTINGS,
    Carry,
    capture,
)

BY_CONFIGURATION = "set by the target's configuration"
AFTER_SWAP = "applied after the swap"
OWN_KEY = "a key of the target account"
_OFF: tuple[Any, ...] = (None, False, 0, "", [], {})
"""Values that mean the same: AWS describes a setting that is off in any of these ways, or not at all."""


@dataclass(frozen=True)
class Difference:
    """A setting of the candidate that differs from the source.

    Attributes:
        setting: Argument name, for an instance preceded by its final name and a dot.
        expected: The manifest's value.
        found: The candidate's value.
        explained_by: Why the difference is wanted; None where nothing explains it.
    """

    setting: str
    expected: Any
    found: Any
    explained_by: str | None


def compare(
    manifest: Manifest,
    described: Mapping[str, Any],
    instances: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    overrides: Mapping[str, Any] | None = None,
    instance_overrides: Mapping[str, Any] | None = None,
    explained: Mapping[str, str] | None = None,
    accepted: bool = False,
) -> list[Difference]:
    """List how a restored cluster (or plain instance) differs from the manifest.

    Args:
        manifest: What the source was like.
        described: The candidate as AWS describes it.
        instances: Descriptions of the candidate's instances by the name their source had.
        overrides: Arguments the target's configuration gave; they explain the values they set.
        instance_overrides: The same for the instances.
        explained: Reason by setting for differences that are wanted, from the configuration.
        accepted: Whether settings that are applied after the swap must agree already.

    Returns:
        Explained and unexplained differences, sorted by setting.
    """
    table = CLUSTER_SETTINGS if manifest.kind == "cluster" else STANDALONE_SETTINGS
    later = set() if accepted else {setting.name for setting in table if setting.carry is Carry.ACCEPT}
    reasons = dict.fromkeys(later, AFTER_SWAP) | dict(explained or {})
    judge = _Judge("", _chosen(overrides, manifest.settings), reasons)
    versions = {name: described.get(name) for name in ("Engine", "EngineVersion")}
    differences = judge.compare(
        {"Engine": manifest.engine, "EngineVersion": manifest.engine_version, **manifest.settings},
        {**versions, **capture(described, table)},
    )
    differences += judge.tags(manifest.tags, described)
    differences += _key(manifest.kms_key_id, described.get("KmsKeyId"))
    for member in manifest.members:
        chosen = _chosen(instance_overrides, member.settings)
        member_judge = _Judge(f"{member.instance_id}.", chosen, explained or {})
        differences += member_judge.member(member, (instances or {}).get(member.instance_id))
    return sorted(differences, key=lambda difference: difference.setting)


def unexplained(differences: Iterable[Difference]) -> list[Difference]:
    """Keep the differences that fail the check."""
    return [difference for difference in differences if difference.explained_by is None]


@dataclass(frozen=True)
class _Judge:
    """Comparison of one resource: prefix of its settings, configured values, reasons by setting."""

    prefix: str
    overrides: Mapping[str, Any]
    reasons: Mapping[str, str]

    def compare(self, expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
        names = {*expected, *found}
        judged = (self._setting(name, expected.get(name), found.get(name)) for name in names)
        return [difference for difference in judged if difference is not None]

    def tags(self, expected: Mapping[str, str], described: Mapping[str, Any]) -> list[Difference]:
        """Compare the source's tags; more tags on the candidate are welcome."""
        found = own_tags(described.get("TagList"))
        return [
            Difference(f"{self.prefix}Tags.{key}", value, found.get(key), self._reason(f"Tags.{key}"))
            for key, value in expected.items()
            if found.get(key) != value
        ]

    def member(self, member: Member, described: Mapping[str, Any] | None) -> list[Difference]:
        if described is None:
            why = self.reasons.get(member.instance_id)
            return [Difference(member.instance_id, "an instance", None, why)]
        return self.compare(member.settings, capture(described, MEMBER_SETTINGS)) + self.tags(
            member.tags, described
        )

    def _setting(self, name: str, expected: Any, found: Any) -> Difference | None:
        if name in self.overrides and not agree(self.overrides[name], found):
            return Difference(self.prefix + name, self.overrides[name], found, self._reason(name))
        if agree(expected, found):
            return None
        why = BY_CONFIGURATION if name in self.overrides else self._reason(name)
        return Difference(self.prefix + name, expected, found, why)

    def _reason(self, name: str) -> str | None:
        own_key = OWN_KEY if name == "PerformanceInsightsKMSKeyId" else None
        return self.reasons.get(self.prefix + name) or self.reasons.get(name) or own_key


def _chosen(overrides: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    return in_force(overrides or {}, {**settings, **(overrides or {})})


def agree(expected: Any, found: Any) -> bool:
    """Say whether AWS shows a setting as it was asked for; names and weekdays it stores in lower case."""
    if isinstance(expected, list) and isinstance(found, list):
        return sorted(map(str, expected)) == sorted(map(str, found))
    if isinstance(expected, str) and isinstance(found, str):
        return expected.lower() == found.lower()
    return bool(expected == found) or (expected in _OFF and found in _OFF)


def _key(source: str | None, found: str | None) -> list[Difference]:
    """The key must differ: with the source's own, the candidate would die with the source account's key."""
    if source is None and found is None:
        return []
    wanted = found is not None and found != source
    return [Difference("KmsKeyId", source, found, OWN_KEY if wanted else None)]
