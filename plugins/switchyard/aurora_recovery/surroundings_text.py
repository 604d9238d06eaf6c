"""Reading of custom endpoints and scaling out of a manifest, which somebody else may have written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from switchyard.aurora_recovery import untrusted
from switchyard.aurora_recovery.surroundings import (
    CustomEndpoint,
    ScalableTarget,
    ScalingPolicy,
    Surroundings,
)
from switchyard.aurora_recovery.untrusted import Fields

MOST_ENDPOINTS = 5
"""Custom endpoints that a cluster may have (Aurora user guide, "Quotas and constraints")."""
_DIMENSION = re.compile(r"rds:cluster:[A-Za-z]{1,40}")
_CONFIGURATION = re.compile(r"(?:TargetTracking|Step)ScalingPolicyConfiguration")
_DEEPEST = 6


def parse_surroundings(fields: Fields) -> Surroundings:
    """Read the field "surroundings" of a manifest.

    Raises:
        BadInput: A part of it is malformed; the error names it.
    """
    inner = Fields(f"{fields.what}.surroundings", fields.mapping("surroundings"), fields.remedy)
    inner.only("endpoints", "targets")
    endpoints = tuple(map(_endpoint, _objects(inner, "endpoints")))
    if len(endpoints) > MOST_ENDPOINTS:
        raise inner.refuse("endpoints", f"a cluster has at most {MOST_ENDPOINTS}")
    return Surroundings(endpoints, tuple(map(_target, _objects(inner, "targets"))))


def _endpoint(fields: Fields) -> CustomEndpoint:
    fields.only(*CustomEndpoint.__dataclass_fields__)
    kind = fields.text("kind")
    if kind not in ("READER", "WRITER", "ANY"):
        raise fields.refuse("kind", "READER, WRITER or ANY was expected")
    name = fields.text("name", untrusted.IDENTIFIER, "it is no RDS identifier", 63)
    return CustomEndpoint(name, kind, _names(fields, "static"), _names(fields, "excluded"))


def _target(fields: Fields) -> ScalableTarget:
    fields.only(*ScalableTarget.__dataclass_fields__)
    suspended = fields.mapping("suspended")
    if not all(isinstance(value, bool) for value in suspended.values()):
        raise fields.refuse("suspended", "only true and false were expected")
    return ScalableTarget(
        fields.text("dimension", _DIMENSION, "it is no dimension of a cluster"),
        fields.number("least"),
        fields.number("most"),
        dict(suspended),
        tuple(map(_policy, _objects(fields, "policies"))),
    )


def _policy(fields: Fields) -> ScalingPolicy:
    fields.only(*ScalingPolicy.__dataclass_fields__)
    configuration = fields.mapping("configuration")
    if not all(_CONFIGURATION.fullmatch(key) for key in configuration) or _depth(configuration) > _DEEPEST:
        raise fields.refuse("configuration", "it is no configuration of a scaling policy")
    return ScalingPolicy(fields.text("name", limit=256), fields.text("kind", limit=40), dict(configuration))


def _objects(fields: Fields, name: str) -> list[Fields]:
    found = fields.sequence(name)
    for number, item in enumerate(found):
        if not isinstance(item, dict):
            raise fields.refuse(name, f"entry {number} is no object")
    return [
        Fields(f"{fields.what}.{name}[{number}]", item, fields.remedy) for number, item in enumerate(found)
    ]


def _names(fields: Fields, name: str) -> tuple[str, ...]:
    found = fields.sequence(name)
    if not all(isinstance(one, str) and untrusted.IDENTIFIER.fullmatch(one) for one in found):
        raise fields.refuse(name, "identifiers of instances were expected")
    return tuple(found)


def _depth(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0
