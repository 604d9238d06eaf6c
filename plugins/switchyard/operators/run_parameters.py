"""What a person asks of a run: names that the form has, and numbers as templates hand them on."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from switchyard.discretion import HIDDEN, is_credential, one_line
from switchyard.errors import BadInput

FROM_AIRFLOW = frozenset({"openlineage"})
"""What Airflow itself puts beside a run's parameters, where a DAG starts another one."""

_LONGEST = 120
"""Characters of a refused value that the error repeats."""


def require_known(asked: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Refuse a parameter that the DAG does not have: Airflow passes over it, and a misspelt dry run would be real.

    Args:
        asked: what the run was started with.
        known: the DAG's parameters, by name.

    Raises:
        BadInput: a name is not among them.
    """
    for name, value in asked.items():
        if name not in known and name not in FROM_AIRFLOW:
            close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
            guess = f"Did you mean {close[0]}? " if close else ""
            raise BadInput(
                f"run parameter {one_line(_shown(name))}",
                HIDDEN if is_credential(str(name)) else _shown(value),
                "this DAG has no such parameter",
                f"{guess}Start another run; its parameters are {', '.join(known)}",
            )


def whole(field: str, value: object) -> int:
    """A whole number that was given with the run, also as the text 2 or 2.0: to JSON both are integers.

    Raises:
        BadInput: it is none.
    """
    found = number(field, value)
    if not found.is_integer():
        raise BadInput(field, _shown(value), "it is no whole number", "Write digits alone, such as 7")
    return int(found)


def number(field: str, value: object) -> float:
    """A number that was given with the run; not NaN or infinity, which pass every comparison with a limit.

    Raises:
        BadInput: it is none.
    """
    try:
        found = float(str(value))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadInput(
            field, _shown(value), "it is no number", "Write digits, and a dot if need be, such as 7.5"
        )
    return found


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
