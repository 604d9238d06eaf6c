"""Putting the sandbox's classes and functions in the place of moto's."""

from __future__ import annotations

from typing import Any


def put(owner: Any, **replacements: Any) -> None:
    """Replace attributes of a module or class; AttributeError where moto no longer has one of them.

    Without that check a new moto could leave a replacement unused, and its rule unenforced without a word.
    """
    for name, replacement in replacements.items():
        getattr(owner, name)
        setattr(owner, name, replacement)
