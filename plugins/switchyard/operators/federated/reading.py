"""What the statement that reads the source takes, for its plan and for itself."""

from __future__ import annotations

from typing import Any

from switchyard.federated.tables import bound
from switchyard.operators.federated.base import TableOperator
from switchyard.redshift.identifiers import Identifier


def window_values(operator: TableOperator) -> dict[str, Any]:
    """The values of stage/select_window.sql; of a table that is swapped, without bounds."""
    table, watermark = operator.table, operator.table.watermark
    values: dict[str, Any] = {
        "columns": [column.staged() for column in table.columns],
        "remote": operator.remote,
        "watermark": None,
    }
    if table.reads_window and watermark is not None:
        values |= {
            "watermark": Identifier(watermark.source),
            "reads_from": bound(watermark, operator.window.reads_from),
            "hi": bound(watermark, operator.window.hi),
        }
    return values
