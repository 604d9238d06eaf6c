"""Texts of AWS without what they may quote from rows."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_VALUE = re.compile(r"\S+@\S+|\d{9,}")
_WORD = re.compile(r"[^\s'\"@.]+")


def without_values(text: str, *, names: str) -> str:
    """What DMS says of a failure without what it may quote from a row: quoted texts, e-mail addresses, long numbers.

    A word of a row that DMS does not quote cannot be told from its own words.

    Args:
        text: the message.
        names: what is quoted of this text is kept.
    """
    kept = set(_WORD.findall(names))

    def judge(quoted: re.Match[str]) -> str:
        return quoted[0] if set(_WORD.findall(quoted[0])) <= kept else f"{quoted[0][0]}***{quoted[0][-1]}"

    return _VALUE.sub("***", _QUOTED.sub(judge, text))
