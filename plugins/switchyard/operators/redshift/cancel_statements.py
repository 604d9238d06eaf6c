"""A step that ends what the others of its run have left running."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from switchyard.operators.redshift.base import WarehouseOperator


class CancelStatementsOperator(WarehouseOperator):
    """Cancel the run's statements; the teardown of a DAG whose steps can be killed while they wait in the triggerer.

    Such a step has no worker that could cancel its statement, and its trigger must not: Airflow also ends triggers
    whose tasks go on.

    Args:
        other_connections: Airflow connections of other roles that send statements of the run; the Data API shows each
            role its own.
    """

    def __init__(self, *, other_connections: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.other_connections = list(other_connections)
        self._cancelled = 0

    def act(self, context: Any) -> None:
        connections = (self.aws_conn_id, *self.other_connections)
        self._cancelled = sum(self.cancel_run(context, one) for one in connections)

    def result(self, context: Any) -> dict[str, Any]:
        return {"cancelled": self._cancelled, "summary": f"{self._cancelled} statements cancelled"}
