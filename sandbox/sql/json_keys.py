r"""JSON keys in one spelling, since DuckDB takes a key only as it is declared, and Hive's readers in any case.

The spelling is the data's own, learnt from their beginnings, so that most text passes as it is; a regular
expression of Arrow's finds the pieces with a key in another case, and only these are rewritten. No piece changes
its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:)?', re.DOTALL)


class Spelling:
    """How each name that a table declares is spelt; names are known in lower case."""

    def __init__(self, names: Iterable[str], samples: Iterable[bytes]) -> None:
        """Learn the spelling of names from text; one that is not in it is spelt as it is given."""
        self._spelt = {name: name for name in names}
        seen = set()
        for sample in samples:
            for key in _keys(sample):
                name = key.lower()
                if name in self._spelt and name not in seen:
                    self._spelt[name] = key
                    seen.add(name)
        self._others = _other_cases(self._spelt.values())
        self._keys = {name.encode(): key.encode() for name, key in self._spelt.items()}

    def __getitem__(self, name: str) -> str:
        return self._spelt.get(name, name)

    def apply(self, text: bytes) -> bytes:
        """Return whole lines of JSON with all keys in the spelling."""
        deviates = pc.match_substring_regex(pa.scalar(text, pa.large_binary()), self._others)
        return STRING.sub(self._respelt, text) if deviates.as_py() else text

    def _respelt(self, string: re.Match[bytes]) -> bytes:
        content, colon = string.groups()
        key = self._keys.get(content.lower()) if colon else None
        return string[0] if key is None else b'"' + key + b'"' + colon


def _keys(text: bytes) -> Iterable[str]:
    return {found[1].decode(errors="replace"): None for found in STRING.finditer(text) if found[2]}


def _other_cases(keys: Iterable[str]) -> str:
    """Return the pattern of a key that is one of these but for the case of its letters."""
    parts = [part for key in keys for part in _other_cases_of(key)]
    return f'"(?:{"|".join(parts)})"\\s*:' if parts else "$^"


def _other_cases_of(key: str) -> Iterable[str]:
    """Yield a pattern per letter: the same before it, its other case, and any case behind it."""
    for place, letter in enumerate(key):
        if letter.swapcase() != letter:
            before, behind = re.escape(key[:place]), re.escape(key[place + 1 :])
            yield f"{before}{letter.swapcase()}(?i:{behind})"
