"""What of one end state is not as another has it: counted before anything is asserted, so that figures tell of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

NOTHING = "nothing"
"""Stands for what is not there."""


def differences(left: Any, expected: Any, at: str = "") -> list[str]:
    """Each thing that is missing, too much or other than expected, by its place; lists count as bags of lines."""
    if left == expected:
        return []
    if isinstance(left, dict) and isinstance(expected, dict):
        names = sorted({*left, *expected}, key=str)
        return [
            one
            for name in names
            for one in differences(left.get(name, NOTHING), expected.get(name, NOTHING), f"{at}/{name}")
        ]
    if _is_list(left) and _is_list(expected):
        return _of_lists(left, expected, at)
    return [f"{at}: {_line(left)} instead of {_line(expected)}"]


def _of_lists(left: Sequence[Any], expected: Sequence[Any], at: str) -> list[str]:
    is_there, should = Counter(map(_line, left)), Counter(map(_line, expected))
    missing = [f"{at}: missing {line}" for line in (should - is_there).elements()]
    other = [f"{at}: too much {line}" for line in (is_there - should).elements()]
    in_order = list(map(_line, left)) == list(map(_line, expected))
    return [*missing, *other] or ([] if in_order else [f"{at}: in another order"])


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
