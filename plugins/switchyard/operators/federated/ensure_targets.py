"""Prove that the loader may read the source, and make targets where they are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from switchyard.errors import CheckFailed
from switchyard.federated import schema_statements as make
from switchyard.federated.tables import LoadTable
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import FederatedOperator
from switchyard.waiting.kinds import Wait

_COLUMNS, _CANARY = "columns", "canary"
_AT_ONCE = 30
"""Targets that are made in one transaction; the Data API takes 40 statements, with the session's settings."""


class EnsureTargetsOperator(FederatedOperator):
    """Look through the external schema as the loader does, ask the source something, then make what is missing.

    Args:
        tables: the section ``tables``.
    """

    def __init__(self, *, tables: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tables_content = list(tables)

    @cached_property
    def tables(self) -> list[LoadTable]:
        """The tables that are loaded."""
        return [LoadTable.of(content) for content in self.tables_content]

    def act(self, context: Any) -> Wait | Pause | None:
        return next((wait for wait in self._steps(context) if wait is not None), None)

    def result(self, context: Any) -> dict[str, Any]:
        return {"targets": len(self.tables), "summary": f"the source answers; {len(self.tables)} targets"}

    def _steps(self, context: Any) -> Iterator[Wait | Pause | None]:
        """Each thing to do in its order; one that is done already asks nothing of the warehouse."""
        name = self.source["external_schema"]
        yield self.statement(context, _COLUMNS, make.columns_seen(name, self.tables), adds_rows=False)
        if not self.dry_run:
            self._require_columns(context)
        if (canary := make.canary(name, self.tables)) is not None:
            yield self.statement(context, _CANARY, canary, adds_rows=False)
        targets = [make.create_target(table) for table in self.tables]
        for first in range(0, len(targets), _AT_ONCE):
            at_once = targets[first : first + _AT_ONCE]
            yield self.statement(context, f"create targets from {first} on", at_once, adds_rows=False)

    def _require_columns(self, context: Any) -> None:
        lost = make.unseen(self.tables, self.rows(context, _COLUMNS))
        if lost:
            raise CheckFailed(
                f"external schema {self.source['external_schema']}",
                f"Redshift does not see {', '.join(lost[:5])}{' and more' if len(lost) > 5 else ''}",
                f"Let the login of secret {self.source['federated_secret_id']} read these tables",
            )
