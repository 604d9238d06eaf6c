"""Reading of JSON that somebody else wrote, with one BadInput per fault that names the field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from switchyard.discretion import HIDDEN, is_credential, one_line
from switchyard.errors import BadInput

_SHOWN = 120
"""Characters of a refused value that a message repeats."""

CLUSTER_SNAPSHOT_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):rds:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":(?P<kind>cluster-snapshot|snapshot):(?P<name>[a-z][a-z0-9-]*)"
)
KEY_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):key/(?P<name>[A-Za-z0-9-]+)"
)
ACCOUNT = re.compile(r"[0-9]{12}")
REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")
SHA256 = re.compile(r"[0-9a-f]{64}")
RESOURCE_ID = re.compile(r"(?:cluster|db)-[A-Za-z0-9]{1,64}")
IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9])*")
ENGINE_VERSION = re.compile(r"[0-9][A-Za-z0-9_.\-+]{0,59}")
ENGINES = frozenset({"aurora-mysql", "aurora-postgresql", "mysql", "mariadb", "postgres"})


def shorten(value: object) -> object:
    """Cut a refused value so that a hostile one cannot flood a log."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return value if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def load_object(what: str, body: str | bytes, limit: int, remedy: str) -> dict[str, Any]:
    """Parse JSON text that must be one object of at most `limit` bytes.

    Raises:
        BadInput: It is longer, no UTF-8, no JSON, holds a field twice, or is no object.
    """
    size = len(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    if size > limit:
        raise BadInput(what, f"{size} bytes", f"at most {limit} bytes are read", remedy)
    try:
        data = json.loads(body, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadInput(what, shorten(repr(body)), f"it is not UTF-8 ({error.reason})", remedy) from error
    except RecursionError as error:
        raise BadInput(what, shorten(_text(body)), "it is nested too deeply", remedy) from error
    except ValueError as error:
        raise BadInput(what, shorten(_text(body)), f"it is not JSON: {error}", remedy) from error
    if not isinstance(data, dict):
        raise BadInput(what, shorten(data), "it is no JSON object", remedy)
    return data


@dataclass(frozen=True)
class Fields:
    """Typed access to the fields of an untrusted object.

    Attributes:
        what: Name of the object in messages.
        data: Its fields.
        remedy: What the reader of a refusal should do.
    """

    what: str
    data: Mapping[str, Any]
    remedy: str

    def refuse(self, field: str, problem: str, remedy: str | None = None) -> BadInput:
        """Make the error for one field, to be raised by the caller."""
        value = HIDDEN if is_credential(field) else shorten(self.data.get(field))
        name = one_line(str(shorten(field)))
        return BadInput(f"{self.what}.{name}", value, problem, remedy or self.remedy)

    def only(self, *known: str) -> None:
        """Refuse fields that are not known."""
        for field in self.data:
            if field not in known:
                raise self.refuse(field, "this version has no such field")

    def text(
        self, field: str, pattern: re.Pattern[str] | None = None, says: str = "", limit: int = 2048
    ) -> str:
        """Read a text that is not empty and, where a pattern is given, matches it as a whole."""
        value = self._value(field)
        if not isinstance(value, str):
            raise self.refuse(field, f"text was expected, {_kind(value)} found")
        if not value or len(value) > limit:
            raise self.refuse(field, f"1 to {limit} characters were expected, {len(value)} found")
        if not value.isprintable():
            raise self.refuse(field, "it holds characters that cannot be printed")
        if pattern is not None and not pattern.fullmatch(value):
            raise self.refuse(field, says)
        return value

    def number(self, field: str) -> int:
        """Read a whole number that is not negative."""
        value = self._value(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(field, f"a whole number was expected, {_kind(value)} found")
        if not 0 <= value < 2**63:
            raise self.refuse(field, "it is negative or too large")
        return value

    def instant(self, field: str) -> datetime:
        """Read a date and time with a time zone, and give it in UTC."""
        value = self.text(field, limit=40)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise self.refuse(field, "it is no ISO 8601 date and time") from error
        if moment.tzinfo is None:
            raise self.refuse(field, "it has no time zone")
        return moment.astimezone(UTC)

    def mapping(self, field: str) -> Mapping[str, Any]:
        """Read an object."""
        value = self._value(field)
        if not isinstance(value, dict):
            raise self.refuse(field, f"an object was expected, {_kind(value)} found")
        return value

    def sequence(self, field: str) -> list[Any]:
        """Read an array."""
        value = self._value(field)
        if not isinstance(value, list):
            raise self.refuse(field, f"an array was expected, {_kind(value)} found")
        return value

    def _value(self, field: str) -> Any:
        if field not in self.data:
            raise self.refuse(field, "it is missing")
        return self.data[field]


def utc_text(moment: datetime) -> str:
    """Write an instant the one way this project stores it, such as 2026-01-31T09:30:00+00:00."""
    return moment.astimezone(UTC).isoformat()


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode("utf-8", "replace")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a field occurs twice")
    return data


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
