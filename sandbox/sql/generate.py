"""DuckDB's SQL of a tree."""

from __future__ import annotations

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from sandbox.sql.errors import NotSupported


def to_duckdb(tree: exp.Expr) -> str:
    """Return DuckDB's SQL of a tree; NotSupported where DuckDB cannot say that."""
    try:
        return tree.sql("duckdb", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise NotSupported(f"the sandbox cannot run this: {error}") from error
