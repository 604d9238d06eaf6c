"""The contents of objects, which may also come as files: large ones are not copied through memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey

MOTOS: Any = FakeKey.value


def _set_content(stored: Any, content: bytes | Path) -> None:
    """Take the bytes, or the file itself, whose name is then gone."""
    if not isinstance(content, Path):
        MOTOS.fset(stored, content)
        return
    stored._value_buffer.close()
    stored._value_buffer = content.open("r+b")
    stored.contentsize = content.stat().st_size
    content.unlink()


value = property(MOTOS.fget, _set_content)
"""What an object holds; takes the place of moto's property."""
