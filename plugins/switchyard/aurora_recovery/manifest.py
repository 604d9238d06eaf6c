"""The manifest of a recovery point: what a snapshot does not hold but a faithful restore needs.

It is captured from the live source right before the snapshot, stored as canonical JSON, and its hash
travels in the snapshot's tags and in the notification. The reader treats it as untrusted until the hash
matches, and its content as a proposal even then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from switchyard.aurora_recovery import untrusted
from switchyard.aurora_recovery.names import is_autoscaled
from switchyard.aurora_recovery.settings import (
    CLUSTER_SETTINGS,
    MEMBER_SETTINGS,
    STANDALONE_SETTINGS,
    Setting,
    by_name,
    capture,
)
from switchyard.aurora_recovery.states import Kind
from switchyard.aurora_recovery.surroundings import Surroundings
from switchyard.aurora_recovery.surroundings_text import parse_surroundings
from switchyard.aurora_recovery.untrusted import Fields, load_object, shorten, utc_text
from switchyard.errors import BadInput
from switchyard.run_stamp import STAMP

SCHEMA = "switchyard.manifest"
VERSION = 2
_READABLE = (1, VERSION)  # manifests of version 1 hold no surroundings
MANIFEST_LIMIT = 1_048_576
"""Bytes of a manifest; a cluster of 15 instances with 50 tags each has about 40,000."""

_REMEDY = "Nothing was restored with it. Take a new recovery point."
Watermark = int | str
"""The greatest value of a column: a whole number, or a date and time in ISO 8601."""


@dataclass(frozen=True)
class Member:
    """One instance of the source cluster."""

    instance_id: str
    writer: bool
    settings: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Everything a restore needs to know beside the snapshot.

    Attributes:
        pipeline: `<pipeline>/<name>` of the configuration file.
        run_id: Airflow's id of the run.
        stamp: The run's stamp.
        kind: Whether the source is a cluster or a plain RDS instance.
        source_account_id: 12 digits.
        source_region: Region of the source.
        source_id: Identifier of the source cluster (or instance).
        source_resource_id: Its resource id.
        source_time: When the capture began, UTC; the snapshot holds at least everything committed before.
        engine: Engine name of RDS.
        engine_version: Full engine version.
        kms_key_id: ARN of the source's key, None where the storage is not encrypted.
        snapshot_ids: Snapshot identifier by Region.
        settings: Settings by the argument that carries them, see `settings.py`.
        tags: Tags of the source, without those of AWS and of this project.
        members: Instances of the cluster, writer first; empty for a plain instance.
        surroundings: Custom endpoints and scaling of the cluster.
        row_counts: Rows by table, counted before the snapshot.
        watermarks: Greatest value by `table.column`, read before the snapshot.
    """

    pipeline: str
    run_id: str
    stamp: str
    kind: Kind
    source_account_id: str
    source_region: str
    source_id: str
    source_resource_id: str
    source_time: datetime
    engine: str
    engine_version: str
    kms_key_id: str | None
    snapshot_ids: Mapping[str, str]
    settings: Mapping[str, Any]
    tags: Mapping[str, str]
    members: tuple[Member, ...] = ()
    surroundings: Surroundings = field(default_factory=Surroundings)
    row_counts: Mapping[str, int] = field(default_factory=dict)
    watermarks: Mapping[str, Watermark] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write the canonical text: the same manifest always gives the same bytes."""
        data = {
            **asdict(self),
            "source_time": utc_text(self.source_time),
            "schema": SCHEMA,
            "version": VERSION,
        }
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical text, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, body: str | bytes, *, sha256: str | None = None) -> Manifest:
        """Read a stored manifest.

        Args:
            body: The text as it was stored.
            sha256: The hash that a trusted place holds for it; None skips the comparison.

        Raises:
            BadInput: The hash differs or a field is malformed; the error names it.
        """
        raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
        found = hashlib.sha256(raw).hexdigest()
        if sha256 is not None and found != sha256:
            raise BadInput("manifest.sha256", found, f"{shorten(sha256)} was recorded for it", _REMEDY)
        return _parse(Fields("manifest", load_object("manifest", raw, MANIFEST_LIMIT, _REMEDY), _REMEDY))


def cluster_contents(cluster: Mapping[str, Any], instances: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Read the parts of a manifest that DescribeDBClusters and DescribeDBInstances show.

    Instances that Application Auto Scaling made are left out: the policy makes them again.

    Returns:
        Arguments for `Manifest`.
    """
    writers = {
        m["DBInstanceIdentifier"]: bool(m.get("IsClusterWriter")) for m in cluster.get("DBClusterMembers", [])
    }
    members = [
        Member(
            item["DBInstanceIdentifier"],
            writers.get(item["DBInstanceIdentifier"], False),
            capture(item, MEMBER_SETTINGS),
            own_tags(item.get("TagList")),
        )
        for item in instances
        if not is_autoscaled(item["DBInstanceIdentifier"])
    ]
    members.sort(key=lambda member: (not member.writer, member.instance_id))
    return {
        "kind": "cluster",
        "source_id": cluster["DBClusterIdentifier"],
        "source_resource_id": cluster["DbClusterResourceId"],
        "settings": capture(cluster, CLUSTER_SETTINGS),
        "members": tuple(members),
        **_common(cluster),
    }


def instance_contents(instance: Mapping[str, Any]) -> dict[str, Any]:
    """Read the parts of a plain RDS instance's manifest that DescribeDBInstances shows."""
    return {
        "kind": "instance",
        "source_id": instance["DBInstanceIdentifier"],
        "source_resource_id": instance["DbiResourceId"],
        "settings": capture(instance, STANDALONE_SETTINGS),
        **_common(instance),
    }


def own_tags(tag_list: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Keep the tags a person chose: AWS refuses its own on create, and this project sets its own anew."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in tag_list or []}
    return {key: value for key, value in tags.items() if not key.startswith(("aws:", "switchyard:"))}


def _common(described: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "engine": described["Engine"],
        "engine_version": described["EngineVersion"],
        "kms_key_id": described.get("KmsKeyId"),
        "tags": own_tags(described.get("TagList")),
    }


_FIELDS = tuple(Manifest.__dataclass_fields__)


def _parse(fields: Fields) -> Manifest:
    if fields.text("schema", limit=80) != SCHEMA:
        raise fields.refuse("schema", f"{SCHEMA} was expected")
    if fields.number("version") not in _READABLE:
        problem = f"this deployment reads versions 1 and {VERSION}"
        raise fields.refuse("version", problem, "Upgrade the older deployment.")
    fields.only("schema", "version", *_FIELDS)
    kind: Kind = "cluster" if fields.text("kind") == "cluster" else "instance"
    if fields.text("kind") not in ("cluster", "instance"):
        raise fields.refuse("kind", "cluster or instance was expected")
    if fields.text("engine") not in untrusted.ENGINES:
        raise fields.refuse("engine", f"one of {', '.join(sorted(untrusted.ENGINES))} was expected")
    table = CLUSTER_SETTINGS if kind == "cluster" else STANDALONE_SETTINGS
    return Manifest(
        pipeline=fields.text("pipeline", limit=200),
        run_id=fields.text("run_id", limit=250),
        stamp=fields.text("stamp", STAMP, "it is no run stamp, yymmddHHMM-xxxxxx"),
        kind=kind,
        source_account_id=fields.text("source_account_id", untrusted.ACCOUNT, "an account id has 12 digits"),
        source_region=fields.text("source_region", untrusted.REGION, "it is no Region name"),
        source_id=fields.text("source_id", untrusted.IDENTIFIER, "it is no RDS identifier", 63),
        source_resource_id=fields.text(
            "source_resource_id", untrusted.RESOURCE_ID, "it is no resource id of RDS"
        ),
        source_time=fields.instant("source_time"),
        engine=fields.text("engine"),
        engine_version=fields.text("engine_version", untrusted.ENGINE_VERSION, "it is no engine version"),
        kms_key_id=_key(fields),
        snapshot_ids=_texts(fields, "snapshot_ids"),
        settings=_settings(fields, table),
        tags=_texts(fields, "tags", empty=True),
        members=_members(fields),
        surroundings=parse_surroundings(fields) if fields.number("version") > 1 else Surroundings(),
        row_counts=_row_counts(fields),
        watermarks=_watermarks(fields),
    )


def _inner(fields: Fields, field_name: str) -> Fields:
    return Fields(f"{fields.what}.{field_name}", fields.mapping(field_name), fields.remedy)


def _key(fields: Fields) -> str | None:
    if fields.data.get("kms_key_id", "") is None:
        return None
    return fields.text("kms_key_id", untrusted.KEY_ARN, "it is no ARN of a KMS key")


def _texts(fields: Fields, field_name: str, *, empty: bool = False) -> dict[str, str]:
    inner = _inner(fields, field_name)
    return {key: "" if empty and inner.data[key] == "" else inner.text(key, limit=512) for key in inner.data}


def _row_counts(fields: Fields) -> dict[str, int]:
    inner = _inner(fields, "row_counts")
    return {table: inner.number(table) for table in inner.data}


def _watermarks(fields: Fields) -> dict[str, Watermark]:
    inner = _inner(fields, "watermarks")
    return {
        column: inner.text(column, limit=100) if isinstance(value, str) else inner.number(column)
        for column, value in inner.data.items()
    }


def _settings(fields: Fields, table: tuple[Setting, ...]) -> dict[str, Any]:
    inner = _inner(fields, "settings")
    known = by_name(table)
    inner.only(*known)
    for name, value in inner.data.items():
        _check_setting(inner, known[name], value)
    return dict(inner.data)


def _check_setting(fields: Fields, setting: Setting, value: Any) -> None:
    """Refuse a value of another JSON type; the content is judged by AWS, which gets it as an argument."""
    if type(value) is not setting.kind:
        raise fields.refuse(setting.name, f"{setting.kind.__name__} was expected")
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        plain = list(item.values()) if isinstance(item, dict) else [item]
        if not all(isinstance(part, str | int | float) for part in plain):
            raise fields.refuse(setting.name, "it is nested deeper than any setting")


def _members(fields: Fields) -> tuple[Member, ...]:
    found = fields.sequence("members")
    if len(found) > 16:
        raise fields.refuse("members", "a cluster has at most 16 instances")
    return tuple(_member(fields, number, item) for number, item in enumerate(found))


def _member(fields: Fields, number: int, item: Any) -> Member:
    if not isinstance(item, dict):
        raise fields.refuse("members", f"entry {number} is no object")
    inner = Fields(f"{fields.what}.members[{number}]", item, fields.remedy)
    inner.only(*Member.__dataclass_fields__)
    if not isinstance(item.get("writer"), bool):
        raise inner.refuse("writer", "true or false was expected")
    return Member(
        inner.text("instance_id", untrusted.IDENTIFIER, "it is no RDS identifier", 63),
        item["writer"],
        _settings(inner, MEMBER_SETTINGS),
        _texts(inner, "tags", empty=True),
    )
