"""Count the rows that a load should take, before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.discovery.costs import require_below_cap
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.source import count_rows, engine_of, read_places, require_selection
from switchyard.operators.source_database import open_source
from switchyard.waiting.kinds import Wait

NOTE = "counts"


class CountSourceRowsOperator(DiscoveryOperator):
    """List the tables that a load takes and count their rows, so that the load can be held against them.

    Args:
        source: where the database is and who logs in.
        choices: the tables to load.
        excluded: those of them that are not.
        usd_per_gb: price of a search.
        max_usd: estimate above which nothing is loaded.
    """

    changes_nothing = True
    template_fields = (*DiscoveryOperator.template_fields, "max_usd")

    def __init__(
        self,
        *,
        source: Mapping[str, Any],
        choices: Sequence[Mapping[str, Any]],
        excluded: Sequence[Mapping[str, str]],
        usd_per_gb: float,
        max_usd: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = dict(source)
        self.choices = list(choices)
        self.excluded = list(excluded)
        self.usd_per_gb = usd_per_gb
        self.max_usd = max_usd
        self._counted: dict[str, Any] = {}

    def act(self, context: Any) -> Wait | None:
        engine = engine_of(self.source)
        with open_source(self.source) as database:
            places = read_places(database, engine)
            selected = require_selection(self.choices, self.excluded, places)  # type: ignore[arg-type]
            size = sum(places[one.place] for one in selected)
            estimate = require_below_cap(
                f"{len(selected)} tables and views",
                size,
                usd_per_gb=self.usd_per_gb,
                max_usd=float(self.max_usd),
            )
            tables = [
                {
                    "schema": one.place.schema,
                    "table": one.place.table,
                    "is_view": one.place.is_view,
                    "before": count_rows(database, engine, one),
                    "filters": list(one.filters),
                }
                for one in selected
            ]
        self.leave(NOTE, {"tables": tables})
        rows = sum(int(str(one["before"])) for one in tables)
        self._counted = {
            "tables": len(tables),
            "rows": rows,
            "bytes": size,
            "estimate_usd": round(estimate, 4),
        }
        return None

    def result(self, context: Any) -> dict[str, Any]:
        counted = self._counted
        return {
            **counted,
            "summary": f"{counted['rows']} rows in {counted['tables']} tables and views, "
            f"about {counted['estimate_usd']:.2f} USD",
        }
