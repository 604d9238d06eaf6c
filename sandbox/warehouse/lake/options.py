"""Reading what UNLOAD and COPY have in common behind their targets: who acts, and options in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.warehouse.errors import SYNTAX_ERROR, RedshiftError
from sandbox.warehouse.lake.authorization import read_roles
from sandbox.warehouse.reading import Reader

Options = Mapping[str, Callable[[Reader], Mapping[str, Any]]]
"""By its first word, what reads the rest of an option."""


def read_options(reader: Reader, statement: str, options: Options) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the chain of roles, and what the options say; RedshiftError where no role is named."""
    roles: tuple[str, ...] | None = None
    found: dict[str, Any] = {}
    while not reader.ended:
        given = read_roles(reader)
        if given is not None:
            roles = given
            continue
        found |= _option(reader, options)
    if roles is None:
        raise RedshiftError(f"{statement} requires authorization: name an IAM_ROLE", SYNTAX_ERROR)
    return roles, found


def _option(reader: Reader, options: Options) -> Mapping[str, Any]:
    if reader.take("FORMAT"):
        reader.take("AS")
    rest = options.get(reader.next.upper)
    if rest is None:
        raise reader.unexpected()
    reader.token()
    return rest(reader)


def text(name: str) -> Callable[[Reader], Mapping[str, Any]]:
    """Return what reads an option with a text."""

    def read(reader: Reader) -> Mapping[str, Any]:
        reader.take("AS")
        return {name: reader.text()}

    return read


def separator(name: str) -> Callable[[Reader], Mapping[str, Any]]:
    """Return what reads an option with a text in which a backslash and more may stand for a character."""

    def read(reader: Reader) -> Mapping[str, Any]:
        reader.take("AS")
        return {name: reader.separator()}

    return read
