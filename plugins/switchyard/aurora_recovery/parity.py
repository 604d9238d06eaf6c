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
from switchyard.aurora_recovery.settling import left_over
from switchyard.aurora_recovery.surroundings import ENDPOINT, SCALING, Surroundings, shown

BY_CONFIGURATION = "set by the target's configuration"
AFTER_SWAP = "applied after the swap"
OWN_KEY = "a key of the target account"
_OWN_KEYS = frozenset({"MasterUserSecretKmsKeyId", "PerformanceInsightsKMSKeyId"})
_CARRIES = {one.name: one.carry for one in (*CLUSTER_SETTINGS, *MEMBER_SETTINGS, *STANDALONE_SETTINGS)}
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
        overrides: Field of `target` whose arguments win over the manifest's value.
    """

    setting: str
    expected: Any
    found: Any
    explained_by: str | None
    overrides: str = "cluster_overrides"

    @property
    def remedy(self) -> str:
        """What a person does about it; empty where it is explained."""
        return "" if self.explained_by else _remedy(self.setting, self.overrides)


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
    section = "cluster_overrides" if manifest.kind == "cluster" else "instance_overrides"
    judge = _Judge("", _chosen(overrides, manifest.settings), reasons, section)
    versions = {name: described.get(name) for name in ("Engine", "EngineVersion")}
    differences = judge.compare(
        {"Engine": manifest.engine, "EngineVersion": manifest.engine_version, **manifest.settings},
        {**versions, **capture(described, table)},
    )
    differences += judge.tags(manifest.tags, described)
    differences += _key(manifest, described)
    if not accepted:
        differences += _surroundings(manifest.surroundings, explained or {})
    for member in manifest.members:
        chosen = _chosen(instance_overrides, member.settings)
        member_judge = _Judge(f"{member.instance_id}.", chosen, explained or {}, "instance_overrides")
        differences += member_judge.member(member, (instances or {}).get(member.instance_id))
    return sorted(differences, key=lambda difference: difference.setting)


def compare_surroundings(
    wanted: Surroundings, found: Surroundings, *, explained: Mapping[str, str] | None = None
) -> list[Difference]:
    """List how custom endpoints and scaling differ from what they should be, once they were carried over.

    Args:
        wanted: What the manifest says, with the cluster's present names of instances.
        found: What AWS shows.
        explained: Reason by name of a difference, from the configuration.
    """
    reasons = explained or {}
    return [
        Difference(name, _shown(pair[0]), _shown(pair[1]), reasons.get(name))
        for name, pair in left_over(wanted, found).items()
    ]


def unexplained(differences: Iterable[Difference]) -> list[Difference]:
    """Keep the differences that fail the check."""
    return [difference for difference in differences if difference.explained_by is None]


@dataclass(frozen=True)
class _Judge:
    """Comparison of one resource: prefix of its settings, configured values, reasons by setting, their field."""

    prefix: str
    overrides: Mapping[str, Any]
    reasons: Mapping[str, str]
    section: str

    def compare(self, expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
        names = {*expected, *found}
        judged = (self._setting(name, expected.get(name), found.get(name)) for name in names)
        return [difference for difference in judged if difference is not None]

    def tags(self, expected: Mapping[str, str], described: Mapping[str, Any]) -> list[Difference]:
        """Compare the source's tags; more tags on the candidate are welcome."""
        found = own_tags(described.get("TagList"))
        return [
            self._difference(f"Tags.{key}", value, found.get(key), self._reason(f"Tags.{key}"))
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
            return self._difference(name, self.overrides[name], found, self._reason(name))
        if agree(expected, found):
            return None
        why = self._reason(name) or (BY_CONFIGURATION if name in self.overrides else None)
        return self._difference(name, expected, found, why)

    def _difference(self, name: str, expected: Any, found: Any, why: str | None) -> Difference:
        return Difference(self.prefix + name, expected, found, why, self.section)

    def _reason(self, name: str) -> str | None:
        own_key = OWN_KEY if name in _OWN_KEYS else None
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


def _surroundings(wanted: Surroundings, reasons: Mapping[str, str]) -> list[Difference]:
    """What cannot be there before the swap."""
    return [
        Difference(name, _shown(one), None, reasons.get(name, AFTER_SWAP))
        for name, (one, _) in left_over(wanted, Surroundings()).items()
    ]


def _shown(one: Any) -> Any:
    return None if one is None else shown(one)


def _remedy(setting: str, overrides: str) -> str:
    name = setting.rpartition(".")[2]
    explain = f"give the reason for {setting} in explained_differences"
    if setting.startswith((ENDPOINT, SCALING)):
        return f"Clear apply_after_swap, which sets it; or {explain}."
    if setting == "KmsKeyId":
        return "Give target.kms_key_id, a key of the target account, and start a new run."
    if "Tags." in setting:
        return f"Add the tag to the candidate and clear this task, or {explain}."
    known = _CARRIES.get(name)
    if known is None:
        return f"Make it on the candidate and clear this task, or {explain}."
    if known is Carry.NEVER:
        return f"No restore carries it: set it up by hand and clear this task, or {explain}."
    return f"Set it by target.{overrides}.{name} or its own field of target, or {explain}."


def _key(manifest: Manifest, described: Mapping[str, Any]) -> list[Difference]:
    """The key must differ: with the source's own, the candidate would die with the source account's key.

    In one account there is but one to lose.
    """
    source, found = manifest.kms_key_id, described.get("KmsKeyId")
    arn = described.get("DBClusterArn") or described.get("DBInstanceArn") or ""
    one_account = f":{manifest.source_account_id}:" in arn
    if source == found and (source is None or one_account):
        return []
    wanted = found is not None and found != source
    return [Difference("KmsKeyId", source, found, OWN_KEY if wanted else None)]
