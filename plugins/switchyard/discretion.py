"""What logs, messages and the ledger may not repeat, as more people read them than may read what they speak of.

These are the values of rows, which databases quote in their errors, and credentials, which people write into the wrong
fields. This module imports nothing of the project, so that all of it can be discreet.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

HIDDEN = "***"

_ABOUT_VALUES = re.compile(
    r"invalid (?:\w+ )?(?:digit|input|date|time|value|byte|char|json|bool|text|number|argument)"
    r"|incorrect|truncated|illegal|out of range|overflow|too (?:long|large)|duplicate|violates|failing row"
    r"|cannot (?:be )?(?:cast|convert|coerce)|_cast_|conver(?:t|sion)|error parsing|bad_data|malformed|xpath"
    r"|not a valid|unparsable",
    re.IGNORECASE,
)
"""Words of PostgreSQL, MySQL, MariaDB, Redshift and Athena beside which a quoted text is a value."""
_QUOTED = re.compile(r"""['"`].*['"`]""", re.DOTALL)
_DETAILS = re.compile(r"\s*\b(?:detail|context|hint)\s*:.*", re.IGNORECASE | re.DOTALL)

_CREDENTIAL = re.compile(
    r"passw|pwd|token|credential|api_?key|private_?key|secret_?(?:access_?)?key|webhook", re.IGNORECASE
)
_LOGIN_IN_URL = re.compile(r"(://[^/\s:@]*):[^/\s]+@")


def without_values(message: str) -> str:
    """A database's message; where it speaks of values, without all between its first and last quotation mark.

    A value may hold quotation marks itself, so that nothing between can be told apart.
    """
    if not _ABOUT_VALUES.search(message):
        return message
    return _QUOTED.sub(HIDDEN, _DETAILS.sub("", message))


def shown(value: object) -> str:
    """A value of a row as far as logs and reports may hold it: numbers and moments, which find the row again."""
    plain = value is None or isinstance(value, (bool, int, float, Decimal, datetime))
    return str(value) if plain else HIDDEN


def is_credential(name: str) -> bool:
    """Whether a field of this name holds what no message may show."""
    return _CREDENTIAL.search(name) is not None


def veiled(value: Any) -> Any:
    """A value for messages: without what stands in fields for credentials, and without passwords in addresses."""
    if isinstance(value, dict):
        return {name: HIDDEN if is_credential(str(name)) else veiled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [veiled(inner) for inner in value]
    return _LOGIN_IN_URL.sub(rf"\1:{HIDDEN}@", value) if isinstance(value, str) else value


def one_line(text: str) -> str:
    """A text with escapes for what a terminal or a log would not show as it is."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
