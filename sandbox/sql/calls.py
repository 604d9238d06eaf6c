"""Calls of DuckDB's functions, which take the place of Trino's."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

Rule = Callable[[exp.Expr], exp.Expr]
"""Returns what a function of Trino's becomes."""


def call(name: str, *arguments: exp.Expr | str | int) -> exp.Anonymous:
    """Return the call of a DuckDB function or macro."""
    given = [exp.convert(one) if isinstance(one, str | int) else one for one in arguments]
    return exp.Anonymous(this=name, expressions=given)
