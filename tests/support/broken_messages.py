"""Broken announcements of recovery points, made of a good one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parents[1] / "aurora_recovery" / "bad_messages.yaml"
BROKEN: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def broken_body(case: dict[str, Any], good: str) -> str:
    """The body that a case describes: a text of its own, or a good message with fields set and dropped."""
    if "body" in case:
        return str(case["body"]).replace("%9*5000", "9" * 5000)
    data = {**json.loads(good), **case.get("set", {})}
    data.pop(case.get("drop"), None)
    return json.dumps(data)
