"""A step that ends what the others of its run have left running."""

from __future__ import annotations

from typing import Any

from switchyard.operators.redshift.base import WarehouseOperator


class CancelStatementsOperator(WarehouseOperator):
    """Cancel the run's statements; the teardown of a DAG whose steps can be killed while they wait in the triggerer.

    Such a step has no worker that could cancel its statement, and its trigger must not: Airflow also ends triggers
    whose tasks go on.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._cancelled = 0

    def act(self, context: Any) -> None:
        self._cancelled = self.cancel_run(context)

    def result(self, context: Any) -> dict[str, Any]:
        return {"cancelled": self._cancelled, "summary": f"{self._cancelled} statements cancelled"}
