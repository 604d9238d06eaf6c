"""Drop what a run has left in the warehouse, bring statistics up to date, and say that the load is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.federated import names
from switchyard.federated.key_comparison import KeyComparison
from switchyard.federated.tables import LoadTable
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import FederatedOperator
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import RedshiftSql, render_redshift
from switchyard.waiting.kinds import Wait


class TidyLoadOperator(FederatedOperator):
    """Drop the run's own tables, and no others; Redshift skips statistics where little has changed.

    Args:
        tables: the section ``tables``.
    """

    def __init__(self, *, tables: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tables = list(tables)

    def act(self, context: Any) -> Wait | Pause | None:
        for table in map(LoadTable.of, self.tables):
            drops = [render_redshift("tidy/drop_table.sql", table=one) for one in self._own(table)]
            if wait := self.statement(context, f"drop tables of {table.name}", drops, adds_rows=False):
                return wait
            analyze: RedshiftSql = render_redshift("tidy/analyze.sql", table=table.target_identifier)
            if wait := self.statement(context, f"analyze {table.name}", analyze, adds_rows=False):
                return wait
        return None

    def result(self, context: Any) -> dict[str, Any]:
        for events in (context["outlet_events"][asset] for asset in self.outlets):
            events.extra = {"stamp": self.stamp, "pipeline": self.pipeline}
        return {"tables": len(self.tables), "summary": f"stages of {len(self.tables)} tables dropped"}

    def _own(self, table: LoadTable) -> list[Identifier]:
        """What the run has made of a table."""
        stage = Identifier(*names.stage(self.staging_schema, table.name, self.stamp))
        if table.reads_window:
            live = Identifier(self.source["external_schema"], table.name)
            comparison = KeyComparison.of(
                table, live=live, staging_schema=self.staging_schema, stamp=self.stamp
            )
            return [stage, comparison.held, comparison.key_set, comparison.gone]
        beside = (names.next_table, names.replaced_table)
        return [stage, *(Identifier(*name(table.target, self.stamp)) for name in beside)]
