"""Take out of a target what its source has deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from switchyard.federated.deletes import is_due, require_few
from switchyard.federated.key_comparison import KeyComparison
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import TableOperator
from switchyard.waiting.kinds import Wait

_DUE = "deletes_due"
_KEYS, _GONE, _TAKE = "read_keys", "find_gone", "take_away"
_COUNT = 2
"""Which statement of the batch counts what is gone."""
_CHANGE = 1
"""Which statement of the batch changes the target."""


class DeleteGoneOperator(TableOperator):
    """Compare all keys of the source with those that the target held, and take away what is gone.

    Every how many runs, and how much at most, the configuration says; more than that stops the run with the target as
    it was.
    """

    reports = metrics.reported(deleted=metrics.ROWS_DELETED)

    def act(self, context: Any) -> Wait | Pause | None:
        if not self._is_due(context):
            return None
        comparison = self._comparison
        for purpose, statements in (
            (_KEYS, comparison.read_keys()),
            (_GONE, comparison.find_gone()),
        ):
            if wait := self.statement(context, purpose, statements):
                return wait
        if not self.dry_run and not self._allowed(context):
            return None
        return self.statement(context, _TAKE, comparison.take_away())

    def result(self, context: Any) -> dict[str, Any]:
        if not self._is_due(context):
            return {"made": False, "deleted": 0, "summary": "no pass in this run"}
        counted = self._counted(context)
        deleted = self.affected(context, _TAKE, _CHANGE) if counted["gone"] else 0
        self.ledger.record_load_window(
            **self.run_of(context),
            table_name=self.table.name,
            pipeline=self.pipeline,
            keys_read=counted["source_keys"],
            deleted_rows=deleted,
            deletes_at=datetime.now(UTC),
        )
        word = "marked" if self.table.flag else "deleted"
        return {
            "made": True,
            "keys": counted["source_keys"],
            "held": counted["held"],
            "deleted": deleted,
            "summary": f"{deleted} rows {word}, {counted['source_keys']} keys at the source",
        }

    def _is_due(self, context: Any) -> bool:
        """Whether this run makes a pass, as it was decided first."""
        settings = self.table.content["deletes"]
        if settings["mode"] == "none":
            return False
        memory = context["task_state_store"]
        if (known := memory.get(_DUE)) is None:
            since = self.ledger.windows_since(
                "deletes_at", self.pipeline, self.table.name, but_run=context["dag_run"].run_id
            )
            known = is_due(settings["every"], since)
            memory.set(_DUE, known)
        return bool(known)

    def _allowed(self, context: Any) -> bool:
        """Whether anything is to be taken away; refuses where it would be too much."""
        counted = self._counted(context)
        require_few(
            ".".join(self.table.target),
            held=counted["held"],
            source_keys=counted["source_keys"],
            gone=counted["gone"],
            max_fraction=self.table.content["deletes"]["max_fraction"],
        )
        return bool(counted["gone"])

    def _counted(self, context: Any) -> dict[str, int]:
        [row] = self.rows(context, _GONE, _COUNT)
        return {name: int(value) for name, value in row.items()}

    @property
    def _comparison(self) -> KeyComparison:
        return KeyComparison.of(
            self.table, live=self.remote, staging_schema=self.staging_schema, stamp=self.stamp
        )
