"""Prove that the three-source view shows each key once."""

from __future__ import annotations

from typing import Any

from switchyard.errors import CheckFailed
from switchyard.federated import view
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import TableOperator
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import render_redshift
from switchyard.waiting.kinds import Wait

_DOUBLED, _SOURCES = "count_duplicate_keys", "count_sources"


class ViewOperator(TableOperator):
    """A step that looks at the view of its table, where it has one."""

    def look_at_view(self, context: Any) -> Wait | Pause | None:
        """Count keys that it shows more than once, and rows by where they come from; None when both are counted."""
        if not self.table.content["view"]:
            return None
        doubled = view.count_duplicate_keys(self.table)
        if wait := self.statement(context, _DOUBLED, doubled, adds_rows=False):
            return wait
        sources = render_redshift("view/count_sources.sql", view=self._view)
        return self.statement(context, _SOURCES, sources, adds_rows=False)

    def rows_of_view(self, context: Any) -> dict[str, int]:
        """Its rows by where they come from; empty where the table has none.

        Raises:
            CheckFailed: a key is there more than once.
        """
        if not self.table.content["view"]:
            return {}
        [doubled] = self.rows(context, _DOUBLED)
        if doubled["keys"]:
            raise CheckFailed(
                f"view {'.'.join(self._view.parts)}",
                f"{doubled['keys']} keys are there more than once, {doubled['copies']} times together",
                "Look whether target and lake table each have them once, then clear this task",
            )
        return {str(row["source"]): int(row["row_count"]) for row in self.rows(context, _SOURCES)}

    @property
    def _view(self) -> Identifier:
        return Identifier(*self.table.content["view"]["name"].split("."))
