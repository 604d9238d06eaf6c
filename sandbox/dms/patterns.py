"""The wildcards of table mappings: % for any characters, _ for one, [ab] and [a-d] for one of a set.

Source: CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Wildcards in DMS's user guide.
"""

from __future__ import annotations

import re
from functools import lru_cache

PART = re.compile(r"%|_|\[(?P<set>[^\]]+)\]|(?P<text>[^%_\[]+|\[)")


def matches(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern; case counts."""
    return _compiled(pattern).fullmatch(name) is not None


def exact(pattern: str) -> bool:
    """Tell whether a pattern has no wildcard."""
    return not any(sign in pattern for sign in "%_[")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = []
    for part in PART.finditer(pattern):
        if part["set"]:
            ranges = re.escape(part["set"]).replace(r"\-", "-")
            parts.append(f"[{ranges}]")
        elif part["text"]:
            parts.append(re.escape(part["text"]))
        else:
            parts.append(".*" if part[0] == "%" else ".")
    return re.compile("".join(parts), re.DOTALL)
