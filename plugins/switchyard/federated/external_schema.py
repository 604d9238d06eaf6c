"""External schemas: how one is to be, how the warehouse says it is, and what to do about a difference."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Kind = Literal["mysql", "postgres", "catalogue"]
KINDS: Mapping[Kind, int] = {"catalogue": 1, "postgres": 3, "mysql": 8}
"""`eskind` in svv_external_schemas (Redshift developer guide, "SVV_EXTERNAL_SCHEMAS")."""


class Outcome(StrEnum):
    """What a comparison found."""

    ABSENT = "absent"
    MATCH = "match"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Definition:
    """How an external schema is to be; fields that its kind has not are empty."""

    name: str
    kind: Kind
    database: str
    role_arn: str
    host: str = ""
    port: int = 0
    secret_arn: str = ""
    remote_schema: str = ""
    region: str = ""

    @property
    def options(self) -> dict[str, str]:
        """What the warehouse should say of it beside kind and database, by the names that DDL has for it."""
        given = {
            "IAM_ROLE": self.role_arn,
            "URI": self.host,
            "PORT": str(self.port or ""),
            "SECRET_ARN": self.secret_arn,
            "SCHEMA": self.remote_schema,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def fingerprint(self) -> str:
        """A hash of all that is not said by the name."""
        content = [self.kind, self.database, self.region, sorted(_comparable(self.options).items())]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class Registered:
    """What was noted when the schema was last made: its oid then, and the fingerprint of its definition."""

    oid: int
    fingerprint: str


@dataclass(frozen=True)
class Comparison:
    """The outcome, and each difference in words."""

    outcome: Outcome
    differences: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.outcome is Outcome.MATCH


def compare(wanted: Definition, found: Mapping[str, Any] | None, registered: Registered | None) -> Comparison:
    """Compare a definition with a row of svv_external_schemas.

    What the warehouse does not show of a schema is taken from the note that was made with it, as long as the schema is
    the same one. Rotation of a secret is no difference: its ARN stays.

    Args:
        wanted: how it is to be.
        found: the row with esoid, eskind, databasename and esoptions; None where there is no such schema.
        registered: the note; None where there is none.
    """
    if found is None:
        return Comparison(Outcome.ABSENT)
    shown = _comparable(_options(found.get("esoptions")))
    expected = _comparable(wanted.options)
    differences = [
        f"{name} is {shown[name]}, {value} was expected"
        for name, value in expected.items()
        if name in shown and shown[name] != value
    ]
    if int(found["eskind"]) != KINDS[wanted.kind]:
        differences.append(f"its kind is {found['eskind']}, {KINDS[wanted.kind]} was expected")
    if str(found["databasename"]).strip() != wanted.database:
        differences.append(f"DATABASE is {found['databasename']}, {wanted.database} was expected")
    if differences:
        return Comparison(Outcome.DIFFERS, tuple(differences))
    if hidden := [name for name in expected if name not in shown]:
        return _by_note(wanted, found, registered, hidden)
    return Comparison(Outcome.MATCH)


def _by_note(
    wanted: Definition, found: Mapping[str, Any], registered: Registered | None, hidden: list[str]
) -> Comparison:
    if registered is None or registered.oid != int(found["esoid"]):
        return Comparison(
            Outcome.UNKNOWN, (f"the warehouse does not show {', '.join(hidden)}, and no note says it",)
        )
    if registered.fingerprint != wanted.fingerprint:
        return Comparison(
            Outcome.DIFFERS, (f"it was made otherwise; the warehouse does not show {', '.join(hidden)}",)
        )
    return Comparison(Outcome.MATCH)


def _options(text: object) -> dict[str, str]:
    """Read esoptions, JSON text whose keys for databases are not documented; anything else says nothing."""
    try:
        content = json.loads(str(text))
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    return {str(name).upper(): str(value) for name, value in content.items()}


def _comparable(options: Mapping[str, str]) -> dict[str, str]:
    """Options with names of hosts in lower case, as they mean the same in any."""
    return {name: value.lower() if name == "URI" else value for name, value in options.items()}


def grants_to_keep(
    configured: Iterable[Mapping[str, str]],
    found: Iterable[Mapping[str, Any]],
    noted: Iterable[Mapping[str, str]],
) -> list[dict[str, str]]:
    """Who must be able to use the schema after it was made anew, each once: kind and name.

    Args:
        configured: the grants of the configuration.
        found: rows with identity_type and identity_name of those who may use it now.
        noted: grants that a run noted before it dropped the schema and could not give back.
    """
    kept = {(one["kind"], one["name"]) for one in configured}
    kept |= {(one["kind"], one["name"]) for one in noted}
    kept |= {(str(row["identity_type"]).strip(), str(row["identity_name"]).strip()) for row in found}
    return [{"kind": kind, "name": name} for kind, name in sorted(kept)]
