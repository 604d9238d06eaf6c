"""What Airflow takes for JSON, which is stricter than Python's own writer."""

from __future__ import annotations

import json
from typing import Any

from pydantic import JsonValue, TypeAdapter

_JSON: TypeAdapter[Any] = TypeAdapter(JsonValue)


def written(value: Any) -> str:
    """A value as text; raises where Airflow's task state store would, for instance for a named tuple."""
    return json.dumps(_JSON.validate_python(value))
