"""Count the rows that a load should take, before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.costs import require_below_cap, size_of
from switchyard.discovery.mappings import Selected
from switchyard.observability import metrics
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.source import (
    count_rows,
    engine_of,
    read_columns,
    read_places,
    require_selection,
    row_bytes,
)
from switchyard.operators.run_parameters import number
from switchyard.operators.source_database import open_source
from switchyard.waiting.kinds import Wait

NOTE = "counts"


class CountSourceRowsOperator(DiscoveryOperator):
    """List the tables that a load takes and count their rows, so that the load can be held against them.

    What a search would cost is estimated from the sizes of some rows of each: Macie's price is for uncompressed bytes.

    Args:
        source: where the database is and who logs in.
        choices: the tables to load.
        excluded: those of them that are not.
        usd_per_gb: price of a search.
        max_usd: estimate above which nothing is loaded.
    """

    console = (pages.DATABASES,)
    changes_nothing = True
    reports = metrics.reported(
        rows=metrics.DISCOVERY_ROWS, tables=metrics.DISCOVERY_TABLES, estimate_usd=metrics.DISCOVERY_COST
    )
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
            columns = read_columns(database, engine)
            tables = [
                _entry(
                    one,
                    count_rows(database, engine, one),
                    row_bytes(database, engine, one, columns.get(one.place[:2], ())),
                )
                for one in selected
            ]
        size = sum(size_of(one["before"], one["row_bytes"]) for one in tables)
        estimate = require_below_cap(
            f"{len(tables)} tables and views",
            size,
            usd_per_gb=self.usd_per_gb,
            max_usd=number("max_usd", self.max_usd),
        )
        self.leave(NOTE, {"tables": tables, "address": database.address})
        self._counted = {
            "tables": len(tables),
            "rows": sum(one["before"] for one in tables),
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


def _entry(selected: Selected, rows: int, width: float) -> dict[str, Any]:
    """What later steps must know of a table."""
    return {
        "schema": selected.place.schema,
        "table": selected.place.table,
        "is_view": selected.place.is_view,
        "before": rows,
        "row_bytes": width,
        "filters": list(selected.filters),
    }
