"""Where in an object a value stands, as findings say it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_NAME = 240
LONGEST_PATH = 250
PLAIN = re.compile(r"\w+", re.ASCII)

Place = Mapping[str, Any]


def json_path(names: Sequence[str | int]) -> str:
    """Return the JSONPath of a field, cut from its beginning to the lengths that findings have.

    Source: https://docs.aws.amazon.com/macie/latest/APIReference/findings-describe.html (Record)
    """
    parts = [_element(name) for name in names]
    while len(parts) > 1 and len("$" + "".join(parts)) > LONGEST_PATH:
        parts.pop(0)
    return "$" + "".join(parts)


def _element(name: str | int) -> str:
    if isinstance(name, int):
        return f"[{name}]"
    text = name[-LONGEST_NAME:]
    return f".{text}" if PLAIN.fullmatch(text) else f"['{text}']"


def record(path: str | None, index: int) -> Place:
    """Place a value of a Parquet or JSON file; `path` is None where a name in it is sensitive itself."""
    return ({} if path is None else {"jsonPath": path}) | {"recordIndex": index}


def cell(name: str, column: int, row: int) -> Place:
    """Place a value of a CSV file; columns and rows count from 1, the header being the first row."""
    return {"cellReference": None, "column": column, "columnName": name, "row": row}


def line(number: int) -> Place:
    """Place a value of a text file; lines count from 1."""
    return {"start": number, "end": number, "startColumn": 1}
