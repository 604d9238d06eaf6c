"""Late-binding views, which find their relations by name whenever they are read."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from switchyard.errors import NotAllowed
from switchyard.redshift.words import Word

_UNBOUND = ["WITH", "NO", "SCHEMA", "BINDING"]


def unqualified_names(statement: str, found: Sequence[Word]) -> int:
    """How many relations a late-binding view reads without their schema; 0 for any other statement.

    Raises:
        NotAllowed: its query cannot be read.
    """
    if [one.text for one in found[:1]] != ["CREATE"] or [one.text for one in found[-4:]] != _UNBOUND:
        return 0
    query = _query(statement)
    if query is None:
        raise NotAllowed("late-binding view", "its query cannot be read", "Correct its file")
    return sum(
        1
        for scope in traverse_scope(query)
        for table in scope.tables
        if not table.db and not isinstance(scope.sources.get(table.alias_or_name), type(scope))
    )


def _query(statement: str) -> exp.Query | None:
    try:
        view = sqlglot.parse_one(statement, read="redshift")
    except SqlglotError:
        return None
    query = view.args.get("expression")
    return query if isinstance(query, exp.Query) else None
